"""Projects, tasks, cost codes and their budget lines of the fixture (scenarios.md). Data only.

The contract shows neither a task's type nor a cost code's Active flag; both stand on the form (``Task.Type``,
``Items.IsActive``) and are reached by ``$custom``.
"""

from __future__ import annotations

from decimal import Decimal

from ml_connector_twins.acumatica.firm.entering import enter, filled
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value

NON_PROJECT = "X"
"""The non-project code; it is no row of Project."""

_MODULES = ("AP", "AR", "CA", "CRM", "Expenses", "GL", "IN", "PO", "SO", "TimeEntries")


def visibility_row(books: Books, *, in_ap: bool = True) -> Row:
    """VisibilitySettings: usable in every module, in AP unless told."""
    return filled(books, {module: in_ap if module == "AP" else True for module in _MODULES})


def enter_project(books: Books, code: str, name: str, *, branch: str, status: str = "Active") -> Row:
    """Stores one project of a branch."""
    linked = {
        "VisibilitySettings": visibility_row(books),
        "ProjectProperties": filled(books, {"ProjectCurrency": "USD", "RestrictEmployees": False}),
        "BillingAndAllocationSettings": filled(books, {"Branch": branch}),
    }
    fields: dict[str, Value] = {
        "ProjectID": code,
        "Description": name,
        "Status": status,
        "Hold": status == "In Planning",
    }
    row = enter(books, "Project", fields, custom={"ProjectProperties.DefaultBranchID": branch}, linked=linked)
    row.hidden["branch"] = branch
    return row


def enter_task(books: Books, project: str, task: str, name: str, *, status: str = "Active", kind: str = "Cost") -> Row:
    """Stores one task; ``kind`` is Cost, Revenue or Cost and Revenue."""
    linked = {
        "VisibilitySettings": visibility_row(books),
        "Properties": filled(books, {"CompletionMethod": "Manual", "Completed": Decimal(0)}),
        "DefaultValues": filled(books, {}),
        "BillingAndAllocationSettings": filled(books, {}),
    }
    fields: dict[str, Value] = {
        "ProjectID": project,
        "ProjectTaskID": task,
        "Description": name,
        "Status": status,
        "Default": False,
    }
    return enter(books, "ProjectTask", fields, custom={"Task.Type": kind}, linked=linked)


def enter_cost_code(books: Books, code: str, name: str, *, active: bool = True) -> Row:
    """Stores one cost code."""
    return enter(books, "CostCode", {"CostCodeID": code, "Description": name}, custom={"Items.IsActive": active})


def enter_budget(books: Books, project: str, task: str, cost_code: str, *, group: str, amount: Decimal) -> Row:
    """Stores one cost budget line."""
    fields: dict[str, Value] = {
        "ProjectID": project,
        "ProjectTaskID": task,
        "CostCode": cost_code,
        "AccountGroup": group,
        "InventoryID": "<N/A>",
        "Type": "Expense",
        "Description": f"{task} {cost_code}",
        "OriginalBudgetedAmount": amount,
        "RevisedBudgetedAmount": amount,
        "CommittedOpenAmount": Decimal(0),
        "ActualAmount": Decimal(0),
        "VarianceAmount": amount,
    }
    return enter(books, "ProjectBudget", fields)


def add_jobs(books: Books) -> None:
    """Enters the jobs of the fixture."""
    enter_project(books, "J2401", "Riverside Elementary", branch="MAIN")
    enter_project(books, "J2405", "Harbor Clinic", branch="NORTH")
    enter_project(books, "J2310", "Oak Street Garage", branch="MAIN", status="Completed")
    for task, name in (("01", "Sitework"), ("03", "Concrete"), ("16", "Electrical")):
        enter_task(books, "J2401", task, name)
    enter_task(books, "J2401", "99", "Closeout", status="In Planning")
    enter_task(books, "J2401", "R1", "Owner billing", kind="Revenue")
    for task, name in (("01", "Sitework"), ("03", "Concrete")):
        enter_task(books, "J2405", task, name)
        enter_task(books, "J2310", task, name, status="Completed")
    for code, name in (("31-200", "Earthwork"), ("03-300", "Cast-in-place concrete"), ("26-050", "Electrical basics")):
        enter_cost_code(books, code, name)
    enter_cost_code(books, "01-540", "Scaffolding")
    enter_cost_code(books, "02-999", "Retired code", active=False)
    for project, task, cost_code, group in (
        ("J2401", "01", "31-200", "EQP"),
        ("J2401", "03", "03-300", "SUB"),
        ("J2401", "03", "03-300", "MAT"),
        ("J2401", "03", "03-300", "EQP"),
        ("J2401", "16", "26-050", "SUB"),
        ("J2401", "16", "26-050", "EQP"),
        ("J2405", "03", "03-300", "MAT"),
    ):
        enter_budget(books, project, task, cost_code, group=group, amount=Decimal("500000.00"))
