"""The worker: one ticker that starts every connection's flows when they are due, in this one process."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from ml_connector.bootstrap.connection_house import Opening, connect
from ml_connector.bootstrap.store_house import StoreHouse, open_store
from ml_connector.bootstrap.telling import telling_all
from ml_connector.clock import Clock
from ml_connector.engine.schedule import Schedule, due_now, next_due
from ml_connector.errors import ConnectorError
from ml_connector.operations.identity import require_pin
from ml_connector.settings.model import Settings
from ml_connector.telemetry import ids_bound

_FLOW_OF_KEY = (("master_data", "master-data"), ("invoices", "invoices"), ("payments", "payments"))
_TICK_SECONDS = 1.0

_log = logging.getLogger(__name__)


def run_worker(config: Path | None, *, passes_max: int | None = None, clock: Clock | None = None) -> None:
    """Keep the schedules until the process is told to stop (KeyboardInterrupt); ``passes_max`` and ``clock`` are for
    tests. What it does stands in the log on standard error.

    A run missed while this process was busy is caught up once; runs of one flow never overlap."""
    with open_store(config, clock=clock) as store, telling_all(store.clock, store.masker):
        for name, connection in store.settings.connections.items():
            require_pin(name, connection.stampli.host_keys)
        schedules = schedules_of(store.settings)
        start = store.clock.now()
        last: dict[tuple[str, str], datetime] = {(each.connection, each.flow): start for each in schedules}
        done = 0
        for each in schedules:
            _log.info("%s %s: next at %s UTC", each.connection, each.flow, f"{next_due(each, start):%Y-%m-%d %H:%M}")
        while passes_max is None or done < passes_max:
            due = due_now(schedules, last, store.clock.now())
            for schedule in due:
                last[(schedule.connection, schedule.flow)] = store.clock.now()
                with ids_bound(connection=schedule.connection, flow=schedule.flow):
                    _run(store, schedule)
                done += 1
            if not due:
                store.clock.sleep(_TICK_SECONDS)


def schedules_of(settings: Settings) -> tuple[Schedule, ...]:
    """The schedule of every flow of every connection, in the order a pass of all would take."""
    return tuple(
        Schedule(connection.name, flow, getattr(connection.schedule, key), connection.time_zone)
        for connection in settings.connections.values()
        for key, flow in _FLOW_OF_KEY
    )


def _run(store: StoreHouse, schedule: Schedule) -> None:
    """One pass; whatever stops it is told, and the schedules go on."""
    try:
        with connect(store, store.connection(schedule.connection), Opening(foreground=False)) as house:
            result = house.sync(schedule.flow)
    except ConnectorError as error:
        _tell(error)
    except Exception:  # one connection's fault must not stop the others
        _log.exception("a fault of the program")
    else:
        _log.info("done: %s", result.shown["counts"])
        for stopped in result.errors:
            _tell(stopped)


def _tell(error: ConnectorError) -> None:
    _log.warning("%s %s", error.message, error.fix, extra={"code": error.code, "stage": error.stage})
