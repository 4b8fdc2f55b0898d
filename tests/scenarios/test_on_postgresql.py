"""The whole house on a PostgreSQL server: the main job, two machines at once, connections lost and the server away."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ml_connector.bootstrap.connection_house import Opening, open_connection
from ml_connector.engine.face import Side
from ml_connector_twins.stampli.outgoing import ApprovedInvoice
from tests.databases import fresh_url
from tests.firm import CONNECTION, Firm, child_environment, running_firm
from tests.papers import approved, overhead
from tests.postgres import PASSWORD, PostgresServer, running_postgres, shared_postgres

NUMBERS = [f"INV-{number}" for number in range(1, 7)]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with fresh_url("postgresql", tmp_path) as made:
        yield made


@pytest.fixture
def firm(tmp_path: Path, url: str) -> Iterator[Firm]:
    with running_firm(tmp_path, store_url=url) as opened:
        yield opened


def papers() -> list[ApprovedInvoice]:
    return [approved(number, overhead(f"{index}01.37")) for index, number in enumerate(NUMBERS, 1)]


def booked(firm: Firm) -> list[int]:
    """How many bills each invoice has, in any state but voided."""
    truth = firm.truth()
    return [len([bill for bill in truth.bills if bill["VendorRef"] == number]) for number in NUMBERS]


def test_the_main_job_is_done_and_proven(firm: Firm) -> None:
    firm.drop_invoices(*papers())
    assert firm.sync("all").exit_code == 0
    assert booked(firm) == [1] * len(NUMBERS)
    assert (firm.prove().exit_code, firm.verify_audit().exit_code, firm.sync("all").exit_code) == (0, 0, 0)
    assert booked(firm) == [1] * len(NUMBERS)

    checked = firm.run("connection", "check", CONNECTION, "--json")
    assert checked.document["store"]["library"].startswith("PostgreSQL ")
    assert checked.document["store"]["journal_mode"] == "synchronous_commit on"
    assert (firm.settings.parent / "var" / "master.key").exists()
    assert list((firm.settings.parent / "var").glob("*.db*")) == []


def test_two_machines_at_once_book_nothing_twice(firm: Firm) -> None:
    firm.drop_invoices(*papers())
    words = [sys.executable, "-m", "ml_connector", "sync", CONNECTION, "all", "--json", "--config", str(firm.settings)]
    with ExitStack() as stack:
        both = [
            stack.enter_context(subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=child_environment()))
            for _ in range(2)
        ]
        ended = [(process.communicate(timeout=120)[0], process.returncode) for process in both]

    # Whoever came second was held off where both wanted the same at once, in plain words.
    assert {code for _, code in ended} <= {0, 3}
    told = [json.loads(output)["error"] for output, code in ended if code == 3]
    assert {error["code"] for error in told} <= {"engine.lease_held"}
    assert firm.sync("all").exit_code == 0
    assert booked(firm) == [1] * len(NUMBERS)
    assert (firm.prove().exit_code, firm.verify_audit().exit_code) == (0, 0)


class Cutting:
    """A boundary at which an administrator ends every connection to the database, each time a step begins."""

    def __init__(self, server: PostgresServer, name: str) -> None:
        self._server = server
        self._name = name
        self.cut = 0

    def cross(self, step: str, side: Side) -> None:
        """The engine is at an edge of a step."""
        if side == "before":
            self.cut += self._server.terminate_connections(self._name)


def test_connections_that_are_ended_at_every_step_change_nothing(firm: Firm, url: str) -> None:
    firm.drop_invoices(*papers()[:2])
    boundary = Cutting(shared_postgres(), url.rpartition("/")[2])
    with open_connection(firm.settings, CONNECTION, opening=Opening(boundary=boundary)) as house:
        result = house.sync("invoices")

    assert (result.errors, result.waiting) == ((), False)
    assert boundary.cut > 5
    assert booked(firm)[:2] == [1, 1]
    assert (firm.prove().exit_code, firm.verify_audit().exit_code) == (0, 0)


def test_a_server_that_is_away_is_told_and_the_next_pass_goes_on(tmp_path: Path) -> None:
    with running_postgres() as server, running_firm(tmp_path, store_url=server.create_database()) as firm:
        firm.drop_invoices(*papers())
        server.stop("immediate")
        away = firm.sync("all")
        assert away.exit_code == 3
        error = away.document["error"]
        assert (error["family"], error["code"]) == ("transient", "store.not_reachable")
        assert error["message"].startswith(f"Database not reachable: 127.0.0.1:{server.port}/")
        for text in (away.output, away.notes):
            assert PASSWORD not in text and PASSWORD.replace(" ", "%20") not in text
        assert firm.truth().writes() == []

        server.start()
        assert firm.sync("all").exit_code == 0
        assert booked(firm) == [1] * len(NUMBERS)
