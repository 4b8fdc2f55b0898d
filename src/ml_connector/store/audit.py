"""The audit trail as rows: notes written in the transaction of the change they tell of, read back for the proof.

Entries are only ever added; the database itself refuses to change or remove one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Text, exists, insert, or_, select, type_coerce, update

from ml_connector.audit.chain import AuditHead, ChainVerdict, chain_note, verify_chain
from ml_connector.audit.entry import AuditEntry, AuditNote
from ml_connector.clock import Clock
from ml_connector.errors import IntegrityError
from ml_connector.store.database import Database
from ml_connector.store.rows.codec import parse_json, render_json
from ml_connector.store.rows.tables import audit_entry, audit_head, file, invoice

_PAGE_ROWS = 2000
_UNREADABLE_AT = datetime(1, 1, 1, tzinfo=UTC)
_UNREADABLE_SEQUENCE = -1
# All columns, the instant as it lies there: reading it must not fail before the proof has seen it.
_COLUMNS = [type_coerce(column, Text).label(column.name) if column.name == "at" else column for column in audit_entry.c]


def record_notes(connection: Connection, name: str, at: datetime, notes: Iterable[AuditNote]) -> None:
    """Add the notes to the chain of the connection ``name``, inside the caller's transaction."""
    before = _load_head(connection, name, for_update=True)
    head = before
    rows: list[dict[str, object]] = []
    for note in notes:
        entry = chain_note(head, name, at, note)
        rows.append(_row_of(entry))
        head = AuditHead(entry.sequence, entry.hash)
    if head is None or not rows:
        return
    connection.execute(insert(audit_entry), rows)
    values = {"sequence": head.sequence, "hash": head.hash}
    if before is None:
        connection.execute(insert(audit_head).values(connection=name, **values))
    else:
        connection.execute(update(audit_head).where(audit_head.c.connection == name).values(**values))


class AuditRepository:
    """The trail of one connection."""

    def __init__(self, database: Database, connection_name: str, clock: Clock) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock

    def record_note(self, note: AuditNote) -> None:
        """One entry for something that changed no row of its own, such as an act of a person."""
        with self._database.transaction() as connection:
            record_notes(connection, self._connection_name, self._clock.now(), [note])

    def load_head(self) -> AuditHead | None:
        """Number and hash of the last entry, None where there is none."""
        with self._database.transaction() as connection:
            return _load_head(connection, self._connection_name)

    def load_entries(self, *, after: int = 0) -> Iterator[AuditEntry]:
        """All entries with a higher number than ``after``, in order, read page by page so that writers are not kept
        waiting."""
        while after >= 0 and (page := self._load_page(after)):
            yield from page
            after = page[-1].sequence

    def verify(self) -> ChainVerdict:
        """Does the whole trail hold, from the first entry to the head? Entries added meanwhile are left out."""
        head = self.load_head()
        if head is None and not self._load_page(0) and self._has_records():
            # Each record was written together with an entry, so an empty trail beside records was emptied.
            return ChainVerdict(ok=False, entries=0, head=None, broken_at=1)
        last = head.sequence if head else 0
        # One entry more than the head says, so that one put in behind it is seen; a rightful one came with a new head.
        verdict = verify_chain(self._entries_up_to(last), head)
        return verdict if verdict.ok and not self._goes_beyond_head() else self._broken(verdict, last)

    def _broken(self, verdict: ChainVerdict, last: int) -> ChainVerdict:
        broken_at = verdict.broken_at or last + 1
        return ChainVerdict(ok=False, entries=verdict.entries, head=verdict.head, broken_at=broken_at)

    def _entries_up_to(self, last: int) -> Iterator[AuditEntry]:
        for entry in self.load_entries():
            if entry.sequence > last:
                return
            yield entry

    def _load_page(self, after: int) -> list[AuditEntry]:
        statement = (
            select(*_COLUMNS)
            .where(audit_entry.c.connection == self._connection_name, audit_entry.c.sequence > after)
            .order_by(audit_entry.c.sequence)
            .limit(_PAGE_ROWS)
        )
        with self._database.transaction() as connection:
            return [_entry_of(row) for row in connection.execute(statement)]

    def _goes_beyond_head(self) -> bool:
        name = self._connection_name
        with self._database.transaction() as connection:
            head = _load_head(connection, name)
            beyond = audit_entry.c.sequence > (head.sequence if head else 0)
            statement = select(audit_entry.c.sequence).where(audit_entry.c.connection == name, beyond).limit(1)
            return connection.execute(statement).first() is not None

    def _has_records(self) -> bool:
        name = self._connection_name
        any_record = or_(
            exists(select(file.c.id).where(file.c.connection == name)),
            exists(select(invoice.c.id).where(invoice.c.connection == name)),
        )
        with self._database.transaction() as connection:
            return bool(connection.execute(select(any_record)).scalar())


def _load_head(connection: Connection, name: str, *, for_update: bool = False) -> AuditHead | None:
    statement = select(audit_head.c.sequence, audit_head.c.hash).where(audit_head.c.connection == name)
    row = connection.execute(statement.with_for_update() if for_update else statement).first()
    return AuditHead(row.sequence, row.hash) if row else None


def _row_of(entry: AuditEntry) -> dict[str, object]:
    return {
        "connection": entry.connection,
        "sequence": entry.sequence,
        "at": entry.at,
        "event": entry.note.event,
        "subject": entry.note.subject,
        "actor": entry.note.actor,
        "note": entry.note.note,
        "data": render_json(dict(entry.note.data)),
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _entry_of(row: Row[Any]) -> AuditEntry:
    # A row somebody tampered with may hold anything: what cannot be read becomes an entry that no proof accepts.
    try:
        at = row.at if isinstance(row.at, datetime) else datetime.fromisoformat(row.at)
        data = parse_json(str(row.data), dict[str, str | None])
    except (IntegrityError, TypeError, ValueError):
        at, data = _UNREADABLE_AT, {"unreadable": str(row.data)}
    sequence = row.sequence if isinstance(row.sequence, int) else _UNREADABLE_SEQUENCE
    note = AuditNote(str(row.event), str(row.subject), str(row.note), str(row.actor), data)
    return AuditEntry(sequence, row.connection, at, note, str(row.previous_hash), str(row.hash))
