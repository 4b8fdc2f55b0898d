"""Rules about look-alikes, against our own ledger and bills known from Acumatica."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.findings import catalogue_entry
from ml_connector.domain.rules.duplicates import check_duplicates
from ml_connector.domain.rules.ledger import LedgerBill, OrderClaim, ledger_bill
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import PostingState
from tests.builders import NOON, a_line, a_posting, a_record, a_snapshot, an_invoice, facts, usd
from tests.domain.rules.checking import rows

BOOKED = LedgerBill(
    key="7:another",
    vendor="V10005",
    vendor_ref="INV-8841",
    amount=Decimal("1284.37"),
    dated_on=date(2026, 10, 5),
    currency="USD",
    state=PostingState.DONE,
    bill=BillKey("Bill", "000123"),
    received_at=NOON - timedelta(days=1),
)


def found(other: LedgerBill, **members: Any) -> list[tuple[str, str, str, str]]:
    """The findings of S01 beside another document."""
    invoice = members.pop("invoice", None) or an_invoice()
    values: dict[str, Any] = {"ledger": (other,), "own_key": "7:example", "received_at": NOON, **members}
    return [row[:4] for row in rows(invoice, **values)]


def test_the_same_number_of_the_same_vendor_stops() -> None:
    message = "The invoice number is known already: booked as Bill 000123 on 2026-10-05, 1,284.37."
    assert found(BOOKED) == [("H02", "stop", "invoice_number", message)]
    assert found(replace(BOOKED, vendor_ref="inv-8841 ", amount=Decimal(1))) == [
        ("H02", "stop", "invoice_number", message.replace("1,284.37", "1.00"))
    ]
    credit = found(replace(BOOKED, kind="credit_memo"))
    assert [row[:2] for row in credit] == [("H02", "stop")]


def test_another_year_with_another_amount_may_be_a_vendor_that_restarts_its_numbers() -> None:
    last_year = replace(BOOKED, dated_on=date(2025, 10, 5))
    assert [row[:2] for row in found(replace(last_year, amount=Decimal(1)))] == [("H02", "review")]
    assert [row[:2] for row in found(last_year)] == [("H02", "stop")]


@pytest.mark.parametrize("reference", ["INV 8841", "INV-08841", "INV-B841", "1NV-8841"])
def test_a_number_that_looks_the_same_is_the_policys_business(reference: str) -> None:
    other = replace(BOOKED, vendor_ref=reference)
    message = f"The invoice number looks like {reference}: booked as Bill 000123 on 2026-10-05, 1,284.37."
    assert found(other) == [("H03", "review", "invoice_number", message)]
    assert found(other, duplicate_near="stop") == [("H03", "stop", "invoice_number", message)]
    assert found(replace(other, dated_on=date(2025, 8, 1))) == []


def test_the_same_amount_about_the_same_day_is_noted_and_reviewed_where_it_is_large() -> None:
    other = replace(BOOKED, vendor_ref="W-1", dated_on=date(2026, 10, 12))
    message = "The same amount is billed as W-1: booked as Bill 000123 on 2026-10-12, 1,284.37."
    assert found(other) == [("H04", "note", "total", message)]
    assert [row[:2] for row in found(other, amount_max=Decimal("1284.36"))] == [("H04", "review")]
    assert [row[:2] for row in found(other, amount_max=Decimal("1284.37"))] == [("H04", "note")]
    assert found(replace(other, dated_on=date(2026, 10, 13))) == []
    assert found(replace(other, currency="CAD")) == []
    assert found(replace(other, kind="credit_memo")) == []


def test_the_same_number_and_amount_at_another_vendor_needs_a_person() -> None:
    message = "The same number and amount are known at vendor V10004: booked as Bill 000123 on 2026-10-05, 1,284.37."
    assert found(replace(BOOKED, vendor="V10004")) == [("H33", "review", "vendor_id", message)]
    assert found(replace(BOOKED, vendor="V10004", amount=Decimal(1))) == []


@pytest.mark.parametrize(
    ("limit", "other", "noted"),
    [
        ("2000.00", BOOKED, True),
        ("2568.74", BOOKED, False),
        ("0.00", BOOKED, False),
        ("2000.00", replace(BOOKED, dated_on=date(2026, 10, 6)), False),
        ("2000.00", replace(BOOKED, vendor="V10004"), False),
        ("2000.00", replace(BOOKED, kind="credit_memo"), False),
        ("2000.00", replace(BOOKED, currency="CAD"), False),
        ("2000.00", replace(BOOKED, amount=Decimal("2000.01")), False),
    ],
)
def test_invoices_of_one_day_over_the_limit_together_are_noted(limit: str, other: LedgerBill, *, noted: bool) -> None:
    """Row 275 of the fault catalogue."""
    total = "2,568.74"
    message = f"2 invoices of 2026-10-05 make {total}, over your limit of 2,000.00."
    split = [row for row in found(replace(other, vendor_ref="W-1"), total_max=Decimal(limit)) if row[0] == "H35"]
    assert split == ([("H35", "note", "total", message)] if noted else [])


@pytest.mark.parametrize("state", [PostingState.RECEIVED, PostingState.READY, PostingState.REJECTED])
def test_of_two_that_wait_the_earlier_goes_on(state: PostingState) -> None:
    waiting = replace(BOOKED, state=state, bill=None)
    message = "The invoice number is known already: received earlier, dated 2026-10-05, 1,284.37, not booked yet."
    assert found(waiting) == [("H02", "stop", "invoice_number", message)]
    assert found(replace(waiting, received_at=NOON + timedelta(days=1))) == []
    # Two of one file: their keys decide, the same way from both sides.
    at_once = replace(waiting, received_at=NOON)
    assert [bool(found(at_once)), bool(found(replace(at_once, key="7:zzz")))] == [True, False]


def test_a_later_one_that_is_booked_counts_all_the_same() -> None:
    assert found(replace(BOOKED, received_at=NOON + timedelta(days=1))) != []


def test_the_invoice_itself_is_no_duplicate_of_itself() -> None:
    assert found(replace(BOOKED, key="7:example")) == []


def test_bills_known_from_acumatica_count_without_a_key() -> None:
    assert found(replace(BOOKED, key=None, state=None, received_at=None)) != []


@pytest.mark.parametrize(
    ("state", "reason", "counts"),
    [
        (PostingState.WAITING, None, False),
        (PostingState.CLOSED, "voided", False),
        (PostingState.CLOSED, "before_cut_over", False),
        (PostingState.CLOSED, "refused", False),
        (PostingState.CLOSED, "duplicate", False),
        (PostingState.READY, None, True),
        (PostingState.LINKED, None, True),
    ],
)
def test_which_of_our_invoices_count(state: PostingState, reason: str | None, counts: bool) -> None:
    record = a_record(a_posting(state, reason=reason))
    assert (ledger_bill(record, a_snapshot()) is not None) is counts


def test_a_record_tells_the_rules_what_it_bills_of_orders() -> None:
    line = a_line("6450.00", po_type="Normal", po_number="PO-003135", po_line="1", quantity=Decimal(1))
    ref = BillKey("Bill", "000123")
    posting = a_posting(PostingState.DONE, ref=ref, bill_status="On Hold")
    record = a_record(posting, an_invoice("6450.00", line))
    assert ledger_bill(record, a_snapshot()) == LedgerBill(
        key=posting.key,
        vendor="V10005",
        vendor_ref="INV-8841",
        amount=Decimal("6450.00"),
        dated_on=date(2026, 10, 5),
        currency="USD",
        state=PostingState.DONE,
        bill=ref,
        received_at=NOON,
        claims=(OrderClaim("PO-003135", "1", Decimal("6450.00"), Decimal(1)),),
        pending=True,
    )
    released = replace(posting, bill_status="Open", updated_at=NOON - timedelta(hours=1))
    known = ledger_bill(a_record(released), a_snapshot())
    assert known is not None
    assert not known.pending
    later = ledger_bill(a_record(replace(released, updated_at=NOON + timedelta(hours=1))), a_snapshot())
    assert later is not None
    assert later.pending
    credit = a_record(posting, an_invoice("6450.00", line, kind="credit_memo", tax_total=usd("0")))
    told = ledger_bill(credit, a_snapshot())
    assert told is not None
    assert told.claims == ()


def test_a_vendor_that_is_not_there_is_compared_by_its_code() -> None:
    unknown = an_invoice(vendor_id="V-NEW")
    found_codes = [row[0] for row in found(replace(BOOKED, vendor="V-NEW"), invoice=unknown)]
    assert found_codes == ["V01", "H02"]
    assert [row[0] for row in found(BOOKED, invoice=an_invoice(vendor_id=None))] == ["V01"]


def test_every_document_that_is_alike_is_told_once_in_the_order_of_the_ledger() -> None:
    others = (replace(BOOKED, key="a"), replace(BOOKED, key="b", vendor_ref="INV8841"), replace(BOOKED, key="c"))
    told = [row[0] for row in rows(an_invoice(), ledger=others, own_key="7:example", received_at=NOON)]
    assert told == ["H02", "H03", "H02"]


def test_an_invoice_that_somebody_entered_before_us_names_the_bill_that_stands_for_it() -> None:
    entered = replace(BOOKED, key=None, state=None, received_at=None)

    def fixes(other: LedgerBill) -> list[str]:
        known = facts(ledger=(other,), own_key="7:example", received_at=NOON)
        return [finding.fix for finding in check_duplicates(an_invoice(), known)]

    usual = catalogue_entry("H02").fix
    assert fixes(entered) == [
        "It equals that bill also in amount and date: use invoice handled with --bill Bill/000123."
    ]
    others = (BOOKED, replace(entered, amount=Decimal(1)), replace(entered, dated_on=date(2026, 10, 6)))
    assert [fixes(each) for each in others] == [[usual]] * 3
