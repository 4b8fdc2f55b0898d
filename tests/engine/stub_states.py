"""The states of schedules in memory: what the store keeps, for tests of the ticker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ml_connector.engine.ticker import Flow, ScheduleState


class StatesInMemory:
    """Fits the ticker's port; counts how often it was asked."""

    def __init__(self) -> None:
        self.states: dict[Flow, ScheduleState] = {}
        self.loads = 0

    def load_states(self) -> Mapping[Flow, ScheduleState]:
        self.loads += 1
        return dict(self.states)

    def record_first(self, connection: str, flow: str, at: datetime) -> None:
        known = self.states.get((connection, flow))
        fresh = ScheduleState(connection, flow, at) if known is None else replace(known, last_at=at)
        self.states[(connection, flow)] = fresh

    def record_enqueued(self, before: ScheduleState, key: str, at: datetime) -> bool:
        now = self.states[(before.connection, before.flow)]
        if now.last_at != before.last_at or now.open_key is not None:
            return False
        self.states[(before.connection, before.flow)] = replace(now, open_key=key, last_at=at)
        return True

    def record_ended(self, connection: str, flow: str, key: str, *, rest: tuple[int, datetime | None]) -> None:
        state = self.states[(connection, flow)]
        if state.open_key in (None, key):
            self.states[(connection, flow)] = replace(state, open_key=None, failures=rest[0], rest_until=rest[1])
