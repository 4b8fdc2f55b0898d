"""Ctrl-C and SIGTERM in the middle of a pass: it ends in order, nothing is lost, the next pass takes up the rest."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.firm import CONNECTION
from tests.office import Office
from tests.papers import approved

HELD_UP_SECONDS = 30.0
END_SECONDS_MAX = 15.0


@pytest.fixture
def seated(office_for: Callable[..., Office]) -> Office:
    """An office whose sign-in takes a seat that only signing out frees."""
    return office_for(sections={"acumatica": {"auth": "session"}})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_pass_that_is_told_to_stop_ends_in_order_and_says_that_nothing_is_lost(
    seated: Office, number: signal.Signals
) -> None:
    seated.drop_invoices(approved("INV-8841"))
    assert seated.run("connection", "check", CONNECTION).exit_code == 0
    seated.fault("delay", method="GET", path="/Vendor", nth=2, seconds=HELD_UP_SECONDS)

    with seated.start("sync", CONNECTION, "all", "--json") as process:
        wait_for_fault(seated)
        output, notes, seconds = stop(process, number)

    error = json.loads(output)["error"]
    assert (process.returncode, error["code"]) == (3, "cli.stopped")
    assert "nothing is lost" in error["message"] and "again" in error["fix"]
    assert error["message"] in notes and "Traceback" not in notes
    assert seconds < END_SECONDS_MAX
    assert (seated.bills(), seated.leases_held(), seated.seats()) == ([], [], 0)
    assert seated.run("connection", "list", "--json").document[0]["state"] == "stopped"
    assert (seated.run("sync", CONNECTION, "all").exit_code, seated.bills()) == (0, [("INV-8841", "Open")])


def test_a_pass_stopped_while_a_bill_is_made_finds_that_bill_the_next_time(seated: Office) -> None:
    seated.drop_invoices(approved("INV-8841"), approved("INV-8842"))
    seated.fault("delay", method="PUT", path="/Bill", seconds=HELD_UP_SECONDS, after_commit=True)

    with seated.start("sync", CONNECTION, "invoices", "--json") as process:
        wait_for_fault(seated)
        stop(process, signal.SIGINT)

    assert (process.returncode, seated.leases_held()) == (3, [])
    assert seated.bills() == [("INV-8841", "On Hold")]
    seated.twins.erp.control.call("DELETE", "faults")
    again = seated.pass_of("invoices")
    assert again.exit_code == 0
    assert sorted(seated.bills()) == [("INV-8841", "Open"), ("INV-8842", "Open")]
    assert [row["residual"] for row in seated.prove().document] == ["0.00"]


def test_a_second_process_waits_its_turn_and_the_first_goes_on(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    assert office.run("connection", "check", CONNECTION).exit_code == 0
    office.fault("delay", method="GET", path="/Vendor", nth=2, seconds=8.0)

    with office.start("sync", CONNECTION, "master-data", "--json") as process:
        wait_for_fault(office)
        second = office.run("sync", CONNECTION, "master-data", "--json")
        running = office.run("connection", "list", "--json").document[0]["state"]
        output, _ = process.communicate(timeout=120)

    assert (second.exit_code, second.document["error"]["code"]) == (3, "engine.lease_held")
    assert second.document["error"]["stage"] == "lease" and "nothing is lost" in second.document["error"]["fix"]
    assert running == "running"
    assert (process.returncode, len(json.loads(output)["feeds"]), office.leases_held()) == (0, 5, [])


def wait_for_fault(office: Office) -> None:
    """Until the planted fault holds a request up."""
    deadline = time.monotonic() + 90
    while not office.twins.erp.control.call("GET", "faults")[0]["hits"]:
        assert time.monotonic() < deadline, "the request never came"
        time.sleep(0.02)


def stop(process: subprocess.Popen[str], number: signal.Signals) -> tuple[str, str, float]:
    """Send the signal; what the process still said, and how many seconds it took to end."""
    sent_at = time.monotonic()
    process.send_signal(number)
    output, notes = process.communicate(timeout=60)
    return output, notes, time.monotonic() - sent_at
