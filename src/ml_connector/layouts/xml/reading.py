"""An XML file to documents, element by element: each record's element is read, then let go.

Depth, number of elements and length of a text are bounded; what is not well formed is refused whole.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.document import Reading
from ml_connector.layouts.layout import FeedLayout, Layout, RecordType
from ml_connector.layouts.records.columns import Plan, plan_positions
from ml_connector.layouts.records.controls import Tally
from ml_connector.layouts.records.flat import read_flat
from ml_connector.layouts.records.typed import Joiner
from ml_connector.layouts.wrapping.opening import OpenedFiles
from ml_connector.layouts.xml.paths import Step, ValuePath, children, compile_path, record_steps
from ml_connector.layouts.xml.source import prepare_xml
from ml_connector.numerals import Fault
from ml_connector.problems import Problem

_SIZE = etree.XPath("count(descendant-or-self::*) + count(descendant-or-self::*/@*)")
_ROOT_END = re.compile(rb"</[^<>]+>\s*(?:<!--.*?-->\s*|<\?.*?\?>\s*)*$|/>\s*$", re.DOTALL)
_TOO_LARGE = ("huge", "too long", "excessive depth", "maximum depth", "resource limit", "buffer full", "text node too")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A record type with its compiled paths."""

    kind: RecordType
    plan: Plan
    steps: tuple[Step, ...]
    paths: tuple[ValuePath, ...]
    within: tuple[_Kind, ...] = ()


