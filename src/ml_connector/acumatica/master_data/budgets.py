"""What the cost budgets of projects let be charged together: project, task, cost code and account group.

A budget may have very many lines, and its entity tells no key to count them by. So a long answer is never believed to
be the last one: the rest is asked for from its last project on, until nothing new comes.
"""

from __future__ import annotations

from collections.abc import Sequence

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.master_data.gaps import or_gap
from ml_connector.acumatica.reading import Reader, Shape
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.transport import TOO_LARGE
from ml_connector.domain.values.master_data import Combination, Gap
from ml_connector.errors import TransientError

_ENTITY = "ProjectBudget"
_PROJECT = "ProjectID"
_FIELDS = (_PROJECT, "ProjectTaskID", "CostCode", "AccountGroup", "Type")
_SHAPES = (Shape(select=_FIELDS), Shape())
# By these an answer that was cut is gone on with, one more where it holds nothing but one value of the last.
_ORDER = (_PROJECT, "ProjectTaskID", "CostCode", "AccountGroup")
# Account groups of these types carry no cost.
_INCOME = frozenset({"income", "revenue"})


def fetch_combinations(reader: Reader) -> tuple[Combination, ...] | Gap:
    """Those of all projects, each once, revenue budgets left out (PM309000)."""

    def fetch() -> tuple[Combination, ...]:
        try:
            rows = _fetch_to_end(reader, None)
        except TransientError as error:
            if error.code != TOO_LARGE:
                raise
            marks = sorted({values.required_text(row, _PROJECT) for row in reader.fetch_keys("Project")})
            rows = _fetch_between(reader, (None, None), marks)
        return tuple(dict.fromkeys(map(_parse, filter(_is_cost, rows))))

    return or_gap("Budgets of projects", fetch)


def _is_cost(row: Row) -> bool:
    return (values.text(row, "Type") or "").casefold() not in _INCOME


def _parse(row: Row) -> Combination:
    return Combination(
        project_id=values.required_text(row, _PROJECT),
        task_id=values.required_text(row, "ProjectTaskID"),
        cost_code_id=values.text(row, "CostCode"),
        account_group=values.required_text(row, "AccountGroup"),
    )


def _fetch_between(reader: Reader, bounds: tuple[str | None, str | None], marks: Sequence[str]) -> list[Row]:
    """The lines of the projects after the first bound up to the second; in halves where the answer is too large."""
    low, high = bounds
    lower = None if low is None else filters.after(_PROJECT, low)
    upper = None if high is None else filters.up_to(_PROJECT, high)
    try:
        return _fetch_to_end(reader, filters.all_of((lower, upper)))
    except TransientError as error:
        middle = marks[(len(marks) - 1) // 2] if marks else None
        if error.code != TOO_LARGE or middle is None or middle in (low, high, marks[-1]):
            raise
    half = marks.index(middle) + 1
    below = _fetch_between(reader, (low, middle), marks[:half])
    return [*below, *_fetch_between(reader, (middle, high), marks[half:])]


def _fetch_to_end(reader: Reader, where: str | None) -> list[Row]:
    found: dict[str, Row] = {}
    asked, depth = where, 1
    while True:
        rows = reader.fetch_all(_ENTITY, _SHAPES, asked, _FIELDS)
        new = {values.record_id(row): row for row in rows if values.record_id(row) not in found}
        found |= new
        if len(rows) < reader.longest or not rows:
            return list(found.values())
        if not new:
            if len({_place(row, depth) for row in rows}) > 1 or depth == len(_ORDER):
                return list(found.values())
            depth += 1
        asked = filters.all_of((where, _from(max((_place(row, depth) for row in rows), key=_folded))))


def _place(row: Row, depth: int) -> tuple[str, ...]:
    return tuple(values.text(row, name) or "" for name in _ORDER[:depth])


def _folded(place: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.casefold() for each in place)


def _from(place: tuple[str, ...]) -> str:
    """From that place on, all of the place itself once more; a whole combination is known and need not come again."""
    last = len(place) - 1
    clauses: list[str | None] = []
    for depth, (name, each) in enumerate(zip(_ORDER, place, strict=False)):
        goes_on = filters.from_on if depth == last < len(_ORDER) - 1 else filters.after
        clauses.append(filters.all_of([*map(filters.equals, _ORDER, place[:depth]), goes_on(name, each)]))
    return filters.any_of([clause for clause in clauses if clause])
