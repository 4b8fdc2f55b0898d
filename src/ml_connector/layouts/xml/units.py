"""An XML text, piece by piece, to the elements that hold records: each is given when it is whole, then let go.

Depth, number of elements and length of a text are bounded; what is not well formed is refused. Knows no record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from lxml import etree

from ml_connector.layouts.layout import XmlDialect
from ml_connector.problems import Problem

_SIZE = etree.XPath("count(descendant-or-self::*) + count(descendant-or-self::*/@*)")
_ROOT_END = re.compile(rb"</[^<>]+>\s*(?:<!--.*?-->\s*|<\?.*?\?>\s*)*$|/>\s*$", re.DOTALL)
_TOO_LARGE = ("huge", "too long", "excessive depth", "maximum depth", "resource limit", "buffer full", "text node too")
_TAIL_BYTES = 4096
# No element and no attribute takes less: <a/>.
_BYTES_OF_ONE = 4
_SWEPT_BYTES = 1 << 20
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


class XmlRefused(Exception):
    """Carries the problem because of which the file is refused."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class UnitReader:
    """Gives the elements of one file that stand ``depth`` levels deep and have one of those tags."""

    def __init__(
        self, dialect: XmlDialect, file: str, *, roots: frozenset[str], tags: frozenset[str], depth: int
    ) -> None:
        self._dialect = dialect
        self._file = file
        self._roots = roots
        self._tags = tags
        self._depth = depth
        self._too_deep = etree.XPath(f"boolean({'/'.join('*' * dialect.depth_max)})")
        self._root: etree._Element | None = None
        self._tail = b""
        # How many bytes were read since the tree was last looked at.
        self._unseen = 0

    def units(self, pieces: Iterable[bytes]) -> Iterator[etree._Element]:
        """The root as soon as it is known, its content still to come, then each unit; ``XmlRefused``."""
        any_name = "{*}" if self._dialect.ignore_namespaces else ""
        wanted = [f"{any_name}{each}" for each in self._roots | self._tags]
        parser = etree.XMLPullParser(events=("start", "end"), tag=wanted, **_SAFE)
        scout: etree.XMLPullParser | None = etree.XMLPullParser(events=("start",), **_SAFE)
        rest = iter(pieces)
        try:
            for piece in rest:
                self._tail = (self._tail + piece)[-_TAIL_BYTES:]
                self._unseen += len(piece)
                if scout is not None and self._knows_root(scout, piece):
                    scout = None
                parser.feed(piece)
                yield from self._finished(parser, len(piece))
            parser.close()
        except etree.XMLSyntaxError as error:
            self._read_tail(rest)
            raise XmlRefused(self._not_well_formed(error)) from None
        yield from self._finished(parser, 0)
        self._sweep(self._root, 1, whole=True)

    def _knows_root(self, scout: etree.XMLPullParser, piece: bytes) -> bool:
        """Whether the root has come; ``XmlRefused`` where it is another one."""
        with suppress(etree.XMLSyntaxError):
            scout.feed(piece)
        first = next(iter(scout.read_events()), None)
        if first is None:
            return False
        name = str(first[1].tag)
        if self._shown(name) not in self._roots:
            # A name that was cut comes as a name of its own.
            if b">" not in self._tail[self._tail.rfind(b"<") :]:
                raise XmlRefused(self.refusal("file.cut_short", "File ends in its first element"))
            message = f"The root element is {name}, not {' or '.join(sorted(self._roots))}."
            raise XmlRefused(self.refusal("file.other_root", message, value=name))
        return True

    def _shown(self, name: str) -> str:
        return name.rpartition("}")[2] if self._dialect.ignore_namespaces else name

    def _finished(self, parser: etree.XMLPullParser, read: int) -> Iterator[etree._Element]:
        """The units that the last piece finished."""
        events = list(parser.read_events())
        if self._root is None and events:
            self._root = events[0][1]
            # The bytes before the root were looked through for one; this is for a prolog longer than that.
            if self._root.getroottree().docinfo.doctype:
                raise XmlRefused(self.refusal("file.doctype", "XML with DOCTYPE is refused"))
            yield self._root
        # All of the piece is in the tree still: one look tells it for every element.
        if self._root is not None and self._too_deep(self._root):
            raise XmlRefused(self.refusal("file.xml_too_deep", "XML too deep"))
        found = False
        for event, element in events:
            if event == "end" and self._level(element) == self._depth:
                self._refuse_large(element)
                yield element
                _let_go(element)
                found, self._unseen = True, read
        if not found and self._unseen > _SWEPT_BYTES:
            self._sweep(self._root, 1, whole=False)

    def _level(self, element: etree._Element) -> int:
        level, parent = 1, element.getparent()
        while parent is not None and level <= self._depth:
            level, parent = level + 1, parent.getparent()
        return level

    def _refuse_large(self, element: etree._Element) -> None:
        """Refuses an element that holds too many others, before anything of it is read."""
        most = self._dialect.elements_max
        if self._unseen > most * _BYTES_OF_ONE and not _SIZE(element) <= most:
            raise XmlRefused(self.refusal("file.xml_too_large", "XML too large", line=element.sourceline))

    def _sweep(self, element: etree._Element | None, level: int, *, whole: bool) -> None:
        """Looks at what is no unit and lets it go; the last element may still be read, unless the file is whole."""
        if element is None:
            return
        inner = list(element)
        if level >= self._depth:
            self._refuse_large(element)
        elif inner:
            for each in inner:
                self._sweep(each, level + 1, whole=whole)
            if level + 1 == self._depth:
                for each in inner if whole else inner[:-1]:
                    element.remove(each)

    def _read_tail(self, rest: Iterator[bytes]) -> None:
        for piece in rest:
            self._tail = (self._tail + piece)[-_TAIL_BYTES:]

    def _not_well_formed(self, error: etree.XMLSyntaxError) -> Problem:
        line = error.lineno or None
        text = str(error.msg).casefold()
        if any(each in text for each in _TOO_LARGE):
            deep = "depth" in text
            return self.refusal(
                "file.xml_too_deep" if deep else "file.xml_too_large",
                "XML too deep" if deep else "XML too large",
                line=line,
            )
        where = f"line {line}" if line else "its text"
        behind = "extra content" in text
        if not behind and (not _ROOT_END.search(self._tail) or "premature" in text):
            return self.refusal("file.cut_short", f"File ends in the middle of {where}", line=line)
        return self.refusal("file.not_well_formed", f"XML is not well formed ({where})", line=line)

    def refusal(self, code: str, message: str, *, line: int | None = None, value: str | None = None) -> Problem:
        """A problem because of which nothing of the file counts."""
        text = message if message.endswith(".") else f"{message}."
        rule = "well-formed XML of the layout"
        return Problem(code, text, self._file, line=line, value=value, rule=rule, scope="file")


def _let_go(element: etree._Element) -> None:
    """Frees what was read and all before it, so that memory stays flat."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
