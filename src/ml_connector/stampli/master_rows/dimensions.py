"""The dimensions feed: branches, projects, tasks (``project|task``), cost codes, payment terms, tax categories and
items that may be picked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from ml_connector.domain.coding_lists import (
    branch_refusal,
    cost_code_refusal,
    item_refusal,
    project_refusal,
    task_refusal,
    tax_category_refusal,
    terms_refusal,
)
from ml_connector.domain.values.master_data import Snapshot

Cells = Mapping[str, object]


def dimension_rows(snapshot: Snapshot) -> Mapping[str, Cells]:
    """One row a value that may be picked, by ``Dimension|Value``."""
    return {f"{row['Dimension']}|{row['Value']}": row for row in _rows(snapshot)}


def _rows(snapshot: Snapshot) -> Iterator[Cells]:
    for branch in (snapshot.branches or {}).values():
        if branch_refusal(branch) is None:
            yield dimension_row("BRANCH", branch.branch_id, branch.name)
    for project in (snapshot.projects or {}).values():
        if project_refusal(project) is None:
            parent = ("BRANCH", project.branch) if project.branch else ("", "")
            yield dimension_row(
                "PROJECT",
                project.project_id,
                project.description,
                parent=parent,
                record_id=project.record_id,
                modified_at=project.modified_at,
            )
    for task in (snapshot.tasks or {}).values():
        if task_refusal(task, (snapshot.projects or {}).get(task.project_id)) is None:
            yield dimension_row(
                "TASK",
                f"{task.project_id}|{task.task_id}",
                task.description,
                parent=("PROJECT", task.project_id),
                level=2,
                record_id=task.record_id,
                modified_at=task.modified_at,
            )
    for code in (snapshot.cost_codes or {}).values():
        if cost_code_refusal(code) is None:
            yield dimension_row(
                "COSTCODE",
                code.cost_code_id,
                code.description,
                record_id=code.record_id,
                modified_at=code.modified_at,
            )
    for terms in (snapshot.terms or {}).values():
        if terms_refusal(terms) is None:
            yield dimension_row("TERMS", terms.terms_id, terms.description)
    yield from _tag_rows(snapshot)


def _tag_rows(snapshot: Snapshot) -> Iterator[Cells]:
    for category in (snapshot.tax_categories or {}).values():
        if tax_category_refusal(category) is None:
            yield dimension_row(
                "TAXCATEGORY",
                category.tax_category_id,
                category.description,
                record_id=category.record_id,
                modified_at=category.modified_at,
            )
    for item in (snapshot.items or {}).values():
        if item_refusal(item) is None:
            yield dimension_row(
                "ITEM", item.inventory_id, item.description, record_id=item.record_id, modified_at=item.modified_at
            )
    for each in snapshot.attribute_values or ():
        if each.active:
            yield dimension_row(each.attribute_id, each.value, each.description)


def dimension_reasons(snapshot: Snapshot) -> Mapping[str, str]:
    """Why a value may not be picked, by ``Dimension|Value``."""
    projects = snapshot.projects or {}
    reasons = {
        **{f"BRANCH|{key}": branch_refusal(branch) for key, branch in (snapshot.branches or {}).items()},
        **{f"PROJECT|{key}": project_refusal(project) for key, project in projects.items()},
        **{
            f"TASK|{task.project_id}|{task.task_id}": task_refusal(task, projects.get(task.project_id))
            for task in (snapshot.tasks or {}).values()
        },
        **{f"COSTCODE|{key}": cost_code_refusal(code) for key, code in (snapshot.cost_codes or {}).items()},
        **{f"TERMS|{key}": terms_refusal(terms) for key, terms in (snapshot.terms or {}).items()},
        **{f"TAXCATEGORY|{key}": tax_category_refusal(each) for key, each in (snapshot.tax_categories or {}).items()},
        **{f"ITEM|{key}": item_refusal(item) for key, item in (snapshot.items or {}).items()},
    }
    closed = {f"{each.attribute_id}|{each.value}": "inactive" for each in snapshot.attribute_values or ()}
    return {**closed, **{key: reason for key, reason in reasons.items() if reason is not None}}


def is_unread(dimension: str, snapshot: Snapshot) -> bool:
    """Whether this tenant does not let us read that dimension now: nothing is known of its values."""
    collections = {
        "BRANCH": snapshot.branches,
        "PROJECT": snapshot.projects,
        "TASK": snapshot.tasks,
        "COSTCODE": snapshot.cost_codes,
        "TERMS": snapshot.terms,
        "TAXCATEGORY": snapshot.tax_categories,
        "ITEM": snapshot.items,
    }
    if dimension.startswith("SEGMENT"):
        return False
    return collections.get(dimension, snapshot.attribute_values) is None


def dimension_row(
    dimension: str,
    value: str,
    description: str | None,
    *,
    parent: tuple[str, str] = ("", ""),
    level: int = 1,
    record_id: str | None = None,
    modified_at: datetime | None = None,
) -> Cells:
    """One value of a dimension that may be picked."""
    return {
        "Dimension": dimension,
        "Value": value,
        "Description": description,
        "Active": True,
        "ParentDimension": parent[0],
        "ParentValue": parent[1],
        "Level": level,
        "RecordID": record_id,
        "LastModified": modified_at,
        "InactiveReason": None,
        "InactiveOn": None,
    }
