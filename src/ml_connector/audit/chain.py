"""The chain of audit entries: how an entry is sealed to the one before it, and the proof that none was changed.

Pure. A seal is a plain hash: it shows that a row was changed, removed or put in, not that somebody with the whole
database rewrote everything after it (that takes a copy of the head kept elsewhere).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ml_connector.audit.entry import AuditEntry, AuditNote

# The first entry is bound to this, as there is none before it.
NOTHING_BEFORE = "0" * 64
_FORM = "ml-connector audit entry 1"


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The last entry of a connection's chain: its number, which is also the count of entries, and its hash."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What a look through the chain says: ``entries`` that hold, the hash of the last of them (None for none) and the
    number of the first entry that does not (None when all do)."""

    ok: bool
    entries: int
    head: str | None
    broken_at: int | None


def seal(previous_hash: str, sequence: int, *, connection: str, at: datetime, note: AuditNote) -> str:
    """SHA-256, as 64 hex digits, over every fact of an entry and the hash of the entry before it."""
    digest = hashlib.sha256()
    for text in _facts(previous_hash, sequence, connection=connection, at=at, note=note):
        encoded = text.encode("utf-8")
        # The length in front keeps two different lists of facts from ever giving the same bytes.
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.hexdigest()


def chain_note(head: AuditHead | None, connection: str, at: datetime, note: AuditNote) -> AuditEntry:
    """The note as the entry that follows ``head``."""
    previous = head.hash if head else NOTHING_BEFORE
    sequence = head.sequence + 1 if head else 1
    sealed = seal(previous, sequence, connection=connection, at=at, note=note)
    return AuditEntry(sequence, connection, at, note, previous, sealed)


def verify_chain(entries: Iterable[AuditEntry], head: AuditHead | None) -> ChainVerdict:
    """Do all entries of one connection, in order of their number, hold, and do they end in ``head``?"""
    last: AuditEntry | None = None
    for entry in entries:
        if not _follows(last, entry):
            return _verdict(last, broken_at=last.sequence + 1 if last else 1)
        last = entry
    if last is None:
        return _verdict(None, broken_at=None if head is None else 1)
    if head is None or head.sequence < last.sequence:
        return _verdict(last, broken_at=head.sequence + 1 if head else 1)
    if head.sequence > last.sequence:
        return _verdict(last, broken_at=last.sequence + 1)
    return _verdict(last, broken_at=None if head.hash == last.hash else last.sequence)


def _follows(last: AuditEntry | None, entry: AuditEntry) -> bool:
    previous = last.hash if last else NOTHING_BEFORE
    if entry.sequence != (last.sequence + 1 if last else 1) or entry.previous_hash != previous:
        return False
    if last and last.connection != entry.connection:
        return False
    return entry.hash == seal(previous, entry.sequence, connection=entry.connection, at=entry.at, note=entry.note)


def _verdict(last: AuditEntry | None, *, broken_at: int | None) -> ChainVerdict:
    return ChainVerdict(
        ok=broken_at is None,
        entries=last.sequence if last else 0,
        head=last.hash if last else None,
        broken_at=broken_at,
    )


def _facts(previous_hash: str, sequence: int, *, connection: str, at: datetime, note: AuditNote) -> Iterator[str]:
    yield _FORM
    yield previous_hash
    yield str(sequence)
    yield connection
    yield at.astimezone(UTC).isoformat(timespec="microseconds")
    yield note.event
    yield note.subject
    yield note.note
    yield note.actor
    for name in sorted(note.data):
        value = note.data[name]
        yield name
        # A sign in front tells "no value" from an empty one.
        yield "-" if value is None else "=" + value
