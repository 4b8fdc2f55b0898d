"""A stop as a pass in a thread meets it: once, between steps and in waits; what follows is its ending."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.engine.stopping import Interruption, Stop, StoppableClock

START = datetime(2026, 10, 14, tzinfo=UTC)


def test_before_a_stop_nothing_is_met() -> None:
    interruption, clock = Interruption(Stop()), SimulatedClock(START)
    interruption.look()
    StoppableClock(clock, interruption).sleep(60)
    assert (clock.monotonic(), interruption.cuts()) == (60, False)


def test_a_stop_is_met_once_and_the_ending_is_let_through() -> None:
    stop = Stop()
    interruption, clock = Interruption(stop), SimulatedClock(START)
    stop.ask()
    with pytest.raises(KeyboardInterrupt):
        interruption.look()
    interruption.look()
    StoppableClock(clock, interruption).sleep(3)
    assert clock.monotonic() == 3


def test_every_pass_meets_it() -> None:
    stop = Stop()
    stop.ask()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            Interruption(stop).look()


def test_a_sleeper_is_woken() -> None:
    stop = Stop()

    class Told(SimulatedClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.monotonic() >= 10:
                stop.ask()

    clock = Told(START)
    with pytest.raises(KeyboardInterrupt):
        StoppableClock(clock, Interruption(stop)).sleep(3600)
    assert 10 <= clock.monotonic() < 11


def test_requests_under_way_are_given_up_once_they_are_cut_and_not_before() -> None:
    stop = Stop()
    interruption = Interruption(stop)
    stop.ask()
    assert not interruption.cuts()
    stop.cut()
    assert interruption.cuts()
    interruption.look()
