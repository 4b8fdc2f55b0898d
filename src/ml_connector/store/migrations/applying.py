"""Alembic's part of bringing a database up to date: which versions there are, and applying those that are missing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER = Path(__file__).parent


def apply_missing(connection: Connection, version: str = "head") -> None:
    """Every script up to that one that was not applied yet, inside the caller's transaction."""
    config = migration_config()
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def known_versions() -> frozenset[str]:
    """The numbers of all scripts."""
    scripts = ScriptDirectory.from_config(migration_config()).walk_revisions()
    return frozenset(script.revision for script in scripts)


def migration_config() -> Config:
    """Alembic's configuration, made here so that no file is needed beside the package."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
