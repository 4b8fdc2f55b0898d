"""The sweep: doubles that came later, bills that are gone, bills that nobody here knows, a backup put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.keys import marker
from ml_connector.domain.protocol.sweeping import HELD_DOUBLE
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.sweeping import RestoreMark, SweepReport
from ml_connector.engine.face import Side
from ml_connector.flows.invoices.sweeping.sweep_bills import Swept, carry_sweep, sweep_before_posting
from tests.flows.in_memory.erp import LOST, NOT_SENT, REFUSED
from tests.flows.in_memory.house import CrashAt, House, a_house

DONE, PERSON, RECORDED = PostingState.DONE, PostingState.PERSON, PostingState.RECORDED


@pytest.fixture
def house() -> House:
    return a_house()


def booked(house: House, *numbers: str) -> list[str]:
    """Invoices that were posted to their end, and swept once."""
    ids = [house.ready(invoice_number=number, external_id=number) for number in numbers or ("INV-1",)]
    house.post()
    assert [house.standing(each) for each in ids] == [(DONE, None)] * len(ids)
    sweep(house)
    return ids


def sweep(house: House) -> SweepReport:
    """One sweep, an hour later."""
    house.clock.sleep(3600)
    report = carry_sweep(house.context()).sweep
    assert report is not None
    return report


def own_of(house: House, invoice_id: str) -> BillKey:
    ref = house.posting(invoice_id).verified_ref
    assert ref is not None
    return ref


def told(house: House, invoice_id: str) -> list[str]:
    return [finding.message for finding in house.invoices.rows[invoice_id].findings]


def test_an_idle_hour_costs_two_reads_at_most_and_less_than_an_hour_none(house: House) -> None:
    booked(house)
    house.erp.journal.clear()
    house.clock.sleep(3599)
    assert sweep_before_posting(house.context()) == Swept()
    house.clock.sleep(1)
    assert sweep_before_posting(house.context()) == Swept(SweepReport(house.clock.now(), bills=1))
    house.erp.type_bill("V10009", "OTHER")
    house.clock.sleep(2 * 86_400)
    sweep(house)
    sweep(house)
    assert [kind for kind, _ in house.erp.journal] == ["changed", "changed", "changed", "bills"]
    assert not any(note.event == "sweep.found" for note in house.invoices.notes)


@pytest.mark.parametrize("finish", ["hold", "balance", "release"])
def test_a_late_double_on_hold_is_marked_once_and_a_person_is_asked_until_it_is_gone(finish: str) -> None:
    house = a_house(finish=finish)
    (invoice_id,) = booked(house)
    copy = house.erp.copy_of(own_of(house, invoice_id))
    first, second = sweep(house), sweep(house)
    mark = house.posting(invoice_id).marker
    assert [len(each.doubles) for each in (first, second)] == [1, 1]
    assert (len(first.marked), len(second.marked)) == (1, 0)
    assert house.erp.calls("describe") == [str(copy)]
    assert house.erp.bills[copy].description.startswith(f"{mark} {HELD_DOUBLE}")
    assert house.standing(invoice_id) == (PERSON, "double_later")
    assert told(house, invoice_id)[-1].startswith(f"A second bill of this invoice lies on hold: Bill {copy.number}")
    house.erp.delete(copy)
    third = sweep(house)
    assert [record.posting.id for record in third.back] == [invoice_id]
    assert (house.standing(invoice_id), house.codes(invoice_id).count("R15")) == ((DONE, None), 0)


def test_a_double_off_hold_is_never_written_to(house: House) -> None:
    (invoice_id,) = booked(house)
    copy = house.erp.copy_of(own_of(house, invoice_id), "Open")
    report = sweep(house)
    assert (house.erp.calls("describe"), report.marked) == ([], ())
    assert house.standing(invoice_id) == (PERSON, "double_later")
    assert told(house, invoice_id)[-1].startswith(f"A second bill of this invoice can be paid: Bill {copy.number}")


@pytest.mark.parametrize(
    ("reference", "amount", "asked"),
    [
        ("inv-0012 ", "1284.37", True),
        ("INV-0012", "99.00", True),
        ("INV-O012", "1284.37", True),
        ("INV/12", "1284.37", True),
        ("INV-O012", "99.00", False),
        ("INV-0013", "1284.37", False),
    ],
)
def test_a_bill_typed_after_done_is_found_by_its_reference_and_those_like_it(
    house: House, reference: str, amount: str, asked: bool
) -> None:
    (invoice_id,) = booked(house, "INV-0012")
    key = house.erp.type_bill("V10005", reference, amount)
    report = sweep(house)
    assert house.standing(invoice_id) == ((PERSON, "double_later") if asked else (DONE, None))
    assert len(report.doubles) == asked
    if asked:
        assert told(house, invoice_id)[-1].startswith(f"Possible double: somebody entered Bill {key.number}, ")
        house.erp.change(key, status="Voided")
        assert [record.posting.id for record in sweep(house).back] == [invoice_id]
        assert house.standing(invoice_id) == (DONE, None)


def test_what_was_seen_before_is_not_told_again_once_a_person_has_said_it_is_another(house: House) -> None:
    (invoice_id,) = booked(house)
    typed = house.erp.type_bill("V10005", "INV-1")
    sweep(house)
    posting = house.posting(invoice_id)
    done = replace(posting, state=DONE, reason=None)
    house.invoices.save_posting(posting, done, house.invoices.notes[-1], ())
    house.erp.change(typed, status="Closed")
    assert (sweep(house).doubles, house.standing(invoice_id)) == ((), (DONE, None))


def test_a_bill_that_took_the_place_of_a_voided_one_is_no_double(house: House) -> None:
    (invoice_id,) = booked(house)
    house.erp.change(own_of(house, invoice_id), status="Voided")
    house.erp.type_bill("V10005", "INV-1")
    assert (sweep(house).doubles, house.standing(invoice_id)) == ((), (DONE, None))


def test_a_list_that_lags_proves_nothing_and_the_same_changes_are_looked_at_again(house: House) -> None:
    (invoice_id,) = booked(house)
    own = own_of(house, invoice_id)
    house.erp.copy_of(own)
    house.erp.hidden.add(own)
    house.clock.sleep(3600)
    (error,) = carry_sweep(house.context()).errors
    assert (error.code, house.standing(invoice_id)) == ("flows.look_up_not_proven", (DONE, None))
    house.erp.hidden.clear()
    assert len(sweep(house).doubles) == 1


@pytest.mark.parametrize("error", [REFUSED, LOST])
def test_a_description_that_could_not_be_changed_is_told_and_tried_again(house: House, error: Exception) -> None:
    (invoice_id,) = booked(house)
    house.erp.copy_of(own_of(house, invoice_id))
    house.erp.fail("describe", error)
    house.clock.sleep(3600)
    report = carry_sweep(house.context())
    assert (report.errors, house.standing(invoice_id)) == ((error,), (PERSON, "double_later"))
    assert len(sweep(house).marked) == 1


def test_one_missing_bill_is_a_single_case_until_it_is_there_again(house: House) -> None:
    one, other = booked(house, "INV-1", "INV-2")
    own = own_of(house, one)
    gone = house.erp.bills.pop(own)
    house.clock.sleep(3600)
    report = sweep(house)
    assert ([record.posting.id for record in report.missing], report.stopped) == ([one], None)
    assert [house.standing(each) for each in (one, other)] == [(PERSON, "missing"), (DONE, None)]
    assert told(house, one)[-1] == f"Bill {own.number} of this invoice is missing in Acumatica."
    assert len(sweep(house).missing) == 1
    house.erp.bills[own] = gone
    assert [record.posting.id for record in sweep(house).back] == [one]
    assert house.standing(one) == (DONE, None)


def test_the_number_alone_does_not_make_a_bill_ours(house: House) -> None:
    (invoice_id,) = booked(house)
    own = own_of(house, invoice_id)
    house.erp.change(own, id="another", description="typed after the restore", vendor="V10009", vendor_ref="X-1")
    sweep(house)
    assert house.standing(invoice_id) == (PERSON, "missing")


def test_many_missing_bills_stop_posting_and_are_all_named(house: House) -> None:
    ids = booked(house, *(f"INV-{each}" for each in range(40)))
    for invoice_id in ids[3:]:
        house.erp.delete(own_of(house, invoice_id))
    fresh = house.ready(invoice_number="NEW", external_id="NEW")
    house.clock.sleep(3600)
    swept = sweep_before_posting(house.context())
    assert swept.report is not None and not swept.may_post
    assert swept.report.stopped == "37 posted bills are missing in Acumatica: was it restored?"
    assert len(swept.report.missing) == 37
    assert [(error.code, error.message) for error in swept.errors] == [
        ("posting.bills_missing", "37 posted bills are missing in Acumatica: was it restored? Nothing is posted.")
    ]
    again = sweep_before_posting(house.context())
    assert (again.report, again.may_post, [error.code for error in again.errors]) == (
        None,
        False,
        ["posting.bills_missing"],
    )
    assert house.standing(fresh) == (PostingState.READY, None)


def test_a_mark_that_no_invoice_here_has_is_told_until_a_person_knows_it(house: House) -> None:
    booked(house)
    mark = marker("of the standby installation")
    key = house.erp.type_bill("V10005", "X-9")
    house.erp.change(key, description=f"{mark} concrete")
    first, second = sweep(house), sweep(house)
    assert [[str(bill.key) for bill in each.strangers] for each in (first, second)] == [[str(key)]] * 2
    house.sweeps.state = replace(house.sweeps.state, accepted_at=house.clock.now())
    assert sweep(house).strangers == ()


def test_a_stranger_that_was_deleted_is_forgotten(house: House) -> None:
    key = house.erp.type_bill("V10005", "X-9", status="On Hold")
    house.erp.change(key, description=marker("of the standby installation"))
    assert len(sweep(house).strangers) == 1
    house.erp.delete(key)
    assert [sweep(house).strangers for _ in range(2)] == [(), ()]


def test_after_a_restore_what_was_booked_since_is_linked_before_anything_is_posted(house: House) -> None:
    old, lost = booked(house, "INV-1", "INV-2")
    row = house.invoices.rows[lost]
    blank = replace(row.posting, state=PostingState.READY, ref=None, verified_ref=None, plan=None, bill_id=None)
    house.invoices.rows[lost] = replace(row, posting=replace(blank, bill_status=None, payload_hash=None, attempts=0))
    unknown = house.erp.type_bill("V10005", "X-9")
    house.erp.change(unknown, description=marker("a file that is not there any more"))
    house.sweeps.restored = RestoreMark(house.clock.now() - timedelta(days=1), house.clock.now())
    house.erp.fail("changed", NOT_SENT)
    assert not sweep_before_posting(house.context()).may_post
    swept = sweep_before_posting(house.context())
    assert swept.report is not None and swept.may_post and swept.report.restored
    assert [record.posting.id for record in swept.report.linked] == [lost]
    assert [str(bill.key) for bill in swept.report.strangers] == [str(unknown)]
    assert house.standing(lost)[0] is RECORDED
    house.erp.journal.clear()
    house.post()
    assert [house.standing(each) for each in (old, lost)] == [(DONE, None)] * 2
    assert house.erp.calls("create") == []
    assert sweep_before_posting(house.context()) == Swept()


def test_everything_since_a_day_before_the_backup_is_read_after_a_restore(house: House) -> None:
    booked(house)
    backup_at = house.clock.now() - timedelta(days=3)
    since = str(backup_at - timedelta(days=2))
    house.sweeps.restored = RestoreMark(backup_at, house.clock.now())
    sweep(house)
    assert house.erp.calls("changed")[-1] == since
    sweep(house)
    assert house.erp.calls("changed")[-1] != since


def test_a_late_bill_of_an_invoice_settled_by_hand_is_marked_and_told(house: House) -> None:
    (invoice_id,) = booked(house)
    own = own_of(house, invoice_id)
    posting = house.posting(invoice_id)
    by_hand = house.erp.type_bill("V10005", "INV-1")
    linked = replace(posting, state=PostingState.LINKED, ref=by_hand, verified_ref=None)
    house.invoices.rows[invoice_id] = replace(house.invoices.rows[invoice_id], posting=linked)
    late = house.erp.copy_of(own)
    house.erp.delete(own)
    report = sweep(house)
    assert [str(bill.key) for bill in report.marked] == [str(late)]
    assert (house.standing(invoice_id), house.codes(invoice_id)) == ((PostingState.LINKED, None), ["R15"])


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize(
    "step", ["changed bills", "look up", "prepare write", "mark double", "sweep", "look for bills"]
)
def test_a_sweep_that_ends_half_way_is_made_again_whole(step: str, side: Side) -> None:
    house = a_house()
    one, other = booked(house, "INV-1", "INV-2")
    copy = house.erp.copy_of(own_of(house, one))
    house.erp.delete(own_of(house, other))
    house.clock.sleep(3600)
    house.crash(CrashAt(step, side), carry_sweep)
    report = carry_sweep(house.context()).sweep
    assert report is not None
    assert [house.standing(each) for each in (one, other)] == [(PERSON, "double_later"), (PERSON, "missing")]
    assert house.erp.calls("describe") in ([str(copy)], [str(copy)] * 2)
    assert house.erp.bills[copy].description.count(HELD_DOUBLE) == 1
    assert [len(found) for found in (report.doubles, report.missing)] == [1, 1]
