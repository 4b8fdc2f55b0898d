"""A later version of an invoice whose bill exists: brought to the bill where it is on hold and untouched, else a
person's. Never a second create for one key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from tests.builders import a_job_line, a_line, an_invoice
from tests.flows.in_memory.erp import LOST, NOT_SENT, REFUSED
from tests.flows.in_memory.house import CrashAt, House, a_house

BILL = BillKey("Bill", "000001")
LATER = an_invoice("90.00", a_line("60.00"), a_job_line("30.00"))
DONE = (PostingState.DONE, None)
PERSON = (PostingState.PERSON, "correction")


def booked_on_hold() -> tuple[House, str]:
    """An invoice booked and left on hold, and its id."""
    house = a_house(finish="hold")
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry_invoices(house.context())
    (invoice_id,) = house.invoices.rows
    assert house.standing(invoice_id) == DONE
    return house, invoice_id


def correct(house: House) -> None:
    """Stampli exports another version, and a pass takes it."""
    house.exchange.drop_invoices("b.csv", LATER)
    carry_invoices(house.context())


def test_a_bill_on_hold_and_untouched_is_changed_by_its_key_and_verified_again() -> None:
    house, invoice_id = booked_on_hold()
    correct(house)
    posting, (bill,) = house.posting(invoice_id), house.bills(invoice_id)
    assert (house.standing(invoice_id), posting.ref, posting.verified_ref) == (DONE, BILL, BILL)
    assert (bill.status, bill.amount, len(bill.lines or ())) == ("On Hold", Decimal("90.00"), 2)
    assert (posting.plan_before, posting.plan and posting.plan.amount) == (None, Decimal("90.00"))
    assert (len(house.erp.calls("create")), len(house.erp.calls("change"))) == (1, 1)
    row = house.invoices.rows[invoice_id]
    assert (row.invoice, {(each.code, each.severity) for each in row.findings}) == (LATER, {("C04", "note")})
    carry_invoices(house.context())
    assert len(house.erp.calls("change")) == 1


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            lambda house: house.erp.change(BILL, status="Balanced"),
            "Bill 000001 is Balanced and is not changed any more.",
        ),
        (lambda house: house.erp.change(BILL, status="Open"), "Bill 000001 is Open and is not changed any more."),
        (
            lambda house: house.erp.change(BILL, amount=Decimal("1285.00"), balance=Decimal("1285.00")),
            "Bill 000001 was changed in Acumatica since it was sent.",
        ),
    ],
    ids=["off hold", "released", "edited"],
)
def test_otherwise_a_person_reads_the_difference_field_by_field_and_the_ways_out(
    act: Callable[[House], None], told: str
) -> None:
    house, invoice_id = booked_on_hold()
    act(house)
    before = house.bills(invoice_id)
    correct(house)
    assert (house.standing(invoice_id), house.bills(invoice_id)) == (PERSON, before)
    findings = house.invoices.rows[invoice_id].findings
    assert ("total", "1284.37", "90.00") in {(each.field, each.expected, each.found) for each in findings}
    (why,) = [each for each in findings if each.field == "bill"]
    assert (why.code, why.message, "invoice replay" in why.fix) == ("C04", told, True)
    assert (house.erp.calls("change"), len(house.erp.calls("create"))) == ([], 1)


def test_a_bill_that_a_person_brought_to_the_later_version_is_taken_as_it_is() -> None:
    house, invoice_id = booked_on_hold()
    wanted = a_house(finish="hold")
    wanted.exchange.drop_invoices("b.csv", LATER)
    carry_invoices(wanted.context())
    (as_wanted,) = wanted.erp.bills.values()
    house.erp.bills[BILL] = as_wanted
    correct(house)
    assert (house.standing(invoice_id), house.erp.calls("change")) == (DONE, [])


def test_a_later_version_that_breaks_a_rule_changes_nothing() -> None:
    house, invoice_id = booked_on_hold()
    before = house.bills(invoice_id)
    house.exchange.drop_invoices("b.csv", an_invoice("90.00", a_line("90.00", account="99999")))
    carry_invoices(house.context())
    assert (house.standing(invoice_id), house.bills(invoice_id)) == (PERSON, before)
    assert {"C04", "A01"} <= set(house.codes(invoice_id))


def test_a_change_that_was_not_sent_is_made_by_the_next_pass() -> None:
    house, invoice_id = booked_on_hold()
    house.erp.fail("change", NOT_SENT)
    correct(house)
    assert house.standing(invoice_id) == (PostingState.CORRECTING, None)
    carry_invoices(house.context())
    assert (house.standing(invoice_id), house.bills(invoice_id)[0].amount) == (DONE, Decimal("90.00"))


def test_a_lost_answer_is_waited_out_before_the_change_is_sent_again() -> None:
    house, invoice_id = booked_on_hold()
    house.erp.fail("change", LOST)
    correct(house)
    carry_invoices(house.context())
    assert (house.standing(invoice_id)[0], len(house.erp.calls("change"))) == (PostingState.CORRECTING, 1)
    house.clock.sleep(house.terms.quarantine_seconds + 1)
    carry_invoices(house.context())
    assert (house.standing(invoice_id), len(house.erp.calls("change"))) == (DONE, 2)


def test_a_change_whose_answer_was_lost_is_found_done() -> None:
    house, invoice_id = booked_on_hold()
    house.erp.fail("change", LOST, side="after")
    correct(house)
    carry_invoices(house.context())
    assert (house.standing(invoice_id), len(house.erp.calls("change"))) == (DONE, 1)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("step", ["plan correction", "correct", "change bill", "recorded", "verified"])
def test_a_crash_at_any_step_leaves_one_bill_with_the_later_version(step: str, side: str) -> None:
    house, invoice_id = booked_on_hold()
    house.exchange.drop_invoices("b.csv", LATER)
    house.crash(CrashAt(step, side), carry_invoices)  # type: ignore[arg-type]
    house.clock.sleep(house.terms.crash_quarantine_seconds + 1)
    carry_invoices(house.context(holder="process-2"))
    assert house.standing(invoice_id) == DONE
    (bill,) = house.bills(invoice_id)
    assert (bill.amount, bill.status, len(house.erp.calls("create"))) == (Decimal("90.00"), "On Hold", 1)


def test_a_refused_change_is_a_persons_with_acumaticas_words() -> None:
    house, invoice_id = booked_on_hold()
    before = house.bills(invoice_id)
    house.erp.fail("change", REFUSED)
    correct(house)
    assert (house.standing(invoice_id), house.bills(invoice_id)) == (PERSON, before)
    assert "Account is inactive" in " ".join(each.message for each in house.invoices.rows[invoice_id].findings)


def test_a_third_version_while_a_change_is_in_flight_is_brought_to_the_bill_afterwards() -> None:
    house, invoice_id = booked_on_hold()
    house.erp.fail("change", LOST)
    correct(house)
    house.exchange.drop_invoices("c.csv", an_invoice("95.00", a_line("95.00")))
    carry_invoices(house.context())
    assert house.standing(invoice_id)[0] is PostingState.CORRECTING
    house.clock.sleep(house.terms.quarantine_seconds + 1)
    for _ in range(2):
        carry_invoices(house.context())
    assert (house.standing(invoice_id), house.bills(invoice_id)[0].amount) == (DONE, Decimal("95.00"))
    assert len(house.erp.calls("create")) == 1


def test_a_cancellation_while_a_change_is_in_flight_stops_the_bill_on_hold() -> None:
    house, invoice_id = booked_on_hold()
    house.erp.fail("change", LOST)
    correct(house)
    house.exchange.drop_invoices("c.csv", replace(LATER, status="Canceled Invoice"))
    carry_invoices(house.context())
    assert house.standing(invoice_id)[0] is PostingState.CORRECTING
    house.clock.sleep(house.terms.quarantine_seconds + 1)
    carry_invoices(house.context())
    assert (house.standing(invoice_id), house.codes(invoice_id)[-1]) == ((PostingState.PERSON, "voided"), "R18")


def test_in_a_freeze_no_bill_is_changed() -> None:
    house, invoice_id = booked_on_hold()
    house.terms = a_house(finish="hold", freeze_until=house.clock.now().date().replace(year=2027)).terms
    correct(house)
    assert (house.standing(invoice_id)[0], house.erp.calls("change")) == (PostingState.CORRECTING, [])
