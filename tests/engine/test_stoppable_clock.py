"""A wait of any length ends, also on a clock that counts in whole microseconds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.engine.stopping import Interruption, Stop, StoppableClock


@pytest.mark.timeout(20)
def test_every_wait_ends_whatever_is_left_of_a_microsecond() -> None:
    clock = SimulatedClock(datetime(2026, 10, 14, tzinfo=UTC))
    waiting, passed = StoppableClock(clock, Interruption(Stop())), 0.0
    for number in range(1, 2000):
        seconds = 0.1 * number / 7
        waiting.sleep(seconds)
        passed += seconds
    assert clock.monotonic() == pytest.approx(passed, abs=0.01)
