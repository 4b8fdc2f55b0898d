"""Reads one file of a feed by a layout: bytes to canonical documents, all or nothing a document.

A problem of scope ``file`` leaves no document at all, one of scope ``document`` leaves the others whole. Nothing is
delivered before the last byte was looked at.
"""

from __future__ import annotations

from difflib import get_close_matches

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.assembly import assemble_document
from ml_connector.layouts.columns import Plan, plan_columns
from ml_connector.layouts.csv_format import Record, read_records
from ml_connector.layouts.decode import Decoded, decode_text
from ml_connector.layouts.document import Document, Reading
from ml_connector.layouts.grouping import Grouped, group_rows
from ml_connector.layouts.layout import FeedLayout, Layout
from ml_connector.problems import Problem


def read_document_file(layout: Layout, feed: str, *, name: str, content: bytes) -> Reading:
    """What the file ``name`` of that feed says; ConfigurationError ``layout.unknown_feed`` where the layout has no such
    feed."""
    feed_layout = find_feed(layout, feed)
    decoded = decode_text(content, file=name, written_by_us=feed_layout.direction == "out")
    if isinstance(decoded, Problem):
        return Reading(problems=(decoded,))
    records = read_records(decoded.text, layout.dialect, file=name)
    heading = next(records, None)
    if not isinstance(heading, Record):
        return Reading(problems=(heading or _no_heading(name),))
    plan = plan_columns(layout, feed_layout, heading, file=name)
    if not isinstance(plan, Plan):
        return Reading(problems=plan)
    grouped = group_rows(plan, records, file=name)
    if isinstance(grouped, Problem):
        return Reading(problems=(grouped,))
    return _assemble(plan, grouped, decoded, name)


def find_feed(layout: Layout, feed: str) -> FeedLayout:
    """The feed of the layout; ConfigurationError ``layout.unknown_feed`` where it has none of that name."""
    if feed in layout.feeds:
        return layout.feeds[feed]
    near = get_close_matches(feed, layout.feeds, n=1, cutoff=0.0)
    message = f"Layout {layout.name} has no feed {feed!r}; {near[0]!r} is near."
    fix = "Name a layout that has this feed, or add the feed to it."
    raise ConfigurationError(message, fix=fix, code="layout.unknown_feed", at="settings")


def _assemble(plan: Plan, grouped: Grouped, decoded: Decoded, name: str) -> Reading:
    assembled = [assemble_document(plan, rows, file=name) for rows in grouped.groups]
    problems = grouped.problems + tuple(each for each in assembled if isinstance(each, Problem))
    return Reading(
        documents=tuple(each for each in assembled if isinstance(each, Document)),
        problems=tuple(sorted(problems, key=lambda each: each.line or 0)),
        rows=grouped.rows,
        repeats=grouped.repeats,
        notes=_notes(decoded, grouped) + plan.notes + grouped.notes,
    )


def _notes(decoded: Decoded, grouped: Grouped) -> tuple[str, ...]:
    mark = "A byte order mark stands before the text; it was taken off." if decoded.byte_order_mark else ""
    alone = "" if grouped.rows else "The file holds its heading alone."
    return tuple(each for each in (mark, alone) if each)


def _no_heading(name: str) -> Problem:
    message = "The file has no heading row."
    return Problem("file.no_heading", message, name, rule="the first row names the columns", scope="file")
