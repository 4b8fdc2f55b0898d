"""The combinations feed: which project, task and cost code may be picked together, by account group. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.domain.coding_lists.combinations import usable_combinations
from ml_connector.domain.values.master_data import Snapshot

Cells = Mapping[str, object]


def combination_rows(snapshot: Snapshot) -> Mapping[str, Cells]:
    """One row a combination that may be picked, by ``Project|Task|CostCode|AccountGroup``."""
    return {
        f"{each.project_id}|{each.task_id}|{each.cost_code_id or ''}|{each.account_group}": {
            "Project": each.project_id,
            "Task": each.task_id,
            "CostCode": each.cost_code_id,
            "AccountGroup": each.account_group,
            "Active": True,
        }
        for each in usable_combinations(snapshot)
    }