class _Refused(Exception):
    """Carries the problem because of which the file is refused."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_xml(layout: Layout, feed: FeedLayout, opened: OpenedFiles, tally: Tally) -> Reading:
    """The documents of an XML file."""
    source = prepare_xml(opened.content, layout.xml, file=opened.name)
    if isinstance(source, Problem):
        return Reading(problems=(source,))
    kinds = _compile_kinds(layout, feed, opened.name)
    if isinstance(kinds, Problem):
        return Reading(problems=(kinds,))
    reader = _XmlReader(layout, feed, kinds, opened.name)
    try:
        if any(each.kind.place == "row" for each in kinds):
            plan = next(each.plan for each in kinds if each.kind.place == "row")
            records = (record for _, record in reader.records(source))
            reading = read_flat(plan, records, tally, file=opened.name)
        else:
            joiner = Joiner(feed, tally, opened.name)
            for kind, record in reader.records(source):
                joiner.take(kind.kind, kind.plan, record, file=opened.name)
            reading = joiner.result()
    except _Refused as refused:
        return Reading(problems=(refused.problem,))
    missing = reader.missing()
    return Reading(problems=missing) if missing else reading


def _compile_kinds(layout: Layout, feed: FeedLayout, file: str) -> tuple[_Kind, ...] | Problem:
    types = feed.records.types if feed.records else ()

    def compile_one(kind: RecordType) -> _Kind:
        width = sum(each.record == kind.name for each in feed.columns)
        plan = plan_positions(layout, feed, width, file=file, record=kind.name)
        if not isinstance(plan, Plan):
            raise _Refused(plan[0])
        paths = tuple(compile_path(each.column.path or each.column.name, layout.xml) for each in plan.columns)
        within = tuple(compile_one(each) for each in types if each.within == kind.name)
        return _Kind(kind, plan, record_steps(kind.path, layout.xml), paths, within)

    try:
        return tuple(compile_one(each) for each in types if not each.within)
    except _Refused as refused:
        return refused.problem


class _XmlReader:
    """Reads the records of one file; it remembers which paths were ever found."""

    def __init__(self, layout: Layout, feed: FeedLayout, kinds: tuple[_Kind, ...], file: str) -> None:
        self._dialect = layout.xml
        self._feed = feed
        self._kinds = kinds
        self._file = file
        self._number = 0
        self._found: set[str] = set()
        self._read: set[str] = set()
        top = [each for each in kinds if len(each.steps) > 1]
        ups = [len(each.steps) - max((path.up for path in each.paths), default=0) for each in top]
        self._depth = max(2, min(ups, default=2))

    def records(self, source: bytes) -> Iterator[tuple[_Kind, Record]]:
        """Every record with its type, in the order of the file; ``_Refused`` where the file must not be used."""
        events = etree.iterparse(
            io.BytesIO(source),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        depth = 0
        try:
            for event, element in events:
                if event == "start":
                    depth += 1
                    if depth == 1:
                        yield from self._at_root(element, source)
                    elif depth > self._dialect.depth_max:
                        raise _Refused(self._refusal("file.xml_too_deep", "XML too deep"))
                else:
                    if depth == self._depth:
                        yield from self._unit(element)
                        _let_go(element)
                    depth -= 1
        except etree.XMLSyntaxError as error:
            raise _Refused(self._not_well_formed(error, source)) from None

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

    def _at_root(self, element: etree._Element, source: bytes) -> Iterator[tuple[_Kind, Record]]:
        wanted = {each.steps[0].tag for each in self._kinds}
        name = str(element.tag)
        shown = name.rpartition("}")[2] if self._dialect.ignore_namespaces else name
        if shown not in wanted:
            # A name that was cut comes as a name of its own.
            if b">" not in source[source.rfind(b"<") :]:
                raise _Refused(self._refusal("file.cut_short", "File ends in its first element"))
            expected = " or ".join(sorted(wanted))
            message = f"The root element is {name}, not {expected}."
            raise _Refused(self._refusal("file.other_root", message, value=name))
        for each in self._kinds:
            if len(each.steps) == 1 and each.steps[0].tag == shown:
                yield each, self._record(each, element)

    def _unit(self, element: etree._Element) -> Iterator[tuple[_Kind, Record]]:
        size = _SIZE(element)
        if not isinstance(size, (int, float)) or size > self._dialect.elements_max:
            raise _Refused(self._refusal("file.xml_too_large", "XML too large", line=element.sourceline))
        for each in self._kinds:
            if len(each.steps) >= self._depth and self._fits(element, each.steps[self._depth - 1]):
                found = [element]
                for step in each.steps[self._depth :]:
                    found = [
                        child
                        for parent in found
                        for child in children(parent, step, local=self._dialect.ignore_namespaces)
                    ]
                for child in found:
                    yield from self._nested(each, child)

    def _fits(self, element: etree._Element, step: Step) -> bool:
        name = str(element.tag)
        name = name.rpartition("}")[2] if self._dialect.ignore_namespaces else name
        return name == step.tag and (not step.attribute or element.get(step.attribute) == step.value)

    def _nested(self, kind: _Kind, element: etree._Element) -> Iterator[tuple[_Kind, Record]]:
        yield kind, self._record(kind, element)
        for inner in kind.within:
            found = [element]
            for step in inner.steps:
                found = [
                    child for parent in found for child in children(parent, step, local=self._dialect.ignore_namespaces)
                ]
            for child in found:
                yield from self._nested(inner, child)

    def _record(self, kind: _Kind, element: etree._Element) -> Record:
        self._number += kind.kind.place in ("document", "row")
        name = kind.kind.name
        self._read.add(name)
        cells: list[str] = []
        faults: list[tuple[int, Fault]] = []
        for at, (path, planned) in enumerate(zip(kind.paths, kind.plan.columns, strict=True)):
            values = path.find(element)
            if values:
                self._found.add(f"{name}/{planned.column.name}")
            if len(values) > 1:
                faults.append((at, Fault("value.twice", "one value", f"appears {len(values)} times")))
            elif values and values[0] is None:
                faults.append((at, Fault("value.not_a_value", "a value", "holds other elements instead of a value")))
            cells.append(_trimmed(values[0] or "") if len(values) == 1 else "")
        return Record(self._number, element.sourceline or 0, cells, tuple(faults))

    def _not_well_formed(self, error: etree.XMLSyntaxError, source: bytes) -> Problem:
        line = error.lineno or None
        text = str(error.msg).casefold()
        if any(each in text for each in _TOO_LARGE):
            deep = "depth" in text
            return self._refusal(
                "file.xml_too_deep" if deep else "file.xml_too_large",
                "XML too deep" if deep else "XML too large",
                line=line,
            )
        where = f"line {line}" if line else "its text"
        behind = "extra content" in text
        if not behind and (not _ROOT_END.search(source[-4096:]) or "premature" in text):
            return self._refusal("file.cut_short", f"File ends in the middle of {where}", line=line)
        return self._refusal("file.not_well_formed", f"XML is not well formed ({where})", line=line)

    def _refusal(self, code: str, message: str, *, line: int | None = None, value: str | None = None) -> Problem:
        text = message if message.endswith(".") else f"{message}."
        return Problem(
            code, text, self._file, line=line, value=value, rule="well-formed XML of the layout", scope="file"
        )


def _all(kinds: tuple[_Kind, ...]) -> Iterator[_Kind]:
    for each in kinds:
        yield each
        yield from _all(each.within)


def _trimmed(text: str) -> str:
    """Line ends and indentation around a value belong to the writing, blanks alone may belong to the value."""
    return text.strip() if text[:1] in "\r\n" or text[-1:] in "\r\n" else text


def _let_go(element: etree._Element) -> None:
    """Frees what was read, so that memory stays flat."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
