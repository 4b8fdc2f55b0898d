"""The trip wire: names every edge a run of the product crosses, and ends the process at one of them.

An edge is named by its step and how often that step was begun, ``put#1``. A process ends before the step, after it, or
torn: at the next durable write, which is then not committed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, get_args

from sqlalchemy import Connection

from ml_connector.engine.face import Side
from ml_connector.store.database import Database
from ml_connector.store.kinds.face import DatabaseFacts

Cut = Literal["alone", "before", "after", "torn"]
CUTS: tuple[Cut, ...] = get_args(Cut)


class Crash(BaseException):
    """The process ends here: nothing of the product may catch it."""


class Wire:
    """Fits the engine's Boundary. At the edge ``at`` it lets ``strike`` happen, and ends the process as ``cut`` says;
    ``alone`` lets it live. Where the process ends before the step, the strike waits for the next process."""

    def __init__(self, at: str | None = None, cut: Cut = "alone", strike: Callable[[], None] | None = None) -> None:
        self.crossed: list[str] = []
        self.reached = False
        self._at = at
        self._cut = cut
        self._strike = strike
        self._counts: Counter[str] = Counter()
        self._ends_next = False
        self._torn_next = False

    def cross(self, step: str, side: Side) -> None:
        """The engine is at an edge of a step."""
        if self._ends_next:
            self._end()
        if side == "after":
            return
        self._counts[step] += 1
        name = f"{step}#{self._counts[step]}"
        self.crossed.append(name)
        if name == self._at:
            self._arrive()

    def written(self) -> None:
        """A transaction has changed rows and is about to be committed."""
        if self._torn_next:
            self._end()

    def _arrive(self) -> None:
        self.reached = True
        if self._cut == "before":
            self._end()
        if self._strike is not None:
            self._strike()
        self._ends_next = self._cut == "after"
        self._torn_next = self._cut == "torn"

    def _end(self) -> None:
        self._ends_next = self._torn_next = False
        raise Crash


class BreakableDatabase(Database):
    """A database of the product whose durable writes can be torn by the wire: rolled back, as after a lost power."""

    def __init__(self, inner: Database, wire: Wire) -> None:
        super().__init__(_BreakableRows(inner, wire))


class _BreakableRows:
    """Nothing of its own: all it does is what the inner database does."""

    def __init__(self, inner: Database, wire: Wire) -> None:
        self._inner = inner
        self._wire = wire

    @contextmanager
    def transaction(self, scope: str | None) -> Iterator[Connection]:
        """The inner one's transaction; the wire is told where it changed rows."""
        inner = self._inner if scope is None else self._inner.scoped(scope)
        with inner.transaction() as connection:
            before = _changes(connection)
            yield connection
            if _changes(connection) != before:
                self._wire.written()

    def snapshot(self) -> AbstractContextManager[Connection]:
        """The inner one's snapshot."""
        return self._inner.snapshot()

    def describe(self) -> DatabaseFacts:
        """The inner one's facts."""
        return self._inner.describe()

    def find_damage(self, connection: Connection) -> tuple[str, ...]:
        """Nothing is looked for."""
        return ()

    def close(self) -> None:
        """Close the inner one."""
        self._inner.close()


def _changes(connection: Connection) -> int:
    raw = connection.connection.dbapi_connection
    return 0 if raw is None else int(raw.total_changes)
