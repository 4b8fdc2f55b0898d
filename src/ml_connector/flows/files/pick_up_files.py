"""Pick up: list settled files, fetch, hash, archive, skip what is known. What a file says is the caller's matter.

The log is keyed on name and content hash. Nothing at the source is touched here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.arrivals import Arrival, Fetched, Listing, NotTaken
from ml_connector.domain.values.records import FileRecord
from ml_connector.errors import ConnectorError, ProgramError
from ml_connector.flows.context import FlowContext
from ml_connector.problems import Problem

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PickedUp:
    """One name seen in this pass: its row, and its bytes where it is new content to be read."""

    record: FileRecord
    content: bytes | None = None


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
        if record.sha256 is not None:
            first = self.by_content.get(record.sha256)
            if first is None or first.id == record.id or first.state == "waiting":
                self.by_content[record.sha256] = record


def take_files(context: FlowContext, feed: str, take: Callable[[PickedUp], FileRecord]) -> TakenFiles:
    """Pick up every file of a feed that is new and let ``take`` record what it says, one after the other. A fault of
    the program in one file leaves the others alone; what was done before an error stands, and is told."""
    if feed not in context.exchange.feeds():
        return TakenFiles()
    files: list[FileRecord] = []
    lying: frozenset[str] = frozenset()
    errors: list[ConnectorError] = []
    try:
        known = context.files.load_files(feed)
        listing = context.steps.step("list files", lambda: context.exchange.list_arrivals(feed, known), repeatable=True)
        lying = frozenset((*listing.known, *(arrival.name for arrival in listing.arrivals)))
        log = _Log(known)
        for picked in _pick_up_files(context, feed, listing, log=log):
            try:
                record = take(picked)
            except ConnectorError:
                raise
            except Exception as error:
                _log.error("a fault of the program on file %s", picked.record.name, exc_info=error)
                errors.append(ProgramError(error, f"reading file {picked.record.name}"))
            else:
                log.note(record)
                files.append(record)
    except ConnectorError as error:
        errors.append(error)
    return TakenFiles(tuple(files), lying, tuple(errors))


def _pick_up_files(context: FlowContext, feed: str, listing: Listing, *, log: _Log) -> Iterator[PickedUp]:
    """Every listed name that is new or not taken yet, one after the other; new content comes with its bytes, already
    archived. The caller records what it read before it asks for the next."""
    for refused in listing.not_taken:
        yield PickedUp(_save_not_taken(context, feed, refused, log.by_name.get(refused.name)))
    for number, arrival in enumerate(sorted(listing.arrivals, key=_oldest_first), start=1):
        context.progress.report(f"Fetching {feed}", number, len(listing.arrivals))
        yield _pick_up(context, feed, arrival, log)


def _oldest_first(arrival: Arrival) -> tuple[bool, float, str]:
    """The order files are taken in: by the server's time where it tells one, then by name. It decides nothing else."""
    known = arrival.modified_at
    return known is None, known.timestamp() if known else 0.0, arrival.name


def _pick_up(context: FlowContext, feed: str, arrival: Arrival, log: _Log) -> PickedUp:
    fetched = context.steps.step("fetch file", lambda: context.exchange.fetch_arrival(arrival), repeatable=True)
    same_name = log.by_name.get(arrival.name)
    if isinstance(fetched, NotTaken):
        return PickedUp(_save_not_taken(context, feed, fetched, same_name))
    if same_name is not None and same_name.sha256 == fetched.sha256 and same_name.state != "waiting":
        return PickedUp(_save_look(context, arrival, same_name))
    same_bytes = log.by_content.get(fetched.sha256)
    if same_bytes is not None and same_bytes.state != "waiting":
        return PickedUp(_save_repeat(context, arrival, fetched, original=same_bytes))
    context.steps.step("archive file", lambda: context.files.save_content(fetched.content, fetched.sha256))
    record = _new_record(context, feed, arrival, fetched, waiting=same_name)
    return PickedUp(record, fetched.content)


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
        layout=context.exchange.layout_of(feed),
    )


def _save_look(context: FlowContext, arrival: Arrival, known: FileRecord) -> FileRecord:
    """The same bytes under the same name, touched since: only the look is noted, its row stays what it is."""
    seen = replace(known, size_bytes=arrival.size_bytes, modified_at=arrival.modified_at)
    context.files.save_file(seen, None)
    return replace(seen, state="repeat", reason="the same file again; nothing to do")


def _save_repeat(context: FlowContext, arrival: Arrival, fetched: Fetched, *, original: FileRecord) -> FileRecord:
    """The same bytes under another name: a row of its own says so."""
    record = replace(
        _new_record(context, original.feed, arrival, fetched, waiting=None),
        state="repeat",
        repeat_of=original.repeat_of or original.id,
        reason=f"same content as {original.name}; skipped",
    )
    note = AuditNote(
        event="file.repeat",
        subject=record.id,
        note=f"{record.name} holds the same bytes as {original.name}; nothing of it is taken again",
        data={"name": record.name, "sha256": record.sha256, "repeat_of": record.repeat_of},
    )
    context.steps.step("record file", lambda: context.files.save_file(record, note))
    return record


def _save_not_taken(context: FlowContext, feed: str, seen: NotTaken, known: FileRecord | None) -> FileRecord:
    """Keep that a name waits or was refused unread; an entry is written once, not at every look."""
    unchanged = known is not None and known.state == seen.state and known.reason == seen.reason
    fresh = known is None or known.state not in ("waiting", "refused")
    record = FileRecord(
        id=context.files.next_id("f") if known is None or fresh else known.id,
        connection=context.terms.connection,
        feed=feed,
        name=seen.name,
        size_bytes=seen.size_bytes,
        modified_at=seen.modified_at,
        first_seen_at=context.clock.now() if known is None or fresh else known.first_seen_at,
        state=seen.state,
        problems=(_problem_of(seen),),
        reason=seen.reason,
        layout=context.exchange.layout_of(feed),
    )
    note = AuditNote(event=f"file.{seen.state}", subject=record.id, note=f"{seen.name}: {seen.reason}")
    context.files.save_file(record, None if unchanged else note)
    return record


def _problem_of(seen: NotTaken) -> Problem:
    return Problem(code=f"file.{seen.state}", message=seen.reason, file=seen.name, scope="file")
