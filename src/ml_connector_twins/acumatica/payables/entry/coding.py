"""Account, subaccount, branch, project, task and cost code of a line (``ap_domain.md`` 4.4, 4.5).

Unknown codes are refused at the step ``invalid_coding_refused_at`` says, inactive records at the later of it and
``inactive_master_refused_at``; an inactive cost code at release (PM_20_95_00). Messages carry padded codes.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml_connector_twins.acumatica.payables.changes import empty, missing, refused_by, unusable
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row

NON_PROJECT = "X"
SUBACCOUNT_LENGTH = 7
_DEFAULT_SUBACCOUNT = "0110000"


@dataclass(frozen=True, slots=True)
class Strictness:
    """What this stage refuses: unknown codes, inactive records."""

    stage: str
    unknown: bool
    inactive: bool


def default_coding(books: Books, bill: Row, line: Row) -> None:
    """Fills what a line leaves open: branch, project, default task, subaccount (J18, J19, A15)."""
    if not line.text("Project"):
        line.fields["Project"] = bill.text("Project") or NON_PROJECT
    project = books.find("Project", line.text("Project"))
    if line.text("Project").upper() == NON_PROJECT:
        line.fields.update({"Project": NON_PROJECT, "ProjectTask": None, "CostCode": None})
    elif project is not None and not line.text("ProjectTask"):
        line.fields["ProjectTask"] = _default_task(books, project.text("ProjectID"))
    if not line.text("Branch"):
        own = str(project.hidden.get("branch") or "") if project is not None else ""
        by_project = books.switches.at("project_branch") != "ignore"
        line.fields["Branch"] = own if own and by_project else bill.text("BranchID")
    if not line.text("Account"):
        vendor = books.find("Vendor", bill.text("Vendor"))
        line.fields["Account"] = vendor.custom.get("DefLocation.VExpenseAcctID") if vendor is not None else None
    if not line.text("Subaccount"):
        line.fields["Subaccount"] = _DEFAULT_SUBACCOUNT


def _default_task(books: Books, project: str) -> str | None:
    tasks = (t for t in books.table("ProjectTask") if t.text("ProjectID") == project and t.flag("Default"))
    return next((task.text("ProjectTaskID") for task in tasks), None)


def check_coding(books: Books, line: Row, stage: str) -> None:
    """Marks every code of the line that may not be used at this stage."""
    unknown = refused_by(books, "invalid_coding_refused_at", stage)
    inactive = unknown and refused_by(books, "inactive_master_refused_at", stage)
    strict = Strictness(stage, unknown, inactive)
    _check_branch(books, line)
    _check_account(books, line, strict)
    _check_subaccount(books, line, strict)
    if line.text("Project") != NON_PROJECT:
        _check_project(books, line, strict)
        _check_task(books, line, strict)
        _check_cost_code(books, line, strict)
    _check_tax_category(books, line, strict)


def _check_branch(books: Books, line: Row) -> None:
    branch = books.branches.get(line.text("Branch").upper())
    if branch is None:
        line.errors["Branch"] = missing("Branch", line.text("Branch"))
    elif not branch.active:
        line.errors["Branch"] = unusable("Branch", branch.code, "inactive")
    else:
        line.fields["Branch"] = branch.code


def _check_account(books: Books, line: Row, strict: Strictness) -> None:
    code = line.text("Account")
    account = books.find("Account", code)
    line.fields["Description"] = None
    if account is None:
        if strict.unknown:
            line.errors["Account"] = missing("Account", code) if code else empty("Account")
        return
    line.fields.update({"Account": account.text("AccountCD"), "Description": account.text("Description")})
    if not account.flag("Active"):
        if strict.inactive:
            line.errors["Account"] = unusable("Account", code, "inactive")
    elif strict.unknown and account.custom.get("AccountRecords.ControlAccountModule") and not _account_by_form(line):
        if not account.custom_flag("AccountRecords.AllowManualEntry"):
            line.errors["Account"] = unusable("Account", code, "a control account; manual entry is not allowed")
    elif strict.unknown and account.flag("CashAccount"):
        line.errors["Account"] = unusable("Account", code, "a cash account")
    elif strict.unknown and account.flag("RequireUnits") and not (line.amount("Qty") and line.text("UOM")):
        line.errors["Qty"] = empty("Quantity and UOM")


def _account_by_form(line: Row) -> bool:
    return bool(line.text("POReceiptNbr")) or line.hidden.get("account_by_form") is True


def _check_subaccount(books: Books, line: Row, strict: Strictness) -> None:
    code = line.text("Subaccount")
    switches = books.switches
    masked_ok = switches.at("subaccount_masked_input") == "accept" or switches.at("subaccount_form") == "masked"
    plain = "".join(c for c in code if c.isalnum()) if masked_ok else code
    sub = books.find("Subaccount", plain)
    if sub is None:
        if makes_subaccount(books, plain):
            line.fields["Subaccount"] = plain.upper()  # made when the bill is stored (A10)
        elif strict.unknown:
            line.errors["Subaccount"] = missing("Subaccount", code) if code else empty("Subaccount")
        return
    line.fields["Subaccount"] = sub.text("SubaccountCD")
    if not sub.flag("Active") and strict.inactive:
        line.errors["Subaccount"] = unusable("Subaccount", code, "inactive")


def makes_subaccount(books: Books, code: str) -> bool:
    """True where saving a line with this code would make a new subaccount on the fly (CS_20_20_00)."""
    fits = len(code) == SUBACCOUNT_LENGTH and code.isascii() and code.isalnum()
    return fits and books.switches.on("subaccount_on_the_fly") and books.find("Subaccount", code) is None


def _check_project(books: Books, line: Row, strict: Strictness) -> None:
    code = line.text("Project")
    project = books.find("Project", code)
    if project is None:
        if strict.unknown:
            line.errors["Project"] = missing("Project", code)
        return
    line.fields["Project"] = project.text("ProjectID")
    status = project.text("Status")
    if status != "Active":
        if strict.inactive:
            line.errors["Project"] = unusable("Project", code, status.lower())
    elif strict.unknown and not _visible_in_ap(project):
        line.errors["Project"] = unusable("Project", code, "not visible in AP")
    account = books.find("Account", line.text("Account"))
    if strict.unknown and account is not None and "Account" not in line.errors:
        group = account.text("AccountGroup")
        found = books.find("AccountGroup", group) if group else None
        if found is None:
            line.errors["Account"] = unusable("Account", account.text("AccountCD"), "not included in any account group")
        elif not found.flag("Active"):
            line.errors["Account"] = unusable("Account group", group, "inactive")
        elif group in books.switches.words("account_groups_hidden") and not _hidden_group_taken(books):
            line.errors["Account"] = unusable("Account group", group, "not accessible")
    _check_project_branch(books, line, str(project.hidden.get("branch") or ""))


def _hidden_group_taken(books: Books) -> bool:
    """What a group the user cannot access does is not established (J16)."""
    return books.switches.at("restricted_account_group") == "accept"


def _check_project_branch(books: Books, line: Row, branch: str) -> None:
    switches = books.switches
    if switches.at("project_branch") == "ignore" or not switches.on("project_branch_block"):
        return
    if branch and line.text("Branch") != branch and "Branch" not in line.errors:
        line.errors["Branch"] = f"The branch of the line differs from the project branch '{branch}'."


def _visible_in_ap(row: Row) -> bool:
    settings = row.linked.get("VisibilitySettings")
    return settings is None or settings.flag("AP")


def _check_task(books: Books, line: Row, strict: Strictness) -> None:
    code = line.text("ProjectTask")
    task = books.find("ProjectTask", line.text("Project"), code)
    if task is None:
        if strict.unknown:
            line.errors["ProjectTask"] = missing("Project Task", code) if code else empty("Project Task")
        return
    line.fields["ProjectTask"] = task.text("ProjectTaskID")
    if task.text("Status") != "Active":
        if strict.inactive:
            line.errors["ProjectTask"] = unusable("Project Task", code, task.text("Status").lower())
    elif strict.unknown and task.custom.get("Task.Type") == "Revenue":
        line.errors["ProjectTask"] = unusable("Project Task", code, "a revenue task")
    elif strict.unknown and not _visible_in_ap(task):
        line.errors["ProjectTask"] = unusable("Project Task", code, "not visible in AP")


def _check_cost_code(books: Books, line: Row, strict: Strictness) -> None:
    code = line.text("CostCode")
    found = books.find("CostCode", code)
    if found is None:
        if code and strict.unknown:
            line.errors["CostCode"] = missing("Cost Code", code)
        elif not code and strict.unknown and books.switches.on("cost_codes_feature"):
            line.errors["CostCode"] = empty("Cost Code")
        return
    line.fields["CostCode"] = found.text("CostCodeID")
    if strict.stage == "release" and not found.custom_flag("Items.IsActive"):
        line.errors["CostCode"] = unusable("Cost Code", code, "inactive")


def _check_tax_category(books: Books, line: Row, strict: Strictness) -> None:
    code = line.text("TaxCategory")
    if not code:
        return
    found = books.find("TaxCategory", code)
    if found is None:
        if strict.unknown:
            line.errors["TaxCategory"] = missing("Tax Category", code)
        return
    line.fields["TaxCategory"] = found.text("TaxCategoryID")
    if strict.inactive and not found.flag("Active"):
        line.errors["TaxCategory"] = unusable("Tax Category", code, "inactive")
