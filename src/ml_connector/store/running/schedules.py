"""How far each schedule was kept, shared by all processes: fits the ticker's port. A missed time is caught up once,
also after all processes were down. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from ml_connector.engine.passes import parse_key
from ml_connector.engine.ticker import Flow, ScheduleState
from ml_connector.store.database import Database
from ml_connector.store.rows.tables import schedule


class ScheduleRepository:
    """The states of all schedules of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database.scoped("schedules")

    def load_states(self) -> Mapping[Flow, ScheduleState]:
        """Every state, by connection and flow."""
        with self._database.transaction() as connection:
            rows = connection.execute(select(schedule)).all()
        return {(row.connection, row.flow): _state_of(row) for row in rows}

    def record_first(self, connection: str, flow: str, at: datetime) -> None:
        """The schedule counts from ``at``; one that is known keeps its pass."""
        with self._database.transaction() as database:
            mine = (schedule.c.connection == connection) & (schedule.c.flow == flow)
            # Locks the row on PostgreSQL, where two processes may meet a new schedule at once.
            if database.execute(update(schedule).where(mine).values(last_at=at)).rowcount == 0:
                values = {"connection": connection, "flow": flow, "last_at": at, "failures": 0}
                database.execute(insert(schedule).values(**values))

    def record_enqueued(self, before: ScheduleState, key: str, at: datetime) -> bool:
        """The pass of that key waits or runs; times up to ``at`` are dealt with. False where another process was
        faster."""
        mine = (
            (schedule.c.connection == before.connection)
            & (schedule.c.flow == before.flow)
            & (schedule.c.last_at == before.last_at)
            & schedule.c.open_key.is_(None)
        )
        with self._database.transaction() as database:
            return database.execute(update(schedule).where(mine).values(open_key=key, last_at=at)).rowcount == 1

    def record_ended(self, connection: str, flow: str, key: str, *, rest: tuple[int, datetime | None]) -> None:
        """The pass of that key ended; ``rest``: failures in a row, and until when the connection rests. One that was
        quicker than its own ``record_enqueued`` is not recorded as open afterwards."""
        failures, rest_until = rest
        mine = (schedule.c.connection == connection) & (schedule.c.flow == flow)
        values = {"open_key": None, "failures": failures, "rest_until": rest_until}
        due_at = parse_key(key).due_at
        with self._database.transaction() as database:
            ended = update(schedule).where(mine, schedule.c.open_key == key).values(**values)
            if database.execute(ended).rowcount == 0:
                early = mine & schedule.c.open_key.is_(None) & (schedule.c.last_at < due_at)
                database.execute(update(schedule).where(early).values(last_at=due_at, **values))


def _state_of(row: Row[Any]) -> ScheduleState:
    return ScheduleState(row.connection, row.flow, row.last_at, row.open_key, row.failures, row.rest_until)
