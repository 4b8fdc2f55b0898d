"""Moves of a posting: by compare-and-set, fenced by the epoch, one verified bill for ever; and finding it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError as ConstraintError

from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import HistoryEntry, InvoiceRecord, RequestEntry
from ml_connector.errors import ConfigurationError, IntegrityError, TransientError
from ml_connector.store.audit import AuditRepository
from ml_connector.store.database import Database
from ml_connector.store.invoices import InvoiceRepository
from ml_connector.store.rows.tables import invoice
from tests.store.records import NAME, NOW, a_file, a_finding, a_note, a_record

BILL, OTHER = BillKey("Bill", "004711"), BillKey("Bill", "004712")


@pytest.fixture
def invoices(database: Database, clock: SimulatedClock) -> InvoiceRepository:
    return InvoiceRepository(database, NAME, clock)


def taken(invoices: InvoiceRepository, records: Sequence[InvoiceRecord] = ()) -> tuple[InvoiceRecord, ...]:
    """Records on file, one that is ready where none are named."""
    invoices.save_taken(a_file(), records or [a_record(state=PostingState.READY)], [])
    return invoices.load_in()


def moved(invoices: InvoiceRepository, posting: Posting, state: PostingState, ref: BillKey | None = None) -> Posting:
    """The posting, moved to a state; with its bill recorded and, from VERIFIED on, verified."""
    verified = ref if state in (PostingState.VERIFIED, PostingState.DONE) else None
    after = replace(posting, state=state, ref=ref, verified_ref=verified, sent_at=NOW, attempts=1)
    return invoices.save_posting(posting, after, a_note(subject=posting.id))


def test_a_move_is_saved_whole_with_one_entry(
    invoices: InvoiceRepository, database: Database, clock: SimulatedClock
) -> None:
    before = taken(invoices)[0].posting
    clock.sleep(5)
    after = replace(
        before,
        state=PostingState.UNCERTAIN,
        payload_hash="ab" * 32,
        attempts=1,
        ref=BILL,
        bill_id="guid",
        bill_status="On Hold",
        reason="exists",
        uncertain_cause="lost_answer",
        sent_at=NOW + timedelta(microseconds=1),
        holder="host/1",
        lease_until=NOW + timedelta(minutes=16),
    )
    saved = invoices.save_posting(before, after, a_note(), (a_finding(),))
    kept = invoices.load_in()[0]
    assert saved == kept.posting == replace(after, updated_at=clock.now())
    assert kept.findings == (a_finding(),)
    entries = list(AuditRepository(database, NAME, clock).load_entries())
    assert [entry.note.data for entry in entries] == [
        {"total": "1284.50", "none": None, "state": "uncertain", "reason": "exists", "bill_status": "On Hold"}
    ]


def test_findings_that_are_not_given_stay_as_they_were(invoices: InvoiceRepository) -> None:
    before = taken(invoices)[0].posting
    one = invoices.save_posting(before, replace(before, state=PostingState.PERSON), a_note(), (a_finding(),))
    two = invoices.save_posting(one, replace(one, state=PostingState.READY), a_note())
    assert invoices.load_in()[0].findings == (a_finding(),)
    invoices.save_posting(two, replace(two, state=PostingState.INTENT), a_note(), ())
    assert invoices.load_in()[0].findings == ()


def test_invoices_are_found_by_the_code_of_a_finding_alone(invoices: InvoiceRepository) -> None:
    said = replace(a_finding(), code="UNRECOGNISED", message='"code":"Z17"')
    records = [a_record(f"i{letter * 8}", external_id=f"ST-{letter}", state=PostingState.READY) for letter in "abc"]
    ids = [each.posting.id for each in taken(invoices, records)]
    postings = [each.posting for each in invoices.load_in()]
    invoices.save_findings(postings[1], (a_finding(), replace(a_finding(), code="Z17")), a_note(subject=ids[1]))
    invoices.save_findings(postings[2], (said,), a_note(subject=ids[2]))

    assert [each.posting.id for each in invoices.load_with_finding("Z17")] == [ids[1]]


def test_findings_are_saved_alone_where_nobody_overtook_and_the_posting_stays(invoices: InvoiceRepository) -> None:
    before = taken(invoices)[0].posting
    invoices.save_findings(before, (a_finding(),), a_note())
    assert (invoices.load_in()[0].findings, invoices.load_in()[0].posting) == ((a_finding(),), before)

    moved(invoices, before, PostingState.INTENT)
    with pytest.raises(TransientError) as raised:
        invoices.save_findings(before, (), a_note())
    assert (raised.value.code, invoices.load_in()[0].findings) == ("store.row_taken_over", (a_finding(),))


def test_a_move_that_another_run_has_overtaken_is_refused_and_leaves_no_trace(
    invoices: InvoiceRepository, database: Database, clock: SimulatedClock
) -> None:
    before = taken(invoices)[0].posting
    moved(invoices, before, PostingState.INTENT)
    standing, entries = invoices.load_in(), AuditRepository(database, NAME, clock).load_head()
    with pytest.raises(TransientError) as caught:
        moved(invoices, before, PostingState.INTENT)
    assert caught.value.code == "store.row_taken_over"
    assert (invoices.load_in(), AuditRepository(database, NAME, clock).load_head()) == (standing, entries)


def test_what_an_earlier_holder_still_tries_to_write_fails(invoices: InvoiceRepository) -> None:
    record = taken(invoices)[0]
    first = invoices.claim(record, "worker 1")
    second = invoices.claim(first, "worker 2")
    assert [(one.posting.epoch, one.posting.holder) for one in (first, second)] == [(1, "worker 1"), (2, "worker 2")]
    with pytest.raises(TransientError):
        moved(invoices, first.posting, PostingState.INTENT)
    with pytest.raises(TransientError):
        invoices.save_validated(first, a_note())
    with pytest.raises(TransientError):
        invoices.claim(first, "worker 1")
    moved(invoices, second.posting, PostingState.INTENT)
    assert invoices.load_in()[0].posting.holder == "worker 2"


def test_a_second_verified_bill_is_an_alarm_and_never_written(invoices: InvoiceRepository) -> None:
    verified = moved(invoices, taken(invoices)[0].posting, PostingState.VERIFIED, BILL)
    for after in (replace(verified, verified_ref=OTHER), replace(verified, verified_ref=None)):
        with pytest.raises(IntegrityError) as caught:
            invoices.save_posting(verified, replace(after, state=PostingState.DONE), a_note())
        assert caught.value.code == "posting.second_verified"
        assert caught.value.facts == ("Bill/004711", str(after.verified_ref or ""))
    assert invoices.load_in()[0].posting == verified


def test_a_stale_holder_that_names_a_second_bill_still_raises_the_alarm(invoices: InvoiceRepository) -> None:
    record = taken(invoices)[0]
    moved(invoices, record.posting, PostingState.VERIFIED, BILL)
    with pytest.raises(IntegrityError):
        moved(invoices, replace(record.posting, state=PostingState.RECORDED), PostingState.VERIFIED, OTHER)


def test_the_database_itself_refuses_a_second_verified_bill(invoices: InvoiceRepository, database: Database) -> None:
    moved(invoices, taken(invoices)[0].posting, PostingState.VERIFIED, BILL)
    for values in ({"verified_number": "004712"}, {"verified_number": None}, {"verified_type": "Debit Adj."}):
        with pytest.raises(ConstraintError, match="written once"), database.transaction() as connection:
            connection.execute(update(invoice).values(**values))


@pytest.mark.parametrize("change", [{"epoch": 5}, {"key": "other"}, {"marker": "SX"}, {"id": "izzzzzzzz"}])
def test_a_move_never_changes_what_a_posting_is(invoices: InvoiceRepository, change: dict[str, object]) -> None:
    before = taken(invoices)[0].posting
    after = replace(before, **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="never changes"):
        invoices.save_posting(before, after, a_note())


def test_a_note_about_something_else_is_a_fault_of_the_program(invoices: InvoiceRepository) -> None:
    before = taken(invoices)[0].posting
    with pytest.raises(ValueError, match="the note is about"):
        invoices.save_posting(before, replace(before, state=PostingState.INTENT), a_note(subject="izzzzzzzz"))
    assert invoices.load_in()[0].posting == before


def test_validation_saves_state_and_findings(invoices: InvoiceRepository, clock: SimulatedClock) -> None:
    record = taken(invoices, [a_record()])[0]
    clock.sleep(1)
    judged = replace(record, findings=(a_finding(),), validated_at=clock.now())
    judged = replace(judged, posting=replace(judged.posting, state=PostingState.REJECTED, reason="findings"))
    saved = invoices.save_validated(judged, a_note("invoice.validated"))
    assert saved == replace(judged, posting=replace(judged.posting, updated_at=clock.now()))
    assert invoices.load_in() == (saved,)


@pytest.mark.parametrize(
    "state", [PostingState.INTENT, PostingState.UNCERTAIN, PostingState.RECORDED, PostingState.DONE]
)
def test_validation_never_touches_what_was_sent(invoices: InvoiceRepository, state: PostingState) -> None:
    record = taken(invoices)[0]
    standing = moved(invoices, record.posting, state, BILL if state is not PostingState.INTENT else None)
    with pytest.raises(TransientError):
        invoices.save_validated(record, a_note())
    with pytest.raises(ValueError, match="does not lead to"):
        invoices.save_validated(replace(record, posting=standing), a_note())
    assert invoices.load_in()[0].posting == standing


def test_the_bill_verified_last_is_the_witness(invoices: InvoiceRepository, clock: SimulatedClock) -> None:
    records = taken(
        invoices, [a_record(f"iaaaaaaa{n}", external_id=f"ST-{n}", state=PostingState.READY) for n in range(2, 5)]
    )
    assert invoices.load_last_bill() is None
    for number, record in enumerate(reversed(records)):
        moved(invoices, record.posting, PostingState.VERIFIED, BillKey("Bill", f"00{number}"))
        clock.sleep(1)
    first = invoices.load_in()[2].posting
    invoices.save_posting(first, replace(first, state=PostingState.DONE), a_note(subject=first.id))
    assert invoices.load_last_bill() == BillKey("Bill", "002")


def test_a_paid_bill_is_paid_and_a_voided_one_is_not(invoices: InvoiceRepository) -> None:
    posting = moved(invoices, taken(invoices)[0].posting, PostingState.DONE, BILL)
    for status, paid, told in (("Closed", True, "paid"), ("Voided", False, "voided_in_acumatica")):
        invoices.save_paid(posting.id, status, a_note("bill.read"))
        kept = invoices.load_in()[0]
        assert (kept.paid, kept.posting.bill_status) == (paid, status)
        assert invoices.load_history(posting.id, finish="balance")[-1].state == told
    with pytest.raises(ValueError, match="no invoice"):
        invoices.save_paid("izzzzzzzz", "Closed", a_note())


def test_invoices_are_loaded_by_their_states(invoices: InvoiceRepository) -> None:
    records = [
        a_record("iaaaaaaa2", external_id="ST-2", state=PostingState.READY),
        a_record("iaaaaaaa3", external_id="ST-3"),
        a_record("iaaaaaaa4", external_id="ST-4", state=PostingState.WAITING),
    ]
    one, two, three = taken(invoices, records)
    assert invoices.load_in([PostingState.WAITING, PostingState.READY]) == (one, three)
    assert invoices.load_in([PostingState.RECEIVED]) == (two,)
    assert invoices.load_in([]) == ()
    assert invoices.load_of_file("fzzzzzzzz") == ()


def test_a_person_names_an_invoice_by_any_of_its_numbers(invoices: InvoiceRepository) -> None:
    records = [a_record(f"iaaaaaaa{n}", external_id=f"ST-{n}", state=PostingState.READY) for n in (2, 3)]
    one, two = taken(invoices, records)
    moved(invoices, one.posting, PostingState.RECORDED, BillKey("Bill", "000012"))
    moved(invoices, two.posting, PostingState.RECORDED, BillKey("Debit Adj.", "000012"))
    words = ("iaaaaaaa2", " IAAAAAAA2 ", "ST-2", "Bill/000012", "bill/000012", "ST-3", "Debit Adj./000012")
    found = [invoices.load_record(word) for word in words]
    assert [record.posting.id[-1] if record else None for record in found] == ["2", "2", "2", "2", "2", "3", "3"]
    assert [invoices.load_record(word) for word in ("", "ST-9", "Bill/12", "st-2")] == [None, None, None, None]
    with pytest.raises(ConfigurationError) as caught:
        invoices.load_record("000012")
    assert (caught.value.code, caught.value.at) == ("store.several_match", "settings")
    assert "iaaaaaaa2 (Bill/000012), iaaaaaaa3 (Debit Adj./000012)" in caught.value.message


def test_invoices_of_another_connection_are_not_there(
    invoices: InvoiceRepository, database: Database, clock: SimulatedClock
) -> None:
    record = taken(invoices)[0]
    invoices.record_request(record.posting.id, NOW, "GET", "/Bill", status=200)
    other = InvoiceRepository(database, "pier", clock)
    found = (other.load_in(), other.load_by_key(record.posting.key), other.load_record("ST-1"), other.load_last_bill())
    assert found == ((), None, None, None)
    assert (other.load_of_file("faaaaaaaa"), other.load_requests("iaaaaaaaa")) == ((), ())
    assert other.load_history("iaaaaaaaa") == ()
    with pytest.raises(ValueError, match="has no invoice"):
        other.claim(record, "worker")


def test_the_story_tells_each_state_in_the_words_of_the_contract(
    invoices: InvoiceRepository, clock: SimulatedClock
) -> None:
    invoices.save_taken(a_file(), [a_record()], [a_note("invoice.received", note="received")])
    record = invoices.save_validated(
        replace(a_record(), posting=replace(a_record().posting, state=PostingState.READY)), a_note(note="checked")
    )
    posting = invoices.claim(record, "worker").posting
    clock.sleep(1)
    for state in (PostingState.INTENT, PostingState.RECORDED, PostingState.VERIFIED):
        posting = moved(invoices, posting, state, None if state is PostingState.INTENT else BILL)
    invoices.save_taken(a_file(), [], [a_note("invoice.not_final", note="another version")])
    told = [(entry.state, entry.note) for entry in invoices.load_history("iaaaaaaaa", finish="hold")]
    assert told == [
        ("received", "received"),
        ("ready", "checked"),
        ("posting", "moved"),
        ("posting", "moved"),
        ("on_hold", "moved"),
        ("on_hold", "another version"),
    ]
    assert invoices.load_history("iaaaaaaaa", finish="release")[-1].state == "posting"
    assert invoices.load_history("iaaaaaaaa")[0] == HistoryEntry(NOW, "connector", "received", "received")


def test_the_requests_of_an_invoice_are_its_own(invoices: InvoiceRepository) -> None:
    later = NOW + timedelta(seconds=1)
    invoices.record_request("iaaaaaaaa", later, "PUT", "/entity/Default/24.200.001/Bill", status=None)
    invoices.record_request(None, NOW, "GET", "/entity", status=200)
    invoices.record_request("ibbbbbbbb", NOW, "GET", "/entity", status=200)
    invoices.record_request("iaaaaaaaa", NOW, "GET", "/entity/Default/24.200.001/Bill", status=200)
    assert invoices.load_requests("iaaaaaaaa") == (
        RequestEntry(later, "PUT", "/entity/Default/24.200.001/Bill", None),
        RequestEntry(NOW, "GET", "/entity/Default/24.200.001/Bill", 200),
    )


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_log_of_requests_that_cannot_be_written_never_stops_the_request(
    invoices: InvoiceRepository, database: Database
) -> None:
    with database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    invoices.record_request("iaaaaaaaa", NOW, "PUT", "/Bill" + "x" * 100_000, status=200)
    assert invoices.load_requests("iaaaaaaaa") == ()
    with database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    invoices.record_request("iaaaaaaaa", NOW, "GET", "/Bill", status=200)
    assert [entry.method for entry in invoices.load_requests("iaaaaaaaa")] == ["PUT", "GET"]
