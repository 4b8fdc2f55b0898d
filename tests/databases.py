"""Databases for tests of any room: a migrated template is made once a process and copied for each test."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from ml_connector.store.database import Database, open_database

DATABASE_NAME = "ml-connector.db"


def fresh_database(folder: Path) -> Database:
    """An open, empty, migrated database in ``folder``; the caller closes it, or leaves it to the end of the process."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_template(), folder / DATABASE_NAME)
    return open_database(database_url(folder))


def database_url(folder: Path) -> str:
    """The URL of the database that ``fresh_database`` makes there."""
    return f"sqlite:///{folder / DATABASE_NAME}"


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ml-connector-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    open_database(database_url(folder)).close()
    return folder / DATABASE_NAME
