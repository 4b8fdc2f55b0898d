"""Rows of one file grouped to documents by identity: repeats counted, contradictions stopped.

A bad row stops the whole of its document, never just itself; other documents go on. Whether lines add up to a total is
for the rules to say, not here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.records.columns import Plan
from ml_connector.layouts.records.rows import (
    CellFaults,
    Row,
    cell_problem,
    contradiction_problem,
    first_difference,
    looks_like_total,
    no_identity_problem,
    ragged_problem,
    total_row_problem,
    type_row,
)
from ml_connector.numerals import Fault
from ml_connector.problems import Problem

Identity = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The rows of each whole document in order of first appearance, those of the others, and what was wrong with
    them."""

    groups: tuple[tuple[Row, ...], ...]
    problems: tuple[Problem, ...]
    rows: int
    repeats: int
    notes: tuple[str, ...]
    documents: int = 0
    refused: tuple[tuple[Row, ...], ...] = ()


def group_rows(plan: Plan, records: Iterable[Record | Problem], *, file: str) -> Grouped | Problem:
    """The documents' rows, or the problem of scope ``file`` because of which nothing of the file counts."""
    gathering = _Gathering(plan, file)
    for record in records:
        refusal = record if isinstance(record, Problem) else gathering.take(record)
        if refusal is not None:
            return refusal
    return gathering.result()


@dataclass(slots=True)
class _Gathered:
    """What one document has so far."""

    rows: list[Row] = field(default_factory=list)
    seen: list[Row] = field(default_factory=list)
    by_line: dict[tuple[object, ...], Row] = field(default_factory=dict)
    told: set[tuple[str, Fault]] = field(default_factory=set)
    stopped: bool = False


class _Gathering:
    """Takes the rows of one file one by one."""

    def __init__(self, plan: Plan, file: str) -> None:
        self._plan = plan
        self._file = file
        self._header = plan.places["document"]
        self._documents: dict[Identity, _Gathered] = {}
        self._problems: list[Problem] = []
        self._notes: list[str] = []
        self._rows = 0
        self._repeats = 0

    def take(self, record: Record) -> Problem | None:
        """One more row; the answer is a problem that refuses the whole file."""
        self._rows += 1
        if len(record.cells) != self._plan.width:
            return ragged_problem(self._plan, record, file=self._file)
        row, faults = type_row(self._plan, record)
        identity = self._identity(row)
        if (identity is None or row.bad) and looks_like_total(self._plan, row):
            return total_row_problem(self._plan, row, file=self._file)
        gathered = self._documents.setdefault(identity or (row.record,), _Gathered())
        gathered.seen.append(row)
        self._tell(gathered, record, faults)
        if identity is None:
            self._stop(gathered, no_identity_problem(self._plan, row, file=self._file))
        elif row.bad:
            gathered.stopped = True
        else:
            self._add(gathered, row)
        return None

    def result(self) -> Grouped:
        """What all rows taken so far make."""
        groups = tuple(tuple(each.rows) for each in self._documents.values() if not each.stopped)
        refused = tuple(tuple(each.seen) for each in self._documents.values() if each.stopped)
        counted = len(self._documents)
        notes = tuple(self._notes)
        return Grouped(groups, tuple(self._problems), self._rows, self._repeats, notes, counted, refused)

    def _identity(self, row: Row) -> Identity | None:
        if not self._plan.feed.group_by:
            return (row.record,)
        for number, positions in enumerate(self._plan.identities):
            values = tuple(row.values[at] for at in positions)
            if None not in values:
                return (number, *values)
        return None

    def _add(self, gathered: _Gathered, row: Row) -> None:
        """A row without a fault to its document: new, a repeat, or one that contradicts."""
        key = tuple(row.values[at] for at in self._plan.line_key)
        named = any(each is not None for each in key)
        before = gathered.by_line.get(key) if named else None
        if before is not None:
            at = first_difference(before, row, range(len(row.values)))
            if at is None:
                self._repeats += 1
                self._notes.append(f"Row {row.line} repeats row {before.line}.")
                return
            self._stop(gathered, contradiction_problem(self._plan, before, row, at, file=self._file))
        elif gathered.rows:
            before = gathered.rows[0]
            at = first_difference(before, row, self._header)
            if at is not None:
                self._stop(gathered, contradiction_problem(self._plan, before, row, at, file=self._file))
        gathered.rows.append(row)
        if named:
            gathered.by_line.setdefault(key, row)

    def _stop(self, gathered: _Gathered, problem: Problem) -> None:
        gathered.stopped = True
        self._problems.append(problem)

    def _tell(self, gathered: _Gathered, record: Record, faults: Iterable[CellFaults]) -> None:
        """A fault of the repeated header is told once a document, one of a line each time."""
        for each in faults:
            if all(column.column.place == "document" for column in each.columns):
                if (each.text, each.fault) in gathered.told:
                    continue
                gathered.told.add((each.text, each.fault))
            self._problems.append(cell_problem(self._plan, record, each, file=self._file))
