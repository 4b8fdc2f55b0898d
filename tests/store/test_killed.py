"""Processes that are killed while they write lose nothing they had committed and leave no half of anything."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import func, select

from ml_connector.clock import SimulatedClock
from ml_connector.store.audit import AuditRepository
from ml_connector.store.database import Database, open_database
from ml_connector.store.invoices import InvoiceRepository
from ml_connector.store.rows.tables import audit_entry, document, file
from tests.databases import database_url, fresh_database
from tests.store.records import NAME, NOW

ROOT = Path(__file__).parents[2]


def write_and_be_killed(url: str, process: str, rounds: int, more_lines: int) -> int:
    """Start a writer, kill it in the middle of a round after ``rounds`` of them; how many it said were committed."""
    command = [sys.executable, "-m", "tests.store.writer", url, process]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    said = read_rounds(child.stdout, rounds)
    for _ in range(more_lines):
        # A short, uneven while, so that the kill falls on another place of a round each time.
        sum(range(random.randrange(100_000)))
    child.kill()
    last = child.stdout.read().split()
    child.wait()
    child.stdout.close()
    return int(last[-1]) if last else said


def read_rounds(lines: IO[str], rounds: int) -> int:
    """The number of the last round, once so many were told."""
    return [int(lines.readline()) for _ in range(rounds)][-1]


def counts(database: Database) -> tuple[int, int, int]:
    """How many files, document versions and entries there are."""
    with database.transaction() as connection:
        found = [
            connection.execute(select(func.count()).select_from(t)).scalar() for t in (file, document, audit_entry)
        ]
    return tuple(int(one or 0) for one in found)  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_writer_leaves_whole_transactions_and_an_unbroken_trail(tmp_path: Path, seed: int) -> None:
    random.seed(seed)
    fresh_database(tmp_path).close()
    url = database_url(tmp_path)
    committed = sum(write_and_be_killed(url, f"{seed}{kill}", 5 + kill, 1 + kill) for kill in range(3))
    database = open_database(url)
    trail = AuditRepository(database, NAME, SimulatedClock(NOW))
    verdict = trail.verify()
    files, documents, entries = counts(database)
    assert (verdict.ok, verdict.entries, database.check_pages()) == (True, entries, ())
    assert files >= committed
    assert documents == 2 * files
    moves = [record.posting.state.value for record in InvoiceRepository(database, NAME, SimulatedClock(NOW)).load_in()]
    steps = {"received": 0, "ready": 0, "intent": 1, "recorded": 2, "verified": 3}
    claims = sum(1 for entry in trail.load_entries() if entry.note.event == "posting.claimed")
    assert moves.count("verified") >= committed
    assert entries == 3 * files + claims + sum(steps[state] for state in moves)
    database.close()
