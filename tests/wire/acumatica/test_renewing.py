"""One grant renewed by many processes: a refresh token is good once, so they take turns (acumatica_api.md 2.1)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ml_connector.clock import SimulatedClock, SystemClock
from ml_connector.engine.holder import holder_alive, process_holder
from ml_connector.errors import TransientError
from ml_connector.store.database import Database
from ml_connector.store.running.leases import LeaseRepository
from ml_connector.store.running.turns import LeaseTurn
from tests.databases import fresh_database
from tests.firm import Firm, child_environment, running_firm
from tests.wire.acumatica.test_permission import sign_in

ROOT = Path(__file__).parents[3]
PROCESSES = 8
# 32 renewals here; 500 where the variable says so.
ROUNDS = int(os.environ.get("ML_CONNECTOR_RENEWALS", "32")) // PROCESSES


@pytest.fixture
def firm(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Firm]:
    sections = {"acumatica": {"auth": request.param}}
    with running_firm(tmp_path, switches={"browser": "signed_in", "api_users_max": 1}, sections=sections) as running:
        yield running


def start(command: list[str]) -> subprocess.Popen[str]:
    """One process, its three streams at hand."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=child_environment(), text=True, stdin=pipe, stdout=pipe, stderr=pipe)


def all_at_once(firm: Firm, rounds: int, processes: int = PROCESSES) -> list[tuple[str, str]]:
    """What each of the processes printed, and what it complained of."""
    command = [sys.executable, "-m", "tests.wire.acumatica.renewer", str(firm.settings), str(rounds)]
    with ExitStack() as stack:
        children = [stack.enter_context(start(command)) for _ in range(processes)]
        for child in children:
            assert child.stdout is not None and child.stdout.readline() == "ready\n"
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        return [(out.strip(), err) for out, err in (child.communicate(timeout=300) for child in children)]


@pytest.mark.parametrize("firm", ["authorization_code"], indirect=True)
def test_eight_processes_renew_one_grant_and_never_lose_it(firm: Firm) -> None:
    """acumatica_api.md 2.1."""
    sign_in(firm)

    assert all_at_once(firm, ROUNDS) == [(str(ROUNDS), "")] * PROCESSES
    assert firm.twins.erp.control.call("GET", "sessions")["open"] == 1
    refused = [each for each in firm.truth().requests if each["path"].endswith("/token") and each["status"] != 200]
    assert refused == []


@pytest.mark.parametrize("firm", ["password"], indirect=True)
def test_processes_that_start_together_share_one_grant_and_one_seat(firm: Firm) -> None:
    assert all_at_once(firm, 1, processes=4) == [("1", "")] * 4
    assert firm.twins.erp.control.call("GET", "sessions")["open"] == 1


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with ExitStack() as stack:
        opened = fresh_database(tmp_path)
        stack.callback(opened.close)
        yield opened


def a_turn(database: Database, clock: SimulatedClock | SystemClock, holder: str) -> LeaseTurn:
    return LeaseTurn(LeaseRepository(database, "harbor", clock, holder_alive=holder_alive), "renewal", holder, clock)


def test_a_killed_process_holds_nobody_up(database: Database) -> None:
    clock = SimulatedClock(datetime(2026, 10, 14, tzinfo=UTC))
    host, boot, *_ = process_holder().split("/")
    dead = LeaseRepository(database, "harbor", clock, holder_alive=holder_alive)
    assert dead.claim("renewal", f"{host}/{boot}/99999999/1/killed", 720)
    with a_turn(database, clock, process_holder()).held():
        assert clock.monotonic() == 0


def test_a_turn_elsewhere_is_waited_for_until_its_lease_ends(database: Database) -> None:
    clock = SimulatedClock(datetime(2026, 10, 14, tzinfo=UTC))
    with a_turn(database, clock, "elsewhere/boot/1/1/far").held(), a_turn(database, clock, process_holder()).held():
        assert clock.monotonic() >= 720


def test_threads_of_one_process_take_turns_too(database: Database) -> None:
    turn = a_turn(database, SystemClock(), process_holder())
    inside, most = 0, 0

    def enter() -> None:
        nonlocal inside, most
        for _ in range(5):
            with turn.held():
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1


def test_a_fault_inside_gives_the_turn_back(database: Database) -> None:
    clock = SystemClock()
    with pytest.raises(TransientError), a_turn(database, clock, process_holder()).held():
        raise TransientError("the server is away", code="acumatica.unavailable")
    with a_turn(database, clock, process_holder()).held():
        pass
