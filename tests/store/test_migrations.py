"""The schema's history: complete, all or nothing, and never applied to what is not ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, inspect, text

from ml_connector.errors import ConfigurationError
from ml_connector.store.database import Database, open_database
from ml_connector.store.migrations import SCHEMA_VERSION, bring_up_to_date, load_schema_version
from ml_connector.store.migrations.applying import migration_config
from ml_connector.store.rows.pace_tables import pace_metadata
from ml_connector.store.rows.tables import metadata
from tests.databases import database_url, fresh_database

DECLARED: Any = [metadata, pace_metadata]


def begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def test_the_scripts_make_exactly_the_declared_tables(database: Database) -> None:
    with database.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), DECLARED) == []


def test_the_newest_script_is_the_version_that_opening_asks_for() -> None:
    assert ScriptDirectory.from_config(migration_config()).get_heads() == [SCHEMA_VERSION]


def test_an_update_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/c.db")
    event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", begin_immediate)
    with pytest.raises(RuntimeError), engine.begin() as connection:
        bring_up_to_date(connection)
        assert load_schema_version(connection) == SCHEMA_VERSION
        raise RuntimeError
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    database = fresh_database(tmp_path)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
        connection.execute(text("CREATE TABLE of_tomorrow (x INTEGER)"))
    database.close()
    with pytest.raises(ConfigurationError) as caught:
        open_database(database_url(tmp_path))
    assert (caught.value.code, caught.value.at) == ("store.newer_schema", "system")
    assert "schema 0999" in caught.value.message
    assert "run again" in caught.value.fix
    engine = create_engine(database_url(tmp_path))
    with engine.connect() as connection:
        assert load_schema_version(connection) == "0999"
    engine.dispose()


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    engine = create_engine(database_url(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cookies (host TEXT)"))
    with pytest.raises(ConfigurationError) as caught:
        open_database(database_url(tmp_path))
    assert caught.value.code == "store.foreign_database"
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == ["cookies"]
    engine.dispose()
