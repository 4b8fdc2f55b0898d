"""One open database: how it is opened safely, and the transactions that everything in the store runs in.

Refuses to start where a committed row might not survive a power loss. Knows no table but the one that names the
schema's version. SQLite or PostgreSQL, by ``store.url``; another kind is refused by name.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from types import ModuleType

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from ml_connector.store.disk.faults import bad_url
from ml_connector.store.kinds.face import DatabaseFacts, Kind
from ml_connector.store.kinds.sqlite import open_sqlite, open_sqlite_beside
from ml_connector.store.migrations import bring_up_to_date

# Loaded where the URL asks for it: SQLite is the rule, and every start would pay.
_POSTGRESQL = "ml_connector.store.kinds.postgresql"
BUSY_SECONDS = 30.0


class Database:
    """An open database; made by ``open_database``, shared by all threads of a process."""

    def __init__(self, kind: Kind, scope: str | None = None) -> None:
        self._kind = kind
        self._scope = scope

    def scoped(self, scope: str) -> Database:
        """The same database for rows that are all one connection's, or another closed circle's: its transactions keep
        others of the same scope out, and where the database can do that no one else."""
        return Database(self._kind, scope)

    def transaction(self) -> AbstractContextManager[Connection]:
        """All or nothing, durable when left; no other writer runs meanwhile, of the scope where there is one. Raises
        the store's errors only, and what the block itself raises. Transactions do not nest: the inner one would wait
        for the outer."""
        return self._kind.transaction(self._scope)

    def snapshot(self) -> AbstractContextManager[Connection]:
        """One state of all rows, to read from only; writers go on meanwhile. Raises the store's errors."""
        return self._kind.snapshot()

    def describe(self) -> DatabaseFacts:
        """Library, journal mode and file."""
        return self._kind.describe()

    def check_pages(self) -> tuple[str, ...]:
        """What the database finds wrong with its own pages and references; nothing when all is well. Slow."""
        with self._kind.transaction(None) as connection:
            return self._kind.find_damage(connection)

    def close(self) -> None:
        """End all connections; the last one to leave writes SQLite's journal back into the database file."""
        self._kind.close()


def open_database(
    url: str, *, busy_timeout_seconds: float = BUSY_SECONDS, library: ModuleType | None = None
) -> Database:
    """Open ``sqlite:///path`` or ``postgresql://user@host/database``, made (a database of SQLite alone) and brought up
    to date where needed; a file is 0600, a new folder 0700. ``library`` is a driver of SQLite, else the newest at hand.

    Raises ConfigurationError for a URL that is not supported, a folder or server that cannot be used, an unsafe setting
    or a schema made by a newer version; TransientError where the disk is full, another process has the lock or the
    server is not reachable; IntegrityError where the file is damaged."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "postgresql":
        kind: Kind = import_module(_POSTGRESQL).open_postgresql(parsed, busy_timeout_seconds)
        database = Database(kind)
        try:
            with database.transaction() as connection:
                bring_up_to_date(connection)
        except BaseException:
            kind.close()
            raise
        return database
    return Database(open_sqlite(parsed, busy_timeout_seconds, library))


def open_beside(url: str, suffix: str, *, busy_timeout_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine for a library that keeps its own tables, opened with the same care and left empty: a file of its own
    beside ours, or our server's database, where it needs a schema of its own. Raises as ``open_database``; what a
    statement raises is not translated."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "postgresql":
        engine: Engine = import_module(_POSTGRESQL).open_postgresql(parsed, busy_timeout_seconds).engine
        return engine
    return open_sqlite_beside(parsed, suffix, busy_timeout_seconds)


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        # The text itself is not shown: it may hold a password.
        raise bad_url("is not a database URL") from None
