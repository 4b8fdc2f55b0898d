"""A draft of one connection's records: its rows copied into memory, its archive with a page laid over it.

A dry run works on it as a pass works on the store. Nothing of it can reach the disk: there is no file behind it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Select, StaticPool, Table, create_engine, insert, select

from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.kinds.face import DatabaseFacts
from ml_connector.store.rows.tables import (
    audit_entry,
    audit_head,
    connection_row,
    document,
    invoice,
    lease,
    metadata,
    request,
    run,
    secret,
)

_ROWS_AT_ONCE = 1000
# What a pass writes and never reads, who is at work, and what is sealed: a draft begins without.
_LEFT_OUT = frozenset({audit_entry.name, audit_head.name, lease.name, request.name, run.name, secret.name})


class DraftRows:
    """Records in memory; one transaction at a time, since all threads share the one connection there is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def transaction(self, scope: str | None = None) -> Iterator[Connection]:
        """All or nothing, and forgotten with the process."""
        with self._one_at_a_time, self._engine.begin() as connection:
            yield connection

    def snapshot(self) -> AbstractContextManager[Connection]:
        """One state of all rows."""
        return self.transaction()

    def describe(self) -> DatabaseFacts:
        """That it lies in memory."""
        return DatabaseFacts("SQLite", "memory", ":memory:")

    def find_damage(self, connection: Connection) -> tuple[str, ...]:
        """Nothing: there are no pages on a disk."""
        return ()

    def close(self) -> None:
        """Forget all."""
        self._engine.dispose()


class DraftArchive(Archive):
    """The archive as it is, with what a dry run adds kept in memory."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._added: dict[str, bytes] = {}

    def save_content(self, content: bytes, sha256: str) -> None:
        """Keep the bytes until the process ends."""
        self._added[sha256] = content

    def load_content(self, sha256: str) -> bytes:
        """The bytes of that hash, added or archived; see ``Archive.load_content`` for the errors."""
        added = self._added.get(sha256)
        return super().load_content(sha256) if added is None else added


@contextmanager
def open_draft(database: Database, name: str) -> Iterator[Database]:
    """The rows of the connection ``name`` as they stand now, in memory."""
    engine = create_engine(
        "sqlite+pysqlite:///:memory:",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )
    metadata.create_all(engine)
    draft = Database(DraftRows(engine))
    try:
        with database.snapshot() as source, draft.transaction() as target:
            for table in metadata.sorted_tables:
                if table.name not in _LEFT_OUT:
                    _copy(source, target, table, name)
        yield draft
    finally:
        draft.close()


def _copy(source: Connection, target: Connection, table: Table, name: str) -> None:
    for some in source.execute(_rows_of(table, name)).mappings().partitions(_ROWS_AT_ONCE):
        target.execute(insert(table), [dict(row) for row in some])


def _rows_of(table: Table, name: str) -> Select[tuple[object, ...]]:
    """The rows of a table that are the connection's own, in whichever column says so; all where none does."""
    if table is document:
        own = select(invoice.c.id).where(invoice.c.connection == name)
        return select(table).where(table.c.invoice_id.in_(own))
    if table is connection_row:
        return select(table).where(table.c.name == name)
    return select(table).where(table.c.connection == name) if "connection" in table.c else select(table)
