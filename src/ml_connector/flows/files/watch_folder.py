"""What a look at a folder says beyond the files that are new: a crowd, a number left out, a silence. Told, and kept in
the log where a file stands for it; nothing is stopped by it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.arrivals import Listing
from ml_connector.domain.values.records import FileRecord
from ml_connector.flows.context import FlowContext
from ml_connector.flows.files.file_series import MissingFile, find_missing, tell_silence
from ml_connector.flows.files.judge_file import add_reason
from ml_connector.problems import Problem

_log = logging.getLogger(__name__)
MISSING = "file.missing"


def tell_crowd(listing: Listing) -> tuple[str, ...]:
    """More files than one round takes."""
    if not listing.crowd:
        return ()
    return (_tell(f"{listing.crowd:,} files in the folder; taking {len(listing.arrivals):,} each round"),)


def note_missing(
    context: FlowContext, feed: str, listing: Listing, known: Sequence[FileRecord]
) -> tuple[tuple[str, ...], tuple[FileRecord, ...]]:
    """What is missing beside a file that is new: told, and under its name a row that waits for it."""
    fresh = [each.name for each in listing.arrivals]
    lying = {*(each.name for each in listing.known), *(each.name for each in listing.not_taken)}
    names = lying | {each.name for each in known}
    missing = [each for each in find_missing(fresh, names) if each.name not in names] if fresh else []
    rows = tuple(_save_missing(context, feed, each, each.name) for each in missing if each.name is not None)
    return tuple(_tell(each.render()) for each in missing), rows


def note_silence(context: FlowContext, listing: Listing, known: Sequence[FileRecord]) -> tuple[str, ...]:
    """A file that should have come by now; the last one that came says so, once in the trail."""
    came = [each for each in known if each.sha256 is not None and each.belongs_to is None]
    if listing.arrivals or listing.not_taken or not came:
        return ()
    zone = ZoneInfo(context.terms.time_zone)
    told = tell_silence([each.first_seen_at.astimezone(zone) for each in came], context.clock.now().astimezone(zone))
    if told is None:
        return ()
    last = max(came, key=lambda each: each.first_seen_at)
    if told not in (last.reason or ""):
        context.files.save_file(add_reason(last, told), AuditNote("feed.silent", last.id, told))
    return (_tell(told),)


def _save_missing(context: FlowContext, feed: str, missing: MissingFile, name: str) -> FileRecord:
    told = missing.render()
    record = FileRecord(
        id=context.files.next_id("f"),
        connection=context.terms.connection,
        feed=feed,
        name=name,
        size_bytes=0,
        modified_at=None,
        first_seen_at=context.clock.now(),
        state="waiting",
        problems=(Problem(code=MISSING, message=told, file=name, scope="file"),),
        reason=told,
    )
    context.files.save_file(record, AuditNote(MISSING, record.id, told))
    return record


def _tell(notice: str) -> str:
    _log.warning("%s", notice)
    return notice
