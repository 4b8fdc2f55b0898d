"""The processes that run passes, each with its heartbeat; one that was found dead holds no lease any longer.

A beat is counted, and timed for people to read. Who is dead is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from ml_connector.clock import Clock
from ml_connector.domain.values.posting import PostingState
from ml_connector.engine.holder import process_of
from ml_connector.engine.lives import Life
from ml_connector.store.database import Database
from ml_connector.store.rows.tables import invoice, process


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """One process: what it runs as, when it started and last gave a sign of life, whether it is ``dead``, and when what
    it left was taken over."""

    name: str
    kind: str
    started_at: datetime
    beat_at: datetime
    beats: int
    dead: bool
    ended_at: datetime | None

    @property
    def life(self) -> Life:
        """As those see it who watch over it."""
        return Life(self.name, self.beats, self.dead)


class ProcessRepository:
    """The processes of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database.scoped("processes")
        self._clock = clock

    def record_start(self, name: str, kind: str, *, alone_but_for: Collection[str] | None = None) -> str | None:
        """A process starts. Where it must be alone but for those names, and another is on record, that one's name comes
        back and nothing is recorded."""
        with self._database.transaction() as connection:
            if alone_but_for is not None:
                there = next((each.name for each in _open_records(connection) if each.name not in alone_but_for), None)
                if there is not None:
                    return there
            at = self._clock.now()
            values = {"name": name, "process": process_of(name), "kind": kind, "started_at": at, "beat_at": at}
            connection.execute(insert(process).values(beats=1, dead=False, **values))
        return None

    def record_beat(self, name: str) -> None:
        """It lives; one that was thought dead is alive again."""
        values = {"beats": process.c.beats + 1, "beat_at": self._clock.now(), "ended_at": None, "dead": False}
        with self._database.transaction() as connection:
            connection.execute(update(process).where(process.c.name == name).values(**values))

    def record_dead(self, name: str) -> None:
        """It ends now, or was found dead; somebody is to take over what it left."""
        with self._database.transaction() as connection:
            connection.execute(update(process).where(process.c.name == name).values(dead=True))

    def record_taken_over(self, name: str) -> None:
        """It is dead, and nothing of it is left."""
        with self._database.transaction() as connection:
            mine = update(process).where(process.c.name == name, process.c.dead, process.c.ended_at.is_(None))
            connection.execute(mine.values(ended_at=self._clock.now()))

    def load_open(self) -> tuple[ProcessRecord, ...]:
        """Those that run, or left what nobody has taken over yet; the oldest first."""
        with self._database.transaction() as connection:
            return _open_records(connection)

    def forget_ended(self, before: datetime) -> None:
        """Delete what ended before that instant."""
        with self._database.transaction() as connection:
            connection.execute(delete(process).where(process.c.ended_at < before))


def count_uncertain(database: Database) -> int:
    """Of all connections, the postings of which nobody knows at the moment whether their bill was made."""
    unsure = invoice.c.state.in_([PostingState.INTENT.value, PostingState.UNCERTAIN.value])
    with database.scoped("processes").transaction() as connection:
        return int(connection.execute(select(func.count()).select_from(invoice).where(unsure)).scalar_one())


def is_dead(connection: Connection, holder: str) -> bool:
    """Whether the process of a holder of that name was found dead."""
    mine = select(process.c.dead).where(process.c.process == process_of(holder))
    found = connection.execute(mine).scalars().all()
    return bool(found) and all(found)


def _open_records(connection: Connection) -> tuple[ProcessRecord, ...]:
    rows = connection.execute(select(process).where(process.c.ended_at.is_(None)).order_by(process.c.started_at)).all()
    return tuple(_record_of(row) for row in rows)


def _record_of(row: Row[Any]) -> ProcessRecord:
    return ProcessRecord(row.name, row.kind, row.started_at, row.beat_at, row.beats, row.dead, row.ended_at)
