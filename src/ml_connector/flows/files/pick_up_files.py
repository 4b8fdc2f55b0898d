"""Pick up: list settled files, fetch, hash, archive, skip what is known. What a file says is the caller's matter.

The log is keyed on name and content hash; files that come together are known by the hash of them all. Nothing at the
source is touched here.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.arrivals import Arrival, Fetched, Listing, NotTaken
from ml_connector.domain.values.records import FileRecord
from ml_connector.errors import ConnectorError, ProgramError
from ml_connector.flows.context import FlowContext
from ml_connector.problems import Problem

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PickedUp:
    """New content to be read, already archived: the file's row and bytes, and those of the files that came with it."""

    record: FileRecord
    content: bytes
    parts: Mapping[str, bytes] = field(default_factory=dict)
    beside: tuple[FileRecord, ...] = ()


_Rows = tuple[FileRecord, ...]


@dataclass(frozen=True, slots=True)
class TakenFiles:
    """What a pass took from a folder: the row of every name looked at, all names that lie there, and what stopped it or
    one of its files."""

    files: tuple[FileRecord, ...] = ()
    lying: frozenset[str] = frozenset()
    errors: tuple[ConnectorError, ...] = ()


class _Log:
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


def take_files(context: FlowContext, feed: str, take: Callable[[PickedUp], _Rows]) -> TakenFiles:
    """Pick up every file of a feed that is new and let ``take`` record what it says, one after the other; it gives back
    the rows as recorded. A fault of the program in one file leaves the others alone; what was done before an error
    stands, and is told."""
    if feed not in context.exchange.feeds():
        return TakenFiles()
    files: list[FileRecord] = []
    lying: frozenset[str] = frozenset()
    errors: list[ConnectorError] = []
    try:
        known = context.files.load_files(feed)
        listing = context.steps.step("list files", lambda: context.exchange.list_arrivals(feed, known), repeatable=True)
        arrived = (each for arrival in listing.arrivals for each in (arrival, *arrival.parts))
        lying = frozenset(each.name for each in (*listing.known, *arrived))
        log = _Log(known)
        for picked in _pick_up_files(context, feed, listing, log=log):
            try:
                records = take(picked) if isinstance(picked, PickedUp) else picked
            except ConnectorError:
                raise
            except Exception as error:
                name = picked.record.name if isinstance(picked, PickedUp) else picked[0].name
                _log.error("a fault of the program on file %s", name, exc_info=error)
                errors.append(ProgramError(error, f"reading file {name}"))
            else:
                for record in records:
                    log.note(record)
                files += records
    except ConnectorError as error:
        errors.append(error)
    return TakenFiles(tuple(files), lying, tuple(errors))


def _pick_up_files(context: FlowContext, feed: str, listing: Listing, *, log: _Log) -> Iterator[PickedUp | _Rows]:
    """Every listed name that is new or not taken yet, one after the other: new content to be read, or the rows that say
    what it is. The caller records what it read before it asks for the next."""
    for refused in listing.not_taken:
        yield (_save_not_taken(context, feed, refused, log.by_name.get(refused.name)),)
    for number, arrival in enumerate(sorted(listing.arrivals, key=_oldest_first), start=1):
        context.progress.report(f"Fetching {feed}", number, len(listing.arrivals))
        yield _pick_up(context, feed, arrival, log)


def _oldest_first(arrival: Arrival) -> tuple[bool, float, str]:
    """The order files are taken in: by the server's time where it tells one, then by name. It decides nothing else."""
    known = arrival.modified_at
    return known is None, known.timestamp() if known else 0.0, arrival.name


def _pick_up(context: FlowContext, feed: str, arrival: Arrival, log: _Log) -> PickedUp | _Rows:
    fetched = context.steps.step("fetch file", lambda: context.exchange.fetch_arrival(arrival), repeatable=True)
    same_name = log.by_name.get(arrival.name)
    if isinstance(fetched, NotTaken):
        return (_save_not_taken(context, feed, fetched, same_name),)
    digest = _set_digest(fetched) or fetched.sha256
    if same_name is not None and same_name.digest == digest and same_name.state != "waiting":
        return (_save_look(context, arrival, same_name, log),)
    record = _new_record(context, feed, arrival, fetched, waiting=same_name)
    beside = tuple(_part_of(context, record, each, fetched.parts[each.name], known=log) for each in arrival.parts)
    original = log.by_content.get(digest)
    if original is not None and original.state != "waiting":
        return _save_repeat(context, record, beside, original=original)
    context.steps.step("archive file", lambda: _archive(context, fetched))
    return PickedUp(record, fetched.content, fetched.parts, beside)


def _archive(context: FlowContext, fetched: Fetched) -> None:
    context.files.save_content(fetched.content, fetched.sha256)
    for content in fetched.parts.values():
        context.files.save_content(content, hashlib.sha256(content).hexdigest())


def _new_record(
    context: FlowContext, feed: str, arrival: Arrival, fetched: Fetched, *, waiting: FileRecord | None
) -> FileRecord:
    """A row for new content; a name that waited so far keeps its id and the time it was first seen."""
    known = waiting if waiting is not None and waiting.state == "waiting" else None
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
        set_sha256=_set_digest(fetched),
    )


def _set_digest(fetched: Fetched) -> str:
    """The hash of all that came together, whatever the names and their order; empty for a file alone."""
    if not fetched.parts:
        return ""
    digests = sorted(hashlib.sha256(content).hexdigest() for content in fetched.parts.values())
    return hashlib.sha256("".join((fetched.sha256, *digests)).encode()).hexdigest()


def _part_of(context: FlowContext, lead: FileRecord, part: Arrival, content: bytes, *, known: _Log) -> FileRecord:
    """The row of a file that came with another; one that waited so far keeps its id and the time it was first seen."""
    before = known.by_name.get(part.name)
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


def follow(lead: FileRecord, beside: Iterable[FileRecord]) -> tuple[FileRecord, ...]:
    """The rows of the files beside another in the state that one came to."""
    reason = f"belongs to {lead.name}"
    return tuple(replace(each, state=lead.state, belongs_to=lead.id, reason=reason) for each in beside)


def _save_look(context: FlowContext, arrival: Arrival, known: FileRecord, log: _Log) -> FileRecord:
    """The same bytes under the same name, touched since: only the look is noted, their rows stay what they are."""
    seen = replace(known, size_bytes=arrival.size_bytes, modified_at=arrival.modified_at)
    context.files.save_file(seen, None)
    for part in arrival.parts:
        row = log.by_name.get(part.name)
        if row is not None:
            context.files.save_file(replace(row, size_bytes=part.size_bytes, modified_at=part.modified_at), None)
    return replace(seen, state="repeat", reason="the same file again; nothing to do")


def _save_repeat(
    context: FlowContext, record: FileRecord, beside: tuple[FileRecord, ...], *, original: FileRecord
) -> _Rows:
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


def _save_not_taken(context: FlowContext, feed: str, seen: NotTaken, known: FileRecord | None) -> FileRecord:
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
