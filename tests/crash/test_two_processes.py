"""Two processes on one connection: a lease holds the second off, a dead holder's lease is free at once, and a holder
that slept through the loss of its lease harms nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.auditor import audit_payable
from tests.crash.lanes import INVOICES, KILLED, Lane, open_lane, papers_of
from tests.firm import CONNECTION

STOPPED = None


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[Lane]:
    with open_lane(tmp_path / "lane", finish="release") as opened:
        yield opened


def stop_before(lane: Lane, step: str) -> int:
    """A pass that stands still, alive, before the first ``step``; its process number."""
    lane.begin()
    at = lane.trace().index((step, "before"))
    lane.begin()
    pid = lane.start_until(at, "SIGSTOP")
    assert lane.nursery.wait(pid).exit_code is STOPPED
    return pid


@pytest.mark.parametrize("step", ["list files", "put", "release"])
def test_a_second_pass_is_held_off_in_plain_words(lane: Lane, step: str) -> None:
    pid = stop_before(lane, step)
    before = lane.bills()

    second = lane.sync()

    assert second.exit_code == 3
    document = second.document
    assert document["error"] == {
        "family": "transient",
        "code": "engine.lease_held",
        "stage": "lease",
        "message": "Another process is running invoices of this connection at the moment",
        "fix": "Wait until it has ended, then run this again; nothing is lost.",
    }
    assert (document["files"], document["invoices"], lane.bills()) == ([], [], before)
    os.kill(pid, signal.SIGCONT)
    assert lane.nursery.wait(pid).exit_code == 0
    assert lane.audit("Open") == []


def test_the_lease_of_a_killed_process_is_taken_over_at_once(lane: Lane) -> None:
    pid = stop_before(lane, "put")
    os.kill(pid, signal.SIGKILL)
    assert lane.nursery.wait(pid).exit_code == KILLED

    assert lane.sync().exit_code == 0
    assert lane.audit("Open") == []


def test_a_process_that_wakes_up_after_its_lease_is_gone_never_makes_a_second_payable_bill(lane: Lane) -> None:
    pid = stop_before(lane, "put")
    let_leases_run_out(lane)
    assert lane.sync().exit_code == 0
    assert lane.audit("Open") == []

    os.kill(pid, signal.SIGCONT)
    lane.nursery.wait(pid)

    bills = lane.bills()
    assert audit_payable(papers_of(INVOICES), bills) == []
    assert sorted(bill["Status"] for bill in bills) == ["On Hold", "Open", "Open", "Open"]
    assert lane.command("prove", CONNECTION).exit_code == 1
    assert lane.command("audit", "verify", CONNECTION).exit_code == 0


@pytest.mark.parametrize("step", ["recorded", "verified", "off hold", "release", "done"])
def test_a_process_that_wakes_up_late_leaves_the_books_as_they_are(lane: Lane, step: str) -> None:
    pid = stop_before(lane, step)
    let_leases_run_out(lane)
    assert lane.sync().exit_code == 0
    assert lane.audit("Open") == []
    before = lane.entries()

    os.kill(pid, signal.SIGCONT)
    lane.nursery.wait(pid)

    assert lane.audit("Open") == []
    assert lane.entries() == before


def let_leases_run_out(lane: Lane) -> None:
    """As if the process had slept longer than its lease lasts."""
    with closing(sqlite3.connect(lane.firm.settings.parent / "var" / "ml-connector.db")) as database:
        assert database.execute("update lease set until = '2020-01-01T00:00:00.000000Z'").rowcount > 0
        database.commit()
