"""Sealed secrets as rows: what is in them is the vault's matter, here they are bytes. Each change is audited, by name
and never by content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.store.audit import record_notes
from ml_connector.store.database import Database
from ml_connector.store.disk.faults import row_taken_over
from ml_connector.store.rows.tables import secret


@dataclass(frozen=True, slots=True)
class SealedRow:
    """One sealed secret: its data key wrapped by the master key ``key_id``, its value sealed by that data key."""

    connection: str
    key: str
    version: int
    key_id: str
    wrapped_key: bytes
    sealed: bytes
    set_at: datetime
    set_by: str


class SecretRows:
    """The sealed secrets of all connections; fits the vault's port of the same name."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def load_sealed(self, connection: str, key: str) -> SealedRow | None:
        """The newest version of one secret, None where it was never set."""
        statement = select(secret).where(secret.c.connection == connection, secret.c.key == key)
        with self._database.scoped(connection).transaction() as opened:
            row = opened.execute(statement).first()
        return None if row is None else _sealed_of(row)

    def list_sealed(self, connection: str) -> tuple[SealedRow, ...]:
        """All secrets of a connection, by key."""
        statement = select(secret).where(secret.c.connection == connection).order_by(secret.c.key)
        with self._database.scoped(connection).transaction() as opened:
            return tuple(_sealed_of(row) for row in opened.execute(statement))

    def load_key_ids(self) -> frozenset[str]:
        """The master keys that any stored secret needs."""
        with self._database.transaction() as opened:
            return frozenset(opened.execute(select(secret.c.key_id).distinct()).scalars())

    def list_otherwise(self, key_id: str) -> tuple[tuple[str, SealedRow], ...]:
        """Every secret whose data key another master key than this wraps, with its connection."""
        statement = select(secret).where(secret.c.key_id != key_id).order_by(secret.c.connection, secret.c.key)
        with self._database.transaction() as opened:
            return tuple((row.connection, _sealed_of(row)) for row in opened.execute(statement))

    def save_rewrapped(
        self, connection: str, key: str, *, version: int, old_key_id: str, key_id: str, wrapped_key: bytes, actor: str
    ) -> bool:
        """Keep the data key of that version of a secret as another master key wraps it, the value stays; False where
        the secret was set or wrapped anew meanwhile."""
        mine = (secret.c.connection == connection) & (secret.c.key == key)
        same = mine & (secret.c.version == version) & (secret.c.key_id == old_key_id)
        data: dict[str, str | None] = {"version": str(version), "key_id": key_id}
        note = AuditNote("secret.rewrapped", key, f"secret {key} put under another master key", actor, data)
        with self._database.scoped(connection).transaction() as opened:
            changed = opened.execute(update(secret).where(same).values(key_id=key_id, wrapped_key=wrapped_key))
            if changed.rowcount:
                record_notes(opened, connection, self._clock.now(), [note])
        return bool(changed.rowcount)

    def save_sealed(
        self,
        connection: str,
        key: str,
        *,
        version: int,
        key_id: str,
        wrapped_key: bytes,
        sealed: bytes,
        set_at: datetime,
        set_by: str,
    ) -> None:
        """Put version ``version`` in the place of the one before, which is gone then; TransientError
        ``store.row_taken_over`` where another version came in between."""
        mine = (secret.c.connection == connection) & (secret.c.key == key)
        data: dict[str, str | None] = {"version": str(version), "key_id": key_id}
        note = AuditNote("secret.set", key, f"secret {key} set", set_by, data)
        with self._database.scoped(connection).transaction() as opened:
            before = opened.execute(select(secret.c.version).where(mine).with_for_update()).scalar()
            if (before or 0) != version - 1:
                raise row_taken_over(f"Secret {key}")
            opened.execute(delete(secret).where(mine))
            values = {"connection": connection, "key": key, "version": version, "key_id": key_id}
            fresh = insert(secret).values(
                wrapped_key=wrapped_key, sealed=sealed, set_at=set_at, set_by=set_by, **values
            )
            opened.execute(fresh)
            record_notes(opened, connection, self._clock.now(), [note])


def _sealed_of(row: Row[Any]) -> SealedRow:
    return SealedRow(
        connection=row.connection,
        key=row.key,
        version=row.version,
        key_id=row.key_id,
        wrapped_key=row.wrapped_key,
        sealed=row.sealed,
        set_at=row.set_at,
        set_by=row.set_by,
    )
