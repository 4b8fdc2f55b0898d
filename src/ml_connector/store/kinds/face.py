"""What each kind of database offers the store. Declares only."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What ``connection check`` shows of the database: library and version, journal mode; ``path`` is its file, empty
    where it is a server's."""

    library: str
    journal_mode: str
    path: str


class Kind(Protocol):
    """One opened database of some kind; threads share it."""

    def transaction(self, scope: str | None) -> AbstractContextManager[Connection]:
        """All or nothing, durable when left; no other writer of that scope runs meanwhile, nobody at all for None.
        Raises the store's errors only, and what the block itself raises."""
        ...

    def snapshot(self) -> AbstractContextManager[Connection]:
        """One state of all rows, to read from only; writers go on meanwhile."""
        ...

    def describe(self) -> DatabaseFacts:
        """Library, journal mode and file."""
        ...

    def find_damage(self, connection: Connection) -> tuple[str, ...]:
        """What the database finds wrong with itself; nothing when all is well. Slow."""
        ...

    def close(self) -> None:
        """End all connections."""
        ...
