"""Who may run which flow of a connection now: one lease a flow, of the process that holds it while that lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from ml_connector.clock import Clock
from ml_connector.store.database import Database
from ml_connector.store.rows.tables import lease
from ml_connector.store.running.processes import is_dead


class LeaseRepository:
    """One lease a flow of one connection, so that two passes do not do the same work. Safety does not rest on it: each
    row of a posting has an epoch of its own.

    ``holder_alive`` tells of a holder's name whether its process runs, None where that cannot be known from here; one
    whose heartbeat stopped is on record as dead."""

    def __init__(
        self, database: Database, connection_name: str, clock: Clock, *, holder_alive: Callable[[str], bool | None]
    ) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock
        self._holder_alive = holder_alive

    def claim(self, flow: str, holder: str, ttl_seconds: float) -> bool:
        """Take or extend the lease; False while another holder has it. A dead holder's lease, or one run out, is taken
        over at once."""
        at = self._clock.now()
        until = at + timedelta(seconds=ttl_seconds)
        with self._database.transaction() as connection:
            row = self._row(connection, flow)
            if row is None:
                values = {"connection": self._connection_name, "flow": flow}
                connection.execute(insert(lease).values(holder=holder, epoch=1, until=until, **values))
                return True
            if row.holder != holder and not self._free(connection, row, at):
                return False
            epoch = row.epoch if row.holder == holder else row.epoch + 1
            taken = update(lease).where(self._mine(flow)).values(holder=holder, epoch=epoch, until=until)
            connection.execute(taken)
            return True

    def release(self, flow: str, holder: str) -> None:
        """Let go of the lease; nothing happens where another holder has it by now."""
        with self._database.transaction() as connection:
            mine = update(lease).where(self._mine(flow), lease.c.holder == holder)
            connection.execute(mine.values(holder=None, until=self._clock.now()))

    def load_holder(self, flow: str) -> str | None:
        """Who holds the lease now, None for nobody."""
        with self._database.transaction() as connection:
            row = self._row(connection, flow)
            free = row is None or self._free(connection, row, self._clock.now())
        return None if row is None or free else str(row.holder)

    def _free(self, connection: Connection, row: Row[Any], at: datetime) -> bool:
        if row.holder is None or row.until <= at or self._holder_alive(row.holder) is False:
            return True
        return is_dead(connection, row.holder)

    def _mine(self, flow: str) -> Any:
        return (lease.c.connection == self._connection_name) & (lease.c.flow == flow)

    def _row(self, connection: Connection, flow: str) -> Row[Any] | None:
        return connection.execute(select(lease).where(self._mine(flow)).with_for_update()).first()
