"""Drivers of SQLite for tests: the standard library's, and ones that lie or fail as a bad disk would."""

from __future__ import annotations

import sqlite3
from types import ModuleType
from typing import Any, Self


def a_driver(name: str, connection_class: type[sqlite3.Connection]) -> ModuleType:
    """The standard library's driver, with connections of that class."""
    driver = ModuleType(name)
    driver.__dict__.update({key: value for key, value in vars(sqlite3).items() if not key.startswith("__")})

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        opened: sqlite3.Connection = sqlite3.connect(*args, **(options | {"factory": connection_class}))
        return opened

    driver.__dict__["connect"] = connect
    return driver


class _DeafCursor(sqlite3.Cursor):
    def execute(self, statement: str, *args: Any) -> Self:
        return self if "synchronous=" in statement else super().execute(statement, *args)


class _LooseConnection(sqlite3.Connection):
    """Stays at another level of safety than it is asked for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        super().cursor().execute("PRAGMA synchronous=NORMAL")

    def cursor(self, *args: Any) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(_DeafCursor)


def a_loose_driver() -> ModuleType:
    """One whose database ignores ``synchronous``."""
    return a_driver("loose", _LooseConnection)


def a_driver_on_a_failing_disk(failing: set[str]) -> ModuleType:
    """One whose statements fail with SQLITE_IOERR_FSYNC once they begin with a word in ``failing``."""

    class FailingCursor(sqlite3.Cursor):
        def execute(self, statement: str, *args: Any) -> Self:
            if any(statement.startswith(word) for word in failing):
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error
            return super().execute(statement, *args)

    class FailingConnection(sqlite3.Connection):
        def cursor(self, *args: Any) -> sqlite3.Cursor:  # type: ignore[override]
            return super().cursor(FailingCursor)

    return a_driver("failing", FailingConnection)
