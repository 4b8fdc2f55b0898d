"""Comparing what was sent with what is there: every field, by value, in words."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.protocol import Mismatch, compare_bill, findings_for_mismatch
from ml_connector.domain.values.bill import BillKey, BillLine
from tests.builders import MARK, a_bill, a_plan

LINE = BillLine(
    amount=Decimal("100.00"),
    description="Water",
    account="61000",
    subaccount="01-100-00",
    branch="MAIN",
    project="J2401",
    task="01",
    cost_code="31-200",
    inventory_id="ITEM",
    quantity=Decimal(4),
    unit="EA",
    unit_cost=Decimal(25),
    tax_category="TAXABLE",
    po_type="Normal",
    po_number="PO-1",
    po_line=1,
    receipt_type="Receipt",
    receipt_number="PR-1",
    receipt_line=2,
)
PLAN = a_plan(amount=Decimal("100.00"), lines=(LINE,), terms="30D", due_on=date(2026, 11, 4))
BILL = a_bill(PLAN, terms="30D", due_on=date(2026, 11, 4))


def test_a_bill_as_sent_is_equal() -> None:
    assert compare_bill(PLAN, BILL) == ()


HEADER_CHANGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "type": ({"key": BillKey("Debit Adj.", "000123")}, "Bill", "Debit Adj."),
    "vendor": ({"vendor": "V10001"}, "V10005", "V10001"),
    "vendor_ref": ({"vendor_ref": "INV-1"}, "INV-8841", "INV-1"),
    "dated_on": ({"dated_on": date(2026, 10, 6)}, "2026-10-05", "2026-10-06"),
    "currency": ({"currency": "CAD"}, "USD", "CAD"),
    "post_period": ({"post_period": "2026-11"}, "2026-10", "2026-11"),
    "terms": ({"terms": "60D"}, "30D", "60D"),
    "due_on": ({"due_on": date(2026, 12, 4)}, "2026-11-04", "2026-12-04"),
    "branch": ({"branch": "NORTH"}, "MAIN", "NORTH"),
    "description": ({"description": f"{MARK} November"}, f"{MARK} October", f"{MARK} November"),
    "amount": ({"amount": Decimal("100.01")}, "100.00", "100.01"),
    "tax_total": ({"tax_total": Decimal("7.25"), "balance": Decimal("107.25")}, "0.00", "7.25"),
    "balance": ({"balance": Decimal("107.25")}, "100.00", "107.25"),
}


@pytest.mark.parametrize("field", HEADER_CHANGES)
def test_each_field_of_the_header_is_compared(field: str) -> None:
    change, expected, found = HEADER_CHANGES[field]
    assert compare_bill(PLAN, replace(BILL, **change)) == (Mismatch(field, expected, found),)


@pytest.mark.parametrize("field", [each.name for each in fields(BillLine)])
def test_each_field_of_a_line_is_compared(field: str) -> None:
    value = getattr(LINE, field)
    other: Any = value + 1 if isinstance(value, Decimal | int) else "OTHER"
    changed = replace(LINE, **{field: other})
    mismatches = compare_bill(PLAN, replace(BILL, lines=(changed,)))
    assert [(each.field, each.line) for each in mismatches] == [(field, 1)]
    nothing: dict[str, Any] = {field: None}
    emptied = compare_bill(PLAN, replace(BILL, lines=(replace(LINE, **nothing),))) if field != "amount" else ()
    assert all((each.field, each.line, each.found) == (field, 1, None) for each in emptied)
    assert len(emptied) == (field != "amount")


@pytest.mark.parametrize("field", [each.name for each in fields(BillLine) if each.name != "amount"])
def test_what_was_not_sent_is_not_compared(field: str) -> None:
    nothing: dict[str, Any] = {field: None}
    plan = replace(PLAN, lines=(replace(LINE, **nothing),))
    assert compare_bill(plan, BILL) == ()


def test_padding_case_separators_and_scale_are_no_difference() -> None:
    there = replace(
        LINE,
        amount=Decimal("100.0000"),
        account="61000     ",
        subaccount="0110000",
        branch="main",
        cost_code="31200",
        quantity=Decimal("4.000000"),
        description="  Water ",
    )
    bill = replace(BILL, vendor="V10005   ", vendor_ref="inv-8841 ", terms="30d", lines=(there,), amount=Decimal(100))
    assert compare_bill(PLAN, bill) == ()


def test_the_non_project_code_may_be_shown_as_nothing() -> None:
    plan = a_plan()
    assert compare_bill(plan, a_bill(plan, lines=(replace(plan.lines[0], project=None),))) == ()
    job = replace(PLAN, lines=(LINE,))
    assert compare_bill(job, replace(BILL, lines=(replace(LINE, project=None),))) != ()


def test_an_unknown_currency_was_not_sent_and_is_not_compared() -> None:
    assert compare_bill(replace(PLAN, currency="XXX"), replace(BILL, currency="CAD")) == ()


def test_a_line_more_or_less_is_told_as_that() -> None:
    assert compare_bill(PLAN, replace(BILL, lines=(LINE, LINE))) == (Mismatch("lines", "1", "2"),)
    assert compare_bill(PLAN, replace(BILL, lines=None)) == (Mismatch("lines", "1", None),)


def test_lines_in_another_order_are_the_same_lines() -> None:
    lines = (LINE, replace(LINE, amount=Decimal("1.00")), replace(LINE, account="50100"))
    plan = replace(PLAN, lines=lines)
    assert compare_bill(plan, replace(BILL, lines=lines[::-1])) == ()
    again = (lines[2], lines[0], lines[2])
    assert compare_bill(replace(plan, lines=(lines[0], lines[0], lines[2])), replace(BILL, lines=again)) != ()
    twice = (lines[0], lines[0], lines[2])
    assert [(each.field, each.line) for each in compare_bill(plan, replace(BILL, lines=twice))] == [("amount", 2)]


def test_use_tax_is_no_difference_because_the_vendor_is_not_paid_it() -> None:
    accrued = replace(BILL, tax_total=Decimal("7.25"))
    assert compare_bill(PLAN, accrued) == ()
    assert compare_bill(PLAN, replace(accrued, balance=None)) == (Mismatch("tax_total", "0.00", "7.25"),)


def test_a_stated_tax_must_be_there_to_the_cent() -> None:
    plan = replace(PLAN, stated_tax=Decimal("7.25"))
    bill = a_bill(plan, terms="30D", due_on=PLAN.due_on)
    assert compare_bill(plan, bill) == ()
    assert compare_bill(plan, replace(bill, tax_total=Decimal("7.24"))) == (Mismatch("tax_total", "7.25", "7.24"),)
    assert compare_bill(plan, replace(bill, tax_total=None)) == (Mismatch("tax_total", "7.25", "0.00"),)


@pytest.mark.parametrize("status", ["Open", "Closed"])
def test_the_balance_of_a_released_bill_is_the_payments_business(status: str) -> None:
    assert compare_bill(PLAN, replace(BILL, status=status, balance=Decimal("0.00"))) == ()


def test_a_balance_that_is_not_told_yet_is_no_difference() -> None:
    assert compare_bill(PLAN, replace(BILL, balance=Decimal("0.00"))) == ()


def test_differences_are_told_in_words() -> None:
    there = replace(LINE, account="50100", cost_code=None)
    bill = replace(BILL, lines=(there,), branch="NORTH", tax_total=Decimal("7.25"), balance=Decimal("107.25"))
    findings = findings_for_mismatch(PLAN, compare_bill(PLAN, bill))
    assert [(each.code, each.severity, each.field, each.message) for each in findings] == [
        ("Z12", "stop", "branch", "On the bill the branch is NORTH; MAIN was sent."),
        ("X04", "review", "tax_total", "Acumatica computes 7.25 of tax; the invoice states 0.00."),
        ("Z12", "stop", "lines[1].account", "On line 1 the account is 50100; 61000 was sent."),
        ("Z12", "stop", "lines[1].cost_code", "On line 1 the cost code is empty; 31-200 was sent."),
    ]
    stated = replace(PLAN, stated_tax=Decimal("7.24"))
    assert [each.code for each in findings_for_mismatch(stated, compare_bill(stated, bill))][1] == "X01"


@given(st.permutations(range(4)), st.integers(0, 3))
def test_one_cent_on_one_line_is_seen_in_any_order(order: list[int], changed: int) -> None:
    lines = tuple(replace(LINE, amount=Decimal(number + 1)) for number in range(4))
    plan = replace(PLAN, lines=lines)
    there = [
        replace(line, amount=line.amount + (Decimal("0.01") if n == changed else 0)) for n, line in enumerate(lines)
    ]
    assert compare_bill(plan, replace(BILL, lines=tuple(lines[n] for n in order))) == ()
    assert compare_bill(plan, replace(BILL, lines=tuple(there[n] for n in order))) != ()
