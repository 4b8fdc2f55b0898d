"""Heading row to plan: which cell of each row is which column of the layout.

Columns are found by name, whatever their order; case, blanks and underscores do not count. Unknown columns are noted
and ignored. A missing or doubled column refuses the file, before any row is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter

from ml_connector.layouts.cells.usual import UsualCells, compile_usual
from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.fields import CellParser, compile_parser, loose_word
from ml_connector.layouts.layout import PLACES, Column, FeedLayout, Layout, Place
from ml_connector.numerals import Fault
from ml_connector.problems import Problem

_NUMBERED = "{n}"
_REMEMBERED_MAX = 4096
_HEADINGS_REMEMBERED = 64
_DELIMITER_NAMES = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'"}


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """A column as this file has it: the cell's place in the row, the heading as written, and the cell's grammar."""

    index: int
    heading: str
    column: Column
    parse: CellParser
    group: int = 0


class Memo(dict[str, object]):
    """Cells of one column that were read before, with their values; what is faulty is never kept, but counted.

    Most cells of a customer's file are repeats, so that most rows are read without running a grammar.
    """

    __slots__ = ("_faulty", "_needed", "_parse")

    def __init__(self, parse: CellParser, faulty: list[str], *, needed: bool) -> None:
        super().__init__()
        self._parse = parse
        self._faulty = faulty
        self._needed = needed

    def __missing__(self, cell: str) -> object:
        value = self._parse(cell)
        if type(value) is Fault or (value is None and self._needed):
            self._faulty.append(cell)
            return value
        if len(self) >= _REMEMBERED_MAX:
            self.clear()
        self[cell] = value
        return value


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rows of one file are read; numbers are positions in ``columns``. ``faulty`` is filled while a row is
    read, ``groups`` are the shares of a line that stand side by side, ``minus`` pairs a column with the cell that is
    taken off it, ``usual`` reads many cells of a column at once."""

    feed: FeedLayout
    columns: tuple[PlannedColumn, ...]
    width: int
    identities: tuple[tuple[int, ...], ...]
    line_key: tuple[int, ...]
    label: tuple[int, ...]
    places: Mapping[Place, tuple[int, ...]]
    notes: tuple[str, ...]
    memos: tuple[Memo, ...]
    usual: tuple[UsualCells | None, ...]
    pick: Callable[[Sequence[str]], tuple[str, ...]]
    faulty: list[str]
    members: Mapping[Place, tuple[str, ...]]
    groups: tuple[tuple[int, ...], ...] = ()
    minus: tuple[tuple[int, int], ...] = ()


def plan_columns(
    layout: Layout, feed: FeedLayout, heading: Record, *, file: str, record: str = ""
) -> Plan | tuple[Problem, ...]:
    """The plan for files with this heading, or every reason why there is none (scope ``file``)."""
    headings = [each.strip() for each in heading.cells]
    wanted = tuple(each for each in feed.columns if each.record == record)
    plan = _plan_again(_Pair(layout, feed), tuple(headings), record)
    planned = plan.columns
    problems = _other_delimiter(layout, feed, heading, file=file) if layout.format == "csv" else ()
    problems = problems or (
        _doubled(planned, headings, heading, file)
        + _missing(wanted, planned, heading, file)
        + _undecided(planned, file)
    )
    return problems or _unused(plan)


def plan_positions(
    layout: Layout, feed: FeedLayout, width: int, *, file: str, record: str = ""
) -> Plan | tuple[Problem, ...]:
    """The plan for rows whose cells are known by their position, or by their order in the layout (XML)."""
    wanted = [each for each in feed.columns if each.record == record]
    inward = feed.direction == "in"
    by_order = layout.format == "xml"
    planned = [
        PlannedColumn(
            (each.position or (at if by_order else 0)) - 1,
            each.name,
            each,
            compile_parser(each, layout.limits, layout, inward=inward),
        )
        for at, each in enumerate(wanted, start=1)
        if each.position or by_order or each.extraction.constant
    ]
    most = max((each.index for each in planned), default=-1) + 1
    if most > width and not by_order:
        message = f"The first row has {width} cells, the layout needs {most}."
        return (Problem("row.ragged", message, file, line=1, rule="each row has all its cells", scope="file"),)
    return _undecided(planned, file) or _plan(layout, feed, planned, width, notes=(), headings=[])


def _plan(
    layout: Layout,
    feed: FeedLayout,
    planned: Sequence[PlannedColumn],
    width: int,
    *,
    notes: tuple[str, ...],
    headings: Sequence[str],
) -> Plan:
    columns = tuple(planned)
    known: dict[str, int] = {}
    for at, each in enumerate(columns):
        known.setdefault(each.column.name, at)
    faulty: list[str] = []
    places = {
        place: tuple(at for at, each in enumerate(columns) if each.column.place == place and not each.group)
        for place in PLACES[feed.document]
    }
    return Plan(
        feed=feed,
        columns=columns,
        width=width,
        identities=tuple(
            tuple(known[name] for name in names) for names in feed.group_by if all(name in known for name in names)
        ),
        line_key=tuple(known[name] for name in feed.line_key if name in known),
        label=tuple(known[name] for name in feed.label if name in known),
        places=places,
        notes=notes,
        usual=tuple(compile_usual(each.column, layout, inward=feed.direction == "in") for each in columns),
        memos=_memos(columns, faulty),
        pick=_picker([each.index for each in columns]),
        faulty=faulty,
        members={place: tuple(columns[at].column.member for at in each) for place, each in places.items()},
        groups=tuple(
            tuple(at for at, each in enumerate(columns) if each.group == number)
            for number in sorted({each.group for each in columns} - {0})
        ),
        minus=tuple(
            (at, headings.index(each.column.minus))
            for at, each in enumerate(columns)
            if each.column.minus in headings and each.column.minus
        ),
    )


