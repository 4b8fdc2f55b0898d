"""The sweep's judgement, whole: what is news, what is like an invoice, what lies beside its bill, and the words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.protocol.sweeping import (
    HELD_DOUBLE,
    Beside,
    describe_double,
    findings_for_beside,
    findings_for_missing,
    is_news,
    is_own,
    judge_beside,
    looks_like,
    may_be_marked,
    query_of,
)
from ml_connector.domain.values.bill import Bill, BillKey, BillQuery, BillsFound
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.renames import Rename
from tests.builders import MARK, NOON, a_posting, a_record

OWN = BillKey("Bill", "000123")
POSTING = a_posting(state=PostingState.DONE, ref=OWN, verified_ref=OWN, bill_id="guid-own")
RECORD = a_record(POSTING)
BILL = Bill(
    OWN, "guid-own", "Open", False, "V10005", "INV-8841", Decimal("1284.37"), f"{MARK} power", date(2026, 10, 5)
)
TYPED = replace(BILL, key=BillKey("Bill", "000200"), id="guid-typed", description="by hand")
LATE = replace(BILL, key=BillKey("Bill", "000300"), id="guid-late", status="On Hold", hold=True)


def like(**changes: Any) -> bool:
    return looks_like(RECORD, replace(TYPED, **changes))


def beside(*bills: Bill, alike: tuple[Bill, ...] = ()) -> Beside:
    return judge_beside(RECORD, BillsFound(bills, witness_seen=True), alike)


@pytest.mark.parametrize(
    ("changes", "news"),
    [
        ({}, False),
        ({"status": "Closed"}, False),
        ({"description": f"{MARK} another text"}, False),
        ({"description": "text"}, True),
        ({"status": "Voided"}, True),
        ({"id": "other"}, True),
        ({"vendor": "V2"}, True),
        ({"vendor_ref": "X"}, True),
        ({"amount": Decimal(1)}, True),
    ],
)
def test_what_makes_a_bill_somebodys_double_is_news(changes: dict[str, Any], news: bool) -> None:
    assert is_news(replace(BILL, **changes), BILL) is news
    assert is_news(BILL, None)


def test_a_bill_is_ours_by_its_number_and_its_record_or_mark() -> None:
    found = [BILL, replace(BILL, description="text"), replace(BILL, id="other"), replace(BILL, id="o", description="")]
    assert [is_own(POSTING, bill) for bill in [*found, LATE]] == [True, True, True, False, False]


def test_what_could_be_the_same_invoice_typed_by_somebody() -> None:
    assert like() and like(vendor=" v10005 ", vendor_ref="inv-8841 ")
    assert like(amount=Decimal(1)) and not like(amount=Decimal(1), dated_on=date(2025, 10, 5))
    assert like(dated_on=date(2025, 10, 5)) and like(amount=Decimal(1), dated_on=None)
    assert like(vendor_ref="INV-B841") and not like(vendor_ref="INV-B841", amount=Decimal(1))
    assert [like(vendor_ref="INV-B841", dated_on=day) for day in (date(2025, 8, 31), date(2025, 8, 30))] == [
        True,
        False,
    ]
    assert like(vendor_ref="INV-B841", dated_on=None)
    assert not like(vendor_ref="INV-B841", key=BillKey("Debit Adj.", "000200"))
    assert not like(vendor_ref="INV-8842") and not like(vendor="V10009")
    assert not like(status="Voided") and not like(status="Scheduled")


def test_bills_with_our_mark_are_told_apart_by_whether_they_can_be_paid() -> None:
    rejected = replace(LATE, key=BillKey("Bill", "000301"), id="r", status="Rejected")
    payable = replace(LATE, key=BillKey("Bill", "000302"), id="p", status="Balanced")
    assert beside(BILL, LATE, rejected, payable) == Beside((LATE, rejected), (payable,))
    assert beside(BILL) == Beside() and not beside(BILL)
    assert bool(Beside(held=(LATE,))) and bool(Beside(payable=(LATE,))) and bool(Beside(typed=(TYPED,)))


def test_a_typed_bill_counts_only_while_our_own_stands() -> None:
    reversal = replace(BILL, key=BillKey("Debit Adj.", "000009"), id="d", description="reversal")
    assert beside(BILL, TYPED, alike=(TYPED,)) == Beside(typed=(TYPED,))
    assert beside(BILL, alike=(LATE,)) == Beside()
    assert beside(replace(BILL, status="Voided"), alike=(TYPED,)) == Beside()
    assert beside(BILL, reversal, alike=(TYPED,)) == Beside()


def test_only_a_marked_bill_on_hold_is_described_and_only_once() -> None:
    told = replace(LATE, description=describe_double(LATE))
    others = [told, replace(LATE, status="Open"), replace(LATE, status="Rejected"), replace(LATE, description="text")]
    assert may_be_marked(LATE) and not any(may_be_marked(bill) for bill in others)


def test_the_mark_stays_first_and_the_text_is_cut_to_what_the_field_holds() -> None:
    assert describe_double(LATE) == f"{MARK} {HELD_DOUBLE} power"
    assert describe_double(replace(LATE, description=MARK)) == f"{MARK} {HELD_DOUBLE}"
    whole = describe_double(replace(LATE, description=f" {MARK} " + "x" * 600))
    assert whole == (f"{MARK} {HELD_DOUBLE} " + "x" * 600)[:512]


def test_each_bill_beside_is_told_with_what_to_do() -> None:
    payable = replace(LATE, status="Open")
    rows = [
        (each.code, each.severity, each.expected, each.found, each.message, each.fix)
        for each in findings_for_beside(OWN, Beside((LATE,), (payable,), (TYPED,)))
    ]
    assert rows == [
        (
            "R15",
            "stop",
            "1",
            "Bill/000300",
            "A second bill of this invoice can be paid: Bill 000300, 1,284.37, Open.",
            "Void or reverse it; Bill 000123 is the one.",
        ),
        (
            "R15",
            "review",
            "1",
            "Bill/000200",
            "Possible double: somebody entered Bill 000200, 1,284.37, Open, under INV-8841.",
            "If it is this invoice, void or reverse one of the two; if not, accept it with a reason.",
        ),
        (
            "R15",
            "stop",
            "1",
            "Bill/000300",
            "A second bill of this invoice lies on hold: Bill 000300, 1,284.37, On Hold.",
            "Void it; Bill 000123 is the one.",
        ),
    ]
    [settled] = findings_for_beside(None, Beside(held=(LATE,)))
    assert settled.fix == "Void it; the invoice is settled without it."


def test_a_missing_bill_is_told_by_its_number() -> None:
    [told] = findings_for_missing(OWN)
    assert (told.code, told.severity, told.expected, told.message) == (
        "R16",
        "stop",
        "Bill/000123",
        "Bill 000123 of this invoice is missing in Acumatica.",
    )


def test_a_vendor_that_was_renamed_is_looked_for_and_recognised_under_its_new_code() -> None:
    renames = (Rename("vendor", "V10005", "CITY", "guid-vendor", NOON),)
    own, typed = replace(BILL, vendor="CITY"), replace(TYPED, vendor="CITY")
    reversal = replace(typed, key=BillKey("Debit Adj.", "000400"), id="guid-reversal")
    assert query_of(RECORD, renames) == BillQuery("CITY", "INV-8841", MARK)
    assert [looks_like(RECORD, typed, known) for known in (renames, ())] == [True, False]
    told = [
        judge_beside(RECORD, BillsFound(bills, witness_seen=True), (typed,), renames=renames)
        for bills in ((own,), (own, reversal))
    ]
    assert told == [Beside(typed=(typed,)), Beside()]
