"""A database on a PostgreSQL server, for several machines: opened safely, its transactions with the promise that one
file of SQLite gives.

That no other writer of a scope runs meanwhile is held by advisory locks that end with the transaction: one scope takes
the whole database shared and itself alone, no scope takes the whole database alone. Loaded only where ``store.url``
names a server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import IntegrityError as ConstraintError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ml_connector.clock import SystemClock
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError
from ml_connector.store.disk.faults import bad_url, busy, unsafe_setting
from ml_connector.store.kinds.face import DatabaseFacts
from ml_connector.store.kinds.server_faults import (
    ServerName,
    commit_unknown,
    connection_lost,
    hide_values,
    too_old,
    translate_server_error,
)

# pg_xact_status, by which a lost answer to COMMIT is asked for again (PostgreSQL 13, Functions, 9.26.8).
_VERSION_MIN = 130000
_STATEMENT_SECONDS = 300
# A process that hangs in the middle of a transaction keeps the others of its connection out for so long.
_IDLE_SECONDS = 120
_POLL_SECONDS = 0.05
_POOL_SIZE, _POOL_OVERFLOW = 5, 20
# Two names of our own in the space of advisory locks ("ML" and its number).
_WHOLE, _SCOPES = 0x4D4C01, 0x4D4C02
_LOCK_WHOLE = text("SELECT pg_advisory_xact_lock(:whole, 0)")
_LOCK_SCOPE = text("SELECT pg_advisory_xact_lock_shared(:whole, 0), pg_advisory_xact_lock(:scopes, :scope)")
_OWN_ID = text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)")
_WHAT_BECAME = text("SELECT pg_xact_status(CAST(:own AS xid8))")
_ONE_STATE: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_SETTINGS = """SELECT current_setting('server_version_num')::int, current_setting('server_version'),
    current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'),
    current_setting('server_encoding')"""
# In the order of _SETTINGS: what may not be found.
_REFUSED: dict[str, Callable[[str], bool]] = {
    "synchronous_commit": "off".__eq__,
    "fsync": "off".__eq__,
    "full_page_writes": "off".__eq__,
    "server_encoding": "UTF8".__ne__,
}
_DAMAGE = text("""
SELECT checksum_failures || ' pages failed their checksum' FROM pg_stat_database
    WHERE datname = current_database() AND checksum_failures > 0
UNION ALL SELECT CAST(indexrelid AS regclass) || ': the index is not valid' FROM pg_index WHERE NOT indisvalid
UNION ALL SELECT conname || ': the rule is not valid' FROM pg_constraint WHERE NOT convalidated
""")


class PostgresqlDatabase:
    """A database of a PostgreSQL server, open; threads and machines share it."""

    def __init__(self, engine: Engine, name: ServerName, patience_seconds: float) -> None:
        self._engine = engine
        self._name = name
        self._patience_seconds = patience_seconds
        self._clock = SystemClock()
        self._facts = DatabaseFacts("PostgreSQL", "", "")

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's, for a library that keeps its own tables on the server."""
        return self._engine

    @contextmanager
    def transaction(self, scope: str | None = None) -> Iterator[Connection]:
        """All or nothing, durable when left; no other writer of that scope runs meanwhile, nobody at all for None."""
        connection = self._begin(scope)
        try:
            yield connection
            own_id = connection.execute(_OWN_ID).scalar()
            self._commit(connection, own_id)
        except DBAPIError as error:
            raise self._translated(error) from error
        finally:
            # Rolls back what was not committed; that a broken connection cannot is what it was closed for.
            with suppress(DBAPIError):
                connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One state of all rows, to read from only; writers go on meanwhile."""
        connection = self._begin(None, reads_only=True)
        try:
            yield connection
        except DBAPIError as error:
            raise self._translated(error) from error
        finally:
            with suppress(DBAPIError):
                connection.close()

    def describe(self) -> DatabaseFacts:
        """The server's version and how it commits."""
        return self._facts

    def find_damage(self, connection: Connection) -> tuple[str, ...]:
        """Pages that failed their checksum, and indices and rules that do not hold; references the server guards."""
        return tuple(connection.execute(_DAMAGE).scalars())

    def close(self) -> None:
        """End all connections."""
        self._engine.dispose()

    def open(self) -> None:
        """Reach the server for the first time, and learn what it is; it is not waited for."""
        try:
            with self._engine.connect() as connection:
                row = connection.exec_driver_sql(_SETTINGS).one()
        except DBAPIError as error:
            raise self._translated(error) from error
        self._facts = DatabaseFacts(f"PostgreSQL {str(row[1]).split()[0]}", f"synchronous_commit {row[2]}", "")

    def _begin(self, scope: str | None, *, reads_only: bool = False) -> Connection:
        """A connection whose transaction has its locks. Nothing was done yet, so a connection that turns out to be lost
        is replaced, and a server that is being restarted waited for."""
        ends_at = self._clock.monotonic() + self._patience_seconds
        while True:
            try:
                return self._locked(scope, reads_only=reads_only)
            except TransientError as error:
                if error.code != "store.not_reachable" or self._clock.monotonic() >= ends_at:
                    raise
                self._clock.sleep(_POLL_SECONDS)

    def _locked(self, scope: str | None, *, reads_only: bool) -> Connection:
        connection: Connection | None = None
        try:
            connection = self._engine.connect()
            if reads_only:
                connection.execution_options(**_ONE_STATE)
                connection.execute(text("SELECT 1"))
            else:
                _take_locks(connection, scope)
        except PoolTimeout as error:
            raise busy() from error
        except (DBAPIError, ConnectorError) as error:
            if connection is not None:
                with suppress(DBAPIError):
                    connection.close()
            raise (self._translated(error) if isinstance(error, DBAPIError) else error) from error
        return connection

    def _commit(self, connection: Connection, own_id: str | None) -> None:
        try:
            connection.commit()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # A transaction without an id of its own has written nothing.
            if own_id is not None:
                self._require_committed(own_id, error)

    def _require_committed(self, own_id: str, cause: DBAPIError) -> None:
        """No answer to COMMIT came: the server is asked what became of the transaction."""
        ends_at = self._clock.monotonic() + self._patience_seconds
        while self._clock.monotonic() < ends_at:
            became = None
            with suppress(DBAPIError, ConnectorError), self._engine.connect() as connection:
                became = connection.execute(_WHAT_BECAME, {"own": own_id}).scalar()
            if became == "committed":
                return
            if became == "aborted":
                raise connection_lost(self._name) from cause
            self._clock.sleep(_POLL_SECONDS)
        raise commit_unknown(self._name) from cause

    def _translated(self, error: DBAPIError) -> Exception:
        hide_values(error)
        if isinstance(error, ConstraintError):
            return error
        return translate_server_error(error.orig, self._name, lost=error.connection_invalidated)


