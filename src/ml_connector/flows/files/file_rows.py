"""The rows of the processed-files log, as one pass makes them: of new content, of what comes beside it, of a repeat, of
a name that is not taken. Whether a file is new is decided by its caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.arrivals import Arrival, Fetched, NotTaken
from ml_connector.domain.values.records import FileRecord
from ml_connector.flows.context import FlowContext
from ml_connector.problems import Problem

Rows = tuple[FileRecord, ...]
GREW = "File grew after we read it"
# Clocks of two machines may differ, and so may what they take for their zone.
_CLOCKS_APART = timedelta(days=1)


class KnownFiles:
    """The feed's rows as they stand while a pass goes on, by name and by content; the newest of a name counts, the
    first of a content."""

    def __init__(self, records: Iterable[FileRecord]) -> None:
        self.by_name: dict[str, FileRecord] = {}
        self.by_content: dict[str, FileRecord] = {}
        for record in records:
            self.note(record)

    def note(self, record: FileRecord) -> None:
        """Keep a row that was read or written."""
        self.by_name[record.name] = record
        if record.digest is not None and record.belongs_to is None:
            first = self.by_content.get(record.digest)
            if first is None or first.id == record.id or first.state == "waiting":
                self.by_content[record.digest] = record

    def same_again(self, name: str, digest: str) -> FileRecord | None:
        """The row of that name where it holds these bytes and waits for nothing."""
        same = self.by_name.get(name)
        return same if same is not None and same.digest == digest and same.state != "waiting" else None

    def original_of(self, digest: str) -> FileRecord | None:
        """The row that brought these bytes before and waits for nothing."""
        original = self.by_content.get(digest)
        return original if original is not None and original.state != "waiting" else None


def taken_before(known: FileRecord | None) -> bool:
    """Were bytes of that name taken before?"""
    return known is not None and known.sha256 is not None and known.state != "waiting"


def digest_of(fetched: Fetched) -> str:
    """What tells new content from known: the hash of all that came together."""
    return set_digest(fetched) or fetched.sha256


def set_digest(fetched: Fetched) -> str:
    """The hash of all that came together, whatever the names and their order; empty for a file alone."""
    if not fetched.parts:
        return ""
    digests = sorted(hashlib.sha256(content).hexdigest() for content in fetched.parts.values())
    return hashlib.sha256("".join((fetched.sha256, *digests)).encode()).hexdigest()


def new_record(
    context: FlowContext, feed: str, arrival: Arrival, fetched: Fetched, *, same_name: FileRecord | None
) -> FileRecord:
    """A row for new content; a name that waited so far keeps its id and the time it was first seen."""
    known = same_name if same_name is not None and same_name.state == "waiting" else None
    return FileRecord(
        id=known.id if known else context.files.next_id("f"),
        connection=context.terms.connection,
        feed=feed,
        name=arrival.name,
        size_bytes=arrival.size_bytes,
        modified_at=arrival.modified_at,
        first_seen_at=known.first_seen_at if known else context.clock.now(),
        state="new",
        sha256=fetched.sha256,
        layout=context.exchange.layout_of(feed, arrival.modified_at),
        set_sha256=set_digest(fetched),
        reason="; ".join(_remarks(context, arrival, fetched, same_name)) or None,
    )


def _remarks(context: FlowContext, arrival: Arrival, fetched: Fetched, same_name: FileRecord | None) -> Iterable[str]:
    """What is odd about the file itself: a date that cannot be, other bytes under a name that was taken before."""
    if arrival.modified_at is not None and arrival.modified_at > context.clock.now() + _CLOCKS_APART:
        yield f"File date is in the future ({arrival.modified_at:%Y-%m-%d %H:%M} UTC)"
    if same_name is None or not taken_before(same_name):
        return
    head = hashlib.sha256(fetched.content[: same_name.size_bytes]).hexdigest()
    grew = len(fetched.content) > same_name.size_bytes and head == same_name.sha256
    yield GREW if grew else f"File {arrival.name} was delivered again with changes"


def part_of(context: FlowContext, lead: FileRecord, part: Arrival, content: bytes, *, log: KnownFiles) -> FileRecord:
    """The row of a file that came with another; one that waited so far keeps its id and the time it was first seen."""
    before = log.by_name.get(part.name)
    kept = before if before is not None and (before.state == "waiting" or before.belongs_to == lead.id) else None
    return replace(
        lead,
        id=kept.id if kept else context.files.next_id("f"),
        name=part.name,
        size_bytes=part.size_bytes,
        modified_at=part.modified_at,
        first_seen_at=kept.first_seen_at if kept else lead.first_seen_at,
        sha256=hashlib.sha256(content).hexdigest(),
        set_sha256="",
        belongs_to=lead.id,
    )


def follow(lead: FileRecord, beside: Iterable[FileRecord]) -> Rows:
    """The rows of the files beside another in the state that one came to."""
    reason = f"belongs to {lead.name}"
    return tuple(replace(each, state=lead.state, belongs_to=lead.id, reason=reason) for each in beside)


def save_look(context: FlowContext, arrival: Arrival, known: FileRecord, log: KnownFiles) -> FileRecord:
    """The same bytes under the same name, touched since: only the look is noted, their rows stay what they are."""
    seen = replace(known, size_bytes=arrival.size_bytes, modified_at=arrival.modified_at)
    context.files.save_file(seen, None)
    for part in arrival.parts:
        row = log.by_name.get(part.name)
        if row is not None:
            context.files.save_file(replace(row, size_bytes=part.size_bytes, modified_at=part.modified_at), None)
    return replace(seen, state="repeat", reason="the same file again; nothing to do")


def save_repeat(context: FlowContext, record: FileRecord, beside: Rows, *, original: FileRecord) -> Rows:
    """The same bytes under another name: a row of its own says so."""
    repeat = replace(
        record,
        state="repeat",
        repeat_of=original.repeat_of or original.id,
        reason=f"same content as {original.name}; skipped",
    )
    note = AuditNote(
        event="file.repeat",
        subject=repeat.id,
        note=f"{repeat.name} holds the same bytes as {original.name}; nothing of it is taken again",
        data={"name": repeat.name, "sha256": repeat.sha256, "repeat_of": repeat.repeat_of},
    )
    followers = follow(repeat, beside)
    for each in followers:
        context.files.save_file(each, None)
    context.steps.step("record file", lambda: context.files.save_file(repeat, note))
    return (repeat, *followers)


def save_not_taken(context: FlowContext, feed: str, seen: NotTaken, known: FileRecord | None) -> FileRecord:
    """Keep that a name waits or was refused unread; an entry is written once, not at every look."""
    fresh = known is None or known.state not in ("waiting", "refused")
    first_seen_at = context.clock.now() if known is None or fresh else known.first_seen_at
    if seen.patience_hours is not None and context.clock.now() - first_seen_at >= timedelta(hours=seen.patience_hours):
        seen = replace(seen, state="refused", reason=f"{seen.reason}; given up after {seen.patience_hours:g} hours")
    unchanged = known is not None and known.state == seen.state and known.reason == seen.reason
    record = FileRecord(
        id=context.files.next_id("f") if known is None or fresh else known.id,
        connection=context.terms.connection,
        feed=feed,
        name=seen.name,
        size_bytes=seen.size_bytes,
        modified_at=seen.modified_at,
        first_seen_at=first_seen_at,
        state=seen.state,
        problems=(_problem_of(seen),),
        reason=seen.reason,
        layout=context.exchange.layout_of(feed, seen.modified_at),
    )
    note = AuditNote(event=f"file.{seen.state}", subject=record.id, note=f"{seen.name}: {seen.reason}")
    context.files.save_file(record, None if unchanged else note)
    return record


def _problem_of(seen: NotTaken) -> Problem:
    code = seen.code or f"file.{seen.state}"
    return Problem(code=code, message=seen.reason, file=seen.name, scope="file")
