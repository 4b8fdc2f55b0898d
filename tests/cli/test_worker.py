"""`worker`: keeps the schedules in one process, goes on after a fault, and stops in order."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest

from ml_connector.bootstrap import run_inline
from ml_connector.clock import SimulatedClock
from tests.cli.test_stopped import END_SECONDS_MAX, HELD_UP_SECONDS, stop, wait_for_fault
from tests.firm import CONNECTION, Keys
from tests.office import Office
from tests.papers import approved

# Later than now, when the secrets were stored; in Kolkata, which never changes its clocks, it is 10:28 then.
START = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(4, 58), UTC)
ZONE: dict[str, Keys] = {"": {"time_zone": "Asia/Kolkata"}}


def runs(office: Office) -> list[tuple[str, str, str]]:
    """Flow, minute (UTC) and outcome of every run on record; results follow invoices and are left out."""
    rows = office.read("SELECT flow, started_at, outcome FROM run WHERE flow != 'results' ORDER BY number")
    return [(flow, str(at)[11:16], outcome) for flow, at, outcome in rows]


def test_each_flow_runs_at_its_time_in_the_zone_of_the_connection(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.drop_invoices(approved("INV-8841"))
    schedule = {"master_data": "30 10 * * *", "invoices": "*/15 * * * *", "payments": "35 * * * *"}
    office.set_up(**ZONE, schedule=schedule)

    run_inline(office.settings, passes_max=5, clock=SimulatedClock(START))

    assert runs(office) == [
        ("master-data", "05:00", "done"),
        ("invoices", "05:00", "done"),
        ("payments", "05:05", "done"),
        ("invoices", "05:15", "done"),
        ("invoices", "05:30", "done"),
    ]
    assert (office.bills(), len(office.sent_names())) == ([("INV-8841", "Open")], 5)
    assert (office.leases_held(), capsys.readouterr().out) == ([], "")


def test_a_pass_that_fails_is_told_and_the_schedule_goes_on(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.drop_invoices(approved("INV-8841"))
    office.set_up(schedule={"master_data": "0 0 1 1 *", "invoices": "*/15 * * * *", "payments": "0 0 1 1 *"})
    assert office.run("connection", "check", CONNECTION).exit_code == 0
    office.fault("status", path="/entity/Default", code=403)

    run_inline(office.settings, passes_max=2, clock=SimulatedClock(START))

    assert [outcome for _, _, outcome in runs(office)] == ["failed", "done"]
    assert office.bills() == [("INV-8841", "Open")]
    assert "acumatica." in capsys.readouterr().err


def test_a_worker_that_is_told_to_stop_signs_out_and_gives_its_lease_back(office_for: Callable[..., Office]) -> None:
    office = office_for(sections={"acumatica": {"auth": "session"}, "schedule": {"master_data": "* * * * *"}})
    assert office.run("connection", "check", CONNECTION).exit_code == 0
    office.fault("delay", method="GET", path="/Vendor", nth=2, seconds=HELD_UP_SECONDS)

    with office.start("worker") as process:
        # The schedule is real here: the next minute is waited for.
        wait_for_fault(office)
        assert office.seats() == 1
        output, notes, seconds = stop(process, signal.SIGTERM)

    assert (process.returncode, output, seconds < END_SECONDS_MAX) == (0, "", True)
    assert "Stopped." in notes and "Traceback" not in notes
    assert (office.leases_held(), office.seats(), office.sent_names()) == ([], 0, [])
    assert [(flow, outcome) for flow, _, outcome in runs(office)] == [("master-data", "stopped")]
    assert (office.run("sync", CONNECTION, "all").exit_code, len(office.sent_names())) == (0, 5)


def test_an_idle_worker_stops_at_once(office: Office) -> None:
    office.set_up(schedule={"master_data": "0 0 1 1 *", "invoices": "0 0 1 1 *", "payments": "0 0 1 1 *"})

    with office.start("worker") as process:
        assert process.stderr is not None and "Worker started" in process.stderr.readline()
        for _ in range(3):
            assert "next at" in process.stderr.readline()
        _, notes, seconds = stop(process, signal.SIGINT)

    assert (process.returncode, "Stopped." in notes, seconds < END_SECONDS_MAX) == (0, True, True)
