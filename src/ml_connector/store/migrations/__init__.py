"""The schema's history: one script a step in ``versions``, applied on opening, all in one transaction.

A process killed half way leaves the schema it found. A database that a newer version made is refused, never changed.
"""

from __future__ import annotations

from importlib import import_module

from sqlalchemy import Connection, inspect, text

from ml_connector.errors import ConfigurationError

# The newest script's number; a database that has it needs no further look.
SCHEMA_VERSION = "0010"
# Loaded where there is something to apply: a database is up to date at nearly every start.
_APPLYING = "ml_connector.store.migrations.applying"
_VERSION_TABLE = "alembic_version"


def bring_up_to_date(connection: Connection) -> None:
    """Apply what is missing, inside the caller's transaction; ConfigurationError ``store.newer_schema`` or
    ``store.foreign_database`` where it is not for us to change."""
    found = load_schema_version(connection)
    if found == SCHEMA_VERSION:
        return
    applying = import_module(_APPLYING)
    if found is not None and found not in applying.known_versions():
        raise ConfigurationError(
            f"The database was made by a newer version of ml-connector (schema {found}, this one knows"
            f" {SCHEMA_VERSION}), or an update of ml-connector was not finished",
            fix="Finish the update on this machine, then run again; this version leaves the database as it is.",
            stage="store",
            code="store.newer_schema",
        )
    applying.apply_missing(connection)


def migrate_to(connection: Connection, version: str) -> None:
    """An empty database as that version made it; ConfigurationError ``store.newer_schema`` for one not known here."""
    applying = import_module(_APPLYING)
    if version not in applying.known_versions():
        raise ConfigurationError(
            f"This version of ml-connector does not know the schema {version}",
            fix="Finish the update on this machine, then run again.",
            stage="store",
            code="store.newer_schema",
        )
    applying.apply_missing(connection, version)


def load_schema_version(connection: Connection) -> str | None:
    """The schema's number, None for an empty database."""
    names = inspect(connection).get_table_names()
    if _VERSION_TABLE in names:
        found = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()
        return None if found is None else str(found)
    if names:
        raise ConfigurationError(
            "The file in [store] url is a database of another program",
            fix="Name a file of its own in [store] url; it is made on first use.",
            stage="store",
            code="store.foreign_database",
        )
    return None
