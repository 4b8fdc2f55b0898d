"""The processed-files log: every file ever seen on the exchange, with its hash and what became of it.

Two names with the same bytes are one original and one repeat. What is in a file is not known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.values.records import FileRecord
from ml_connector.problems import Problem
from ml_connector.store.audit import record_notes
from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.rows.codec import parse_json, render_json
from ml_connector.store.rows.ids import draw_ids
from ml_connector.store.rows.lots import in_lots
from ml_connector.store.rows.tables import file

_IDS_AT_ONCE = 32


class FileRepository:
    """The files of one connection and the archive of their bytes; fits the flows' FileLog."""

    def __init__(self, database: Database, connection_name: str, clock: Clock, *, archive: Archive) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock
        self._archive = archive
        self._drawn: dict[str, list[str]] = {}

    def load_files(self, feed: str | None = None) -> tuple[FileRecord, ...]:
        """All files, of one feed where it is named, the first seen first."""
        statement = select(file).where(file.c.connection == self._connection_name)
        if feed is not None:
            statement = statement.where(file.c.feed == feed)
        with self._database.transaction() as connection:
            rows = connection.execute(statement.order_by(file.c.first_seen_at, file.c.id)).all()
        return tuple(_record_of(row) for row in rows)

    def load_file(self, file_id: str) -> FileRecord | None:
        """One file by its id, None where this connection has none of that id."""
        statement = select(file).where(file.c.connection == self._connection_name, file.c.id == file_id.lower())
        with self._database.transaction() as connection:
            row = connection.execute(statement).first()
        return None if row is None else _record_of(row)

    def save_file(self, record: FileRecord, note: AuditNote | None) -> None:
        """Insert or replace the file's row by id, with its audit entry; see ``put_file`` for a repeat."""
        with self._database.transaction() as connection:
            put_file(connection, self._connection_name, record)
            record_notes(connection, self._connection_name, self._clock.now(), [note] if note else [])

    def load_content(self, sha256: str) -> bytes:
        """The original bytes of that hash, proven; see ``Archive.load_content`` for its errors."""
        return self._archive.load_content(sha256)

    def save_content(self, content: bytes, sha256: str) -> None:
        """Keep the original bytes, durable before this returns."""
        self._archive.save_content(content, sha256)

    def save_contents(self, contents: Sequence[tuple[bytes, str]]) -> None:
        """Keep many originals, each with its hash, all durable before this returns."""
        self._archive.save_contents(contents)

    def next_id(self, letter: str) -> str:
        """A fresh id: that letter (f, i, p or r) and eight base-32 characters."""
        drawn = self._drawn.setdefault(letter, [])
        if not drawn:
            with self._database.transaction() as connection:
                drawn += draw_ids(connection, letter, _IDS_AT_ONCE)
        return drawn.pop()


def put_file(connection: Connection, name: str, record: FileRecord) -> None:
    """Insert or replace a file's row, inside the caller's transaction. Bytes that another row of the feed brought
    before make it a repeat of that row, whatever the caller knew; where that one only waited so far, it becomes the
    repeat, so that nothing is left out. A file that belongs to another is never one."""
    if record.connection != name:
        raise ValueError(f"a file of connection {record.connection} does not belong to {name}")
    other = _load_same_content(connection, record)
    if other is not None and other.state == "waiting":
        _set(connection, other.id, sha256=None)
        _put(connection, record)
        _set(connection, other.id, sha256=record.sha256, state="repeat", repeat_of=record.id)
    elif other is not None:
        _put(connection, replace(record, state="repeat", repeat_of=other.id))
    else:
        _put(connection, record)


def put_files(connection: Connection, name: str, records: Sequence[FileRecord]) -> None:
    """As ``put_file`` for many: those that are new, with bytes that no other row brought, in one statement."""
    fresh = _entirely_new(connection, name, records)
    if fresh:
        rows = [{"id": each.id, "connection": name, **_values_of(each)} for each in records if each.id in fresh]
        connection.execute(insert(file), rows)
    for record in records:
        if record.id not in fresh:
            put_file(connection, name, record)


def _entirely_new(connection: Connection, name: str, records: Sequence[FileRecord]) -> set[str]:
    """The ids of the records that have no row yet and share their bytes with no other."""
    taken_ids: set[str] = set()
    for lot in in_lots(each.id for each in records):
        taken_ids.update(connection.execute(select(file.c.id).where(file.c.id.in_(lot))).scalars())
    contents = Counter(each.sha256 for each in records)
    for lot in in_lots(each.sha256 for each in records if each.sha256 is not None):
        same = select(file.c.sha256).where(file.c.connection == name, file.c.sha256.in_(lot))
        contents.update(connection.execute(same).scalars())
    return {
        each.id
        for each in records
        if each.connection == name
        and each.repeat_of is None
        and each.id not in taken_ids
        and (each.sha256 is None or contents[each.sha256] == 1)
    }


def _put(connection: Connection, record: FileRecord) -> None:
    values = _values_of(record)
    mine = (file.c.id == record.id) & (file.c.connection == record.connection)
    if connection.execute(update(file).where(mine).values(**values)).rowcount == 0:
        connection.execute(insert(file).values(id=record.id, connection=record.connection, **values))


def _set(connection: Connection, file_id: str, **values: object) -> None:
    connection.execute(update(file).where(file.c.id == file_id).values(**values))


def _load_same_content(connection: Connection, record: FileRecord) -> Row[str, str] | None:
    if record.sha256 is None or record.repeat_of is not None or record.belongs_to is not None:
        return None
    statement = select(file.c.id, file.c.state).where(
        file.c.connection == record.connection,
        file.c.feed == record.feed,
        file.c.sha256 == record.sha256,
        file.c.set_sha256 == record.set_sha256,
        file.c.repeat_of.is_(None),
        file.c.belongs_to.is_(None),
        file.c.id != record.id,
    )
    return connection.execute(statement).first()


def _values_of(record: FileRecord) -> dict[str, object]:
    return {
        "feed": record.feed,
        "name": record.name,
        "size_bytes": record.size_bytes,
        "modified_at": record.modified_at,
        "first_seen_at": record.first_seen_at,
        "state": record.state,
        "sha256": record.sha256,
        "documents": record.documents,
        "problems": render_json(record.problems),
        "repeat_of": record.repeat_of,
        "layout": record.layout,
        "reason": record.reason,
        "set_sha256": record.set_sha256,
        "belongs_to": record.belongs_to,
    }


def _record_of(row: Row[Any]) -> FileRecord:
    return FileRecord(
        id=row.id,
        connection=row.connection,
        feed=row.feed,
        name=row.name,
        size_bytes=row.size_bytes,
        modified_at=row.modified_at,
        first_seen_at=row.first_seen_at,
        state=row.state,
        sha256=row.sha256,
        documents=row.documents,
        problems=parse_json(row.problems, tuple[Problem, ...]),
        repeat_of=row.repeat_of,
        layout=row.layout,
        reason=row.reason,
        set_sha256=row.set_sha256,
        belongs_to=row.belongs_to,
    )
