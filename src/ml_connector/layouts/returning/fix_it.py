"""The fix-it file: the refused documents of a file in the file's own layout, each with its reason, to be mended and
handed in again.

A document is refused by the reader, which tells why itself, or by whoever asks, who names it by its record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ml_connector.layouts.document import Document, Reading, Refused, Source
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.reading import find_feed, read_file_set
from ml_connector.layouts.returning.csv_rows import CsvFile, reason_heading, return_rows
from ml_connector.layouts.returning.xml_elements import return_elements
from ml_connector.layouts.wrapping.opening import OpenedFiles, open_files
from ml_connector.layouts.wrapping.pgp import PgpKeys
from ml_connector.problems import Problem


@dataclass(frozen=True, slots=True)
class Unread:
    """A document that the reader refused, and what it says of it."""

    refused: Refused
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """What a file has to be given back: documents the reader refused, and the files to mend by name; a set of files
    gives several."""

    unread: tuple[Unread, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()


def return_refused(
    layout: Layout,
    feed: str,
    *,
    files: Mapping[str, bytes],
    keys: PgpKeys | None = None,
    refused: Mapping[int, str] | None = None,
) -> Returned:
    """The documents of these files that the reader refuses and those whose record is in ``refused``, with its reason;
    nothing where the file is refused whole."""
    reading = read_file_set(layout, feed, files=files, keys=keys, carefully=True)
    unread = _unread(reading, by_number=layout.format == "xml")
    reasons = {each.refused.source.record: _told(each.problems) for each in unread} | dict(refused or {})
    opened = open_files(layout, find_feed(layout, feed), files, keys)
    if isinstance(opened, Problem):
        return Returned()
    told: list[Document | Refused] = [*reading.documents, *reading.refused]
    wanted = [each.source for each in told if each.source.record in reasons]
    return Returned(unread, tuple(_cut(layout, feed, opened, wanted, reasons=reasons)) if wanted else ())


def _cut(
    layout: Layout, feed: str, opened: OpenedFiles, wanted: Iterable[Source], *, reasons: Mapping[int, str]
) -> Iterable[tuple[str, bytes]]:
    found, heading = find_feed(layout, feed), reason_heading(find_feed(layout, feed))
    by_file: dict[str, dict[int, str]] = defaultdict(dict)
    for source in wanted:
        for name, line in source.rows or ((opened.name, line) for line in source.lines):
            by_file[name][line] = reasons[source.record]
    if layout.format == "xml":
        lines = frozenset(by_file[opened.name])
        file = (opened.name, opened.content)
        content = return_elements(layout, found, file, reasons, lines=lines, heading=heading)
        return [(opened.name, content)] if content is not None else []
    members = opened.members or (("", opened.name, opened.content),)
    cut = (
        (name, return_rows(layout, found, CsvFile(kind, name, content), by_file[name], heading=heading))
        for kind, name, content in members
    )
    return [(name, content) for name, content in cut if content is not None]


def _unread(reading: Reading, *, by_number: bool) -> tuple[Unread, ...]:
    """The refused documents, each with the problems that stand in its rows; of elements many may begin on one line, so
    that their number counts too."""
    told: list[Unread] = []
    for each in reading.refused:
        rows = set(each.source.rows or ((each.source.file, line) for line in each.source.lines))
        own = [problem for problem in reading.problems if (problem.file, problem.line) in rows]
        if by_number:
            own = [problem for problem in own if problem.record in (None, each.source.record)]
        told.append(Unread(each, tuple(own)))
    return tuple(told)


def _told(problems: Iterable[Problem]) -> str:
    """The sentences of the problems, each once."""
    return " ".join(dict.fromkeys(each.message for each in problems)) or "This document could not be read."
