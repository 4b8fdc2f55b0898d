"""One ticker for all schedules: finds what is due and hands it to the engine, in the order it became due.

A connection has one pass at a time, waiting or running, so one with much to do holds nobody else up; what became due
meanwhile is caught up once. Several processes may tick at once: a pass has the same key for all of them. It starts no
thread and knows nothing of what a pass does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ml_connector.engine.passes import Pass, PassEngine
from ml_connector.engine.schedule import Schedule, next_due

# How long a connection whose system is down rests after the first failure, and at most, in seconds.
REST_FIRST_SECONDS = 60.0
REST_LAST_SECONDS = 900.0
# Times further ahead were written by a clock that has been put right since.
_AHEAD_MAX = timedelta(hours=1)
# A pass that has been open for so long is asked after.
_ASKED_AFTER = timedelta(seconds=30)

Flow = tuple[str, str]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """What is kept of one flow of one connection: up to when its times are dealt with, the pass that waits or runs,
    passes failed in a row, and until when the connection rests."""

    connection: str
    flow: str
    last_at: datetime
    open_key: str | None = None
    failures: int = 0
    rest_until: datetime | None = None


class ScheduleStates(Protocol):
    """The states of all schedules, shared by all processes."""

    def load_states(self) -> Mapping[Flow, ScheduleState]: ...
    def record_first(self, connection: str, flow: str, at: datetime) -> None: ...
    def record_enqueued(self, before: ScheduleState, key: str, at: datetime) -> bool: ...
    def record_ended(self, connection: str, flow: str, key: str, *, rest: tuple[int, datetime | None]) -> None: ...


def rest_after(failures: int, now: datetime) -> datetime | None:
    """Until when a connection rests after so many passes in a row that met a system that is down."""
    if not failures:
        return None
    return now + timedelta(seconds=min(REST_FIRST_SECONDS * 2 ** min(failures - 1, 10), REST_LAST_SECONDS))


class Ticker:
    """Looks at all schedules at each tick; cheap while nothing is due."""

    def __init__(self, states: ScheduleStates, engine: PassEngine) -> None:
        self._states = states
        self._engine = engine
        self._known: Mapping[Flow, ScheduleState] = {}
        self._times: dict[tuple[Schedule, datetime], datetime] = {}

    def tick(self, schedules: Sequence[Schedule], now: datetime) -> int:
        """Hand over what is due; how many passes that was."""
        if not self._worth_a_look(schedules, now):
            return 0
        self._known = self._states.load_states()
        self._begin_new(schedules, now)
        self._forget_times()
        busy = {state.connection for state in self._known.values() if state.open_key is not None}
        count = 0
        for due_at, state in sorted(self._due(schedules, now), key=lambda pair: pair[0]):
            if state.connection not in busy:
                busy.add(state.connection)
                count += self._enqueue(state, due_at, now)
        return count

    def next_due(self, schedule: Schedule) -> datetime | None:
        """When a schedule is due next, as far as it was looked at; None before the first tick."""
        state = self._known.get((schedule.connection, schedule.flow))
        return None if state is None else self._time(schedule, state)

    def close_lost(self, now: datetime) -> None:
        """Look at the states anew, whatever was written there; a pass that the engine no longer knows as open, be its
        record lost or set aside, holds its connection up no longer."""
        self._known = self._states.load_states()
        for state in self._known.values():
            if state.open_key is None or now - state.last_at < _ASKED_AFTER:
                continue
            if not self._engine.is_open(state.open_key):
                _log.warning("pass %s ended without a word; its schedule goes on", state.open_key)
                rest = (state.failures, state.rest_until)
                self._states.record_ended(state.connection, state.flow, state.open_key, rest=rest)

    def _worth_a_look(self, schedules: Iterable[Schedule], now: datetime) -> bool:
        for schedule in schedules:
            state = self._known.get((schedule.connection, schedule.flow))
            if _unusable(state, now) or (state is not None and self._time(schedule, state) <= now):
                return True
        return False

    def _begin_new(self, schedules: Iterable[Schedule], now: datetime) -> None:
        new = [each for each in schedules if _unusable(self._known.get((each.connection, each.flow)), now)]
        for schedule in new:
            self._states.record_first(schedule.connection, schedule.flow, now)
        if new:
            self._known = self._states.load_states()

    def _due(self, schedules: Iterable[Schedule], now: datetime) -> Iterable[tuple[datetime, ScheduleState]]:
        resting = {
            state.connection
            for state in self._known.values()
            if state.rest_until is not None and state.rest_until > now
        }
        for schedule in schedules:
            state = self._known[(schedule.connection, schedule.flow)]
            due_at = self._time(schedule, state)
            if due_at <= now and state.connection not in resting:
                yield due_at, state

    def _enqueue(self, state: ScheduleState, due_at: datetime, now: datetime) -> int:
        each = Pass(state.connection, state.flow, due_at)
        # First the engine, which knows the key: a crash in between does no more than say the same again. Where the pass
        # has ended meanwhile, its end is on record.
        self._engine.enqueue(each)
        return int(self._states.record_enqueued(state, each.key, now))

    def _time(self, schedule: Schedule, state: ScheduleState) -> datetime:
        key = (schedule, state.last_at)
        if key not in self._times:
            self._times[key] = next_due(schedule, state.last_at)
        return self._times[key]

    def _forget_times(self) -> None:
        kept = {state.last_at for state in self._known.values()}
        if len(self._times) > 4 * len(self._known):
            self._times = {key: due for key, due in self._times.items() if key[1] in kept}


def _unusable(state: ScheduleState | None, now: datetime) -> bool:
    return state is None or state.last_at > now + _AHEAD_MAX
