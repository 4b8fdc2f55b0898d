"""The database in which the engine keeps which phase of which pass was done: opened here with the care of our own, its
tables made by the engine itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from ml_connector.store.database import open_beside
from ml_connector.store.kinds.sqlite import OWN_BEGIN

_SUFFIX = "-engine"


@contextmanager
def open_engine_database(url: str) -> Iterator[tuple[Engine, Engine]]:
    """The engine's database for our ``store.url``, and the same for scripts that begin their transactions themselves:
    a file beside ours, or a schema of its own on our server. Raises as ``open_database``."""
    engine = open_beside(url, _SUFFIX)
    try:
        yield engine, engine.execution_options(**{OWN_BEGIN: True})
    finally:
        engine.dispose()
