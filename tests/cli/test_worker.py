"""`worker` and `serve`: keep the schedules, go on after a fault, stop in order, and go on where a dead one stood."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from ml_connector.bootstrap import open_store, run_inline
from ml_connector.clock import SimulatedClock
from ml_connector.store.running.schedules import ScheduleRepository
from tests.cli.test_stopped import END_SECONDS_MAX, HELD_UP_SECONDS, stop, wait_for_fault
from tests.firm import CONNECTION, Keys, child_environment
from tests.office import Office
from tests.papers import approved
from tests.processes import running_process

# Later than now, when the secrets were stored; in Kolkata, which never changes its clocks, it is 10:28 then.
START = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(4, 58), UTC)
ZONE: dict[str, Keys] = {"": {"time_zone": "Asia/Kolkata"}}
IDLE: dict[str, Keys] = {"schedule": {"master_data": "0 0 1 1 *", "invoices": "0 0 1 1 *", "payments": "0 0 1 1 *"}}


def wait_for_start(process: subprocess.Popen[str]) -> None:
    """Until the worker has told its three schedules."""
    assert process.stderr is not None and "stop it with Ctrl-C" in process.stderr.readline()
    for _ in range(3):
        assert "next at" in process.stderr.readline()


def named(office: Office) -> dict[str, str]:
    """The settings of the office by the environment."""
    return {"ML_CONNECTOR_CONFIG": str(office.settings)}


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int) -> bool:
    """Whether the health page is there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health") as answer:
            return bool(json.loads(answer.read())["connections"] == [])
    except URLError:
        return False


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


def make_due(office: Office, *flows: str) -> None:
    """As if those flows had last been dealt with a day ago: a start catches them up at once."""
    with open_store(office.settings) as store:
        for flow in flows:
            ScheduleRepository(store.database).record_first(CONNECTION, flow, store.clock.now() - timedelta(days=1))


@pytest.fixture
def seated(office_for: Callable[..., Office]) -> Office:
    """An office whose sign-in takes a seat, with master data due now and nothing else; checked once."""
    schedule = {"master_data": "0 * * * *", "invoices": "0 0 1 1 *", "payments": "0 0 1 1 *"}
    office = office_for(sections={"acumatica": {"auth": "session"}, "schedule": schedule})
    assert office.run("connection", "check", CONNECTION).exit_code == 0
    make_due(office, "master-data")
    return office


def wait_for(done: Callable[[], bool]) -> None:
    """Until that is so."""
    deadline = monotonic() + 150
    while not done():
        assert monotonic() < deadline, "it never came"
        sleep(0.05)


def test_a_worker_that_is_told_to_stop_signs_out_and_the_next_one_goes_on(seated: Office) -> None:
    seated.fault("delay", method="GET", path="/Vendor", nth=2, seconds=HELD_UP_SECONDS)

    with seated.start("worker") as process:
        wait_for_fault(seated)
        assert seated.seats() == 1
        output, notes, seconds = stop(process, signal.SIGTERM)

    assert (process.returncode, output, seconds < END_SECONDS_MAX) == (0, "", True)
    assert "Stopped." in notes and "Traceback" not in notes
    assert "bills to be checked at the next start: 0" in notes
    assert (seated.leases_held(), seated.seats(), seated.sent_names()) == ([], 0, [])
    assert [(flow, outcome) for flow, _, outcome in runs(seated)] == [("master-data", "stopped")]

    with seated.start("worker"):
        wait_for(lambda: len(runs(seated)) == 2 and runs(seated)[1][2] is not None)
    assert (runs(seated)[1][0], runs(seated)[1][2], len(seated.sent_names())) == ("master-data", "done", 5)


def test_a_worker_stopped_while_a_bill_is_made_says_that_one_is_to_be_checked(seated: Office) -> None:
    assert seated.run("sync", CONNECTION, "master-data").exit_code == 0
    seated.drop_invoices(approved("INV-8841"))
    seated.set_up(schedule={"master_data": "0 0 1 1 *", "invoices": "0 * * * *"})
    make_due(seated, "invoices")
    seated.fault("delay", method="PUT", path="/Bill", seconds=HELD_UP_SECONDS, after_commit=True)

    with seated.start("worker") as process:
        wait_for_fault(seated)
        _, notes, seconds = stop(process, signal.SIGTERM)

    assert (process.returncode, seconds < END_SECONDS_MAX, seated.leases_held()) == (0, True, [])
    assert "bills to be checked at the next start: 1" in notes
    seated.twins.erp.control.call("DELETE", "faults")
    assert seated.pass_of("invoices").exit_code == 0
    assert seated.bills() == [("INV-8841", "Open")]


