"""Which combinations of project, task and cost code of the cost budgets may be picked (``ap_domain.md 2.4``). Pure.

A combination is valid where each of its parts may be picked by itself. A part that is listed nowhere may not; parts of
a list that cannot be read are not held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ml_connector.domain.codes import bare_code
from ml_connector.domain.coding_lists import cost_code_refusal, project_refusal, task_refusal
from ml_connector.domain.values.master_data import Combination, CostCode, Project, ProjectTask, Snapshot


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists by key without regard to case and, of cost codes, separators; None where one cannot be read."""

    projects: Mapping[str, Project] | None
    tasks: Mapping[tuple[str, str], ProjectTask] | None
    cost_codes: Mapping[str, CostCode] | None


def usable_combinations(snapshot: Snapshot) -> tuple[Combination, ...]:
    """Those that may be picked, each once, their codes as the lists have them; none where budgets cannot be read."""
    lists = _lists_of(snapshot)
    found = (_as_listed(each, lists) for each in snapshot.combinations or ())
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _lists_of(snapshot: Snapshot) -> _Lists:
    projects, tasks, codes = snapshot.projects, snapshot.tasks, snapshot.cost_codes
    return _Lists(
        projects=None if projects is None else {key.casefold(): each for key, each in projects.items()},
        tasks=None
        if tasks is None
        else {(project.casefold(), task.casefold()): each for (project, task), each in tasks.items()},
        cost_codes=None if codes is None else {bare_code(key): each for key, each in codes.items()},
    )


def _as_listed(combination: Combination, lists: _Lists) -> Combination | None:
    project_id, task_id, code_id = combination.project_id, combination.task_id, combination.cost_code_id
    project = task = code = None
    if lists.projects is not None:
        project = lists.projects.get(project_id.casefold())
        if project is None or project_refusal(project) is not None:
            return None
    if lists.tasks is not None:
        task = lists.tasks.get((project_id.casefold(), task_id.casefold()))
        if task is None or task_refusal(task, project) is not None:
            return None
    if lists.cost_codes is not None and code_id is not None:
        code = lists.cost_codes.get(bare_code(code_id))
        if code is None or cost_code_refusal(code) is not None:
            return None
    return replace(
        combination,
        project_id=project.project_id if project else project_id,
        task_id=task.task_id if task else task_id,
        cost_code_id=code.cost_code_id if code else code_id,
    )
