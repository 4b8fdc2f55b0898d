"""What Stampli is told of each invoice."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.findings import finding_of
from ml_connector.domain.results import InvoiceResult, judge_result, reason_in_words, unread_result
from ml_connector.domain.values.arrivals import UnreadInvoice
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import Finish, PostingState
from ml_connector.problems import Problem
from tests.builders import NOON, a_posting, a_record, a_vendor

BILL = BillKey("Bill", "000001")
STOP = finding_of("V04", "vendor_id", message="Vendor V10006 is on hold.")
NOTE = finding_of("V05", "vendor_id", message="Payments to V10007 are on hold.")
REVIEW = finding_of("H03", "invoice_number", message="Looks like INV-8840.")


def told(
    state: PostingState, *findings: Any, finish: Finish = "release", vendor: Any = None, **members: Any
) -> InvoiceResult | None:
    """What is told of a row in that state."""
    paid = members.pop("paid", False)
    record = a_record(a_posting(state, updated_at=NOON, **members), findings=tuple(findings), paid=paid)
    return judge_result(record, finish, vendor)


@pytest.mark.parametrize(
    "state",
    [
        PostingState.WAITING,
        PostingState.RECEIVED,
        PostingState.READY,
        PostingState.INTENT,
        PostingState.UNCERTAIN,
        PostingState.RECORDED,
        PostingState.VERIFIED,
        PostingState.OFF_HOLD,
    ],
)
def test_nothing_is_told_while_nothing_is_decided(state: PostingState) -> None:
    assert told(state) is None


@pytest.mark.parametrize(
    ("state", "members", "result"),
    [
        (PostingState.DONE, {"ref": BILL, "bill_status": "Open"}, "POSTED"),
        (PostingState.DONE, {"ref": BILL, "bill_status": "Closed", "paid": True}, "POSTED"),
        (PostingState.DONE, {"ref": BILL, "bill_status": "On Hold"}, "HELD"),
        (PostingState.OFF_HOLD, {"ref": BILL, "bill_status": "Pending Approval"}, "HELD"),
        (PostingState.DONE, {"ref": BILL, "bill_status": "Voided"}, "REJECTED"),
        (PostingState.LINKED, {"ref": BILL}, "POSTED"),
        (PostingState.PERSON, {"ref": BILL, "reason": "mismatch"}, "HELD"),
        (PostingState.PERSON, {"reason": "exists"}, "REJECTED"),
        (PostingState.REJECTED, {}, "REJECTED"),
        (PostingState.CLOSED, {"reason": "refused"}, "REJECTED"),
        (PostingState.CLOSED, {"reason": "duplicate"}, "DUPLICATE"),
        (PostingState.CLOSED, {"reason": "before_cut_over"}, "IGNORED"),
        (PostingState.CLOSED, {"reason": "voided"}, "IGNORED"),
    ],
)
def test_what_became_of_it_is_one_of_five_words(state: PostingState, members: dict[str, Any], result: str) -> None:
    found = told(state, **members)
    assert found is not None
    assert (found.result, found.bill, found.bill_status) == (result, members.get("ref"), members.get("bill_status"))


def test_the_row_names_the_invoice_its_bill_and_the_time() -> None:
    assert told(PostingState.DONE, ref=BILL, bill_status="Open") == InvoiceResult(
        "ST-8841", "V10005", "INV-8841", "POSTED", BILL, "Open", None, None, NOON
    )


def test_what_stops_it_is_told_before_what_is_only_to_be_looked_at() -> None:
    found = told(PostingState.REJECTED, NOTE, REVIEW, STOP)
    assert found is not None
    assert (found.code, found.message) == ("V04", "Vendor V10006 is on hold.")


def test_a_closed_row_tells_its_reason() -> None:
    found = told(PostingState.CLOSED, reason="before_cut_over")
    assert found is not None
    assert (found.code, found.message) == (None, "before cut over")


def test_a_booked_bill_that_cannot_be_paid_says_so() -> None:
    vendor = a_vendor("V10007", "Pine State Lumber", "Hold Payments")
    found = told(PostingState.DONE, NOTE, ref=BILL, bill_status="Open", vendor=vendor)
    assert found is not None
    assert (found.result, found.payment_blocked, found.code) == ("POSTED", True, "V05")


def test_a_hold_that_was_lifted_blocks_nothing_any_more() -> None:
    vendor = a_vendor("V10007", "Pine State Lumber")
    found = told(PostingState.DONE, NOTE, ref=BILL, bill_status="Open", vendor=vendor)
    assert found is not None
    assert (found.payment_blocked, found.code, found.message) == (False, None, None)


def test_what_is_not_booked_cannot_be_blocked() -> None:
    vendor = a_vendor("V10007", "Pine State Lumber", "Hold Payments")
    found = told(PostingState.REJECTED, STOP, vendor=vendor)
    assert found is not None and not found.payment_blocked


def test_the_person_who_mends_a_row_reads_every_reason_and_what_to_do() -> None:
    record = a_record(a_posting(PostingState.REJECTED), findings=(NOTE, REVIEW, STOP))
    assert reason_in_words(record) == (
        f"V04: Vendor V10006 is on hold. {STOP.fix} H03: Looks like INV-8840. {REVIEW.fix}"
    )
    assert reason_in_words(a_record(a_posting(PostingState.CLOSED, reason="refused"))) == "refused"


def test_an_invoice_that_cannot_be_read_is_rejected_with_what_its_rows_say() -> None:
    problem = Problem("value.not_an_amount", "Row 2: Total 'ten'.", "a.csv", 1, 2)
    assert unread_result(UnreadInvoice(1, "ST-1", "V1", None, (problem,)), NOON) == InvoiceResult(
        "ST-1", "V1", None, "REJECTED", None, None, "value.not_an_amount", "Row 2: Total 'ten'.", NOON
    )
    bare = unread_result(UnreadInvoice(1, None, None, None, ()), NOON)
    assert (bare.code, bare.message) == (None, "This invoice could not be read.")
