"""Who is dead: by process number on this machine at once, anywhere by a heartbeat that stands still."""

from __future__ import annotations

from datetime import UTC, datetime

from ml_connector.clock import SimulatedClock
from ml_connector.engine.lives import Life, Lives

KNOWN = {"here": True, "gone": False}


class Watch:
    """Lives as one process sees them, with a clock of its own."""

    def __init__(self) -> None:
        self.clock = SimulatedClock(datetime(2026, 10, 14, tzinfo=UTC))
        self.lives = Lives("own", 20, self.clock, alive=KNOWN.get)

    def dead_after(self, seconds: float, *lives: Life) -> tuple[str, ...]:
        self.clock.sleep(seconds)
        return self.lives.judge_dead(lives)


def test_a_process_of_this_machine_that_is_gone_is_dead_at_once() -> None:
    assert Watch().dead_after(0, Life("here", 7), Life("gone", 7), Life("elsewhere", 7)) == ("gone",)


def test_one_that_said_that_it_ends_is_dead_at_once() -> None:
    assert Watch().dead_after(0, Life("elsewhere", 7, dead=True)) == ("elsewhere",)


def test_one_elsewhere_is_dead_once_its_heart_stood_still_for_so_long() -> None:
    watch = Watch()
    assert watch.dead_after(0, Life("elsewhere", 7)) == ()
    assert watch.dead_after(19.9, Life("elsewhere", 7)) == ()
    assert watch.dead_after(0.1, Life("elsewhere", 7)) == ("elsewhere",)


def test_each_beat_counts_anew_whatever_clock_it_was_timed_by() -> None:
    watch = Watch()
    for beats in range(5):
        assert watch.dead_after(15, Life("elsewhere", beats)) == ()


def test_one_of_this_machine_that_hangs_is_dead_like_one_elsewhere() -> None:
    watch = Watch()
    watch.dead_after(0, Life("here", 7))
    assert watch.dead_after(20, Life("here", 7)) == ("here",)


def test_nobody_judges_itself() -> None:
    watch = Watch()
    watch.dead_after(0, Life("own", 1))
    assert watch.dead_after(60, Life("own", 1)) == ()
