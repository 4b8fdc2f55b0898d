"""An XML file to documents, element by element: each record's element is read, then let go.

What is not well formed is refused whole, see ``units``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from lxml import etree

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.document import Document, Reading
from ml_connector.layouts.layout import FeedLayout, Layout, RecordType
from ml_connector.layouts.records.columns import Plan, plan_positions
from ml_connector.layouts.records.controls import Tally
from ml_connector.layouts.records.flat import read_flat
from ml_connector.layouts.records.seen import SeenKeys
from ml_connector.layouts.records.streaming import Counts
from ml_connector.layouts.records.typed import Joiner
from ml_connector.layouts.wrapping.opening import OpenedFiles
from ml_connector.layouts.xml.cells import CellReader
from ml_connector.layouts.xml.in_bulk import Told, UnitsReader, are_regular
from ml_connector.layouts.xml.paths import Step, ValuePath, children, compile_path, record_steps
from ml_connector.layouts.xml.source import prepare_pieces, prepare_xml
from ml_connector.layouts.xml.units import UnitReader, XmlRefused
from ml_connector.problems import Problem

_PIECE_BYTES = 1 << 16
# Documents that are made at once.
_UNITS = 32


@dataclass(frozen=True, slots=True)
class _Kind:
    """A record type with its compiled paths; ``unseen`` are the columns that no record had yet."""

    kind: RecordType
    plan: Plan
    steps: tuple[Step, ...]
    paths: tuple[ValuePath, ...]
    cells: CellReader
    within: tuple[_Kind, ...]
    unseen: set[int]


def read_xml(
    layout: Layout, feed: FeedLayout, opened: OpenedFiles, tally: Tally, *, carefully: bool = False
) -> Reading:
    """The documents of an XML file; ``carefully`` record by record, so that what is refused is told."""
    source = prepare_xml(opened.content, layout.xml, file=opened.name)
    if isinstance(source, Problem):
        return Reading(problems=(source,))
    try:
        by_element = not carefully and can_stream_xml(layout, feed)
        regular = _read_regular(layout, feed, source, opened.name) if by_element else None
        return regular or _read_records(layout, feed, source, tally, file=opened.name)
    except XmlRefused as refused:
        return Reading(problems=(refused.problem,))


def _read_records(layout: Layout, feed: FeedLayout, source: bytes, tally: Tally, *, file: str) -> Reading:
    """The documents record by record, whatever belongs to what."""
    kinds = _compile_kinds(layout, feed, file)
    reader = _XmlReader(layout, kinds, file)
    units = reader.units(_cut(source))
    plan = next((each.plan for each in kinds if each.kind.place == "row"), None)
    if plan is not None:
        records = (record for unit in units for _, record in unit)
        reading = read_flat(plan, records, tally, file=file)
    else:
        joiner = Joiner(feed, tally, file)
        for unit in units:
            for kind, record in unit:
                joiner.take(kind.kind, kind.plan, record, file=file)
        reading = joiner.result()
    missing = reader.missing()
    return Reading(problems=missing) if missing else reading


def _read_regular(layout: Layout, feed: FeedLayout, source: bytes, file: str) -> Reading | None:
    """The documents element by element; None where two are told by the same, or where a record refuses the file."""
    kinds = _compile_kinds(layout, feed, file)
    reader = _XmlReader(layout, kinds, file)
    counts = Counts()
    found = list(_read_units(feed, kinds, reader.units(_cut(source)), file, counts=counts))
    missing = reader.missing()
    if missing:
        return Reading(problems=missing)
    problems = [each for each in found if isinstance(each, Problem)]
    told = [each for each in found if not isinstance(each, Problem)]
    keys = [key for key, _ in told if key is not None]
    if len(set(keys)) < len(keys) or any(each.scope == "file" for each in problems):
        return None
    notes = () if counts.rows else ("The file holds no record.",)
    in_order = tuple(sorted(problems, key=lambda each: each.line or 0))
    return Reading(tuple(document for _, document in told), in_order, counts.rows, 0, notes)


def can_stream_xml(layout: Layout, feed: FeedLayout) -> bool:
    """Whether each document of the feed is one element with all that belongs to it inside."""
    types = feed.records.types if feed.records else ()
    whole = [each for each in types if not each.within]
    more = feed.side_file or layout.files.unwrap or any(each.place == "control" for each in feed.columns)
    return layout.format == "xml" and [each.place for each in whole] == ["document"] and not more


def stream_xml(layout: Layout, feed: FeedLayout, stream: BinaryIO, *, file: str) -> Iterator[Document | Problem]:
    """The documents and problems of such a feed one by one; a problem of scope ``file`` is the last and says that
    nothing of the file counts, as a document does that is said twice."""
    seen = SeenKeys()
    try:
        kinds = _compile_kinds(layout, feed, file)
        reader = _XmlReader(layout, kinds, file)
        for found in _read_units(feed, kinds, reader.units(_pieces(stream, layout, file)), file, counts=Counts()):
            if isinstance(found, Problem):
                if found.scope == "file":
                    raise XmlRefused(found)
                yield found
                continue
            key, document = found
            if key is not None and not seen.add(key):
                raise XmlRefused(_said_twice(feed, document))
            yield document
    except XmlRefused as refused:
        yield refused.problem
        return
    yield from reader.missing()


def _read_units(
    feed: FeedLayout, kinds: tuple[_Kind, ...], units: Iterable[_Unit], file: str, *, counts: Counts
) -> Iterator[Told | Problem]:
    """Each document with what tells it, by the batch where it is regular, and what is wrong with others."""
    (top,) = kinds
    inner = top.within[0] if len(top.within) == 1 and not top.within[0].within else None
    plain = inner is not None and are_regular(feed, top.plan, inner.plan)
    bulk = UnitsReader(feed, top.plan, inner.plan, file) if inner is not None and plain else None
    waiting: list[list[tuple[_Kind, Record]]] = []
    for unit in units:
        records = list(unit)
        counts.rows += len(records)
        waiting += [records] if records else []
        if len(waiting) == _UNITS:
            yield from _flushed(feed, bulk, waiting, file)
            waiting = []
    yield from _flushed(feed, bulk, waiting, file)


def _flushed(
    feed: FeedLayout, bulk: UnitsReader | None, waiting: list[list[tuple[_Kind, Record]]], file: str
) -> Iterator[Told | Problem]:
    made: Sequence[Told | None] = [None] * len(waiting)
    # An element may hold several documents where a path of one leads above it.
    if bulk is not None and all(sum(not kind.kind.within for kind, _ in unit) == 1 for unit in waiting):
        made = bulk.documents([(unit[0][1], [record for _, record in unit[1:]]) for unit in waiting])
    for unit, told in zip(waiting, made, strict=True):
        if told is not None:
            yield told
            continue
        joiner = Joiner(feed, Tally(), file)
        for kind, record in unit:
            joiner.take(kind.kind, kind.plan, record, file=file)
        found = joiner.result()
        yield from found.problems
        for document in found.documents:
            yield joiner.identity_of(document), document


def _cut(source: bytes) -> Iterator[bytes]:
    return (source[at : at + _PIECE_BYTES] for at in range(0, len(source), _PIECE_BYTES))


def _pieces(stream: BinaryIO, layout: Layout, file: str) -> Iterator[bytes]:
    for piece in prepare_pieces(stream, layout.xml, file=file):
        if isinstance(piece, Problem):
            raise XmlRefused(piece)
        yield piece


def _said_twice(feed: FeedLayout, document: Document) -> Problem:
    source = document.source
    message = f"Line {source.line} says an {feed.noun} again that was said above."
    rule = f"one {feed.noun} once"
    return Problem("row.document_resumed", message, source.file, source.record, source.line, rule=rule, scope="file")


def _compile_kinds(layout: Layout, feed: FeedLayout, file: str) -> tuple[_Kind, ...]:
    types = feed.records.types if feed.records else ()

    def compile_one(kind: RecordType) -> _Kind:
        width = sum(each.record == kind.name for each in feed.columns)
        plan = plan_positions(layout, feed, width, file=file, record=kind.name)
        if not isinstance(plan, Plan):
            raise XmlRefused(plan[0])
        paths = tuple(compile_path(each.column.path or each.column.name, layout.xml) for each in plan.columns)
        within = tuple(compile_one(each) for each in types if each.within == kind.name)
        return _Kind(
            kind, plan, record_steps(kind.path, layout.xml), paths, CellReader(paths), within, set(range(len(paths)))
        )

    return tuple(compile_one(each) for each in types if not each.within)


_Unit = Iterator[tuple[_Kind, Record]]


class _XmlReader:
    """Reads the records of one file; it remembers which paths were ever found."""

    def __init__(self, layout: Layout, kinds: tuple[_Kind, ...], file: str) -> None:
        self._dialect = layout.xml
        self._kinds = kinds
        self._file = file
        self._number = 0
        self._found: set[str] = set()
        self._read: set[str] = set()
        top = [each for each in kinds if len(each.steps) > 1]
        ups = [len(each.steps) - max((path.up for path in each.paths), default=0) for each in top]
        self._depth = max(2, min(ups, default=2))

    def units(self, pieces: Iterable[bytes]) -> Iterator[_Unit]:
        """The records of each unit of the file, with their types; ``XmlRefused`` where the file must not be used."""
        roots = frozenset(each.steps[0].tag for each in self._kinds)
        deep = [each for each in self._kinds if len(each.steps) >= self._depth]
        tags = frozenset(each.steps[self._depth - 1].tag for each in deep)
        reader = UnitReader(self._dialect, self._file, roots=roots, tags=tags, depth=self._depth)
        elements = reader.units(pieces)
        root = next(elements, None)
        if root is not None:
            yield self._at_root(root)
        for element in elements:
            yield self._unit(element, deep)

    def missing(self) -> tuple[Problem, ...]:
        """A path that must be there and never was, though there were records: the names have changed."""
        rule = "an element that must be there"
        return tuple(
            Problem("heading.missing", f"{name} is in no record.", self._file, column=name, rule=rule, scope="file")
            for each in _all(self._kinds)
            if each.kind.name in self._read
            for name in dict.fromkeys(c.column.name for c in each.plan.columns if c.column.required != "no")
            if f"{each.kind.name}/{name}" not in self._found
        )

    def _at_root(self, element: etree._Element) -> Iterator[tuple[_Kind, Record]]:
        name = str(element.tag)
        shown = name.rpartition("}")[2] if self._dialect.ignore_namespaces else name
        for each in self._kinds:
            if len(each.steps) == 1 and each.steps[0].tag == shown:
                yield each, self._record(each, element)

    def _unit(self, element: etree._Element, kinds: Sequence[_Kind]) -> Iterator[tuple[_Kind, Record]]:
        for each in kinds:
            if self._fits(element, each.steps[self._depth - 1]):
                for child in self._below(element, each.steps[self._depth :]):
                    yield from self._nested(each, child)

    def _below(self, element: etree._Element, steps: Sequence[Step]) -> list[etree._Element]:
        found = [element]
        for step in steps:
            found = [
                child for parent in found for child in children(parent, step, local=self._dialect.ignore_namespaces)
            ]
        return found

    def _fits(self, element: etree._Element, step: Step) -> bool:
        name = str(element.tag)
        name = name.rpartition("}")[2] if self._dialect.ignore_namespaces else name
        return name == step.tag and (not step.attribute or element.get(step.attribute) == step.value)

    def _nested(self, kind: _Kind, element: etree._Element) -> Iterator[tuple[_Kind, Record]]:
        yield kind, self._record(kind, element)
        for inner in kind.within:
            for child in self._below(element, inner.steps):
                yield from self._nested(inner, child)

    def _record(self, kind: _Kind, element: etree._Element) -> Record:
        self._number += kind.kind.place in ("document", "row")
        self._read.add(kind.kind.name)
        cells, faults = kind.cells.read(element)
        for at in [at for at in kind.unseen if cells[at] is not None]:
            kind.unseen.remove(at)
            self._found.add(f"{kind.kind.name}/{kind.plan.columns[at].column.name}")
        return Record(self._number, element.sourceline or 0, ["" if each is None else each for each in cells], faults)


def _all(kinds: tuple[_Kind, ...]) -> Iterator[_Kind]:
    for each in kinds:
        yield each
        yield from _all(each.within)
