"""What the protocol tells a person: each finding whole, so that a figure or a field that goes missing is seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.protocol import (
    NotProven,
    Person,
    carries_mark,
    findings_for_double,
    findings_for_foreign,
    findings_for_mismatch,
    findings_for_no_override,
    findings_for_refusal,
    judge_attempts,
    judge_finished,
    judge_hold,
    judge_verified,
    note_attachments,
    note_due_date,
    note_tax_set,
    plan_taxes,
    same_heading,
    update_notes,
)
from ml_connector.domain.protocol.comparison import Mismatch, compare_bill
from ml_connector.domain.values.bill import BillsFound, BillTax
from ml_connector.domain.values.invoice import Attachment
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import FieldFault
from ml_connector.problems import Finding
from tests.builders import MARK, a_bill, a_plan, a_posting, an_invoice

PLAN = a_plan()
BILL = a_bill()
REF = BILL.key


def told(findings: Iterable[Finding]) -> list[tuple[Any, ...]]:
    return [(each.code, each.field, each.expected, each.found, each.message) for each in findings]


def asked(verdict: object) -> tuple[str, list[tuple[Any, ...]]]:
    assert isinstance(verdict, Person)
    return verdict.reason, told(verdict.findings)


def finished(bill: Any, state: PostingState = PostingState.VERIFIED) -> object:
    return judge_finished(PLAN, bill, "release", state=state, own_ref=REF)


def test_the_mark_counts_behind_blanks_and_not_before_them() -> None:
    assert carries_mark(replace(BILL, description=f"  {MARK} October"), MARK)
    assert not carries_mark(replace(BILL, description=f"October {MARK}"), MARK)


def test_two_attempts_without_an_answer_are_told_by_their_number() -> None:
    assert judge_attempts(a_posting(PostingState.UNCERTAIN, attempts=1)) is None
    message = "2 attempts to create the bill brought no answer that proves anything; no bill was found."
    assert asked(judge_attempts(a_posting(PostingState.UNCERTAIN, attempts=2))) == (
        "gave_up",
        [("Z05", "bill", None, None, message)],
    )


def test_a_bill_typed_by_hand_is_named_with_its_day_amount_and_status() -> None:
    typed = a_bill(number="000900", status="Open")
    undated = a_bill(number="000901", dated_on=None)
    findings = findings_for_foreign([typed, undated])
    assert told(findings) == [
        (
            "H02",
            "invoice_number",
            None,
            "Bill/000900",
            "Already booked as Bill 000900 on 2026-10-05, 1,284.37, Open.",
        ),
        ("H02", "invoice_number", None, "Bill/000901", "Already booked as Bill 000901, 1,284.37, On Hold."),
    ]
    assert {each.fix for each in findings} == {
        "If it is this invoice, mark it as handled by that bill; if not, accept it with a reason."
    }


def test_several_bills_of_ours_are_all_named() -> None:
    names = "Bill 000123 (On Hold), Bill 000124 (Open)"
    findings = findings_for_double([BILL, a_bill(number="000124", status="Open")])
    assert told(findings) == [("R15", "bill", "1", names, f"Several bills carry our mark: {names}.")]


@pytest.mark.parametrize("status", ["Balanced", "Open", "Closed", "Pre-Released", "Reserved"])
def test_a_bill_that_did_not_stay_on_hold_is_told(status: str) -> None:
    message = (
        "This tenant releases bills at once; the safe mode is not possible here: "
        f"Bill 000123 was asked for on hold and is {status}."
    )
    assert told(judge_hold(a_bill(status=status))) == [("Z16", "status", "On Hold", status, message)]


@pytest.mark.parametrize(
    "bill",
    [BILL, a_bill(status="Pending Approval"), replace(a_bill(status="Open"), hold=True), a_bill(status="Rejected")],
)
def test_a_bill_on_hold_or_in_approval_is_as_it_should_be(bill: Any) -> None:
    assert judge_hold(bill) == ()


def test_a_bill_that_is_gone_is_named() -> None:
    expected = ("gone", [("R16", "bill", "Bill/000123", None, "Bill Bill/000123 is not in Acumatica any more.")])
    listed = BillsFound((BILL,), True)
    assert asked(judge_verified(PLAN, listed, REF, None, tax_tolerance=Decimal(0))) == expected
    assert asked(finished(None)) == expected


def test_a_bill_that_is_being_recoded_proves_nothing() -> None:
    bill = a_bill(status="Under Reclassification")
    expected = NotProven("bill Bill/000123 is being recoded in Acumatica; look again when it is done")
    assert judge_verified(PLAN, BillsFound((bill,), True), REF, bill, tax_tolerance=Decimal(0)) == expected
    assert finished(bill) == expected


@pytest.mark.parametrize(
    ("status", "reason", "code", "message"),
    [
        ("Rejected", "not_approved", "C02", "Bill 000123 was rejected in Acumatica."),
        ("Voided", "gone", "R19", "Bill 000123 was voided in Acumatica."),
        ("Printed", "status", "C03", "Bill 000123 has the status 'Printed', with which it cannot go on."),
    ],
)
def test_a_status_with_which_a_bill_cannot_go_on_is_told(status: str, reason: str, code: str, message: str) -> None:
    assert asked(finished(a_bill(status=status))) == (reason, [(code, "status", None, status, message)])


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("On Hold", PostingState.OFF_HOLD),
        ("On Hold", PostingState.RELEASED),
        ("Pending Approval", PostingState.RELEASED),
        ("Balanced", PostingState.RELEASED),
    ],
)
def test_a_bill_that_was_put_back_is_told(status: str, state: PostingState) -> None:
    message = f"Bill 000123 was put back to {status} in Acumatica; it is left as it is."
    assert asked(finished(a_bill(status=status), state)) == (
        "held_again",
        [("C03", "status", None, status, message)],
    )


@pytest.mark.parametrize("status", ["On Hold", "Balanced"])
def test_a_bill_edited_since_it_was_verified_is_told_field_by_field(status: str) -> None:
    state = PostingState.VERIFIED if status == "On Hold" else PostingState.OFF_HOLD
    edited = a_bill(status=status, dated_on=date(2026, 10, 6))
    assert asked(finished(edited, state)) == (
        "mismatch",
        [("Z12", "dated_on", "2026-10-05", "2026-10-06", "On the bill the date is 2026-10-06; 2026-10-05 was sent.")],
    )


def test_a_tax_nobody_stated_is_told_as_computed_without_one() -> None:
    without = a_plan()
    assert told(findings_for_mismatch(without, (Mismatch("tax_total", "0.00", "7.00"),))) == [
        ("X04", "tax_total", "0.00", "7.00", "Acumatica computes 7.00 of tax; the invoice states 0.00.")
    ]
    stated = a_plan(stated_tax=Decimal("6.00"))
    assert told(findings_for_mismatch(stated, (Mismatch("tax_total", "6.00", "7.00"),))) == [
        ("X01", "tax_total", "6.00", "7.00", "Acumatica computes 7.00 of tax; the invoice states 6.00.")
    ]


def test_a_field_of_a_line_is_told_with_its_line() -> None:
    findings = findings_for_mismatch(
        PLAN, (Mismatch("cost_code", "03-100", None, 2), Mismatch("branch", "MAIN", "EAST"))
    )
    assert told(findings) == [
        ("Z12", "lines[2].cost_code", "03-100", None, "On line 2 the cost code is empty; 03-100 was sent."),
        ("Z12", "branch", "MAIN", "EAST", "On the bill the branch is EAST; MAIN was sent."),
    ]


def test_an_empty_description_is_no_text() -> None:
    (mismatch,) = compare_bill(replace(PLAN, description="XXXX"), replace(BILL, description=""))
    assert mismatch == Mismatch("description", "XXXX", "")


def test_two_reads_are_equal_in_heading_whatever_their_lines() -> None:
    listed = replace(BILL, lines=None, taxes=None)
    assert same_heading(BILL, listed)
    assert same_heading(listed, BILL)
    assert not same_heading(BILL, replace(listed, status="Open"))


def test_stated_tax_is_split_by_what_was_computed_and_the_last_takes_the_rounding() -> None:
    taxes = tuple(BillTax(name, Decimal("100.00"), Decimal(amount)) for name, amount in [("A", "1.00"), ("B", "2.00")])
    bill = a_bill(taxes=taxes, tax_total=Decimal("3.00"))
    assert [tax.amount for tax in plan_taxes(bill, Decimal("3.10"))] == [Decimal("1.03"), Decimal("2.07")]
    yen = replace(bill, currency="JPY")
    assert [tax.amount for tax in plan_taxes(yen, Decimal(4))] == [Decimal(1), Decimal(3)]
    unstated = replace(bill, currency=None)
    assert [tax.amount for tax in plan_taxes(unstated, Decimal("3.10"))] == [Decimal("1.03"), Decimal("2.07")]


@pytest.mark.parametrize("tax_total", [None, Decimal("2.99"), Decimal(0)])
def test_taxes_that_do_not_add_up_are_not_split(tax_total: Decimal | None) -> None:
    taxes = (BillTax("A", Decimal("100.00"), Decimal("1.00")), BillTax("B", Decimal("100.00"), Decimal("2.00")))
    assert plan_taxes(a_bill(taxes=taxes, tax_total=tax_total), Decimal("3.10")) == ()
    one = (BillTax("A", Decimal("100.00"), Decimal("1.00")),)
    assert plan_taxes(a_bill(taxes=one, tax_total=tax_total), Decimal("3.10")) == ()


def test_a_tax_that_was_set_is_a_note_with_all_three_figures() -> None:
    note = note_tax_set(Decimal("7.01"), Decimal("7.00"), Decimal("0.05"))
    message = "Tax computed 7.01, stated 7.00, within 0.05: the stated tax was set."
    assert told([note]) == [("X01", "tax_total", "7.00", "7.01", message)]
    assert (note.severity, note.fix) == ("note", "Nothing to do.")


def test_a_tax_that_cannot_be_set_is_told_with_both_figures() -> None:
    message = (
        "Acumatica computes 7.01 of tax, the invoice states 7.00, and the tax cannot be set here; "
        "the bill stays on hold."
    )
    assert told(findings_for_no_override(Decimal("7.01"), Decimal("7.00"))) == [
        ("X12", "tax_total", "7.00", "7.01", message)
    ]


def test_a_due_date_by_the_terms_is_noted_with_both_dates() -> None:
    bill, stated = a_bill(due_on=date(2026, 11, 4)), date(2026, 11, 1)
    assert told(note_due_date(PLAN, bill, stated_on=stated)) == [
        (
            "H27",
            "due_date",
            "2026-11-01",
            "2026-11-04",
            "Due on 2026-11-04 by the terms in Acumatica; Stampli says 2026-11-01.",
        )
    ]


@pytest.mark.parametrize(
    ("sent", "there", "stated"),
    [
        (None, None, date(2026, 11, 1)),
        (None, date(2026, 11, 4), None),
        (None, date(2026, 11, 4), date(2026, 11, 4)),
        (date(2026, 11, 1), date(2026, 11, 4), date(2026, 11, 1)),
    ],
)
def test_a_due_date_that_agrees_or_was_sent_is_not_noted(
    sent: date | None, there: date | None, stated: date | None
) -> None:
    assert note_due_date(a_plan(due_on=sent), a_bill(due_on=there), stated_on=stated) == ()


@pytest.mark.parametrize(
    ("path", "mandatory", "code", "field", "message"),
    [
        ("", False, "UNRECOGNISED", "bill", "Acumatica refused the bill: No."),
        ("VendorRef", True, "Z08", "vendor_ref", "Acumatica refused the vendor ref: No."),
        ("Details[2].ProjectTask", False, "UNRECOGNISED", "lines[2].project_task", None),
        ("Details[2]", True, "Z08", "lines[2].line", "Acumatica refused line 2: No."),
        ("Financial.Branch", False, "UNRECOGNISED", "financial_branch", "Acumatica refused the financial branch: No."),
    ],
)
def test_a_refusal_names_the_field_in_words(
    path: str, mandatory: bool, code: str, field: str, message: str | None
) -> None:
    told_as = message or "Acumatica refused the project task of line 2: No."
    assert told(findings_for_refusal("whole", (FieldFault(path, "No.", mandatory),))) == [
        (code, field, None, None, told_as)
    ]


def test_a_refusal_without_a_field_is_told_whole() -> None:
    assert told(findings_for_refusal("No.", ())) == [
        ("UNRECOGNISED", "bill", None, None, "Acumatica refused the bill: No.")
    ]


def test_an_attachment_that_is_missing_is_a_note_of_the_attachments() -> None:
    notes = note_attachments(an_invoice(attachments=(Attachment("a.pdf"), Attachment("a.pdf"), Attachment("b.pdf"))))
    assert told(notes) == [
        ("Z17", "attachments", "a.pdf", None, "a.pdf is not attached to the bill yet."),
        ("Z17", "attachments", "b.pdf", None, "b.pdf is not attached to the bill yet."),
    ]
    failed = update_notes(notes, ["b.pdf"], {"a.pdf": "too large."})
    assert told(failed) == [("Z17", "attachments", "a.pdf", None, "a.pdf is not attached to the bill yet: too large.")]
    nameless = replace(notes[0], expected=None)
    assert update_notes([nameless], ["XXXX"], {"XXXX": "x"}) == (nameless,)
