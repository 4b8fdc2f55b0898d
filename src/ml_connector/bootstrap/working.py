"""The worker: one ticker that starts every connection's flows when they are due, in this one process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ml_connector.bootstrap.connection_house import Opening, connect
from ml_connector.bootstrap.store_house import StoreHouse, open_store
from ml_connector.engine.schedule import Schedule, due_now, next_due
from ml_connector.errors import ConnectorError
from ml_connector.settings.model import Settings

_FLOW_OF_KEY = (("master_data", "master-data"), ("invoices", "invoices"), ("payments", "payments"))
_TICK_SECONDS = 1.0

Say = Callable[[str], None]


def run_worker(config: Path | None, *, say: Say, passes_max: int | None = None) -> None:
    """Keep the schedules until the process is told to stop (KeyboardInterrupt); ``passes_max`` is for tests.

    A run missed while this process was busy is caught up once; runs of one flow never overlap."""
    with open_store(config) as store:
        schedules = schedules_of(store.settings)
        start = store.clock.now()
        last: dict[tuple[str, str], datetime] = {(each.connection, each.flow): start for each in schedules}
        done = 0
        for each in schedules:
            say(f"{each.connection} {each.flow}: next at {next_due(each, start):%Y-%m-%d %H:%M} UTC")
        while passes_max is None or done < passes_max:
            due = due_now(schedules, last, store.clock.now())
            for schedule in due:
                last[(schedule.connection, schedule.flow)] = store.clock.now()
                _run(store, schedule, say)
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


def _run(store: StoreHouse, schedule: Schedule, say: Say) -> None:
    """One pass; whatever stops it is told, and the schedule goes on."""
    settings = store.connection(schedule.connection)
    try:
        with connect(store, settings, Opening(foreground=False)) as house:
            result = house.sync(schedule.flow)
    except ConnectorError as error:
        say(f"{schedule.connection} {schedule.flow}: {error.message} {error.fix}")
        return
    say(f"{schedule.connection} {schedule.flow}: {result.shown['counts']}")
    for fault in result.errors:
        say(f"{schedule.connection} {schedule.flow}: {fault.message} {fault.fix}")
