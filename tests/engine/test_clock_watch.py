"""A clock that is set while we run is told (fault row 242)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ml_connector.engine.clock_watch import Moment, tell_jump

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "seconds", "told"),
    [
        (timedelta(seconds=1), 1.0, None),
        (timedelta(hours=3), 10_800.0, None),
        (timedelta(seconds=59), 0.0, None),
        (timedelta(hours=1, seconds=1), 1.0, "Clock jumped by 1 h"),
        (timedelta(hours=-1, seconds=1), 1.0, "Clock jumped back by 1 h"),
        (timedelta(days=1), 0.0, "Clock jumped by 1 d"),
        (timedelta(0), 5400.0, "Clock jumped back by 1 h 30 min"),
    ],
)
def test_a_clock_that_was_set_is_told_by_how_much(passed: timedelta, seconds: float, told: str | None) -> None:
    assert tell_jump(Moment(NOON, 100.0), Moment(NOON + passed, 100.0 + seconds)) == told
