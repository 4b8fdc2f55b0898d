"""Rows to typed values by the plan of their file, and the words for what is wrong with a row or its cells.

All faults of a row are told at once. Row numbers are physical lines, the heading being row 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ml_connector.layouts.columns import Plan, PlannedColumn
from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.fields import MISSING, loose_word
from ml_connector.numerals import Fault, shown_text
from ml_connector.problems import Problem

_TOTAL_WORDS = frozenset({"total", "totals", "subtotal", "grandtotal", "sum", "reporttotal"})
_VALUE_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its values in the order of the plan's columns, None for an empty cell and for a bad one."""

    record: int
    line: int
    values: tuple[object, ...]
    bad: bool


@dataclass(frozen=True, slots=True)
class CellFaults:
    """One fault of a row: the text that has it and every column it stands in."""

    text: str
    fault: Fault
    columns: tuple[PlannedColumn, ...]


def type_row(plan: Plan, record: Record) -> tuple[Row, tuple[CellFaults, ...]]:
    """The row with its values, and its faults; cells with the same text and the same fault make one."""
    cells = record.cells
    values: list[object] = []
    found: dict[tuple[str, Fault], list[PlannedColumn]] = {}
    for each in plan.columns:
        cell = cells[each.index]
        value = each.parse(cell) if cell else None
        if value is None:
            if each.column.required == "value":
                found.setdefault(("", MISSING), []).append(each)
        elif type(value) is Fault:
            found.setdefault((cell, value), []).append(each)
            value = None
        values.append(value)
    faults = tuple(CellFaults(text, fault, tuple(columns)) for (text, fault), columns in found.items())
    return Row(record.number, record.line, tuple(values), bool(faults)), faults


def first_difference(before: Row, row: Row, positions: Iterable[int]) -> int | None:
    """The first of those positions at which two rows say different things."""
    return next((at for at in positions if before.values[at] != row.values[at]), None)


def looks_like_total(plan: Plan, row: Row) -> bool:
    """Whether the row has amounts but no date and nothing that identifies a record, unless the word "total"."""
    amounts = codes = days = False
    for each, value in zip(plan.columns, row.values, strict=True):
        if value is not None:
            amounts = amounts or each.column.type == "amount"
            days = days or each.column.type == "day"
            codes = codes or (each.column.type == "code" and loose_word(str(value)) not in _TOTAL_WORDS)
    return amounts and not codes and not days


def cell_problem(plan: Plan, record: Record, found: CellFaults, *, file: str) -> Problem:
    """One problem for one fault of a row."""
    headings = ", ".join(each.heading for each in found.columns)
    texts = [record.cells[plan.columns[at].index].strip() for at in plan.label]
    message = f"Row {record.line}: {headings} {found.fault.sentence}. {_left_out(plan.feed.noun, texts)}"
    value = found.text[:_VALUE_CHARACTERS_MAX]
    fault = found.fault
    return Problem(fault.code, message, file, record.number, record.line, found.columns[0].heading, value, fault.rule)


def contradiction_problem(plan: Plan, before: Row, row: Row, at: int, *, file: str) -> Problem:
    """Two rows that should say the same and differ at that position."""
    heading = plan.columns[at].heading
    old, new = before.values[at], row.values[at]
    texts = ["" if row.values[at] is None else str(row.values[at]) for at in plan.label]
    differ = f"{heading} is {_shown(old)} and {_shown(new)}"
    message = f"Rows {before.line} and {row.line} contradict: {differ}. {_left_out(plan.feed.noun, texts)}"
    value = None if new is None else _shown(new)[:_VALUE_CHARACTERS_MAX]
    rule = f"the rows of one {plan.feed.noun} agree"
    return Problem("row.contradiction", message, file, row.record, row.line, heading, value, rule)


def no_identity_problem(plan: Plan, row: Row, *, file: str) -> Problem:
    """A row that does not say which document it belongs to."""
    names = [" and ".join(plan.columns[at].heading for at in each) for each in plan.identities]
    rule = f"{', or '.join(names)} filled"
    message = (
        f"Row {row.line} does not say which {plan.feed.noun} it belongs to: fill {', or '.join(names)}."
        " The row is left out."
    )
    return Problem("row.no_identity", message, file, row.record, row.line, rule=rule)


def total_row_problem(plan: Plan, row: Row, *, file: str) -> Problem:
    """A row of sums, as reports have them: what else in the file is no invoice cannot be known."""
    message = f"Row {row.line} looks like a total: it has an amount and names no {plan.feed.noun}."
    rule = f"each row belongs to one {plan.feed.noun}"
    return Problem("row.looks_like_total", message, file, row.record, row.line, rule=rule, scope="file")


def ragged_problem(plan: Plan, record: Record, *, file: str) -> Problem:
    """A row with more or fewer cells than the heading: which cell is which cannot be known."""
    message = f"Row {record.line} has {len(record.cells)} cells, header {plan.width}."
    rule = "each row has as many cells as the header"
    return Problem("row.ragged", message, file, record.number, record.line, rule=rule, scope="file")


def _left_out(noun: str, texts: list[str]) -> str:
    shown = [shown_text(each)[1:-1] for each in texts]
    name = f"{noun.capitalize()} {shown[0]}" if shown and shown[0] else f"This {noun}"
    rest = ", ".join(each for each in shown[1:] if each)
    return f"{name} ({rest}) is left out." if rest else f"{name} is left out."


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
