"""The ledger in memory is as strict as the store's: whatever one refuses or keeps, so does the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.arrivals import TakenFile
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.decision import Decision
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import FileRecord, InvoiceRecord, RecordSource
from ml_connector.errors import IntegrityError, TransientError
from ml_connector.flows.ports import InvoiceLedger
from ml_connector.store.invoices.repository import InvoiceRepository
from tests.builders import a_plan, a_posting, a_record, an_invoice
from tests.databases import fresh_database
from tests.flows.in_memory.records import InMemoryFiles, InMemoryInvoices

START = datetime(2026, 10, 14, 13, tzinfo=UTC)
FIRST, SECOND = BillKey("Bill", "000001"), BillKey("Bill", "000002")


@pytest.fixture(params=["in memory", "store"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> InvoiceLedger:
    """Each of the two."""
    clock = SimulatedClock(START)
    if request.param == "in memory":
        return InMemoryInvoices(InMemoryFiles(), clock)
    return InvoiceRepository(fresh_database(tmp_path), "harbor", clock)


def a_file(number: int) -> FileRecord:
    """A file that brought something."""
    return FileRecord(
        f"f0000000{number}", "harbor", "approved_invoices", f"{number}.csv", 1, START, START, "taken", f"{number}" * 64
    )


def note(subject: str = "i00000001") -> AuditNote:
    """An entry of the trail."""
    return AuditNote("posting.moved", subject, "moved")


def take(ledger: InvoiceLedger, record: InvoiceRecord, *, file: int = 1) -> InvoiceRecord:
    """The record comes with a file; its row as it then stands."""
    came = a_file(file)
    source = RecordSource(came.id, came.name, came.sha256 or "", 1, (2,))
    ledger.save_taken_files([TakenFile(came, (), (replace(record, source=source),), (note(record.posting.id),))])
    standing = ledger.load_by_key(record.posting.key)
    assert standing is not None
    return standing


def moved(ledger: InvoiceLedger, posting: Posting, state: PostingState, **members: Any) -> Posting:
    """The posting after one move."""
    return ledger.save_posting(posting, replace(posting, state=state, **members), note())


def sent(ledger: InvoiceLedger) -> InvoiceRecord:
    """A row whose bill was asked for."""
    claimed = ledger.claim(take(ledger, a_record(a_posting(PostingState.READY))), "me")
    saved = moved(ledger, claimed.posting, PostingState.INTENT, attempts=1, sent_at=START, plan=a_plan())
    return replace(claimed, posting=saved)


def refusal(act: Callable[[], object]) -> str:
    """The code of the error an act ends in."""
    with pytest.raises((TransientError, IntegrityError)) as raised:
        act()
    return raised.value.code


def test_a_new_key_gets_a_row(ledger: InvoiceLedger) -> None:
    record = take(ledger, a_record())
    assert (record.posting.state, record.posting.epoch, record.invoice) == (PostingState.RECEIVED, 0, an_invoice())
    assert ledger.load_in([PostingState.RECEIVED]) == ledger.load_in() == (record,)
    assert ledger.load_of_file("f00000001") == (record,)
    assert (ledger.load_in([PostingState.DONE]), ledger.load_of_file("f00000002")) == ((), ())


def test_a_newer_version_takes_the_place_and_fences_whoever_read_the_older_one(ledger: InvoiceLedger) -> None:
    older = take(ledger, a_record(a_posting(PostingState.READY)))
    newer = take(ledger, a_record(invoice=an_invoice("1300.00")), file=2)
    assert (newer.posting.id, newer.posting.epoch, newer.invoice.total.render()) == (older.posting.id, 1, "1300.00")
    assert ledger.load_of_file("f00000001") == ledger.load_of_file("f00000002") == (newer,)
    assert refusal(lambda: ledger.claim(older, "me")) == "store.row_taken_over"
    assert refusal(lambda: ledger.save_validated(older, note())) == "store.row_taken_over"


def test_a_row_is_claimed_once_for_each_epoch(ledger: InvoiceLedger) -> None:
    record = take(ledger, a_record(a_posting(PostingState.READY)))
    claimed = ledger.claim(record, "me")
    assert (claimed.posting.epoch, claimed.posting.holder) == (1, "me")
    assert refusal(lambda: ledger.claim(record, "other")) == "store.row_taken_over"
    later = ledger.claim(claimed, "other")
    assert refusal(lambda: moved(ledger, claimed.posting, PostingState.INTENT)) == "store.row_taken_over"
    assert moved(ledger, later.posting, PostingState.INTENT).state is PostingState.INTENT


def test_a_move_is_made_once_from_where_the_row_stands(ledger: InvoiceLedger) -> None:
    record = sent(ledger)
    posting = record.posting
    assert posting.plan == a_plan()
    moved(ledger, posting, PostingState.UNCERTAIN, uncertain_cause="lost_answer")
    assert refusal(lambda: moved(ledger, posting, PostingState.RECORDED)) == "store.row_taken_over"
    standing = ledger.load_by_key(posting.key)
    assert standing is not None
    assert (standing.posting.state, standing.posting.plan) == (PostingState.UNCERTAIN, a_plan())


def test_a_verified_number_is_written_once(ledger: InvoiceLedger) -> None:
    posting = sent(ledger).posting
    verified = moved(ledger, posting, PostingState.VERIFIED, ref=FIRST, verified_ref=FIRST)
    assert ledger.load_last_bill() == FIRST
    for other in (SECOND, None):
        again = replace(verified, verified_ref=other)
        code = refusal(lambda again=again: ledger.save_posting(verified, again, note()))  # type: ignore[misc]
        assert code == "posting.second_verified"
    assert moved(ledger, verified, PostingState.DONE).verified_ref == FIRST


def test_what_is_checked_must_not_have_been_sent(ledger: InvoiceLedger) -> None:
    record = sent(ledger)
    back = replace(record, posting=replace(record.posting, state=PostingState.READY))
    assert refusal(lambda: ledger.save_validated(back, note())) == "store.row_taken_over"


def test_a_later_version_of_what_was_sent_is_kept_beside_it(ledger: InvoiceLedger) -> None:
    record = sent(ledger)
    asked = replace(record.posting, state=PostingState.PERSON, reason="correction")
    later = replace(record, posting=asked, invoice=an_invoice("1300.00"), content_hash="other")
    standing = take(ledger, later, file=2)
    assert (standing.posting.state, standing.posting.reason) == (PostingState.PERSON, "correction")
    assert (standing.invoice, standing.posting.attempts) == (an_invoice(), 1)
    assert ledger.load_of_file("f00000002") == (standing,)


def test_invoices_are_found_by_many_keys_by_many_files_and_files_by_the_states_of_theirs(ledger: InvoiceLedger) -> None:
    first = take(ledger, a_record())
    second = a_record(a_posting(id="i00000002", key="7:another", marker="SX2"), an_invoice(external_id="ST-2"))
    second = take(ledger, second, file=2)
    many = [f"{number}:unknown" for number in range(1_000)]
    assert ledger.load_by_keys([second.posting.key, *many, first.posting.key]) == {
        first.posting.key: first,
        second.posting.key: second,
    }
    assert ledger.load_of_files(["f00000001", "f00000002", "f00000001"]) == (first, second)
    assert ledger.load_files_of([PostingState.DONE]) == frozenset()
    moved(ledger, ledger.claim(first, "other").posting, PostingState.UNCERTAIN)
    assert ledger.load_files_of([PostingState.UNCERTAIN]) == {"f00000001"}


def test_a_later_version_judged_on_an_older_row_is_refused_whole(ledger: InvoiceLedger) -> None:
    record = sent(ledger)
    moved(ledger, ledger.claim(record, "other").posting, PostingState.UNCERTAIN)
    fresh = a_record(a_posting(id="i00000002", key="7:another", marker="SX2"), an_invoice(external_id="ST-2"))
    later = replace(record, content_hash="other")
    both: TakenFile[InvoiceRecord, AuditNote] = TakenFile(a_file(2), (), (fresh, later), ())
    assert refusal(lambda: ledger.save_taken_files([both])) == "store.row_taken_over"
    assert ledger.load_by_key("7:another") is None


def test_a_bill_that_was_read_is_paid_where_it_is_closed(ledger: InvoiceLedger) -> None:
    record = sent(ledger)
    shown = []
    for status in ("Closed", "Open", "Closed", "Voided"):
        ledger.save_paid(record.posting.id, status, note())
        (standing,) = ledger.load_in()
        shown.append((standing.posting.bill_status, standing.paid))
    assert shown == [("Closed", True), ("Open", False), ("Closed", True), ("Voided", False)]


def test_a_decision_is_made_on_the_row_as_it_was_seen_and_ends_what_others_hold(ledger: InvoiceLedger) -> None:
    record = take(ledger, a_record(a_posting(), an_invoice()))
    seen = record.posting
    made = Decision("i00000001", "accept", "anna", "asked", START, "content", "payload", restarts="V10005")
    after = replace(seen, state=PostingState.READY, payload_hash="payload")
    saved = ledger.save_decision(seen, after, made, note(seen.id), findings=())
    assert (saved.state, saved.epoch, saved.payload_hash) == (PostingState.READY, seen.epoch + 1, "payload")
    assert ledger.load_decisions([seen.id, "i99999999"]) == {seen.id: (replace(made, invoice_id=seen.id),)}
    assert ledger.load_restarting() == {"v10005"}
    assert refusal(lambda: ledger.claim(record, "other")) == "store.row_taken_over"
    assert (
        refusal(lambda: ledger.save_decision(seen, after, made, note(seen.id), findings=())) == "store.row_taken_over"
    )


def test_a_bill_on_record_names_its_invoices(ledger: InvoiceLedger) -> None:
    posting = sent(ledger).posting
    moved(ledger, posting, PostingState.RECORDED, ref=FIRST)
    assert [record.posting.id for record in ledger.load_of_bill(FIRST)] == [posting.id]
    assert ledger.load_of_bill(SECOND) == ()


def test_a_decision_may_bring_an_invoice_of_its_own(ledger: InvoiceLedger) -> None:
    record = sent(ledger)
    made = Decision(record.posting.id, "accept", "anna", "canceled", START, "content")
    fresh = a_record(
        a_posting(id="i00000002", key="7:reverse", marker="SX2", plan=a_plan()), an_invoice(external_id="R")
    )
    beside = (replace(fresh, source=record.source), note("i00000002"))
    closed = replace(record.posting, state=PostingState.CLOSED, reason="reversed")
    ledger.save_decision(record.posting, closed, made, note(), findings=(), beside=beside)
    reversal = ledger.load_by_key("7:reverse")
    assert reversal is not None
    assert (reversal.posting.id, reversal.posting.plan) == ("i00000002", a_plan())
