"""The process is killed and the network fails it too: answers lost, requests that Acumatica works on later."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.crash.auditor import audit_payable
from tests.crash.lanes import CREATION, INVOICES, KILLED, Ended, Lane, live_through, open_lane, open_lanes, papers_of
from tests.firm import CONNECTION, QUARANTINE_SECONDS

BEFORE_THE_QUARANTINE_ENDS = QUARANTINE_SECONDS * 0.4
AFTER_THE_QUARANTINE = QUARANTINE_SECONDS + 4.0
RELEASE_SECONDS = 2.0
ONE = INVOICES[:1]
OFF_HOLD = {"method": "PUT", "path": "/Bill", "body_match": "^(?!.*VendorRef)"}
RELEASE = {"method": "POST", "path": "/Bill/ReleaseBill"}


def test_a_kill_after_a_lost_answer_never_makes_a_second_bill(tmp_path: Path) -> None:
    """Every boundary from the intent to the verified bill, while the answer to the creation is lost."""

    def live(lane: Lane, case: tuple[int, str, str]) -> list[str]:
        lane.begin(ONE)
        lane.firm.fault("drop_after_commit", **CREATION)
        killed = lane.sync_until(case[0])
        if killed.exit_code != KILLED:
            return [f"was not killed: {killed.output}"]
        lane.calm()
        return made_good(lane)

    with open_lanes(tmp_path, finish="release") as lanes:
        lanes[0].begin(ONE)
        lanes[0].firm.fault("drop_after_commit", **CREATION)
        steps = list(enumerate(lanes[0].trace()))
        names = [step for _, (step, _) in steps]
        assert "uncertain" in names
        span = steps[names.index("intent") : names.index("verified") + 2]
        assert live_through(lanes, [(number, step, side) for number, (step, side) in span], live) == {}


def test_a_creation_that_never_arrived_is_sent_again_after_the_long_quarantine(tmp_path: Path) -> None:
    with open_lane(tmp_path / "lane", finish="release") as lane:
        lane.begin(ONE)
        lane.firm.fault("drop_before", **CREATION)
        uncertain = lane.trace().index(("uncertain", "after"))
        lane.begin(ONE)
        lane.firm.fault("drop_before", **CREATION)
        assert lane.sync_until(uncertain).exit_code == KILLED
        lane.calm()

        # A pass waits out no long quarantine: on a quick machine the next ones would all come before its end.
        time.sleep(QUARANTINE_SECONDS)
        passes = [lane.sync()]
        while passes[-1].exit_code == 3 and len(passes) < 3:
            passes.append(lane.sync())

        assert passes[-1].exit_code == 0, passes[-1].output
        assert lane.audit("Open", ONE) == []


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_creation_in_flight_when_the_process_dies_is_waited_for(tmp_path: Path, nth: int) -> None:
    with open_lane(tmp_path / "lane", finish="release") as lane:
        kill_in_flight(lane, CREATION | {"nth": nth}, seconds=BEFORE_THE_QUARANTINE_ENDS)
        assert lane.sync().exit_code == 0
        assert lane.audit("Open") == []


@pytest.mark.parametrize("call", [OFF_HOLD, RELEASE], ids=["off hold", "release"])
def test_a_finishing_call_in_flight_when_the_process_dies_is_done_once(tmp_path: Path, call: dict[str, str]) -> None:
    with open_lane(tmp_path / "lane", finish="release") as lane:
        kill_in_flight(lane, call, seconds=BEFORE_THE_QUARANTINE_ENDS)
        assert lane.sync().exit_code == 0
        lane.await_late_work()
        assert lane.audit("Open") == []


def test_a_release_still_running_when_the_process_dies_is_waited_for(tmp_path: Path) -> None:
    """Its session is busy for as long; the next process shares it (acumatica_api.md 3)."""
    with open_lane(tmp_path / "lane", finish="release") as lane:
        lane.begin()
        lane.firm.switch(release_seconds=RELEASE_SECONDS)
        pid = lane.start_until(None)
        lane.await_request(RELEASE["method"], RELEASE["path"])
        os.kill(pid, signal.SIGKILL)
        assert lane.nursery.wait(pid).exit_code == KILLED

        assert lane.sync().exit_code == 0
        assert lane.audit("Open") == []


@pytest.mark.parametrize("call", [OFF_HOLD, RELEASE], ids=["off hold", "release"])
def test_a_session_that_is_busy_for_a_moment_stops_nothing(tmp_path: Path, call: dict[str, str]) -> None:
    """The answer while a release of a dead process runs in the session (acumatica_api.md 3)."""
    with open_lane(tmp_path / "lane", finish="release") as lane:
        lane.begin(ONE)
        busy = {"message": "An error has occurred.", "exceptionMessage": "Error: A long operation is in progress."}
        headers = {"content-type": "application/json"}
        lane.firm.fault("status", **call, code=500, body=json.dumps(busy), headers=headers)

        assert lane.sync().exit_code == 0
        assert lane.audit("Open", ONE) == []


def test_a_creation_that_commits_long_after_the_quarantine_stays_on_hold(tmp_path: Path) -> None:
    """Nothing can prevent the second bill; that it is never payable is what the hold is for (posting protocol, W11)."""
    with open_lane(tmp_path / "lane", finish="release") as lane:
        kill_in_flight(lane, CREATION, seconds=AFTER_THE_QUARANTINE)
        again = lane.sync()
        lane.await_late_work()

        bills = lane.bills()
        assert again.exit_code == 0, again.output
        assert audit_payable(papers_of(INVOICES), bills) == []
        assert sorted(bill["Status"] for bill in bills) == ["On Hold", "Open", "Open", "Open"]
        proof = lane.command("prove", CONNECTION)
        assert (proof.exit_code, shown(proof)) == (1, ("0.00", 3, [], [], 1))
        # Later passes see it too, and leave it to a person.
        assert lane.sync().exit_code == 0
        assert lane.bills() == bills


def made_good(lane: Lane) -> list[str]:
    """The next pass, and what is wrong after it."""
    again = lane.sync()
    faults = [] if again.exit_code == 0 else [f"the next pass exits {again.exit_code}: {again.output}"]
    return faults + lane.audit("Open", ONE)


def kill_in_flight(lane: Lane, call: dict[str, Any], *, seconds: float) -> None:
    """Kill a pass while Acumatica has its request, which it works on ``seconds`` later."""
    lane.begin()
    lane.firm.fault("delay", **call, seconds=seconds)
    pid = lane.start_until(None)
    lane.await_fault()
    os.kill(pid, signal.SIGKILL)
    assert lane.nursery.wait(pid).exit_code == KILLED


def shown(proof: Ended) -> tuple[object, ...]:
    """What ``prove`` says of the one currency."""
    (row,) = proof.document
    return row["residual"], row["booked_once"], row["missing"], row["twice"], len(row["held_doubles"])
