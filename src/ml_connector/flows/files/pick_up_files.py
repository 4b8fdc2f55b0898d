"""Pick up: list settled files, fetch, hash, archive, skip what is known. What a file says is the feed's matter.

Files go through in groups: fetched together, archived together, then recorded in one transaction. A fault in one of a
group leaves the others alone. The log is keyed on name and content hash; files that come together are known by the hash
of them all. Nothing at the source is touched here.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.protocol.conservation import FileTold
from ml_connector.domain.values.arrivals import Arrival, Fetched, Listing, NotTaken, TakenFile
from ml_connector.domain.values.records import FileRecord
from ml_connector.errors import ConnectorError, ProgramError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.files.fetch_files import Group, fetch_groups
from ml_connector.flows.files.file_rows import (
    KnownFiles,
    Rows,
    digest_of,
    new_record,
    part_of,
    save_look,
    save_not_taken,
    save_repeat,
    taken_before,
)
from ml_connector.flows.files.watch_folder import note_missing, note_silence, tell_crowd

_log = logging.getLogger(__name__)

R = TypeVar("R")
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class PickedUp:
    """New content to be read, already archived: the file's row and bytes, and those of the files that came with it.
    ``again``: other bytes of that name were taken before."""

    record: FileRecord
    content: bytes
    parts: Mapping[str, bytes] = field(default_factory=dict)
    beside: Rows = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Parsed(Generic[P]):
    """What a file says, before it is held against what is on record. ``keys`` name its documents: a later file with one
    of them is judged only after this one is recorded. ``alone``: after all before it, and before all after it."""

    read: P
    keys: frozenset[str]
    alone: bool = False


class Feed(Protocol[P, R]):
    """What a feed makes of its files."""

    @property
    def name(self) -> str:
        """The feed's name."""
        ...

    def parse(self, picked: PickedUp) -> Parsed[P]:
        """What the file says."""
        ...

    def look_up(self, reads: Sequence[P]) -> None:
        """Look up what is on record of these files' documents, before they are judged."""
        ...

    def judge(self, picked: PickedUp, read: P) -> TakenFile[R, AuditNote]:
        """What is new in it, ready to be recorded."""
        ...

    def record(self, files: Sequence[TakenFile[R, AuditNote]]) -> None:
        """Record all of them or none."""
        ...


@dataclass(frozen=True, slots=True)
class TakenFiles:
    """What a pass took from a folder: the row of every name looked at, all names that lie there, what stopped it or one
    of its files, and what files of invoices said. ``more``: there are files beyond this round, and it brought the work
    forward."""

    files: Rows = ()
    lying: frozenset[str] = frozenset()
    errors: tuple[ConnectorError, ...] = ()
    told: tuple[FileTold, ...] = ()
    notices: tuple[str, ...] = ()
    more: bool = False


def take_files(context: FlowContext, feed: Feed[P, R]) -> TakenFiles:
    """Pick up every file of a feed that is new and record what it says. A fault of the program in one file leaves the
    others alone; what was done before an error stands, and is told."""
    name = feed.name
    if name not in context.exchange.feeds():
        return TakenFiles()
    lying: frozenset[str] = frozenset()
    taking = _Taking(context, feed, KnownFiles(()))
    try:
        known = context.files.load_files(name)
        listing = context.steps.step("list files", lambda: context.exchange.list_arrivals(name, known), repeatable=True)
        arrived = (each for arrival in listing.arrivals for each in (arrival, *arrival.parts))
        lying = frozenset(each.name for each in (*listing.known, *arrived))
        taking = _Taking(context, feed, KnownFiles(known))
        taking.watch(listing, known)
        for refused in listing.not_taken:
            taking.refuse(refused)
        for group in fetch_groups(context, name, sorted(listing.arrivals, key=_oldest_first)):
            taking.take(group)
    except ConnectorError as error:
        taking.errors.append(error)
    more = taking.crowded and any(each.sha256 is not None for each in taking.files)
    notices = tuple(taking.notices)
    return TakenFiles(tuple(taking.files), lying, tuple(taking.errors), notices=notices, more=more)


def _oldest_first(arrival: Arrival) -> tuple[bool, float, str]:
    """The order files are taken in: by the server's time where it tells one, then by name. It decides nothing else."""
    known = arrival.modified_at
    return known is None, known.timestamp() if known else 0.0, arrival.name


