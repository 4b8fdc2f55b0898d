"""The schedules kept: one ticker in this process hands what is due to an engine of passes, inline or durable."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from ml_connector.bootstrap.carrying import Carrier
from ml_connector.bootstrap.store_house import open_store
from ml_connector.bootstrap.telling import telling_all
from ml_connector.clock import Clock
from ml_connector.engine.inline_passes import InlinePasses
from ml_connector.engine.schedule import Schedule, next_due
from ml_connector.engine.stopping import Stop
from ml_connector.engine.ticker import Ticker
from ml_connector.operations.identity import require_pin
from ml_connector.settings.model import Settings
from ml_connector.store.running.schedules import ScheduleRepository

_FLOW_OF_KEY = (("master_data", "master-data"), ("invoices", "invoices"), ("payments", "payments"))
TICK_SECONDS = 1.0

_log = logging.getLogger(__name__)


def run_inline(config: Path | None, *, passes_max: int, clock: Clock) -> None:
    """Keep the schedules with the inline engine until so many passes have run, as fast as the clock allows: for tests
    with simulated time. What it does stands in the log on standard error."""
    with open_store(config, clock=clock) as store, telling_all(store.clock, store.masker):
        require_pins(store.settings)
        schedules = schedules_of(store.settings)
        states = ScheduleRepository(store.database)
        engine = InlinePasses(Carrier(store, states, Stop()))
        ticker = Ticker(states, engine)
        tell_schedules(schedules, clock.now())
        done = 0
        while done < passes_max:
            ticker.tick(schedules, clock.now())
            if engine.run_next():
                done += 1
            else:
                clock.sleep(TICK_SECONDS)


def schedules_of(settings: Settings) -> tuple[Schedule, ...]:
    """The schedule of every flow of every connection, in the order a pass of all would take."""
    return tuple(
        Schedule(connection.name, flow, getattr(connection.schedule, key), connection.time_zone)
        for connection in settings.connections.values()
        for key, flow in _FLOW_OF_KEY
    )


def require_pins(settings: Settings) -> None:
    """Every connection has a host key pinned, else ConfigurationError."""
    for name, connection in settings.connections.items():
        require_pin(name, connection.stampli.host_keys)


def tell_schedules(schedules: tuple[Schedule, ...], now: datetime) -> None:
    """When each flow is due next, in the log."""
    for each in schedules:
        _log.info("%s %s: next at %s UTC", each.connection, each.flow, f"{next_due(each, now):%Y-%m-%d %H:%M}")
