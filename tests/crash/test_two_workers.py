"""Two workers that share one PostgreSQL, as two machines would: one is killed in the middle of a bill, the other
finishes what it had begun, nothing twice, within 120 seconds where a process is dead after 20.

By hand with that dead time: ML_CONNECTOR_DEAD_AFTER=20 python -m pytest tests/crash/test_two_workers.py
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ml_connector.bootstrap import open_store
from ml_connector.store.running.schedules import ScheduleRepository
from tests.firm import CONNECTION, Keys
from tests.office import Office, running_office
from tests.papers import approved, overhead
from tests.postgres import running_postgres, shared_postgres

DEAD_AFTER_SECONDS = float(os.environ.get("ML_CONNECTOR_DEAD_AFTER", "4"))
DONE_SECONDS_MAX = 120.0
MACHINES = ("alpha", "beta")
INVOICES = tuple(approved(f"INV-88{number}", overhead(f"{100 + number}.37")) for number in range(40, 46))


@contextmanager
def office_on(url: str, folder: Path) -> Iterator[Office]:
    """An office whose records are on a PostgreSQL server, with six invoices to book, master data read, and invoices due
    now."""
    sections: dict[str, Keys] = {
        "store": {"url": url},
        "engine": {"dead_after_seconds": DEAD_AFTER_SECONDS, "workers": 2},
        "schedule": {"master_data": "0 0 1 1 *", "invoices": "0 * * * *", "payments": "0 0 1 1 *"},
    }
    with running_office(folder, sections=sections) as opened:
        assert opened.run("connection", "check", CONNECTION).exit_code == 0
        assert opened.run("sync", CONNECTION, "master-data").exit_code == 0
        opened.drop_invoices(*INVOICES)
        make_due(opened, hours=24)
        yield opened


def make_due(office: Office, *, hours: int) -> None:
    """As if invoices had last been dealt with so long ago."""
    with open_store(office.settings) as store:
        then = store.clock.now() - timedelta(hours=hours)
        ScheduleRepository(store.database).record_first(CONNECTION, "invoices", then)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """On a database of the server that the tests share."""
    url = shared_postgres().create_database()
    with office_on(url, tmp_path) as opened:
        yield opened
    shared_postgres().drop_database(url)


def rows(office: Office, statement: str) -> list[Any]:
    """Rows of the office's database, read past the product."""
    with closing(psycopg.connect(str(office.sections["store"]["url"]))) as connection:
        return connection.execute(statement.encode()).fetchall()


def wait_for(done: Callable[[], bool], seconds: float = 150.0) -> float:
    """Until that is so; how long it took."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.1)
    return time.monotonic() - began


def hit(office: Office) -> bool:
    """Whether the planted fault holds a request up."""
    return bool(office.twins.erp.control.call("GET", "faults")[0]["hits"])


def outcomes(office: Office) -> list[tuple[str, str | None]]:
    """How the runs of invoices and results ended, in the order they began."""
    found = rows(office, "SELECT flow, outcome FROM run WHERE flow IN ('invoices', 'results') ORDER BY number")
    return [(flow, outcome) for flow, outcome in found]


def test_what_a_killed_worker_had_begun_is_finished_by_the_other_nothing_twice(office: Office) -> None:
    office.fault("delay", method="PUT", path="/Bill", nth=3, seconds=90.0, after_commit=True)
    with ExitStack() as stack:
        workers: dict[str, subprocess.Popen[str]] = {
            name: stack.enter_context(office.start("worker", variables={"ML_CONNECTOR_MACHINE": name}))
            for name in MACHINES
        }
        wait_for(lambda: hit(office))
        (holder,) = rows(office, "SELECT holder FROM lease WHERE flow = 'invoices'")[0]
        machine = str(holder).split("/")[0]
        workers[machine].kill()
        workers[machine].wait()
        office.twins.erp.control.call("DELETE", "faults")

        took = wait_for(lambda: ("results", "done") in outcomes(office), DONE_SECONDS_MAX)

        (other,) = set(MACHINES) - {machine}
        workers[other].kill()
        _, notes = workers[other].communicate()
        assert f"process on {machine} is gone; passes taken over from it: 1" in notes

    print(f"finished {took:.1f} s after the kill, with a dead time of {DEAD_AFTER_SECONDS:.0f} s")
    assert outcomes(office) == [("invoices", None), ("invoices", "done"), ("results", "done")]
    assert sorted(office.bills()) == [(invoice.invoice_number, "Open") for invoice in INVOICES]
    (row,) = office.prove().document
    assert (row["booked_once"], row["residual"], row["twice"]) == (len(INVOICES), "0.00", [])


def test_a_worker_goes_on_after_its_database_server_crashed_and_came_back(tmp_path: Path) -> None:
    with running_postgres() as server, office_on(server.create_database(), tmp_path) as office:
        with office.start("worker") as worker:
            wait_for(lambda: ("results", "done") in outcomes(office))
            server.restart("immediate")
            make_due(office, hours=12)
            wait_for(lambda: outcomes(office).count(("results", "done")) == 2, DONE_SECONDS_MAX)
            worker.terminate()
            _, notes = worker.communicate(timeout=60)
        assert (worker.returncode, "Stopped." in notes, "Traceback" in notes or "SELECT" in notes) == (0, True, False)
        assert sorted(office.bills()) == [(invoice.invoice_number, "Open") for invoice in INVOICES]
