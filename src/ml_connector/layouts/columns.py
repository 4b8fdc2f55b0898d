"""Heading row to plan: which cell of each row is which column of the layout.

Columns are found by name, whatever their order; case, blanks and underscores do not count. Unknown columns are noted
and ignored. A missing or doubled column refuses the file, before any row is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.fields import CellParser, compile_parser, loose_word
from ml_connector.layouts.layout import PLACES, Column, FeedLayout, Layout, Place
from ml_connector.problems import Problem

_DELIMITER_NAMES = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'"}


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """A column as this file has it: the cell's place in the row, the heading as written, and the cell's grammar."""

    index: int
    heading: str
    column: Column
    parse: CellParser


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rows of one file are read; numbers are positions in ``columns``."""

    feed: FeedLayout
    columns: tuple[PlannedColumn, ...]
    width: int
    identities: tuple[tuple[int, ...], ...]
    line_key: tuple[int, ...]
    label: tuple[int, ...]
    places: Mapping[Place, tuple[int, ...]]
    notes: tuple[str, ...]


def plan_columns(layout: Layout, feed: FeedLayout, heading: Record, *, file: str) -> Plan | tuple[Problem, ...]:
    """The plan for files with this heading, or every reason why there is none (scope ``file``)."""
    headings = [each.strip() for each in heading.cells]
    planned, notes = _find_columns(layout, feed, headings)
    problems = _other_delimiter(layout, feed, heading, file=file)
    problems = problems or _doubled(planned, headings, heading, file) + _missing(feed, planned, heading, file)
    if problems:
        return problems
    columns = tuple(planned)
    known = {each.column.name: at for at, each in enumerate(columns)}
    return Plan(
        feed=feed,
        columns=columns,
        width=len(headings),
        identities=tuple(
            tuple(known[name] for name in names) for names in feed.group_by if all(name in known for name in names)
        ),
        line_key=tuple(known[name] for name in feed.line_key if name in known),
        label=tuple(known[name] for name in feed.label if name in known),
        places={
            place: tuple(at for at, each in enumerate(columns) if each.column.place == place)
            for place in PLACES[feed.document]
        },
        notes=notes,
    )


def _find_columns(
    layout: Layout, feed: FeedLayout, headings: Sequence[str]
) -> tuple[list[PlannedColumn], tuple[str, ...]]:
    planned: list[PlannedColumn] = []
    notes: list[str] = []
    for index, heading in enumerate(headings):
        column = _find_column(feed, heading)
        if column is not None:
            planned.append(PlannedColumn(index, heading, column, compile_parser(column, layout.limits)))
        elif heading:
            notes.append(f"Column '{heading}' is not known and was ignored.")
        else:
            notes.append(f"Column {index + 1} has no heading and was ignored.")
    return planned, tuple(notes)


def _find_column(feed: FeedLayout, heading: str) -> Column | None:
    loose = loose_word(heading)
    return feed.column(heading) or next((each for each in feed.columns if loose_word(each.name) == loose), None)


def _other_delimiter(layout: Layout, feed: FeedLayout, heading: Record, *, file: str) -> tuple[Problem, ...]:
    """Refuses where another delimiter would find more columns, two at least."""
    own = layout.dialect.delimiter
    found = _known_among(feed, heading.cells)
    for other, words in _DELIMITER_NAMES.items():
        if other != own and _known_among(feed, own.join(heading.cells).split(other)) > max(found, 1):
            message = f"Expected {_DELIMITER_NAMES[own]} but file uses {words}."
            rule = f"cells are separated by {_DELIMITER_NAMES[own]}"
            return (_refusal("file.other_delimiter", message, file, heading, rule=rule, value=other),)
    return ()


def _known_among(feed: FeedLayout, headings: Sequence[str]) -> int:
    return sum(_find_column(feed, each.strip(' "')) is not None for each in headings)


def _doubled(
    planned: Sequence[PlannedColumn], headings: Sequence[str], heading: Record, file: str
) -> tuple[Problem, ...]:
    known = {each.index: each.column.name for each in planned}
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for index, each in enumerate(headings):
        name = known.get(index, each)
        if name in seen:
            twice[name] = None
        if name:
            seen.add(name)
    rule = "each column once"
    return tuple(
        _refusal("heading.twice", f"Column '{name}' appears twice.", file, heading, rule=rule, column=name)
        for name in twice
    )


def _missing(feed: FeedLayout, planned: Sequence[PlannedColumn], heading: Record, file: str) -> tuple[Problem, ...]:
    found = {each.column.name for each in planned}
    missing = [each.name for each in feed.columns if each.required != "no" and each.name not in found]
    rule = "a column that must be there"
    return tuple(
        _refusal("heading.missing", f"Column '{name}' is missing.", file, heading, rule=rule, column=name)
        for name in missing
    )


def _refusal(
    code: str,
    message: str,
    file: str,
    heading: Record,
    *,
    rule: str,
    column: str | None = None,
    value: str | None = None,
) -> Problem:
    return Problem(code, message, file, line=heading.line, column=column, value=value, rule=rule, scope="file")
