"""Killed with SIGKILL at any boundary of ``sync NAME invoices`` and started again: each invoice has exactly one bill,
no money is missing. Only the twin's books are believed, and the twin neither refuses a second bill nor holds one
by itself."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.crash.lanes import INVOICES, KILLED, Lane, live_through, open_lanes

STATUS = {"hold": "On Hold", "balance": "Balanced", "release": "Open"}
# A bill on an order line and a credit: two are enough to leave one done and one not.
TWO = INVOICES[1:]
# Two workers share the boundaries of one finish.
SHARES = 2
SAMPLES = 12


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("finish", ["hold", "release"])
def test_a_pass_killed_at_any_boundary_is_made_good_by_the_next(tmp_path: Path, finish: str, share: int) -> None:
    def live(lane: Lane, case: tuple[int, str, str]) -> list[str]:
        lane.begin(TWO)
        killed = lane.sync_until(case[0])
        if killed.exit_code != KILLED:
            return [f"was not killed: {killed.output}"]
        return made_good(lane, finish)

    with open_lanes(tmp_path, finish=finish) as lanes:
        crossings = traced(lanes[0])
        assert {"intent", "put", "recorded", "verified", "done"} <= {step for _, step, _ in crossings}
        assert live_through(lanes, crossings[share::SHARES], live) == {}


def test_a_second_kill_changes_nothing(tmp_path: Path) -> None:
    """Both passes are killed, at boundaries drawn once for all; the third goes through."""

    def live(lane: Lane, case: tuple[int, int]) -> list[str]:
        lane.begin(TWO)
        ends = [lane.sync_until(at).exit_code for at in case]
        # The second pass may have nothing left to do at so late a boundary.
        return made_good(lane, "release") if ends in ([KILLED, KILLED], [KILLED, 0]) else [f"ended with {ends}"]

    draw = Random(20261014)
    with open_lanes(tmp_path, finish="release") as lanes:
        last = len(traced(lanes[0]))
        cases = [(draw.randrange(last), draw.randrange(last // 2)) for _ in range(SAMPLES)]
        assert live_through(lanes, cases, live) == {}


def test_a_killed_pass_that_only_balances_is_made_good_too(tmp_path: Path) -> None:
    def live(lane: Lane, case: tuple[int, str, str]) -> list[str]:
        lane.begin(TWO)
        killed = lane.sync_until(case[0])
        return made_good(lane, "balance") if killed.exit_code == KILLED else [f"was not killed: {killed.output}"]

    with open_lanes(tmp_path, finish="balance") as lanes:
        crossings = traced(lanes[0])
        steps = ("put", "verified", "off hold", "off_hold", "done")
        assert live_through(lanes, [case for case in crossings if case[1] in steps], live) == {}


def traced(lane: Lane) -> list[tuple[int, str, str]]:
    """Every boundary of an undisturbed pass: its number, step and side."""
    lane.begin(TWO)
    return [(number, step, side) for number, (step, side) in enumerate(lane.trace())]


def made_good(lane: Lane, finish: str) -> list[str]:
    """One more pass in the foreground, which waits out the short quarantine, and what is wrong after it."""
    again = lane.sync()
    faults = [] if again.exit_code == 0 else [f"the next pass exits {again.exit_code}: {again.output}"]
    return faults + lane.audit(STATUS[finish], TWO)
