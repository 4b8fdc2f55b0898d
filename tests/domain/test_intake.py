"""What becomes of an arriving invoice: taken, waiting, replaced, or a person's business; never a second create."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ml_connector.domain.intake import (
    Correction,
    Known,
    NotFinal,
    Replace,
    TakeNew,
    Verdict,
    Withdrawn,
    judge_arrival,
    nothing_sent,
)
from ml_connector.domain.keys import content_hash
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceTax
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from tests.builders import NOON, a_line, a_posting, a_record, an_invoice, usd

FINAL = ("Authorized for Payment", "Paid Invoice")
BILL = BillKey("Bill", "000123")
AFTER_INTENT = [
    PostingState.INTENT,
    PostingState.UNCERTAIN,
    PostingState.RECORDED,
    PostingState.VERIFIED,
    PostingState.OFF_HOLD,
    PostingState.RELEASED,
    PostingState.DONE,
]


def arrive(invoice: ApprovedInvoice, existing: InvoiceRecord | None = None, **members: Any) -> Verdict:
    """The verdict under the usual statuses and cut-over."""
    values: dict[str, Any] = {"final_statuses": FINAL, "cut_over": date(2026, 1, 1), **members}
    return judge_arrival(invoice, existing, content_hash(invoice), **values)


def sent(state: PostingState, **members: Any) -> Posting:
    """A row whose bill was asked for."""
    return a_posting(state, **{"attempts": 1, "sent_at": NOON, "ref": BILL, **members})


@pytest.mark.parametrize("status", ["Authorized for Payment", " paid invoice ", None, ""])
def test_a_final_invoice_is_taken(status: str | None) -> None:
    assert arrive(an_invoice(status=status)) == TakeNew(PostingState.RECEIVED, None, "received")


@pytest.mark.parametrize("status", ["Pending Approval", "Approved and Pending AP Authorization", "Weird"])
def test_an_unknown_or_not_final_status_waits(status: str) -> None:
    note = f"'{status}' is not a final status; waiting for a final version"
    assert arrive(an_invoice(status=status)) == TakeNew(PostingState.WAITING, None, note)


@pytest.mark.parametrize("status", ["Canceled Invoice", "Voided"])
def test_an_invoice_canceled_before_anything_was_booked_is_closed(status: str) -> None:
    note = "canceled in Stampli before anything was booked"
    assert arrive(an_invoice(status=status)) == TakeNew(PostingState.CLOSED, "voided", note)


def test_a_status_the_connection_calls_final_is_final_whatever_it_says() -> None:
    assert isinstance(arrive(an_invoice(status="Void"), final_statuses=("VOID",)), TakeNew)
    assert arrive(an_invoice(status="Void"), final_statuses=("VOID",)) == TakeNew(
        PostingState.RECEIVED, None, "received"
    )


def test_before_the_cut_over_nothing_is_ever_posted() -> None:
    early = an_invoice(invoice_date=date(2025, 12, 31))
    note = "dated 2025-12-31, before the cut-over of 2026-01-01; never posted"
    assert arrive(early) == TakeNew(PostingState.CLOSED, "before_cut_over", note)
    assert arrive(an_invoice(invoice_date=date(2026, 1, 1))) == TakeNew(PostingState.RECEIVED, None, "received")
    assert arrive(early, cut_over=None) == TakeNew(PostingState.RECEIVED, None, "received")


@pytest.mark.parametrize("state", list(PostingState))
def test_the_same_content_again_is_known(state: PostingState) -> None:
    if state in (PostingState.WAITING, PostingState.CLOSED):
        posting = a_posting(state, reason="duplicate" if state is PostingState.CLOSED else None)
        status = "Pending Approval" if state is PostingState.WAITING else "Paid Invoice"
    else:
        posting, status = a_posting(state), "Paid Invoice"
    invoice = an_invoice(status=status)
    assert isinstance(arrive(invoice, a_record(posting, invoice)), Known)


def test_a_final_version_of_the_same_content_ends_the_waiting() -> None:
    waiting = a_record(a_posting(PostingState.WAITING), an_invoice(status="Pending Approval"))
    assert arrive(an_invoice(), waiting) == Replace(PostingState.RECEIVED, None, "received")


@pytest.mark.parametrize("state", [PostingState.RECEIVED, PostingState.READY, PostingState.REJECTED])
def test_a_newer_version_before_the_intent_takes_the_old_ones_place(state: PostingState) -> None:
    newer = an_invoice("99.00")
    assert arrive(newer, a_record(a_posting(state))) == Replace(PostingState.RECEIVED, None, "received")
    withdrawn = arrive(an_invoice("99.00", status="Pending Approval"), a_record(a_posting(state)))
    assert isinstance(withdrawn, Replace)
    assert withdrawn.state is PostingState.WAITING
    canceled = arrive(an_invoice(status="Canceled Invoice"), a_record(a_posting(state)))
    assert canceled == Replace(PostingState.CLOSED, "voided", "canceled in Stampli before anything was booked")


def test_a_number_mended_in_stampli_is_taken_where_a_look_up_had_found_somebody_elses_bill() -> None:
    asked = a_record(a_posting(PostingState.PERSON, reason="exists"))
    assert isinstance(arrive(an_invoice(invoice_number="INV-8842"), asked), Replace)
    gave_up = a_record(a_posting(PostingState.PERSON, reason="gave_up", attempts=2, sent_at=NOON))
    assert isinstance(arrive(an_invoice(invoice_number="INV-8842"), gave_up), Correction)


@pytest.mark.parametrize("state", [*AFTER_INTENT, PostingState.PERSON, PostingState.LINKED])
def test_other_content_after_the_intent_is_a_correction_field_by_field(state: PostingState) -> None:
    verdict = arrive(an_invoice("1300.00"), a_record(sent(state)))
    assert isinstance(verdict, Correction)
    assert [(each.code, each.severity, each.field, each.expected, each.found) for each in verdict.findings] == [
        ("C04", "stop", "total", "1284.37", "1300.00"),
        ("C04", "stop", "lines[1].amount", "1284.37", "1300.00"),
    ]
    assert verdict.findings[0].message == (
        "Total was 1284.37 and is now 1300.00 in Stampli; bill Bill/000123 stays as it is."
    )
    assert verdict.findings[1].message == (
        "Line 1 amount was 1284.37 and is now 1300.00 in Stampli; bill Bill/000123 stays as it is."
    )


def test_a_field_that_came_or_went_is_told_as_empty() -> None:
    before = an_invoice(tax_total=usd("1.00"))
    after = an_invoice(description="Water")
    verdict = arrive(after, a_record(sent(PostingState.DONE), before))
    assert isinstance(verdict, Correction)
    assert {each.message.partition(" in Stampli")[0] for each in verdict.findings} == {
        "Tax total was 1.00 and is now empty",
        "Description was empty and is now Water",
    }


def test_rows_in_another_order_make_no_correction() -> None:
    lines = (a_line("1.00"), a_line("2.00"))
    record = a_record(sent(PostingState.DONE), an_invoice("3.00", *lines))
    assert isinstance(arrive(an_invoice("3.00", *lines[::-1]), record), Known)


@pytest.mark.parametrize("state", AFTER_INTENT)
def test_a_cancellation_after_the_intent_asks_a_person_and_deletes_nothing(state: PostingState) -> None:
    verdict = arrive(an_invoice(status="Canceled Invoice"), a_record(sent(state)))
    assert isinstance(verdict, Withdrawn)
    assert [(each.code, each.severity, each.message) for each in verdict.findings] == [
        (
            "R18",
            "stop",
            "The invoice was canceled in Stampli after it was sent for booking; its bill Bill/000123 stays in "
            "Acumatica.",
        )
    ]


def test_a_cancellation_is_told_once() -> None:
    known = a_record(sent(PostingState.PERSON, reason="voided"))
    assert isinstance(arrive(an_invoice(status="Canceled Invoice"), known), Known)
    refused = a_record(a_posting(PostingState.CLOSED, reason="refused"))
    assert isinstance(arrive(an_invoice(status="Canceled Invoice"), refused), Known)


def test_a_version_that_is_not_final_changes_nothing_after_the_intent() -> None:
    verdict = arrive(an_invoice("99.00", status="Pending Approval"), a_record(sent(PostingState.DONE)))
    assert verdict == NotFinal("a version came that is not final (Pending Approval); the bill stays as it is")


@pytest.mark.parametrize("reason", ["voided", "before_cut_over"])
def test_a_newer_final_version_opens_a_void_again(reason: str) -> None:
    closed = a_record(a_posting(PostingState.CLOSED, reason=reason))
    assert arrive(an_invoice(), closed) == Replace(PostingState.RECEIVED, None, "received")


@pytest.mark.parametrize(("reason", "words"), [("refused", "it stays refused"), ("duplicate", "it stays a duplicate")])
def test_what_a_person_closed_stays_closed_and_the_change_is_noted(reason: str, words: str) -> None:
    verdict = arrive(an_invoice("1300.00"), a_record(a_posting(PostingState.CLOSED, reason=reason)))
    assert isinstance(verdict, Correction)
    assert {each.severity for each in verdict.findings} == {"note"}
    assert all(each.message.endswith(f"{words}.") for each in verdict.findings)


def test_nothing_was_sent_only_where_no_trace_of_an_attempt_is_left() -> None:
    assert nothing_sent(a_posting(PostingState.READY))
    assert nothing_sent(a_posting(PostingState.PERSON))
    # Refused by Acumatica after an attempt, and looked up since: a newer version may be posted.
    assert nothing_sent(a_posting(PostingState.REJECTED, attempts=1, sent_at=NOON))
    assert not nothing_sent(sent(PostingState.REJECTED))
    assert not nothing_sent(a_posting(PostingState.PERSON, attempts=1))
    assert not nothing_sent(replace(a_posting(PostingState.PERSON), ref=BILL))
    assert not nothing_sent(a_posting(PostingState.INTENT))


def test_taxes_and_unnumbered_lines_are_compared_by_their_place() -> None:
    before = an_invoice("2.00", a_line("1.00", line_number="1"), a_line("1.00", line_number="2"))
    after = replace(before, taxes=(InvoiceTax(None, None, usd("0.50")),))
    verdict = arrive(after, a_record(sent(PostingState.DONE), before))
    assert isinstance(verdict, Correction)
    assert [each.message.partition(" in Stampli")[0] for each in verdict.findings] == [
        "Tax 1 was empty and is now 0.50"
    ]


def test_numbered_rows_are_compared_by_their_number_and_what_is_never_booked_makes_no_correction() -> None:
    lines = tuple(a_line(f"{number}.00", line_number=str(number)) for number in (1, 2, 10))
    before = an_invoice("13.00", *lines)
    changed = (lines[2], replace(lines[1], amount=usd("3.00")), lines[0])
    verdict = arrive(an_invoice("13.00", *changed), a_record(sent(PostingState.DONE), before))
    assert isinstance(verdict, Correction)
    assert [each.field for each in verdict.findings] == ["lines[2].amount"]
    custom = arrive(replace(before, custom={"job": "7"}), a_record(sent(PostingState.DONE), before))
    assert custom == Known("nothing changed that is booked")


def test_a_bill_that_may_exist_is_said_to_stay_too() -> None:
    verdict = arrive(an_invoice("1300.00"), a_record(sent(PostingState.INTENT, ref=None)))
    assert isinstance(verdict, Correction)
    assert all(each.message.endswith("what was sent for booking stays as it is.") for each in verdict.findings)