def _picker(indexes: list[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    # Constants stand in no cell; they are given an empty one.
    if any(each < 0 for each in indexes):
        return lambda cells: tuple(cells[each] if each >= 0 else "" for each in indexes)
    if len(indexes) == 1:
        return lambda cells: (cells[indexes[0]],)
    return itemgetter(*indexes) if indexes else lambda cells: ()


def _undecided(planned: Sequence[PlannedColumn], file: str) -> tuple[Problem, ...]:
    """A question the layout leaves open refuses every file that has the column."""
    return tuple(
        Problem(
            "layout.undecided",
            f"The layout does not say how column '{each.heading}' is to be read: {each.column.undecided}.",
            file,
            column=each.heading,
            rule="a layout without open questions",
            scope="file",
        )
        for each in planned
        if each.column.undecided
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """A layout and one feed of it, equal to themselves alone: quick to compare, whatever is in them."""

    layout: Layout
    feed: FeedLayout

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pair) and self.layout is other.layout and self.feed is other.feed

    def __hash__(self) -> int:
        return hash((id(self.layout), id(self.feed)))


@lru_cache(maxsize=_HEADINGS_REMEMBERED)
def _plan_again(pair: _Pair, headings: tuple[str, ...], record: str) -> Plan:
    """The plan for a heading row, which thousands of small files have in common; what fills while rows are read is not
    shared (``_unused``)."""
    wanted = tuple(each for each in pair.feed.columns if each.record == record)
    planned, notes = _find_columns(pair.layout, replace(pair.feed, columns=wanted), headings)
    return _plan(pair.layout, pair.feed, planned, len(headings), notes=notes, headings=headings)


def _unused(plan: Plan) -> Plan:
    """The same plan with nothing remembered yet."""
    faulty: list[str] = []
    return replace(plan, memos=_memos(plan.columns, faulty), faulty=faulty)


def _memos(columns: Sequence[PlannedColumn], faulty: list[str]) -> tuple[Memo, ...]:
    return tuple(Memo(each.parse, faulty, needed=each.column.required == "value") for each in columns)


def _find_columns(
    layout: Layout, feed: FeedLayout, headings: Sequence[str]
) -> tuple[list[PlannedColumn], tuple[str, ...]]:
    planned: list[PlannedColumn] = []
    notes: list[str] = []
    inward = feed.direction == "in"
    taken_off = {loose_word(each.minus) for each in feed.columns if each.minus}
    for index, heading in enumerate(headings):
        found = _columns_of(feed, heading)
        planned += [
            PlannedColumn(index, heading, each, compile_parser(each, layout.limits, layout, inward=inward), group)
            for each, group in found
        ]
        if not found and heading and loose_word(heading) not in taken_off:
            notes.append(f"Column '{heading}' is not known and was ignored.")
        elif not found and not heading:
            notes.append(f"Column {index + 1} has no heading and was ignored.")
    constants = (each for each in feed.columns if each.extraction.constant and not _is_among(each, planned))
    planned += [PlannedColumn(-1, each.name, each, compile_parser(each, layout.limits, layout)) for each in constants]
    return planned, tuple(notes)


def _is_among(column: Column, planned: Sequence[PlannedColumn]) -> bool:
    return any(each.column is column for each in planned)


def _columns_of(feed: FeedLayout, heading: str) -> list[tuple[Column, int]]:
    """Every column of that heading, by its exact name first, then loosely, with its number in a group (``acct{n}``)."""
    exact = [(each, 0) for each in feed.columns if each.name == heading]
    if exact or not heading:
        return exact
    loose = loose_word(heading)
    found = [(each, 0) for each in feed.columns if loose in map(loose_word, (each.name, *each.aliases)) and loose]
    if found:
        return found
    return [
        (each, int(match[1]))
        for each in feed.columns
        if _NUMBERED in each.name and (match := _numbered_pattern(each.name).fullmatch(heading)) and int(match[1])
    ]


def _numbered_pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace(re.escape(_NUMBERED), "([0-9]{1,3})"), re.IGNORECASE)


def _find_column(feed: FeedLayout, heading: str) -> Column | None:
    return next((each for each, _ in _columns_of(feed, heading)), None)


def _other_delimiter(layout: Layout, feed: FeedLayout, heading: Record, *, file: str) -> tuple[Problem, ...]:
    """Refuses where another delimiter would find more columns, two at least."""
    own = layout.dialect.delimiter
    found = _known_among(feed, heading.cells)
    for other, words in _DELIMITER_NAMES.items():
        pieces = own.join(heading.cells).split(other)
        if other != own and len(pieces) > max(found, 1) and _known_among(feed, pieces) > max(found, 1):
            message = f"Expected {_DELIMITER_NAMES[own]} but file uses {words}."
            rule = f"cells are separated by {_DELIMITER_NAMES[own]}"
            return (_refusal("file.other_delimiter", message, file, heading, rule=rule, value=other),)
    return ()


def _known_among(feed: FeedLayout, headings: Sequence[str]) -> int:
    return sum(_find_column(feed, each.strip(' "')) is not None for each in headings)


def _doubled(
    planned: Sequence[PlannedColumn], headings: Sequence[str], heading: Record, file: str
) -> tuple[Problem, ...]:
    known = {each.index: each.column.name for each in planned if not each.group}
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


def _missing(
    wanted: Sequence[Column], planned: Sequence[PlannedColumn], heading: Record, file: str
) -> tuple[Problem, ...]:
    found = {each.column.name for each in planned}
    missing = list(dict.fromkeys(each.name for each in wanted if each.required != "no" and each.name not in found))
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