def test_what_a_killed_worker_had_begun_is_finished_by_the_next_one(seated: Office) -> None:
    seated.fault("delay", method="GET", path="/Vendor", nth=2, seconds=1.0)
    with seated.start("worker") as process:
        wait_for_fault(seated)
        process.kill()
    assert (len(seated.leases_held()), seated.sent_names()) == (1, [])

    with seated.start("worker") as process:
        wait_for(lambda: len(runs(seated)) == 2 and runs(seated)[1][2] is not None)
        process.kill()
        assert process.stderr is not None and "passes taken over from it: 1" in process.stderr.read()
    assert ([outcome for _, _, outcome in runs(seated)], len(seated.sent_names())) == ([None, "done"], 5)


def test_a_sqlite_file_has_one_worker_and_sync_may_run_beside_it(office: Office) -> None:
    office.set_up(**IDLE, engine={"dead_after_seconds": 4})
    with office.start("worker", variables={"ML_CONNECTOR_MACHINE": "alpha"}) as process:
        wait_for_start(process)
        here = office.command("worker", variables={"ML_CONNECTOR_MACHINE": "alpha"} | named(office))
        elsewhere = office.command("worker", variables={"ML_CONNECTOR_MACHINE": "beta"} | named(office))
        beside = office.run("sync", CONNECTION, "master-data")
    assert (here.exit_code, elsewhere.exit_code, beside.exit_code) == (3, 3, 0)
    for refused in (here, elsewhere):
        assert "Another worker keeps the schedules of this database" in refused.notes
        assert "PostgreSQL" in refused.notes
    # It was killed at the end of the block; from another machine that shows only in its silence.
    with office.start("worker", variables={"ML_CONNECTOR_MACHINE": "beta"}) as process:
        wait_for_start(process)


def test_serve_tells_how_everything_stands_and_nothing_secret(office: Office) -> None:
    office.set_up(**IDLE)
    port = free_port()
    with office.start("serve", "--port", str(port)) as process:
        wait_for_start(process)
        with urlopen(f"http://127.0.0.1:{port}/health") as answer:
            document = json.loads(answer.read())
        with pytest.raises(HTTPError) as nothing:
            urlopen(f"http://127.0.0.1:{port}/secrets")
        nothing.value.close()
        stop(process, signal.SIGTERM)

    (serving,) = document["processes"]
    assert (serving["kind"], set(serving)) == ("serve", {"machine", "kind", "started_at", "beat_at"})
    (connection,) = document["connections"]
    assert (connection["name"], connection["state"]) == (CONNECTION, "never_run")
    assert set(connection["next_due"]) == {"master-data", "invoices", "payments"}
    assert connection["next_due"]["payments"].endswith("-01-01T05:00:00Z")
    assert (nothing.value.code, process.returncode) == (404, 0)


def test_serve_starts_without_a_settings_file_where_its_port_is_free(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "ml_connector", "serve", "--port", str(port)]
    with running_process(command, cwd=tmp_path, env=child_environment(), stderr=subprocess.PIPE) as process:
        assert process.stderr is not None and "Serving at" in process.stderr.readline()
        wait_for(lambda: answers(port))
        (tmp_path / "beside").mkdir()
        again = subprocess.run(
            command, cwd=tmp_path / "beside", env=child_environment(), capture_output=True, text=True, check=False
        )
        _, _, seconds = stop(process, signal.SIGINT)
    assert (process.returncode, seconds < END_SECONDS_MAX) == (0, True)
    assert (again.returncode, f"Nothing can listen at 127.0.0.1:{port}" in again.stderr) == (3, True)


def test_an_idle_worker_stops_at_once(office: Office) -> None:
    office.set_up(**IDLE)

    with office.start("worker") as process:
        wait_for_start(process)
        _, notes, seconds = stop(process, signal.SIGINT)

    assert (process.returncode, "Stopped." in notes, seconds < END_SECONDS_MAX) == (0, True, True)
