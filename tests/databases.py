"""Databases for tests of any room: a migrated template is made once and copied for each test."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from ml_connector.store.database import Database, open_database
from tests.postgres import shared_postgres

DATABASE_NAME = "ml-connector.db"
Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")
_TEMPLATE = "ml_connector_template"
# Databases of the shared server that this process has made and that no test has any more.
_idle: list[str] = []
_SHAPE = """SELECT version_num, (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'),
    (SELECT string_agg(tgname, ',' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal) FROM alembic_version"""
_EMPTY = """SET session_replication_role = replica;
    DO $$ DECLARE found text; BEGIN
        FOR found IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
                AND relname <> 'alembic_version' LOOP
            EXECUTE format('DELETE FROM %I', found);
        END LOOP;
        FOR found IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' LOOP
            EXECUTE format('ALTER SEQUENCE %I RESTART', found);
        END LOOP;
    END $$"""


def fresh_database(folder: Path) -> Database:
    """An open, empty, migrated database in ``folder``; the caller closes it, or leaves it to the end of the process."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_template(), folder / DATABASE_NAME)
    return open_database(database_url(folder))


def database_url(folder: Path) -> str:
    """The URL of the database that ``fresh_database`` makes there."""
    return f"sqlite:///{folder / DATABASE_NAME}"


@contextmanager
def fresh_url(kind: Kind, folder: Path) -> Iterator[str]:
    """The URL of an empty, migrated database of that kind, in ``folder`` or on the server that the tests share."""
    if kind == "sqlite":
        fresh_database(folder).close()
        yield database_url(folder)
        return
    server = shared_postgres()
    url = _idle.pop() if _idle else server.create_database(_server_template())
    yield url
    name = url.rpartition("/")[2]
    server.terminate_connections(name)
    if server.execute(_SHAPE, database=name) == server.execute(_SHAPE, database=_server_template()):
        # Removing a database takes a checkpoint, a hundred times as long as emptying it.
        server.execute(_EMPTY, database=name)
        _idle.append(url)


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ml-connector-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    open_database(database_url(folder)).close()
    return folder / DATABASE_NAME


@functools.cache
def _server_template() -> str:
    server = shared_postgres()
    with server.one_at_a_time():
        if not server.execute(f"SELECT 1 FROM pg_database WHERE datname = '{_TEMPLATE}'"):
            url = server.create_database()
            open_database(url).close()
            server.execute(f"ALTER DATABASE {url.rpartition('/')[2]} RENAME TO {_TEMPLATE}")
    return _TEMPLATE