class _Taking(Generic[P, R]):
    """One pass over a feed's folder: what was looked at, what went wrong, and what is judged but not recorded yet."""

    def __init__(self, context: FlowContext, feed: Feed[P, R], log: KnownFiles) -> None:
        self._context = context
        self._feed = feed
        self._log = log
        self._pending: list[tuple[PickedUp, P]] = []
        self._keys: set[str] = set()
        self.files: list[FileRecord] = []
        self.errors: list[ConnectorError] = []
        self.notices: list[str] = []
        self.crowded = False

    def watch(self, listing: Listing, known: Sequence[FileRecord]) -> None:
        """What the look says beyond the files that are new."""
        missing, rows = note_missing(self._context, self._feed.name, listing, known)
        self.notices += (*tell_crowd(listing), *missing, *note_silence(self._context, listing, known))
        self.crowded = listing.crowd > 0
        self._done(rows)

    def refuse(self, refused: NotTaken) -> None:
        """A name that is not taken now."""
        known = self._log.by_name.get(refused.name)
        self._done((save_not_taken(self._context, self._feed.name, refused, known),))

    def take(self, group: Group) -> None:
        """Archive what is new of the group, then read and record it. What was read before an error is recorded."""
        new = [fetched for arrival, fetched in group if isinstance(fetched, Fetched) and self._is_new(arrival, fetched)]
        if new:
            self._context.steps.step("archive file", lambda: self._context.files.save_contents(_contents_of(new)))
        try:
            for arrival, fetched in group:
                self._take_one(arrival, fetched)
        finally:
            self._record()

    def _is_new(self, arrival: Arrival, fetched: Fetched) -> bool:
        digest = digest_of(fetched)
        return self._log.same_again(arrival.name, digest) is None and self._log.original_of(digest) is None

    def _take_one(self, arrival: Arrival, fetched: Fetched | NotTaken) -> None:
        if isinstance(fetched, NotTaken):
            self._record()
            self.refuse(fetched)
            return
        digest = digest_of(fetched)
        if any(each.record.digest == digest or each.record.name == arrival.name for each, _ in self._pending):
            self._record()
        same = self._log.same_again(arrival.name, digest)
        if same is not None:
            self._record()
            self._done((save_look(self._context, arrival, same, self._log),))
            return
        self._take_content(arrival, fetched, digest)

    def _take_content(self, arrival: Arrival, fetched: Fetched, digest: str) -> None:
        context, log = self._context, self._log
        same_name = log.by_name.get(arrival.name)
        record = new_record(context, self._feed.name, arrival, fetched, same_name=same_name)
        beside = tuple(part_of(context, record, each, fetched.parts[each.name], log=log) for each in arrival.parts)
        original = log.original_of(digest)
        if original is not None:
            self._record()
            self._done(save_repeat(context, record, beside, original=original))
            return
        picked = PickedUp(record, fetched.content, fetched.parts, beside, again=taken_before(same_name))
        try:
            self._read(picked)
        except ConnectorError:
            raise
        except Exception as error:
            self._tell_fault(picked.record, error)

    def _read(self, picked: PickedUp) -> None:
        parsed = self._context.steps.step("parse file", lambda: self._feed.parse(picked))
        if parsed.alone or parsed.keys & self._keys:
            self._record()
        self._pending.append((picked, parsed.read))
        self._keys |= parsed.keys
        if parsed.alone:
            self._record()

    def _record(self) -> None:
        """Judge and record what is pending, all at once; where that cannot be, one after the other, so that a fault in
        one leaves the others alone."""
        pending, self._pending, self._keys = self._pending, [], set()
        if not pending:
            return
        try:
            self._record_these(pending)
        except Exception as error:
            if len(pending) == 1:
                self._stop_or_tell(pending[0][0].record, error)
                return
            for each in pending:
                try:
                    self._record_these([each])
                except Exception as fault:
                    self._stop_or_tell(each[0].record, fault)

    def _record_these(self, pending: Sequence[tuple[PickedUp, P]]) -> None:
        self._feed.look_up([read for _, read in pending])
        files = [self._feed.judge(picked, read) for picked, read in pending]
        self._context.steps.step("record documents", lambda: self._feed.record(files))
        for each in files:
            self._done((each.file, *each.beside))

    def _stop_or_tell(self, record: FileRecord, error: Exception) -> None:
        if isinstance(error, ConnectorError):
            raise error
        self._tell_fault(record, error)

    def _tell_fault(self, record: FileRecord, error: Exception) -> None:
        _log.error("a fault of the program on file %s", record.name, exc_info=error)
        self.errors.append(ProgramError(error, f"reading file {record.name}"))

    def _done(self, rows: Rows) -> None:
        for row in rows:
            self._log.note(row)
        self.files += rows


def _contents_of(fetched: Sequence[Fetched]) -> list[tuple[bytes, str]]:
    parts = [content for each in fetched for content in each.parts.values()]
    return [
        *((each.content, each.sha256) for each in fetched),
        *((content, hashlib.sha256(content).hexdigest()) for content in parts),
    ]
