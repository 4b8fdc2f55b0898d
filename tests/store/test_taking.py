"""Taking files in: all or nothing, each key one row, nothing that was booked is replaced."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import TransientError
from ml_connector.store.audit import AuditRepository
from ml_connector.store.database import Database
from ml_connector.store.invoices import InvoiceRepository
from ml_connector.store.rows.tables import document, file
from tests.store.records import NOW, a_file, a_finding, a_note, a_record

FIRST = a_file("faaaaaaaa", name="a.csv", content="a")
SECOND = a_file("fbbbbbbbb", name="b.csv", content="b")


@pytest.fixture
def invoices(database: Database, clock: SimulatedClock) -> InvoiceRepository:
    return InvoiceRepository(database, "harbor", clock)


def as_kept(record: InvoiceRecord, **changes: Any) -> InvoiceRecord:
    """The record as it stands in the store: its row has a time, and what else changed."""
    return replace(record, posting=replace(record.posting, updated_at=NOW, **changes))


def versions(database: Database) -> list[tuple[str, int, str, str]]:
    """Every version of every document: invoice, number, content, file."""
    columns = (document.c.invoice_id, document.c.version, document.c.content_hash, document.c.file_id)
    with database.transaction() as connection:
        rows = connection.execute(select(*columns).order_by(document.c.invoice_id, document.c.version)).all()
    return [tuple(row) for row in rows]  # type: ignore[misc]


def test_a_file_and_its_invoices_are_saved_whole_with_their_entries(
    invoices: InvoiceRepository, database: Database, clock: SimulatedClock
) -> None:
    one, two = a_record("iaaaaaaaa", file=FIRST), a_record("ibbbbbbbb", external_id="ST-2", file=FIRST)
    notes = [a_note("file.taken", FIRST.id), a_note("invoice.received", "iaaaaaaaa"), a_note("x", "ibbbbbbbb")]
    invoices.save_taken(FIRST, [one, two], notes)
    assert invoices.load_in() == (as_kept(one), as_kept(two))
    assert invoices.load_of_file(FIRST.id) == (as_kept(one), as_kept(two))
    assert invoices.load_by_key(two.posting.key) == as_kept(two)
    assert invoices.load_by_key("another") is None
    entries = list(AuditRepository(database, "harbor", clock).load_entries())
    assert [(entry.note.event, entry.note.data.get("state")) for entry in entries] == [
        ("file.taken", None),
        ("invoice.received", "received"),
        ("x", "received"),
    ]


def test_one_invoice_that_cannot_be_saved_leaves_nothing_of_its_file(
    invoices: InvoiceRepository, database: Database, clock: SimulatedClock
) -> None:
    foreign = a_record("ibbbbbbbb", external_id="ST-2", connection="pier")
    with pytest.raises(ValueError, match="does not belong"):
        invoices.save_taken(FIRST, [a_record(file=FIRST), foreign], [a_note()])
    with database.transaction() as connection:
        assert connection.execute(select(file)).all() == []
    assert invoices.load_in() == ()
    assert AuditRepository(database, "harbor", clock).load_head() is None


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (PostingState.WAITING, None),
        (PostingState.RECEIVED, None),
        (PostingState.READY, None),
        (PostingState.REJECTED, None),
        (PostingState.PERSON, "review"),
        (PostingState.CLOSED, "voided"),
    ],
)
def test_a_newer_version_takes_the_place_of_one_that_was_never_sent(
    invoices: InvoiceRepository, database: Database, state: PostingState, reason: str | None
) -> None:
    old = a_record(file=FIRST, state=state)
    old = replace(old, posting=replace(old.posting, reason=reason), findings=(a_finding(),))
    invoices.save_taken(FIRST, [old], [])
    new = a_record(total="90.00", file=SECOND)
    invoices.save_taken(SECOND, [new], [a_note("invoice.replaced")])
    kept = invoices.load_by_key(old.posting.key)
    assert kept == as_kept(new, epoch=1)
    assert invoices.load_of_file(FIRST.id) == invoices.load_of_file(SECOND.id) == (kept,)
    assert versions(database) == [
        ("iaaaaaaaa", 1, old.content_hash, FIRST.id),
        ("iaaaaaaaa", 2, new.content_hash, SECOND.id),
    ]


def test_a_poster_that_holds_the_older_version_cannot_send_it(invoices: InvoiceRepository) -> None:
    invoices.save_taken(FIRST, [a_record(file=FIRST, state=PostingState.READY)], [])
    held = invoices.claim(invoices.load_in()[0], "worker")
    invoices.save_taken(SECOND, [a_record(total="90.00", file=SECOND, state=PostingState.READY)], [])
    with pytest.raises(TransientError) as caught:
        invoices.save_posting(held.posting, replace(held.posting, state=PostingState.INTENT, attempts=1), a_note())
    assert caught.value.code == "store.row_taken_over"


def test_the_same_key_twice_in_a_file_is_one_invoice_with_two_versions(
    invoices: InvoiceRepository, database: Database
) -> None:
    one, two = a_record("iaaaaaaaa", file=FIRST), a_record("ibbbbbbbb", total="90.00", file=FIRST)
    invoices.save_taken(FIRST, [one, two], [a_note("a", "iaaaaaaaa"), a_note("b", "ibbbbbbbb")])
    assert invoices.load_in() == (as_kept(two, id="iaaaaaaaa", epoch=1),)
    assert [version[:3] for version in versions(database)] == [
        ("iaaaaaaaa", 1, one.content_hash),
        ("iaaaaaaaa", 2, two.content_hash),
    ]
    assert [entry.note for entry in invoices.load_history("iaaaaaaaa")] == ["moved", "moved"]


def test_a_large_file_meets_the_rows_its_keys_have_already(invoices: InvoiceRepository) -> None:
    def some(total: str, letter: str, count: int) -> list[InvoiceRecord]:
        return [
            a_record(f"i{letter}{number:07d}", external_id=f"ST-{number}", total=total, file=FIRST)
            for number in range(count)
        ]

    invoices.save_taken(FIRST, some("1.00", "a", 200), [])
    invoices.save_taken(FIRST, list(reversed(some("2.00", "b", 600))), [])
    kept = {record.posting.id: (record.posting.epoch, record.invoice.total.render()) for record in invoices.load_in()}
    replaced = {f"ia{number:07d}": (1, "2.00") for number in range(200)}
    fresh = {f"ib{number:07d}": (0, "2.00") for number in range(200, 600)}
    assert kept == replaced | fresh


def booked(invoices: InvoiceRepository, state: PostingState = PostingState.DONE) -> InvoiceRecord:
    """An invoice whose bill exists."""
    invoices.save_taken(FIRST, [a_record(file=FIRST, state=PostingState.READY)], [])
    ready = invoices.load_in()[0].posting
    bill = BillKey("Bill", "004711")
    invoices.save_posting(ready, replace(ready, state=state, attempts=1, ref=bill, verified_ref=bill), a_note())
    return invoices.load_in()[0]


def test_a_later_version_of_a_booked_invoice_is_kept_beside_it_and_asks_a_person(
    invoices: InvoiceRepository, database: Database, clock: SimulatedClock
) -> None:
    standing = booked(invoices)
    clock.sleep(60)
    asking = replace(standing.posting, state=PostingState.PERSON, reason="correction")
    later = replace(a_record(total="90.00", file=SECOND), posting=asking, findings=(a_finding("C04"),))
    for _ in range(2):
        invoices.save_taken(SECOND, [later], [a_note("invoice.correction")])
        kept = invoices.load_in()[0]
        later = replace(later, posting=kept.posting)
    told = replace(standing.posting, state=PostingState.PERSON, reason="correction", updated_at=clock.now())
    assert kept == replace(standing, posting=told, findings=(a_finding("C04"),))
    assert [version[1:] for version in versions(database)] == [
        (1, standing.content_hash, FIRST.id),
        (2, later.content_hash, SECOND.id),
    ]


def test_a_refused_invoice_stays_refused_when_it_comes_again(invoices: InvoiceRepository) -> None:
    refused = a_record(file=FIRST, state=PostingState.CLOSED)
    refused = replace(refused, posting=replace(refused.posting, reason="refused"))
    invoices.save_taken(FIRST, [refused], [])
    standing = invoices.load_in()[0]
    invoices.save_taken(SECOND, [replace(a_record(total="90.00", file=SECOND), posting=standing.posting)], [])
    assert invoices.load_in()[0] == standing


@pytest.mark.parametrize("change", ["epoch", "time", "id"])
def test_a_later_version_judged_by_an_overtaken_look_is_not_taken(
    invoices: InvoiceRepository, clock: SimulatedClock, change: str
) -> None:
    standing = booked(invoices, PostingState.INTENT)
    seen = {
        "epoch": replace(standing.posting, epoch=7),
        "time": replace(standing.posting, updated_at=NOW - timedelta(seconds=1)),
        "id": replace(standing.posting, id="izzzzzzzz"),
    }[change]
    with pytest.raises(TransientError) as caught:
        invoices.save_taken(SECOND, [replace(a_record(total="90.00", file=SECOND), posting=seen)], [])
    assert (caught.value.code, caught.value.stage) == ("store.row_taken_over", "store")
    assert invoices.load_in() == (standing,)


def test_a_later_version_can_never_make_a_booked_invoice_ready_again(invoices: InvoiceRepository) -> None:
    standing = booked(invoices)
    again = replace(standing.posting, state=PostingState.READY)
    with pytest.raises(ValueError, match="or put before a person"):
        invoices.save_taken(SECOND, [replace(a_record(total="90.00", file=SECOND), posting=again)], [])
    assert invoices.load_in() == (standing,)


def test_a_note_about_the_file_alone_is_kept_as_given(
    invoices: InvoiceRepository, database: Database, clock: SimulatedClock
) -> None:
    note = AuditNote("file.settled", FIRST.id, "nothing new in it", data={"rows": "12"})
    invoices.save_taken(FIRST, [], [note])
    assert [entry.note for entry in AuditRepository(database, "harbor", clock).load_entries()] == [note]
