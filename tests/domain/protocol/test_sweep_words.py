"""The sweep's findings whole, and the small questions of the protocol that others only ask on their way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ml_connector.domain.findings import finding_of
from ml_connector.domain.keys import reversal_key
from ml_connector.domain.protocol.comparison import same_line
from ml_connector.domain.protocol.people.acceptance import bills_named
from ml_connector.domain.protocol.people.reversal import render_reversal
from ml_connector.domain.protocol.replaying import is_booked, is_of_newer_file
from ml_connector.domain.protocol.sweeping import (
    Beside,
    describe_double,
    findings_for_beside,
    findings_for_missing,
    live_bills,
    looks_like,
    query_of,
)
from ml_connector.domain.values.bill import BillKey, BillLine, BillQuery
from ml_connector.domain.values.invoice import Attachment
from ml_connector.domain.values.posting import PostingState
from ml_connector.problems import Finding
from tests.builders import MARK, a_bill, a_plan, a_posting, a_record, an_invoice

OWN = BillKey("Bill", "000123")


def told(finding: Finding) -> tuple[str, str, str | None, str | None, str, str, str]:
    return (
        finding.code,
        finding.field,
        finding.expected,
        finding.found,
        finding.message,
        finding.fix,
        finding.severity,
    )


def named(found: str | None) -> Finding:
    return finding_of("H02", "invoice_number", found=found)


def test_a_bill_that_is_missing_is_told_with_its_number_and_what_to_do() -> None:
    (finding,) = findings_for_missing(OWN)
    assert told(finding)[:6] == (
        "R16",
        "bill",
        "Bill/000123",
        None,
        "Bill 000123 of this invoice is missing in Acumatica.",
        "See who deleted it, or whether Acumatica was restored; then post it again or mark it as handled.",
    )


def test_each_bill_beside_the_own_one_is_told_with_its_figures() -> None:
    held = a_bill(number="1")
    payable = a_bill(number="2", status="Open")
    typed = replace(a_bill(number="3", status="Open"), vendor_ref="INV-884l")
    findings = findings_for_beside(OWN, Beside(held=(held,), payable=(payable,), typed=(typed,)))
    stop = findings[0].severity
    assert [told(each) for each in findings] == [
        (
            "R15",
            "bill",
            "1",
            "Bill/2",
            "A second bill of this invoice can be paid: Bill 2, 1,284.37, Open.",
            "Void or reverse it; Bill 000123 is the one.",
            stop,
        ),
        (
            "R15",
            "bill",
            "1",
            "Bill/3",
            "Possible double: somebody entered Bill 3, 1,284.37, Open, under INV-884l.",
            "If it is this invoice, void or reverse one of the two; if not, accept it with a reason.",
            "review",
        ),
        (
            "R15",
            "bill",
            "1",
            "Bill/1",
            "A second bill of this invoice lies on hold: Bill 1, 1,284.37, On Hold.",
            "Void it; Bill 000123 is the one.",
            stop,
        ),
    ]
    (settled,) = findings_for_beside(None, Beside(held=(held,), payable=(), typed=()))
    assert settled.fix == "Void it; the invoice is settled without it."


def test_a_description_without_a_mark_begins_with_the_warning_and_ends_without_a_blank() -> None:
    bare = replace(a_bill(), description="October")
    assert describe_double(bare) == "HELD DOUBLE - do not release October"
    long = replace(a_bill(), description=f"{MARK} {'x' * 466} tail")
    assert describe_double(long).endswith("x")
    assert len(describe_double(long)) <= 512


def test_what_is_looked_for_is_what_was_booked_and_else_what_the_document_says() -> None:
    booked = a_record(a_posting(PostingState.DONE, plan=a_plan(vendor="V9", vendor_ref="NINE")))
    assert query_of(booked) == BillQuery("V9", "NINE", booked.posting.marker)
    record = a_record(a_posting(PostingState.READY))
    assert query_of(record) == BillQuery("V10005", "INV-8841", record.posting.marker)
    nameless = replace(record, invoice=replace(record.invoice, vendor_id=None, invoice_number=None))
    assert query_of(nameless) == BillQuery("", "", record.posting.marker)


def test_a_credit_typed_by_hand_is_no_double_of_an_invoice_and_one_of_a_credit() -> None:
    record = a_record(a_posting(PostingState.DONE))
    near = replace(a_bill(number="9", status="Open"), vendor_ref="INV 8841", description="by hand")
    credit = replace(near, key=BillKey("Debit Adj.", "9"))
    memo = replace(record, invoice=replace(record.invoice, kind="credit_memo"))
    assert [looks_like(record, near), looks_like(record, credit)] == [True, False]
    assert [looks_like(memo, near), looks_like(memo, credit)] == [False, True]
    late = replace(near, dated_on=date(2027, 11, 10))
    assert looks_like(record, late) is False
    assert looks_like(record, replace(near, dated_on=None)) is True


def test_only_bills_with_the_mark_that_count_are_live() -> None:
    live, other = a_bill(number="1"), replace(a_bill(number="2"), description="by hand")
    voided = a_bill(number="3", status="Voided")
    assert live_bills([live, other, voided], MARK) == (live,)
    released = a_bill(number="4", status="Open")
    reversal = replace(released, key=BillKey("Debit Adj.", "5"))
    assert live_bills([released, reversal], MARK) == (released,)


def test_a_line_is_as_it_was_sent_where_all_that_was_sent_is_there() -> None:
    sent = BillLine(Decimal("1.00"), account="61000")
    assert same_line(sent, replace(sent, subaccount="01"))
    assert not same_line(sent, replace(sent, account="61200"))


def test_the_reversal_of_a_bill_has_a_key_of_its_own() -> None:
    assert reversal_key("k:1") == "3:k:18:reversal"


@pytest.mark.parametrize("state", list(PostingState))
def test_only_what_is_booked_or_handled_is_booked(state: PostingState) -> None:
    assert is_booked(a_posting(state)) is (state in (PostingState.DONE, PostingState.LINKED))


def test_an_invoice_of_another_file_than_the_one_read_is_of_a_newer_one() -> None:
    record = a_record(a_posting())
    assert is_of_newer_file(record, record.source.file_id) is False
    assert is_of_newer_file(record, "f-other") is True


def test_a_bill_number_may_hold_a_slash() -> None:
    assert bills_named([named("Bill/2026/1"), named(None)]) == (BillKey("Bill", "2026/1"),)
    assert bills_named([named("Bill/1")]) == (BillKey("Bill", "1"),)


def test_a_reversal_takes_no_attachment_along() -> None:
    invoice = an_invoice(attachments=(Attachment("a.pdf"),))
    assert render_reversal(invoice, "i1", today=date(2026, 10, 20), length_max=40).attachments == ()
