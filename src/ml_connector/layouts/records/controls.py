"""What a file says of itself, held against what was read: documents, rows, totals, lines of each document.

A figure that disagrees refuses the file, before anything of it is delivered: what is missing cannot be known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from hashlib import sha256

from ml_connector.layouts.document import Reading
from ml_connector.layouts.fields import compile_parser, loose_word
from ml_connector.layouts.layout import Column, FeedLayout, Layout
from ml_connector.layouts.records.columns import Plan
from ml_connector.layouts.records.grouping import Grouped
from ml_connector.layouts.wrapping.opening import OpenedFiles
from ml_connector.numerals import Fault
from ml_connector.problems import Problem

_PRECISION = 60
SIDE = "side"


@dataclass(frozen=True, slots=True)
class Stated:
    """A control figure with the place it stands in."""

    member: str
    value: object
    text: str
    file: str
    line: int | None
    column: str | None


@dataclass(slots=True)
class Tally:
    """What was read of a file, and what it states. ``unreadable`` counts documents whose total nobody could read."""

    documents: int = 0
    rows: int = 0
    totals: list[Decimal] = field(default_factory=list)
    lines_totals: list[Decimal] = field(default_factory=list)
    unreadable: int = 0
    stated: list[Stated] = field(default_factory=list)
    wrong: list[Problem] = field(default_factory=list)


def tally_rows(plan: Plan, grouped: Grouped, tally: Tally, *, file: str) -> None:
    """Counts flat rows and notes the control figures that stand on each."""
    controls = [(plan.columns[at].column, at) for at in plan.places.get("control", ())]
    total = next((at for at in plan.places["document"] if plan.columns[at].column.member == "total"), None)
    amount = next((at for at in plan.places.get("lines", ()) if plan.columns[at].column.member == "amount"), None)
    tally.rows += grouped.rows
    tally.documents += grouped.documents
    tally.unreadable += grouped.documents - len(grouped.groups)
    for rows in grouped.groups:
        first = rows[0]
        if total is not None and isinstance(value := first.values[total], Decimal):
            tally.totals.append(value)
        if amount is not None:
            tally.lines_totals += [each for row in rows if isinstance(each := row.values[amount], Decimal)]
        for column, at in controls:
            if column.member == "lines" and first.values[at] not in (None, len(rows)):
                stated = Stated("lines", first.values[at], str(first.values[at]), file, first.line, column.name)
                tally.wrong.append(_disagrees(stated, f"{len(rows)} lines were read", scope="document"))
            elif column.member != "lines":
                state_each(tally, column, rows, at, file=file)


def state_each(tally: Tally, column: Column, rows: object, at: int, *, file: str) -> None:
    """A figure of the whole file that stands on every row."""
    assert isinstance(rows, tuple)
    for row in rows:
        value = row.values[at]
        if value is not None and not any(each.member == column.member and each.value == value for each in tally.stated):
            tally.stated.append(Stated(column.member, value, str(value), file, row.line, column.name))


def check_controls(layout: Layout, feed: FeedLayout, reading: Reading, tally: Tally, *, opened: OpenedFiles) -> Reading:
    """The reading, or the refusal of the whole file where a figure disagrees."""
    if any(each.scope == "file" for each in reading.problems):
        return Reading(problems=tuple(each for each in reading.problems if each.scope == "file"))
    if opened.side is not None:
        side = _read_side(layout, feed, opened)
        if isinstance(side, Problem):
            return Reading(problems=(side,))
        tally.stated += side
    refusals = [each for each in map(lambda stated: _check(stated, tally, opened), tally.stated) if each is not None]
    if refusals:
        return Reading(problems=tuple(refusals[:1]))
    return _without_wrong(reading, tally)


def _without_wrong(reading: Reading, tally: Tally) -> Reading:
    """Documents whose own count of lines is wrong are left out."""
    if not tally.wrong:
        return reading
    lines = {each.line for each in tally.wrong}
    return Reading(
        tuple(each for each in reading.documents if each.source.line not in lines),
        tuple(sorted((*reading.problems, *tally.wrong), key=lambda each: each.line or 0)),
        reading.rows,
        reading.repeats,
        reading.notes,
    )


def _read_side(layout: Layout, feed: FeedLayout, opened: OpenedFiles) -> list[Stated] | Problem:
    name, content = opened.side or ("", b"")
    columns = {loose_word(each.name): each for each in feed.columns if each.record == SIDE}
    found: list[Stated] = []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Problem("file.not_utf8", f"The side file {name} is not UTF-8.", name, rule="UTF-8 text", scope="file")
    for number, line in enumerate(text.splitlines(), start=1):
        key, equals, value = line.partition("=")
        column = columns.pop(loose_word(key), None) if equals else None
        if column is None:
            continue
        parsed = compile_parser(column, layout.limits, layout)(value.strip())
        if isinstance(parsed, Fault):
            message = f"Line {number} of {name}: {key} {parsed.sentence}."
            return Problem(parsed.code, message, name, None, number, key, value.strip(), parsed.rule, "file")
        found.append(Stated(column.member, parsed, value.strip(), name, number, None))
    for each in columns.values():
        message = f"The side file {name} does not state {each.name}."
        return Problem("file.cut_short", message, name, rule="a side file that is whole", scope="file")
    return found


def _check(stated: Stated, tally: Tally, opened: OpenedFiles) -> Problem | None:
    if stated.member in ("documents", "rows"):
        counted = tally.documents if stated.member == "documents" else tally.rows
        return None if stated.value == counted else _disagrees(stated, f"{counted} were read")
    if stated.member in ("total", "total_absolute", "lines_total"):
        if tally.unreadable:
            return _disagrees(stated, f"the totals of {tally.unreadable} documents cannot be read")
        found = _sum(tally, stated.member)
        return None if stated.value == found else _disagrees(stated, f"what was read sums up to {found}")
    if stated.member == "sha256":
        digest = sha256(opened.content).hexdigest()
        return None if str(stated.value).casefold() == digest else _disagrees(stated, f"the file's hash is {digest}")
    if stated.member == "file" and str(stated.value) != opened.name:
        return _disagrees(stated, f"the file is {opened.name}")
    return None


def _sum(tally: Tally, member: str) -> Decimal:
    values = tally.lines_totals if member == "lines_total" else tally.totals
    with localcontext() as context:
        context.prec = _PRECISION
        return sum((abs(each) if member == "total_absolute" else each for each in values), Decimal(0))


def _disagrees(stated: Stated, found: str, *, scope: str = "file") -> Problem:
    message = f"{stated.file} states {stated.member} {stated.text}, but {found}."
    rule = "the file holds what it says it holds"
    document = scope == "document"
    return Problem(
        "document.lines_differ" if document else "file.controls_differ",
        message,
        stated.file,
        line=stated.line,
        column=stated.column,
        value=stated.text,
        rule=rule,
        scope="document" if document else "file",
    )
