"""The verify, the finish and the final re-read: only our one bill, as sent, goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.protocol import (
    Finished,
    NextStep,
    NotProven,
    Person,
    Release,
    TakeOffHold,
    TaxDiffers,
    Verification,
    Verified,
    WaitForApproval,
    findings_for_no_override,
    findings_for_refusal,
    judge_finished,
    judge_listed,
    judge_verified,
    note_due_date,
    note_tax_set,
    plan_taxes,
)
from ml_connector.domain.values.bill import Bill, BillKey, BillsFound, BillTax
from ml_connector.domain.values.posting import Finish, PostingState
from ml_connector.errors import FieldFault
from tests.builders import MARK, a_bill, a_plan

PLAN = a_plan()
BILL = a_bill()
REF = BILL.key
TYPED_ELSEWHERE = a_bill(number="000901", description="typed by hand", vendor_ref="OTHER", status="Open")
TYPED = a_bill(number="000900", description="typed by hand", status="Open")


def verify(bill: Bill | None = BILL, *others: Bill, **members: Any) -> Verification:
    """Our bill read by key, and the list with it and others."""
    listed = (bill or BILL, *others)
    values: dict[str, Any] = {"tax_tolerance": Decimal("0.05"), **members}
    return judge_verified(values.pop("plan", PLAN), BillsFound(listed, True), REF, bill, **values)


@pytest.mark.parametrize("status", ["On Hold", "Pending Approval", "Balanced", "Open", "Closed"])
def test_our_one_bill_as_sent_is_verified_in_any_status_a_person_may_have_brought_it_to(status: str) -> None:
    bill = replace(BILL, status=status)
    assert verify(bill) == Verified(bill)


def test_a_list_that_shows_the_bill_whole_and_as_sent_proves_it() -> None:
    assert judge_listed(PLAN, BillsFound((TYPED_ELSEWHERE, BILL), True), REF) == Verified(BILL)
    both = BillsFound((TYPED, BILL), True)
    assert judge_listed(PLAN, both, REF, accepted={TYPED.key}) == Verified(BILL)


@pytest.mark.parametrize(
    "shown",
    [
        {"amount": Decimal("0.01")},
        {"lines": None},
        {"lines": ()},
        {"lines": PLAN.lines * 2},
        {"balance": None},
        {"tax_total": None},
        {"tax_total": Decimal("0.01"), "balance": PLAN.amount + Decimal("0.01")},
        {"status": "Voided"},
        {"status": "Under Reclassification"},
        {"key": BillKey("Debit Adj.", REF.number)},
    ],
)
def test_a_list_proves_that_a_bill_is_as_sent_and_never_that_it_is_not(shown: dict[str, Any]) -> None:
    assert judge_listed(PLAN, BillsFound((replace(BILL, **shown),), True), REF) is None


def test_a_list_proves_nothing_of_a_bill_that_has_a_double_or_is_not_in_it() -> None:
    double = replace(BILL, key=BillKey("Bill", "000124"))
    assert [judge_listed(PLAN, BillsFound(bills, True), REF) for bills in ((BILL, double), (BILL, TYPED), ())] == [
        None,
        None,
        None,
    ]


def test_a_list_without_our_own_number_proves_nothing() -> None:
    verdict = judge_verified(PLAN, BillsFound((), True), REF, BILL, tax_tolerance=Decimal(0))
    assert verdict == NotProven("the list did not show our own bill Bill/000123; it proves nothing")


def test_a_bill_that_is_gone_asks_a_person() -> None:
    verdict = verify(None)
    assert isinstance(verdict, Person)
    assert (verdict.reason, [each.code for each in verdict.findings]) == ("gone", ["R16"])


def test_a_double_of_ours_stops_even_where_ours_is_perfect() -> None:
    verdict = verify(BILL, replace(BILL, key=BillKey("Bill", "000124")))
    assert isinstance(verdict, Person)
    assert (verdict.reason, [each.code for each in verdict.findings]) == ("double", ["R15"])


def test_a_bill_typed_meanwhile_stops_it() -> None:
    verdict = verify(BILL, TYPED)
    assert isinstance(verdict, Person)
    assert (verdict.reason, [each.code for each in verdict.findings]) == ("exists", ["H02"])
    assert verify(BILL, TYPED, accepted={TYPED.key}) == Verified(BILL)
    last_year = verify(BILL, replace(TYPED, dated_on=date(2025, 10, 5), amount=Decimal("9.00")))
    assert isinstance(last_year, Person)
    assert [(each.code, each.severity) for each in last_year.findings] == [("H02", "review")]


def test_bills_of_other_invoices_in_the_same_read_do_not_matter() -> None:
    assert verify(BILL, replace(TYPED, vendor_ref="INV-8842"), replace(TYPED, status="Voided")) == Verified(BILL)


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        ("Rejected", "not_approved", "C02"),
        ("Voided", "gone", "R19"),
        ("Scheduled", "status", "C03"),
        ("Weird", "status", "C03"),
    ],
)
def test_a_status_that_cannot_go_on_asks_a_person(status: str, reason: str, code: str) -> None:
    verdict = verify(replace(BILL, status=status))
    assert isinstance(verdict, Person)
    assert (verdict.reason, [each.code for each in verdict.findings]) == (reason, [code])


def test_a_bill_being_recoded_is_looked_at_again_later() -> None:
    assert isinstance(verify(replace(BILL, status="Under Reclassification")), NotProven)


def test_any_other_difference_asks_a_person_and_the_bill_stays_on_hold() -> None:
    verdict = verify(replace(BILL, amount=Decimal("1284.38")))
    assert isinstance(verdict, Person)
    assert verdict.reason == "mismatch"
    assert [(each.code, each.field) for each in verdict.findings] == [("Z12", "amount")]


TAXED = a_plan(amount=Decimal("6300.93"), stated_tax=Decimal("425.93"))


def taxed(computed: str, **members: Any) -> Bill:
    """The bill with the tax Acumatica computes."""
    return a_bill(TAXED, tax_total=Decimal(computed), **members)


@pytest.mark.parametrize(("computed", "within"), [("425.94", True), ("425.98", True), ("425.99", False), ("0", False)])
def test_a_tax_that_differs_may_be_set_within_the_tolerance_alone(computed: str, within: bool) -> None:
    verdict = verify(taxed(computed), plan=TAXED)
    assert isinstance(verdict, TaxDiffers)
    assert (verdict.computed, verdict.stated) == (Decimal(computed), Decimal("425.93"))
    assert verdict.within_tolerance is within
    assert [each.code for each in verdict.findings] == ["X01"]


def test_the_total_may_follow_the_tax_by_the_same_cents_only() -> None:
    followed = taxed("425.94", amount=Decimal("6300.94"), balance=Decimal("6300.94"))
    assert isinstance(verify(followed, plan=TAXED), TaxDiffers)
    assert isinstance(verify(replace(followed, amount=Decimal("6300.95")), plan=TAXED), Person)
    less = Decimal("5875.00")
    unseen = replace(taxed("0", amount=less, balance=less), tax_total=None)
    assert isinstance(verify(unseen, plan=TAXED), TaxDiffers)


def test_no_tax_is_ever_set_where_the_invoice_states_none() -> None:
    untaxed = replace(TAXED, stated_tax=None)
    verdict = verify(taxed("0.03", balance=Decimal("6300.96")), plan=untaxed)
    assert isinstance(verdict, TaxDiffers)
    assert not verdict.within_tolerance
    assert [each.code for each in verdict.findings] == ["X04"]
    more = Decimal("6301.93")
    a_dollar = verify(taxed("1.00", amount=more, balance=more), plan=untaxed)
    assert isinstance(a_dollar, TaxDiffers)
    assert (a_dollar.computed, a_dollar.stated, a_dollar.within_tolerance) == (Decimal(1), Decimal(0), False)


@pytest.mark.parametrize("status", ["Balanced", "Open"])
def test_the_tax_of_a_bill_off_hold_is_not_touched(status: str) -> None:
    assert isinstance(verify(taxed("425.94", status=status), plan=TAXED), Person)


def test_a_stated_tax_is_split_by_the_computed_shares_and_the_last_takes_the_rounding() -> None:
    rows = (
        BillTax("STATE", Decimal("100"), Decimal("4.00")),
        BillTax("COUNTY", Decimal("100"), Decimal("2.00")),
        BillTax("CITY", Decimal("100"), Decimal("1.25")),
    )
    bill = a_bill(tax_total=Decimal("7.25"), taxes=rows)
    planned = plan_taxes(bill, Decimal("7.27"))
    assert [(tax.tax_id, tax.amount) for tax in planned] == [
        ("STATE", Decimal("4.01")),
        ("COUNTY", Decimal("2.01")),
        ("CITY", Decimal("1.25")),
    ]
    assert sum(tax.amount for tax in planned) == Decimal("7.27")
    thirds = tuple(replace(row, amount=Decimal("1.10")) for row in rows)
    shares = plan_taxes(replace(bill, taxes=thirds, tax_total=Decimal("3.30")), Decimal("3.32"))
    assert [tax.amount for tax in shares] == [Decimal("1.11"), Decimal("1.11"), Decimal("1.10")]
    assert plan_taxes(replace(bill, tax_total=Decimal("6.00")), Decimal("7.27")) == ()
    assert plan_taxes(replace(bill, taxes=None), Decimal("7.27")) == ()


def test_what_became_of_the_tax_is_told_with_both_figures() -> None:
    note = note_tax_set(Decimal("425.94"), Decimal("425.93"), Decimal("0.05"))
    assert (note.code, note.severity) == ("X01", "note")
    assert note.message == "Tax computed 425.94, stated 425.93, within 0.05: the stated tax was set."
    refused = findings_for_no_override(Decimal("425.94"), Decimal("425.93"))
    assert [(each.code, each.severity, each.expected, each.found) for each in refused] == [
        ("X12", "stop", "425.93", "425.94")
    ]


def step(status: str, finish: Finish, state: PostingState) -> NextStep:
    """The next step for our bill in that status."""
    return judge_finished(PLAN, replace(BILL, status=status), finish, state=state, own_ref=REF)


VER, OFF, REL = PostingState.VERIFIED, PostingState.OFF_HOLD, PostingState.RELEASED
STEPS: list[tuple[str, Finish, PostingState, NextStep]] = [
    ("On Hold", "hold", VER, Finished()),
    ("Balanced", "hold", VER, Finished()),
    ("Open", "hold", VER, Finished()),
    ("On Hold", "balance", VER, TakeOffHold()),
    ("Pending Approval", "balance", OFF, WaitForApproval()),
    ("Balanced", "balance", OFF, Finished()),
    ("Open", "balance", OFF, Finished()),
    ("On Hold", "release", VER, TakeOffHold()),
    ("Balanced", "release", VER, Release()),
    ("Pending Approval", "release", OFF, WaitForApproval()),
    ("Balanced", "release", OFF, Release()),
    ("Open", "release", OFF, Finished()),
    ("Closed", "release", REL, Finished()),
    ("Pre-Released", "release", OFF, Finished()),
]


@pytest.mark.parametrize(("status", "finish", "state", "expected"), STEPS)
def test_the_next_step_follows_the_status_that_is_there(
    status: str, finish: Finish, state: PostingState, expected: NextStep
) -> None:
    assert step(status, finish, state) == expected


@pytest.mark.parametrize(
    ("status", "state"),
    [("On Hold", OFF), ("On Hold", REL), ("Balanced", REL), ("Pending Approval", REL)],
)
def test_a_bill_that_went_back_is_a_persons_doing_and_is_left_alone(status: str, state: PostingState) -> None:
    verdict = step(status, "release", state)
    assert isinstance(verdict, Person)
    assert (verdict.reason, [each.code for each in verdict.findings]) == ("held_again", ["C03"])


@pytest.mark.parametrize("finish", ["balance", "release"])
@pytest.mark.parametrize(("status", "reason"), [("Rejected", "not_approved"), ("Voided", "gone"), ("Weird", "status")])
def test_a_bill_that_cannot_go_on_asks_a_person(status: str, reason: str, finish: Finish) -> None:
    verdict = step(status, finish, OFF)
    assert isinstance(verdict, Person)
    assert verdict.reason == reason


def test_a_bill_gone_or_being_recoded_is_never_finished() -> None:
    assert isinstance(judge_finished(PLAN, None, "release", state=OFF, own_ref=REF), Person)
    assert isinstance(step("Under Reclassification", "release", REL), NotProven)


def test_a_due_date_by_the_terms_is_noted_where_stampli_says_another() -> None:
    bill = replace(BILL, due_on=date(2026, 11, 4))
    notes = note_due_date(PLAN, bill, stated_on=date(2026, 11, 5))
    assert [(each.code, each.severity, each.message) for each in notes] == [
        ("H27", "note", "Due on 2026-11-04 by the terms in Acumatica; Stampli says 2026-11-05.")
    ]
    assert note_due_date(PLAN, bill, stated_on=date(2026, 11, 4)) == ()
    assert note_due_date(PLAN, bill, stated_on=None) == ()


def test_a_refusal_keeps_acumaticas_own_words_and_names_the_line() -> None:
    faults = (FieldFault("Details[2].ProjectTask", "Task is not active."), FieldFault("VendorRef", "Already used."))
    findings = findings_for_refusal("An error occurred", faults)
    assert [(each.code, each.severity, each.field, each.message) for each in findings] == [
        (
            "UNRECOGNISED",
            "stop",
            "lines[2].project_task",
            "Acumatica refused the project task of line 2: Task is not active.",
        ),
        ("UNRECOGNISED", "stop", "vendor_ref", "Acumatica refused the vendor ref: Already used."),
    ]
    assert [each.message for each in findings_for_refusal("Vendor is on hold", ())] == [
        "Acumatica refused the bill: Vendor is on hold"
    ]
    assert findings_for_refusal("x", (FieldFault("Details[1]", "Bad"),))[0].message == "Acumatica refused line 1: Bad"


def test_a_mark_counts_at_the_start_of_the_description_alone() -> None:
    assert isinstance(verify(BILL, replace(TYPED, vendor_ref="X", description=f"see {MARK}")), Verified)


@pytest.mark.parametrize(("status", "state"), [("On Hold", PostingState.VERIFIED), ("Balanced", PostingState.OFF_HOLD)])
def test_a_bill_edited_since_it_was_verified_is_neither_taken_off_hold_nor_released(
    status: str, state: PostingState
) -> None:
    edited = replace(BILL, status=status, amount=BILL.amount + 1)
    verdict = judge_finished(PLAN, edited, "release", state=state, own_ref=REF)
    assert isinstance(verdict, Person)
    assert (verdict.reason, [finding.field for finding in verdict.findings]) == ("mismatch", ["amount"])
    taxed_since = replace(BILL, status=status, tax_total=Decimal("7.00"), balance=BILL.amount + 7)
    told = judge_finished(PLAN, taxed_since, "release", state=state, own_ref=REF)
    assert isinstance(told, Person)
    assert [(finding.code, finding.field) for finding in told.findings] == [("X04", "tax_total")]


def test_a_list_that_shows_another_tax_proves_nothing() -> None:
    assert judge_listed(TAXED, BillsFound((taxed("425.94"),), True), REF) is None
