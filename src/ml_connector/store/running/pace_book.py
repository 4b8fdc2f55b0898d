"""Which book of the pace of requests goes with a database: a file beside a file of SQLite, rows on a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ml_connector.clock import Clock
from ml_connector.store.database import Database
from ml_connector.store.running.pace import PaceFile, pace_file_beside
from ml_connector.store.running.pace_rows import PaceRows


def pace_book(
    database: Database, tenant: str, holder: str, clock: Clock, *, holder_alive: Callable[[str], bool | None]
) -> PaceFile | PaceRows:
    """The tenant's book for all processes and machines that share the database."""
    path = database.describe().path
    if path:
        return PaceFile(pace_file_beside(Path(path)), tenant, holder, clock, holder_alive=holder_alive)
    return PaceRows(database, tenant, holder, clock, holder_alive=holder_alive)