def open_postgresql(url: URL, busy_timeout_seconds: float) -> PostgresqlDatabase:
    """Open ``postgresql://user:password@host/database?sslmode=…``; the database must exist. Raises as
    ``open_database``; the password stands in no error."""
    if url.drivername not in ("postgresql", "postgresql+psycopg") or "options" in url.query:
        raise bad_url("must have the form postgresql://USER@HOST/DATABASE, without options of the server")
    name = ServerName.of(url)
    engine = _engine(url, name, busy_timeout_seconds)
    database = PostgresqlDatabase(engine, name, busy_timeout_seconds)
    try:
        database.open()
    except BaseException:
        database.close()
        raise
    return database


def _engine(url: URL, name: ServerName, busy_timeout_seconds: float) -> Engine:
    settings = {
        "lock_timeout": f"{busy_timeout_seconds * 1000:.0f}",
        "statement_timeout": f"{_STATEMENT_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{_IDLE_SECONDS}s",
        "timezone": "UTC",
    }
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=busy_timeout_seconds,
        connect_args={
            "options": " ".join(f"-c {key}={value}" for key, value in settings.items()),
            "application_name": "ml-connector",
            "client_encoding": "utf8",
            "connect_timeout": 10,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            # A plan that another process's update of the schema outdates would be an error.
            "prepare_threshold": None,
        },
        # Values of a statement may be anything, a sealed secret among them: they stay out of error texts.
        hide_parameters=True,
    )
    event.listen(engine, "connect", partial(_require_safe, name, engine))
    return engine


def _require_safe(name: ServerName, engine: Engine, raw: Any, _record: object) -> None:
    """Each new connection is asked: what a role or a server is set to can change while we run."""
    try:
        number, version, *found = raw.execute(_SETTINGS).fetchone()
        raw.rollback()
        _refuse_unsafe(number, version, found)
    except engine.dialect.loaded_dbapi.Error as error:
        raw.close()
        raise translate_server_error(error, name, lost=True) from error
    except ConfigurationError:
        raw.close()
        raise


def _refuse_unsafe(number: int, version: str, found: list[str]) -> None:
    if number < _VERSION_MIN:
        raise too_old(version)
    for (setting, refused), value in zip(_REFUSED.items(), found, strict=True):
        if refused(value):
            fix = "Set it on the PostgreSQL server, or for this user: on, and for the encoding of the database UTF8."
            raise unsafe_setting(setting, value, fix)


def _take_locks(connection: Connection, scope: str | None) -> None:
    if scope is None:
        connection.execute(_LOCK_WHOLE, {"whole": _WHOLE})
    else:
        connection.execute(_LOCK_SCOPE, {"whole": _WHOLE, "scopes": _SCOPES, "scope": _number_of(scope)})


def _number_of(scope: str) -> int:
    """A number for the scope: two with the same one merely wait for each other."""
    return int.from_bytes(hashlib.sha256(scope.encode()).digest()[:4], "big", signed=True)
