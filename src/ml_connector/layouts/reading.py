"""Reads one file of a feed by a layout: bytes to canonical documents, all or nothing a document.

A problem of scope ``file`` leaves no document at all, one of scope ``document`` leaves the others whole. Nothing is
delivered before the last byte was looked at.
"""

from __future__ import annotations

import gc
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from io import BytesIO, TextIOWrapper
from itertools import chain
from typing import BinaryIO

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.csv_format import Record, read_records
from ml_connector.layouts.document import Document, Reading
from ml_connector.layouts.layout import FeedLayout, Layout
from ml_connector.layouts.records.batches import FileRefused, Rows
from ml_connector.layouts.records.columns import Plan, plan_columns, plan_positions
from ml_connector.layouts.records.controls import Tally, check_controls
from ml_connector.layouts.records.filters import filter_rows
from ml_connector.layouts.records.flat import file_notes, read_flat
from ml_connector.layouts.records.streaming import Counts, can_be_regular, stream_rows
from ml_connector.layouts.records.typed_csv import read_typed_csv
from ml_connector.layouts.wrapping.decode import HEAD_BYTES, decode_head, decode_text
from ml_connector.layouts.wrapping.opening import OpenedFiles, attach_files, open_files
from ml_connector.layouts.wrapping.pgp import PgpKeys
from ml_connector.layouts.xml.reading import can_stream_xml, read_xml, stream_xml
from ml_connector.problems import Problem


def read_document_file(layout: Layout, feed: str, *, name: str, content: bytes) -> Reading:
    """What the file ``name`` of that feed says; ConfigurationError ``layout.unknown_feed`` where the layout has no such
    feed."""
    return read_file_set(layout, feed, files={name: content})


