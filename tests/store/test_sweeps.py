"""What the sweep keeps: how far it came, bills as they were seen, and what a restored backup leaves to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.domain.keys import marker
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.sweeping import RestoreMark, SweepState
from ml_connector.store.database import Database
from ml_connector.store.invoices import InvoiceRepository
from ml_connector.store.invoices.sweeps import SweepRepository, record_restored
from tests.store.records import NAME, NOW, a_file, a_note, a_record


@pytest.fixture
def sweeps(database: Database, clock: SimulatedClock) -> SweepRepository:
    return SweepRepository(database, NAME, clock)


def a_bill(number: str, vendor: str = "V10005", text: str = "by hand") -> Bill:
    key = BillKey("Bill", number)
    return Bill(key, f"guid-{number}", "Open", False, vendor, f"INV-{number}", Decimal("1284.37"), text, NOW.date())


def booked(database: Database, clock: SimulatedClock, count: int, connection: str = NAME) -> list[str]:
    """So many invoices that came to their end, with marks of their own."""
    invoices = InvoiceRepository(database, connection, clock)
    file = a_file(f"f{connection:a>8.8}", connection=connection, content=connection)
    ids = []
    for each in range(count):
        record = a_record(f"i{connection[:2]}{each:06d}", external_id=f"{connection} {each}", file=file)
        posting = replace(record.posting, connection=connection, marker=marker(record.posting.key))
        invoices.save_taken(file, [replace(record, posting=posting)], [])
        saved = invoices.load_by_key(posting.key)
        assert saved is not None
        clock.sleep(1)
        ref = BillKey("Bill", f"{each:06d}")
        done = replace(saved.posting, state=PostingState.DONE, ref=ref, verified_ref=ref)
        invoices.save_posting(saved.posting, done, a_note(subject=posting.id))
        ids.append(posting.id)
    return ids


def test_how_far_it_came_is_kept_for_each_connection(
    sweeps: SweepRepository, database: Database, clock: SimulatedClock
) -> None:
    state = SweepState(NOW, NOW + timedelta(seconds=1), 7, "37 bills are missing", NOW, None)
    sweeps.save_sweep(state, a_note("sweep.done", NAME))
    sweeps.save_sweep(replace(state, checked_to=8), None)
    assert sweeps.load_sweep() == replace(state, checked_to=8)
    assert SweepRepository(database, "other", clock).load_sweep() == SweepState()


def test_a_bill_is_known_as_it_was_last_seen_until_it_is_gone(sweeps: SweepRepository) -> None:
    one, two = a_bill("000001"), a_bill("000002")
    sweeps.save_sweep(SweepState(), None, seen=[one, two, two])
    changed = replace(one, status="Voided")
    sweeps.save_sweep(SweepState(), None, seen=[changed], gone=[two.key])
    assert sweeps.load_known([one.key, two.key, BillKey("Debit Adj.", "000001")]) == {one.key: changed}


def test_foreign_bills_are_those_without_a_mark_of_an_invoice_here(
    sweeps: SweepRepository, database: Database, clock: SimulatedClock
) -> None:
    booked(database, clock, 1)
    booked(database, clock, 1, "sister")
    own, sisters = (marker(f"key of {name} 0") for name in (NAME, "sister"))
    by_hand, other = a_bill("000004"), a_bill("000005", vendor=" v10009")
    stranger = a_bill("000003", text=f"{marker('of another installation')} concrete")
    ours = [a_bill("000001", text=f"{own} concrete"), a_bill("000002", text=sisters)]
    sweeps.save_sweep(SweepState(), None, seen=[*ours, stranger, by_hand, other])
    assert sweeps.load_foreign_bills() == (stranger, by_hand, other)
    assert sweeps.load_foreign_bills("V10009 ") == (other,)
    assert sweeps.load_strangers(None) == (stranger,)
    assert sweeps.load_strangers(clock.now()) == ()


def test_the_newest_are_looked_for_each_time_and_the_others_in_turn(
    sweeps: SweepRepository, database: Database, clock: SimulatedClock
) -> None:
    ids = booked(database, clock, 5)
    turns = []
    place = 0
    for _ in range(4):
        records, place = sweeps.load_booked(newest=1, others=2, after=place)
        turns.append({record.posting.id for record in records})
    assert turns == [{ids[0], ids[1], ids[4]}, {ids[2], ids[3], ids[4]}, {ids[4]}, {ids[0], ids[1], ids[4]}]


def test_invoices_are_found_by_their_mark(sweeps: SweepRepository, database: Database, clock: SimulatedClock) -> None:
    ids = booked(database, clock, 2)
    marks = [marker(f"key of {NAME} 1"), marker("another")]
    assert [record.posting.id for record in sweeps.load_with_marks(marks)] == [ids[1]]


def test_the_last_restored_backup_counts(sweeps: SweepRepository, database: Database) -> None:
    assert sweeps.load_restored() is None
    for days in (3, 1):
        with database.transaction() as connection:
            record_restored(connection, NOW - timedelta(days=days), NOW)
    assert sweeps.load_restored() == RestoreMark(NOW - timedelta(days=1), NOW)
