"""Rules about project, task and cost code of lines that a purchase order does not code (``ap_domain.md`` 4.5). Pure;
silent where projects cannot be read.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable

from ml_connector.domain.codes import nearest_codes, resolve_code
from ml_connector.domain.coding_lists import (
    cost_code_refusal,
    is_revenue_only,
    project_refusal,
    same_label,
    task_refusal,
)
from ml_connector.domain.findings import finding_of, line_field
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import coded_lines, is_project, line_name, resolve_task
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.master_data import Project, ProjectTask
from ml_connector.problems import Finding

_SUGGESTIONS_MAX = 3


def check_jobs(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """J01 to J12, J14 and J17."""
    if facts.snapshot.projects is None:
        return []
    findings: list[Finding] = []
    for place, line in coded_lines(invoice, facts):
        findings += _check_job(place, line, facts) if is_project(line.project) else _check_no_job(place, line, facts)
    return findings


def _check_no_job(place: int, line: InvoiceLine, facts: Facts) -> list[Finding]:
    if line.task is not None and line.project is None:
        message = f"Line {line_name(place, line)} names phase {line.task} but no job."
        return [finding_of("J01", line_field(place, "project"), message=message)]
    account = resolve_code(line.account, facts.snapshot.accounts) if line.account else None
    if account is None or account.account_group is None or not account.active:
        return []
    message = f"Account {account.account_id} on line {line_name(place, line)} is for job cost, but the line has no job."
    return [finding_of("J17", line_field(place, "project"), found=line.project, message=message)]


def _check_job(place: int, line: InvoiceLine, facts: Facts) -> list[Finding]:
    code = line.project or ""
    field = line_field(place, "project")
    projects = facts.snapshot.projects or {}
    project = resolve_code(code, projects)
    if project is None:
        message = f"Job {code} on line {line_name(place, line)} is unknown."
        return [finding_of("J01", field, found=code, message=message, suggestions=_usable_projects(code, facts))]
    findings = _check_account_group(place, line, facts)
    stopped = _stopped(project)
    if stopped is not None:
        fault, words = stopped
        message = f"Job {project.project_id} {project.description} on line {line_name(place, line)} {words}."
        suggestions = _usable_projects(code, facts)
        return [*findings, finding_of(fault, field, found=project.status, message=message, suggestions=suggestions)]
    return [*findings, *_check_task(place, line, project, facts), *_check_cost_code(place, line, facts)]


def _stopped(project: Project) -> tuple[str, str] | None:
    if same_label(project.status, "Completed"):
        return "J02", "is complete"
    if not same_label(project.status, "Active"):
        return "J03", f"is not active ({project.status})"
    return ("J04", "is closed to AP") if project.visible_in_ap is False else None


def _check_account_group(place: int, line: InvoiceLine, facts: Facts) -> list[Finding]:
    account = resolve_code(line.account, facts.snapshot.accounts) if line.account else None
    if account is None or account.account_group is not None or not account.active:
        return []
    name = f"Account {account.account_id} on line {line_name(place, line)}"
    message = f"{name} cannot carry job cost, but the line names a job."
    return [finding_of("J14", line_field(place, "account"), found=account.account_id, message=message)]


def _check_task(place: int, line: InvoiceLine, project: Project, facts: Facts) -> list[Finding]:
    if facts.snapshot.tasks is None:
        return []
    field = line_field(place, "task")
    if line.task is None:
        message = f"Line {line_name(place, line)} names job {project.project_id} but no phase."
        usable = sorted(_usable_tasks(project, facts))[:_SUGGESTIONS_MAX]
        return [finding_of("J05", field, message=message, suggestions=usable)]
    task = resolve_task(project.project_id, line.task, facts)
    if task is None:
        message = f"Phase {line.task} on line {line_name(place, line)} is not one of job {project.project_id}."
        suggestions = _nearest(line.task, _usable_tasks(project, facts))
        return [finding_of("J06", field, found=line.task, message=message, suggestions=suggestions)]
    faults = _task_faults(task)
    if not faults:
        return []
    name = f"Phase {task.task_id} {task.description} of job {project.project_id} on line {line_name(place, line)}"
    suggestions = _nearest(line.task, _usable_tasks(project, facts))
    return [
        finding_of(code, field, found=found, message=f"{name} {words}.", suggestions=suggestions)
        for code, words, found in faults
    ]


def _task_faults(task: ProjectTask) -> list[tuple[str, str, str]]:
    faults = []
    if same_label(task.status, "Completed") or same_label(task.status, "Canceled"):
        faults.append(("J07", f"is {task.status.strip().lower()}", task.status))
    elif not same_label(task.status, "Active"):
        faults.append(("J08", f"is not yet active ({task.status})", task.status))
    if is_revenue_only(task):
        faults.append(("J09", "is a revenue phase, not for cost", task.type or ""))
    if task.visible_in_ap is False:
        faults.append(("J10", "is closed to AP", task.task_id))
    return faults


def _check_cost_code(place: int, line: InvoiceLine, facts: Facts) -> list[Finding]:
    known = facts.snapshot.cost_codes
    if known is None:
        return []
    field = line_field(place, "cost_code")
    if line.cost_code is None:
        return [finding_of("J11", field, message=f"Line {line_name(place, line)} names a job but no cost code.")]
    code = resolve_code(line.cost_code, known, segmented=True)
    if code is not None and cost_code_refusal(code) is None:
        return []
    words = "is unknown" if code is None else "is inactive"
    usable = (each.cost_code_id for each in known.values() if cost_code_refusal(each) is None)
    return [
        finding_of(
            "J12",
            field,
            found=line.cost_code,
            message=f"Cost code {line.cost_code} on line {line_name(place, line)} {words}.",
            suggestions=_beside(line.cost_code, usable),
        )
    ]


def _usable_projects(code: str, facts: Facts) -> tuple[str, ...]:
    projects = (facts.snapshot.projects or {}).values()
    return _nearest(code, (each.project_id for each in projects if project_refusal(each) is None))


def _usable_tasks(project: Project, facts: Facts) -> list[str]:
    tasks = (task for task in (facts.snapshot.tasks or {}).values() if task.project_id == project.project_id)
    return [task.task_id for task in tasks if task_refusal(task, project) is None]


def _nearest(code: str, usable: Iterable[str]) -> tuple[str, ...]:
    """The usable codes that look like it; where none does, the first ones, if they are few."""
    options = sorted(usable)
    found = nearest_codes(code, options)
    return found or (tuple(options) if len(options) <= _SUGGESTIONS_MAX else ())


def _beside(code: str, usable: Iterable[str]) -> tuple[str, ...]:
    """The usable codes that look like it; where none does, those next to it in order: the numbers are a scheme, and
    neighbours are the same kind of work."""
    options = sorted(usable)
    place = bisect(options, code)
    return nearest_codes(code, options) or tuple(options[max(0, place - 2) : place + 1])
