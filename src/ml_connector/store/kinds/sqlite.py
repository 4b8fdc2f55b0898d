"""A file of SQLite: how it is opened safely, and its transactions, one writer at a time.

Refuses to start where a committed row might not survive a power loss. Knows no table but the one that names the
schema's version.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ml_connector.errors import TransientError
from ml_connector.store.disk.faults import (
    bad_url,
    busy,
    disk_error,
    full_disk_told,
    translate_database_error,
    translate_driver_error,
    unsafe_setting,
)
from ml_connector.store.disk.folders import make_private_file, open_lock
from ml_connector.store.kinds.face import DatabaseFacts
from ml_connector.store.migrations import bring_up_to_date

try:
    from pysqlite3 import dbapi2 as _bundled
except ImportError:
    _bundled = None

# Before 3.51.3 two connections that write and checkpoint at once can corrupt a WAL database (dependencies.md 5).
WAL_SAFE_FROM = (3, 51, 3)
# Execution option of an engine whose transactions are begun by whoever runs them.
OWN_BEGIN = "ml_connector_own_begin"
_SYNCHRONOUS_FULL, _SYNCHRONOUS_EXTRA = 2, 3
# Told to a connection before it begins: no lock against other writers is wanted.
_READS_ONLY = "ml_connector_reads_only"


class SqliteFile:
    """An open file of SQLite: one writer at a time, whatever its scope."""

    def __init__(self, engine: Engine, facts: DatabaseFacts) -> None:
        self._engine = engine
        self._facts = facts
        self._failed_disk = False

    @contextmanager
    def transaction(self, scope: str | None = None) -> Iterator[Connection]:
        """All or nothing, durable when left; no other writer runs meanwhile."""
        if self._failed_disk:
            # After a failed write or fsync nobody knows what the disk holds: a new process must read it afresh.
            raise disk_error()
        with full_disk_told(Path(self._facts.path).parent), self._begun() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One state of all rows, to read from only; writers go on meanwhile."""
        with self._begun(reads_only=True) as connection:
            yield connection

    @contextmanager
    def _begun(self, *, reads_only: bool = False) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                connection.execution_options(**{_READS_ONLY: reads_only})
                with connection.begin():
                    yield connection
        except PoolTimeout as error:
            raise busy() from error
        except DBAPIError as error:
            translated = translate_database_error(error)
            if isinstance(translated, TransientError) and translated.code == "store.disk_error":
                self._failed_disk = True
            raise translated from error

    def describe(self) -> DatabaseFacts:
        """Library, journal mode and file."""
        return self._facts

    def find_damage(self, connection: Connection) -> tuple[str, ...]:
        """What the database finds wrong with its own pages and references; nothing when all is well. Slow."""
        pages = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(20)")]
        references = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        found = [text for text in pages if text != "ok"]
        return (*found, *(f"{row[0]}: a row refers to a missing {row[2]}" for row in references))

    def close(self) -> None:
        """End all connections; the last one to leave writes the journal back into the database file."""
        self._engine.dispose()


def open_sqlite(url: URL, busy_timeout_seconds: float, library: ModuleType | None = None) -> SqliteFile:
    """Open ``sqlite:///path``, made and brought up to date where needed, file 0600, a new folder 0700; with that driver
    of SQLite, where none is named with the newest at hand. Raises as ``open_database``."""
    path = _database_path(url)
    make_private_file(path)
    with full_disk_told(path.parent):
        return _open(path, busy_timeout_seconds, library or _newest_library())


def open_sqlite_beside(url: URL, suffix: str, busy_timeout_seconds: float) -> Engine:
    """An engine for a file of its own beside ours, empty; see ``open_beside``."""
    ours = _database_path(url)
    path = ours.with_name(f"{ours.stem}{suffix}{ours.suffix}")
    make_private_file(path)
    library = _newest_library()
    engine = _engine(path, library, busy_timeout_seconds)
    try:
        with open_lock(path.with_name(path.name + ".lock"), busy_timeout_seconds), full_disk_told(path.parent):
            _set_journal_mode(engine, library)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _open(path: Path, busy_timeout_seconds: float, library: ModuleType) -> SqliteFile:
    engine = _engine(path, library, busy_timeout_seconds)
    try:
        # One process at a time sets the journal mode and migrates.
        with open_lock(path.with_name(path.name + ".lock"), busy_timeout_seconds):
            mode = _set_journal_mode(engine, library)
            file = SqliteFile(engine, DatabaseFacts(f"SQLite {library.sqlite_version}", mode, str(path)))
            with file.transaction() as connection:
                bring_up_to_date(connection)
    except BaseException:
        engine.dispose()
        raise
    return file


def _database_path(url: URL) -> Path:
    if url.drivername != "sqlite" or url.host or url.query:
        raise bad_url("must have the form sqlite:///PATH or postgresql://USER@HOST/DATABASE")
    if not url.database or url.database == ":memory:":
        raise bad_url("must name a file, since a database in memory forgets what was posted")
    return Path(url.database)


def _newest_library() -> ModuleType:
    if _bundled is None or sqlite3.sqlite_version_info >= WAL_SAFE_FROM:
        return sqlite3
    newer: ModuleType = max(sqlite3, _bundled, key=lambda module: module.sqlite_version_info)
    return newer


def _engine(path: Path, library: ModuleType, busy_timeout_seconds: float) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        module=library,
        connect_args={"timeout": busy_timeout_seconds},
        # Values of a statement may be anything, a sealed secret among them: they stay out of error texts.
        hide_parameters=True,
    )
    event.listen(engine, "connect", partial(_prepare, library))
    event.listen(engine, "begin", _on_begin)
    return engine


def _prepare(library: ModuleType, raw: Any, _record: object) -> None:
    # The driver's own, late BEGIN would let two writers read before either has the lock.
    raw.isolation_level = None
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA trusted_schema=OFF")
        synchronous, foreign_keys = _read_pragma(cursor, "synchronous"), _read_pragma(cursor, "foreign_keys")
        cursor.close()
    except library.Error as error:
        raise translate_driver_error(error) from error
    _require("synchronous", synchronous, {_SYNCHRONOUS_FULL, _SYNCHRONOUS_EXTRA})
    _require("foreign_keys", foreign_keys, {1})


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(OWN_BEGIN):
        connection.exec_driver_sql("BEGIN" if options.get(_READS_ONLY, False) else "BEGIN IMMEDIATE")


def _read_pragma(cursor: Any, name: str) -> object:
    row = cursor.execute(f"PRAGMA {name}").fetchone()
    return row[0] if row else None


def _require(setting: str, found: object, allowed: set[object]) -> None:
    if found not in allowed:
        raise unsafe_setting(setting, found, "Use the SQLite that ml-connector is installed with, on a local disk.")


def _set_journal_mode(engine: Engine, library: ModuleType) -> str:
    safe = library.sqlite_version_info >= WAL_SAFE_FROM
    try:
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(f"PRAGMA journal_mode={'WAL' if safe else 'DELETE'}")
            mode = str(_read_pragma(cursor, "journal_mode"))
            cursor.close()
        finally:
            raw.close()
    except DBAPIError as error:
        raise translate_database_error(error) from error
    except library.Error as error:
        raise translate_driver_error(error) from error
    _require("journal_mode", mode, {"wal", "delete"} if safe else {"delete"})
    return mode
