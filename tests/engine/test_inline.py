"""Steps run at once: between their boundaries, repeated only where that is allowed, stopped by their heartbeat."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.engine.face import Side
from ml_connector.engine.inline import InlineSteps, Patience
from ml_connector.errors import TransientError, UncertainError

START = datetime(2026, 10, 14, tzinfo=UTC)


class Recorder:
    """A boundary that remembers."""

    def __init__(self) -> None:
        self.crossed: list[tuple[str, Side]] = []

    def cross(self, step: str, side: Side) -> None:
        self.crossed.append((step, side))


class Failing:
    """A call that fails so often before it answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def waited(clock: SimulatedClock) -> float:
    """Seconds since the start."""
    return (clock.now() - START).total_seconds()


def test_a_step_returns_what_its_call_returned_between_two_boundaries() -> None:
    boundary = Recorder()
    assert InlineSteps(SimulatedClock(START), boundary).step("put", lambda: 7) == 7
    assert boundary.crossed == [("put", "before"), ("put", "after")]


def test_a_step_that_fails_never_crosses_its_second_boundary() -> None:
    boundary = Recorder()
    with pytest.raises(UncertainError):
        InlineSteps(SimulatedClock(START), boundary).step("put", Failing(UncertainError("lost")))
    assert boundary.crossed == [("put", "before")]


def test_a_write_is_never_repeated() -> None:
    call = Failing(TransientError("down"))
    with pytest.raises(TransientError):
        InlineSteps(SimulatedClock(START)).step("put", call)
    assert call.calls == 1


def test_a_read_is_tried_again_with_growing_waits() -> None:
    clock = SimulatedClock(START)
    call = Failing(TransientError("down"), TransientError("down"))
    assert InlineSteps(clock).step("look", call, repeatable=True) == "done"
    assert (call.calls, waited(clock)) == (3, 3.0)


def test_a_read_that_keeps_failing_ends_in_its_own_error() -> None:
    call = Failing(*(TransientError("down") for _ in range(5)))
    with pytest.raises(TransientError):
        InlineSteps(SimulatedClock(START)).step("look", call, repeatable=True)
    assert call.calls == 3


def test_only_a_transient_fault_of_a_read_is_worth_another_try() -> None:
    call = Failing(UncertainError("unreadable"))
    with pytest.raises(UncertainError):
        InlineSteps(SimulatedClock(START)).step("look", call, repeatable=True)
    assert call.calls == 1


def test_the_server_says_how_long_to_wait_and_too_long_is_not_waited() -> None:
    clock = SimulatedClock(START)
    call = Failing(TransientError("busy", retry_after_seconds=12))
    assert InlineSteps(clock).step("look", call, repeatable=True) == "done"
    assert waited(clock) == 12
    long = Failing(TransientError("busy", retry_after_seconds=21))
    with pytest.raises(TransientError):
        InlineSteps(clock).step("look", long, repeatable=True)
    assert (long.calls, waited(clock)) == (1, 12)


def test_patience_is_a_matter_of_the_caller() -> None:
    call = Failing(TransientError("down"))
    with pytest.raises(TransientError):
        InlineSteps(SimulatedClock(START), patience=Patience(tries=1)).step("look", call, repeatable=True)


def test_what_the_heartbeat_raises_stops_the_step_before_it_begins() -> None:
    boundary, call = Recorder(), Failing()

    def lost() -> None:
        raise TransientError("the lease is lost")

    with pytest.raises(TransientError):
        InlineSteps(SimulatedClock(START), boundary, heartbeat=lost).step("put", call)
    assert (call.calls, boundary.crossed) == (0, [])