def read_file_set(
    layout: Layout, feed: str, *, files: Mapping[str, bytes], keys: PgpKeys | None = None, carefully: bool = False
) -> Reading:
    """What files that belong together say: a data file with its side file and attachments, headers with their lines, an
    archive. Names are relative to the folder of the data file; ConfigurationError ``layout.unknown_feed``. Read
    ``carefully``, row by row, it tells what is refused too."""
    feed_layout = find_feed(layout, feed)
    opened = open_files(layout, feed_layout, files, keys)
    if isinstance(opened, Problem):
        return Reading(problems=(opened,))
    if layout.open_questions:
        return Reading(problems=tuple(_open_question(each, opened.name) for each in layout.open_questions))
    tally = Tally()
    with _nothing_collected():
        if layout.format == "xml":
            reading = read_xml(layout, feed_layout, opened, tally, carefully=carefully)
        elif feed_layout.records is not None:
            reading = read_typed_csv(layout, feed_layout, opened, tally)
        else:
            regular = None if carefully else _read_regular(layout, feed_layout, opened)
            reading = regular or _read_rows(layout, feed_layout, opened, tally)
    reading = attach_files(feed_layout, reading, opened.siblings)
    return check_controls(layout, feed_layout, reading, tally, opened=opened)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """No search for unused rings of objects meanwhile: reading makes none, and the search looks at every value kept so
    far, which takes as long again as the reading."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def stream_document_file(layout: Layout, feed: str, *, name: str, stream: BinaryIO) -> Iterator[Document | Problem]:
    """The documents and problems of a file one by one, a long one in flat memory. A problem of scope ``file`` is the
    last and says that nothing of the file counts, documents given before neither. ``stream`` must be seekable;
    ConfigurationError ``layout.unknown_feed``."""
    feed_layout = find_feed(layout, feed)
    if can_stream_xml(layout, feed_layout) and not layout.open_questions:
        yield from stream_xml(layout, feed_layout, stream, file=name)
        return
    if not _can_stream(layout, feed_layout):
        reading = read_document_file(layout, feed, name=name, content=stream.read())
        yield from reading.documents
        yield from reading.problems
        return
    head = decode_head(stream.read(HEAD_BYTES), file=name)
    stream.seek(0)
    if head is not None:
        yield head
        return
    text = TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        rows = Rows(text, layout.dialect, name)
        heading = rows.heading()
        plan = plan_columns(layout, feed_layout, heading, file=name) if heading else (_no_heading(name),)
        if isinstance(plan, Plan):
            yield from stream_rows(plan, rows, file=name)
        else:
            yield from plan
    except FileRefused as refused:
        yield refused.problem
    finally:
        text.detach()


def _read_regular(layout: Layout, feed: FeedLayout, opened: OpenedFiles) -> Reading | None:
    """What a file says whose rows are in order, read by the batch; None where anything of the whole file is odd, which
    is then read row by row."""
    name, content = opened.name, opened.content
    if not _can_stream(layout, feed) or decode_head(content[:HEAD_BYTES], file=name) is not None:
        return None
    rows = Rows(TextIOWrapper(BytesIO(content), encoding="utf-8-sig", newline=""), layout.dialect, name)
    try:
        heading = rows.heading()
        plan = plan_columns(layout, feed, heading, file=name) if heading else ()
        if not isinstance(plan, Plan) or not can_be_regular(plan):
            return None
        counts = Counts()
        found = list(stream_rows(plan, rows, file=name, counts=counts))
    except FileRefused:
        return None
    return Reading(
        documents=tuple(each for each in found if isinstance(each, Document)),
        problems=tuple(sorted((each for each in found if isinstance(each, Problem)), key=lambda each: each.line or 0)),
        rows=counts.rows,
        repeats=counts.repeats,
        notes=(*file_notes(counts.rows, marked=content.startswith(BOM_UTF8)), *plan.notes, *counts.notes),
    )


def _can_stream(layout: Layout, feed: FeedLayout) -> bool:
    dialect = layout.dialect
    plain = layout.format == "csv" and feed.records is None and dialect.heading and len(dialect.delimiter) == 1
    plain = plain and dialect.encoding in ("utf-8", "us-ascii")
    rows = dialect.skip_lines or dialect.skip_rows or dialect.comment or dialect.repeated_heading
    more = feed.skip or feed.carry_down or feed.side_file or layout.files.unwrap or layout.open_questions
    controls = any(each.place == "control" for each in feed.columns)
    header = {each.name for each in feed.columns if each.place == "document"}
    inward = (
        feed.direction == "in" and bool(feed.group_by) and {name for names in feed.group_by for name in names} <= header
    )
    constants = any(each.extraction.constant for each in feed.columns)
    return plain and inward and not (constants or rows or more or controls or dialect.trailing_delimiter)


def _open_question(sentence: str, name: str) -> Problem:
    rule = "a layout without open questions"
    return Problem("layout.undecided", f"The layout leaves open: {sentence}.", name, rule=rule, scope="file")


def _read_rows(layout: Layout, feed: FeedLayout, opened: OpenedFiles, tally: Tally) -> Reading:
    """A file whose rows all have the same columns."""
    name = opened.name
    dialect = layout.dialect
    outward = feed.direction == "out"
    decoded = decode_text(opened.content, file=name, written_by_us=outward, encoding=dialect.encoding)
    if isinstance(decoded, Problem):
        return Reading(problems=(decoded,))
    records = read_records(decoded.text, dialect, file=name)
    heading = next(records, None)
    if not isinstance(heading, Record):
        return Reading(problems=(heading or _no_heading(name),))
    if dialect.heading:
        plan = plan_columns(layout, feed, heading, file=name)
    else:
        records = chain([Record(1, heading.line, heading.cells)], (_counted(each) for each in records))
        plan = plan_positions(layout, feed, len(heading.cells), file=name)
    if not isinstance(plan, Plan):
        return Reading(problems=plan)
    return read_flat(
        plan, filter_rows(layout, feed, heading, records), tally, file=name, marked=decoded.byte_order_mark
    )


def _counted(record: Record | Problem) -> Record | Problem:
    # Without a heading the first row is row 1, not row 0.
    return record if isinstance(record, Problem) else Record(record.number + 1, record.line, record.cells)


def find_feed(layout: Layout, feed: str) -> FeedLayout:
    """The feed of the layout; ConfigurationError ``layout.unknown_feed`` where it has none of that name."""
    if feed in layout.feeds:
        return layout.feeds[feed]
    near = get_close_matches(feed, layout.feeds, n=1, cutoff=0.0)
    message = f"Layout {layout.name} has no feed {feed!r}; {near[0]!r} is near."
    fix = "Name a layout that has this feed, or add the feed to it."
    raise ConfigurationError(message, fix=fix, code="layout.unknown_feed", at="settings")


def _no_heading(name: str) -> Problem:
    message = "The file has no heading row."
    return Problem("file.no_heading", message, name, rule="the first row names the columns", scope="file")
