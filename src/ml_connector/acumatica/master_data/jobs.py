"""Projects, tasks and cost codes."""

from __future__ import annotations

from ml_connector.acumatica import values
from ml_connector.acumatica.master_data.gaps import or_gap
from ml_connector.acumatica.reading import Collection, Reader, Shape
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.master_data import CostCode, Gap, Project, ProjectTask

# Not in the contract; elements of the forms PM302000 and PM209500, where the site lets $custom reach them (4.2).
_TASK_TYPE = "Task.Type"
_COST_CODE_ACTIVE = "Items.IsActive"
# A custom element may come as the form's label or as the database's code.
_TASK_TYPES = {"C": "Cost", "R": "Revenue", "B": "Cost and Revenue", "Rev": "Revenue", "CostRev": "Cost and Revenue"}

_PROJECT = (
    Shape(expand=("VisibilitySettings", "BillingAndAllocationSettings")),
    Shape(expand=("VisibilitySettings",)),
    Shape(),
)
_TASK = (
    Shape(expand=("VisibilitySettings",), custom=(_TASK_TYPE,)),
    Shape(expand=("VisibilitySettings",)),
    Shape(custom=(_TASK_TYPE,)),
    Shape(),
)
_COST_CODE = (Shape(custom=(_COST_CODE_ACTIVE,)), Shape())
_PROJECTS = Collection("Project", "ProjectID", 1_000, _PROJECT)
_TASKS = Collection("ProjectTask", "ProjectID", 1_000, _TASK)
_COST_CODES = Collection("CostCode", "CostCodeID", 1_000, _COST_CODE)


def fetch_projects(reader: Reader) -> tuple[Project, ...] | Gap:
    """All projects of every status."""

    def fetch() -> tuple[Project, ...]:
        rows = reader.fetch_collection(_PROJECTS)
        return tuple(parse_project(row) for row in rows)

    return or_gap("Projects", fetch)


def parse_project(row: Row) -> Project:
    """A project (PM301000)."""
    return Project(
        project_id=values.required_text(row, "ProjectID"),
        description=values.text(row, "Description") or "",
        status=values.text(row, "Status") or "",
        record_id=values.record_id(row),
        branch=values.text(values.linked(row, "BillingAndAllocationSettings"), "Branch"),
        visible_in_ap=values.flag(values.linked(row, "VisibilitySettings"), "AP"),
        modified_at=values.instant(row, "LastModifiedDateTime"),
    )


def fetch_tasks(reader: Reader) -> tuple[ProjectTask, ...] | Gap:
    """All tasks of all projects."""

    def fetch() -> tuple[ProjectTask, ...]:
        rows = reader.fetch_collection(_TASKS)
        return tuple(parse_task(row) for row in rows)

    return or_gap("Project tasks", fetch)


def parse_task(row: Row) -> ProjectTask:
    """A task (PM302000); its type as a label, where the form's code came too."""
    kind = values.text(values.custom(row, _TASK_TYPE), "value")
    return ProjectTask(
        project_id=values.required_text(row, "ProjectID"),
        task_id=values.required_text(row, "ProjectTaskID"),
        description=values.text(row, "Description") or "",
        status=values.text(row, "Status") or "",
        record_id=values.record_id(row),
        type=_TASK_TYPES.get(kind, kind) if kind else None,
        is_default=values.flag(row, "Default") or False,
        visible_in_ap=values.flag(values.linked(row, "VisibilitySettings"), "AP"),
        modified_at=values.instant(row, "LastModifiedDateTime"),
    )


def fetch_cost_codes(reader: Reader) -> tuple[CostCode, ...] | Gap:
    """All cost codes."""

    def fetch() -> tuple[CostCode, ...]:
        rows = reader.fetch_collection(_COST_CODES)
        return tuple(parse_cost_code(row) for row in rows)

    return or_gap("Cost codes", fetch)


def parse_cost_code(row: Row) -> CostCode:
    """A cost code (PM209500); ``active`` None where the site does not show it."""
    return CostCode(
        cost_code_id=values.required_text(row, "CostCodeID"),
        description=values.text(row, "Description") or "",
        record_id=values.record_id(row),
        active=values.flag(values.custom(row, _COST_CODE_ACTIVE), "value"),
        modified_at=values.instant(row, "LastModifiedDateTime"),
    )
