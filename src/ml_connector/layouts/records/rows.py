"""Rows to typed values by the plan of their file, and the words for what is wrong with a row or its cells.

All faults of a row are told at once. Row numbers are physical lines, the heading being row 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from operator import getitem
from typing import NamedTuple

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.fields import MISSING, loose_word
from ml_connector.layouts.records.columns import Plan, PlannedColumn
from ml_connector.numerals import Fault, shown_text
from ml_connector.problems import Problem

_TOTAL_WORDS = frozenset({"total", "totals", "subtotal", "grandtotal", "sum", "reporttotal"})
_VALUE_CHARACTERS_MAX = 200
_PRECISION = 60


class Row(NamedTuple):
    """One row: its values in the order of the plan's columns, None for an empty cell and for a bad one.

    A tuple, since a million of them are made in seconds."""

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
    picked = plan.pick(record.cells)
    values = tuple(map(getitem, plan.memos, picked))
    if plan.minus:
        values = _taken_off(plan, record, values)
    if not plan.faulty and not record.faults:
        return Row(record.number, record.line, values, False), ()
    plan.faulty.clear()
    faults = _faults(plan, record, picked, values)
    good = tuple(None if type(each) is Fault else each for each in values)
    return Row(record.number, record.line, good, bool(faults)), faults


def _faults(plan: Plan, record: Record, picked: Sequence[str], values: Sequence[object]) -> tuple[CellFaults, ...]:
    found: dict[tuple[str, Fault], list[PlannedColumn]] = {}
    told = dict(record.faults)
    for at, (each, cell, value) in enumerate(zip(plan.columns, picked, values, strict=True)):
        if at in told:
            found.setdefault((cell, told[at]), []).append(each)
        elif value is None:
            if each.column.required == "value":
                found.setdefault(("", MISSING), []).append(each)
        elif type(value) is Fault:
            found.setdefault((cell, value), []).append(each)
    return tuple(CellFaults(text, fault, tuple(columns)) for (text, fault), columns in found.items())


def _taken_off(plan: Plan, record: Record, values: tuple[object, ...]) -> tuple[object, ...]:
    """Amounts less the cell that is taken off each, as debit and credit columns have them."""
    changed = list(values)
    for at, other in plan.minus:
        cell = record.cells[other].strip()
        off = plan.memos[at][cell] if cell else None
        own = changed[at]
        if isinstance(off, Decimal):
            changed[at] = off.copy_negate() if own is None else subtract(own, off)
            if own is None and plan.faulty:
                plan.faulty.pop()
        elif off is not None:
            changed[at] = off
    return tuple(changed)


def subtract(own: object, off: Decimal) -> object:
    """``own`` less ``off`` without rounding; anything but an amount stays what it is."""
    if not isinstance(own, Decimal):
        return own
    with localcontext() as context:
        context.prec = _PRECISION
        return own - off


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
    texts = [plan.pick(record.cells)[at].strip() for at in plan.label]
    message = f"Row {record.line}: {headings} {found.fault.sentence}. {_left_out(plan.feed.noun, texts)}"
    value = found.text[:_VALUE_CHARACTERS_MAX]
    fault = found.fault
    return Problem(
        fault.code,
        message,
        file,
        record.number,
        record.line,
        found.columns[0].heading,
        value,
        fault.rule,
        scope="file" if fault.code.startswith("file.") else "document",
    )


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
