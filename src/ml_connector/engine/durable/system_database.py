"""The tables of DBOS: made and brought up to date by its own scripts, on an engine that we opened."""

from __future__ import annotations

from dataclasses import dataclass

from dbos._sys_db import SystemDatabase
from sqlalchemy import Engine

from ml_connector.engine.durable.json_values import JsonValues

# On PostgreSQL its tables lie beside ours under this name.
SCHEMA = "ml_connector_engine"


@dataclass(frozen=True, slots=True)
class EngineDatabase:
    """Where DBOS keeps its records: a file of its own (SQLite), or a schema of its own in our database (PostgreSQL).
    ``for_scripts`` is the same without a transaction begun beforehand, which its scripts for SQLite need."""

    engine: Engine
    for_scripts: Engine


def bring_up_to_date(database: EngineDatabase) -> None:
    """Make or update the tables of DBOS."""
    # Not public in DBOS 3.4: its own migrator would open the file with another SQLite library.
    SystemDatabase.create(
        system_database_url=f"{database.engine.dialect.name}://",
        engine_kwargs={},
        engine=database.for_scripts,
        schema=SCHEMA,
        serializer=JsonValues(),
        executor_id=None,
        use_listen_notify=False,
    ).run_migrations()
