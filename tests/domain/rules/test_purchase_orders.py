"""Rules about purchase orders: eligibility, coding, and what is left to bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.keys import marker
from ml_connector.domain.rules.ledger import LedgerBill, OrderClaim
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.master_data import OrderDraft, PurchaseOrder, Snapshot
from ml_connector.domain.values.posting import PostingState
from tests.builders import ORDERS, a_line, a_snapshot, an_invoice
from tests.domain.rules.checking import codes, rows

ORDER = ORDERS[0]
LINE = ORDER.lines[0]


def rental(total: str = "6450.00", **members: Any) -> ApprovedInvoice:
    """S03: one month of excavator on PO-003135."""
    values: dict[str, Any] = {"account": None, "subaccount": None, "branch": None, "po_type": "Normal"}
    values.update(po_number="PO-003135", po_line="1", quantity=Decimal(1), unit="MO")
    header: dict[str, Any] = {"vendor_id": "V10004", "invoice_number": "MR-5531"}
    header |= {name: members.pop(name) for name in ("kind", "currency", "location") if name in members}
    return an_invoice(total, a_line(total, **{**values, **members}), **header)


def orders(*changed: PurchaseOrder, **line: Any) -> Snapshot:
    """The firm with these orders, or with PO-003135's line changed."""
    known = changed or (replace(ORDER, lines=(replace(LINE, **line),)),)
    return a_snapshot(purchase_orders={(each.order_type, each.order_number): each for each in known})


def test_a_partial_rental_matches_its_order() -> None:
    assert rows(rental()) == []


REFERENCE_ROWS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"po_number": "PO-009999"}, "P01", "po_number", "Normal order PO-009999 on line 1 is not in Acumatica."),
    (
        {"po_type": "Drop-Ship"},
        "P01",
        "po_number",
        "Drop-Ship order PO-003135 on line 1 is not in Acumatica.",
    ),
    ({"po_line": "2"}, "P02", "po_line", "Purchase order PO-003135 has no line 2."),
    ({"po_line": "one"}, "P02", "po_line", "Purchase order PO-003135 has no line one."),
    (
        {"po_number": None},
        "P03",
        "po_number",
        "Line 1 names a line or type of a purchase order, but no order number.",
    ),
]


@pytest.mark.parametrize(("members", "code", "field", "message"), REFERENCE_ROWS)
def test_a_reference_must_name_an_order_line(members: dict[str, Any], code: str, field: str, message: str) -> None:
    coding = {"account": "61000"} if members.get("po_number", "") is None else {}
    found = rows(rental(**members, **coding))
    assert [row[:4] for row in found] == [(code, "stop", f"lines[1].{field}", message)]


@pytest.mark.parametrize("members", [{"po_type": None}, {"po_type": "RO"}, {"po_type": "normal"}, {"po_line": None}])
def test_a_reference_that_fits_one_order_line_alone_is_enough(members: dict[str, Any]) -> None:
    assert rows(rental(**members)) == []


def test_a_number_of_two_orders_needs_its_type() -> None:
    both = orders(ORDER, replace(ORDER, order_type="Drop-Ship"))
    assert codes(rental(po_type=None), snapshot=both) == ["P03"]
    assert codes(rental(), snapshot=both) == []


def test_a_missing_line_number_is_never_all_lines() -> None:
    several = orders(replace(ORDER, lines=(LINE, replace(LINE, line_number=2))))
    found = rows(rental(po_line=None), snapshot=several)
    message = "Purchase order PO-003135 has several lines; the invoice names none."
    assert found == [("P02", "stop", "lines[1].po_line", message, ("1", "2"))]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        ("On Hold", "P07", "is on hold"),
        ("Pending Approval", "P07", "waits for approval"),
        ("Rejected", "P07", "was rejected"),
        ("Pending Printing", "P08", "is not printed yet"),
        ("Pending Email", "P08", "is not emailed yet"),
        ("Canceled", "P09", "is canceled"),
        ("Closed", "P01", "is closed and cannot be billed"),
        ("Awaiting Link", "P01", "is awaiting link and cannot be billed"),
    ],
)
def test_only_an_open_or_completed_order_is_billed(status: str, code: str, words: str) -> None:
    found = rows(rental(), snapshot=orders(replace(ORDER, status=status)))
    message = f"Purchase order PO-003135 {words}."
    assert [row[:4] for row in found] == [(code, "stop", "lines[1].po_number", message)]
    assert rows(rental(), snapshot=orders(replace(ORDER, status="Completed"))) == []


ORDER_CHANGES: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({"vendor_id": "V10001"}, {}, ["P19"]),
    ({"location": "EAST"}, {"location": "MAIN"}, ["P19"]),
    ({"location": "EAST"}, {}, []),
    ({"currency": "CAD"}, {}, ["P18"]),
    ({"order_type": "Blanket"}, {"po_type": "BL"}, ["P11"]),
    ({"order_type": "Standard"}, {"po_type": "Standard"}, ["P11"]),
]


@pytest.mark.parametrize(("order", "invoice", "expected"), ORDER_CHANGES)
def test_an_order_must_fit_the_invoice(order: dict[str, Any], invoice: dict[str, Any], expected: list[str]) -> None:
    assert codes(rental(**invoice), snapshot=orders(replace(ORDER, **order))) == expected


def test_a_fault_of_the_order_is_told_once_for_all_its_lines() -> None:
    closed = orders(replace(ORDER, status="On Hold", lines=(LINE, replace(LINE, line_number=2))))
    link = {"po_type": "Normal", "po_number": "PO-003135", "account": None, "subaccount": None, "branch": None}
    lines = [a_line("1.00", po_line=number, **link) for number in ("1", "2")]
    assert codes(an_invoice("2.00", *lines, vendor_id="V10004"), snapshot=closed) == ["P07"]


LINE_CHANGES: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"cancelled": True}, {}, "P09", "Line 1 of purchase order PO-003135 is canceled."),
    ({"closed": True}, {}, "P10", "Line 1 of purchase order PO-003135 is closed: fully billed already."),
    (
        {"billing_basis": "receipt", "received_quantity": Decimal(3)},
        {},
        "P12",
        "Line 1 of purchase order PO-003135 is billed by receipt; line 1 names none.",
    ),
    (
        {"billing_basis": "receipt"},
        {},
        "P13",
        "Line 1 of purchase order PO-003135 is billed by receipt and nothing was received.",
    ),
]


@pytest.mark.parametrize(("line", "invoice", "code", "message"), LINE_CHANGES)
def test_an_order_line_must_be_billable(line: dict[str, Any], invoice: dict[str, Any], code: str, message: str) -> None:
    found = rows(rental(**invoice), snapshot=orders(**line))
    assert (code, "stop", message) in [(row[0], row[1], row[3]) for row in found]


def test_a_basis_that_cannot_be_read_is_not_held_against_the_line() -> None:
    assert rows(rental(), snapshot=orders(billing_basis=None)) == []


def test_a_receipt_needs_its_line() -> None:
    by_receipt = orders(billing_basis="receipt", received_quantity=Decimal(3))
    assert codes(rental(receipt_number="PR-1"), snapshot=by_receipt) == ["P06"]
    assert codes(rental(receipt_number="PR-1", receipt_line="1"), snapshot=by_receipt) == []


def test_a_coding_that_differs_from_the_order_is_for_a_person() -> None:
    found = rows(rental(account="50100", project="J2401", task="03", cost_code="31200"))
    assert [row[:4] for row in found] == [
        (
            "P35",
            "review",
            "lines[1].account",
            "Line 1 has account 50100, line 1 of purchase order PO-003135 has 50300; the order's will be used.",
        ),
        (
            "P35",
            "review",
            "lines[1].task",
            "Line 1 has phase 03, line 1 of purchase order PO-003135 has 01; the order's will be used.",
        ),
    ]


def test_another_unit_than_ordered_stops() -> None:
    assert codes(rental(unit="DAY")) == ["P20"]


def test_one_order_line_is_used_once_or_coded_alike() -> None:
    link = {"po_type": "Normal", "po_number": "PO-003135", "po_line": "1", "account": None, "subaccount": None}
    same = [a_line("3225.00", **link, branch=None) for _ in range(2)]
    assert rows(an_invoice("6450.00", *same, vendor_id="V10004")) == []
    split = [same[0], replace(same[1], cost_code="03-300")]
    found = rows(an_invoice("6450.00", *split, vendor_id="V10004"))
    message = "Lines 1, 2 bill line 1 of purchase order PO-003135 with different coding; one order line is billed once."
    assert [row[:4] for row in found] == [("P02", "stop", "lines[1].po_line", message)]


def test_more_than_is_open_stops() -> None:
    found = rows(rental(quantity=None), snapshot=orders(unbilled_amount=Decimal("6000.00")))
    message = "Over commitment by 450.00: 6,000.00 is open on line 1 of purchase order PO-003135."
    assert [row[:4] for row in found] == [("P16", "stop", "lines[1].amount", message)]
    within = rows(rental(quantity=None), snapshot=orders(unbilled_amount=Decimal("6400.00")))
    assert within == []
    told_otherwise = orders(unbilled_amount=None, billed_amount=Decimal("19000.00"))
    assert codes(rental(quantity=None), snapshot=told_otherwise) == ["P16"]
    assert codes(rental(), snapshot=orders(unbilled_amount=None, billed_amount=None)) == []


def draft(number: str, **members: Any) -> LedgerBill:
    """Another rental invoice of ours, on hold in Acumatica."""
    claims = (OrderClaim("PO-003135", "1", Decimal("6450.00"), Decimal(1)),)
    values: dict[str, Any] = {
        "state": PostingState.VERIFIED,
        "claims": claims,
        "pending": True,
        "dated_on": date(2026, 9, 1),
    }
    return LedgerBill(f"7:{number}", "V10004", number, Decimal("6450.00"), **{**values, **members})


def test_drafts_of_others_use_up_the_same_balance() -> None:
    after_s03 = orders(unbilled_amount=Decimal("12900.00"))
    ledger = (draft("MR-5540"), draft("MR-5541"))
    found = rows(rental(), snapshot=after_s03, ledger=ledger)
    message = (
        "Available on line 1 of purchase order PO-003135 is 0.00 (12,900.00 less 12,900.00 in drafts), excess 6,450.00."
    )
    assert [row[:4] for row in found] == [("P33", "stop", "lines[1].amount", message)]
    assert rows(rental(), snapshot=after_s03, ledger=ledger[:1]) == []
    released = (draft("MR-5540", pending=False), draft("MR-5541", pending=False))
    assert rows(rental(), snapshot=after_s03, ledger=released) == []


def test_more_than_was_received_stops() -> None:
    rebar = {
        "billing_basis": "receipt",
        "unit": "EA",
        "unit_cost": Decimal("11.75"),
        "received_quantity": Decimal(300),
        "billed_quantity": Decimal(0),
    }
    receipt = {"receipt_number": "PR-000981", "receipt_line": "1", "unit": "EA"}
    found = rows(rental("4700.00", quantity=Decimal(400), **receipt), snapshot=orders(**rebar))
    message = "Billed 400 EA, received and unbilled 300 EA, excess 100 EA / 1,175.00."
    assert [row[:4] for row in found] == [("P14", "stop", "lines[1].quantity", message)]
    assert rows(rental("3525.00", quantity=Decimal(300), **receipt), snapshot=orders(**rebar)) == []
    claims = (OrderClaim("PO-003135", "1", Decimal("1175.00"), Decimal(100)),)
    waiting = (draft("MR-1", claims=claims),)
    found = rows(rental("3525.00", quantity=Decimal(300), **receipt), snapshot=orders(**rebar), ledger=waiting)
    message = "Available 200 EA (300 EA less 100 EA in drafts), excess 100 EA / 1,175.00."
    assert [row[:4] for row in found] == [("P33", "stop", "lines[1].quantity", message)]


@pytest.mark.parametrize(
    ("total", "expected"), [("3594.00", ["P17"]), ("3575.00", []), ("3575.01", ["P17"]), ("3000.00", [])]
)
def test_a_price_above_the_lesser_tolerance_needs_the_buyer(total: str, expected: list[str]) -> None:
    rebar = orders(unit="EA", unit_cost=Decimal("11.75"))
    assert codes(rental(total, quantity=Decimal(300), unit="EA"), snapshot=rebar) == expected


def test_a_price_is_told_with_both_figures() -> None:
    rebar = orders(unit="EA", unit_cost=Decimal("11.75"))
    (row,) = rows(rental("3594.00", quantity=Decimal(300), unit="EA"), snapshot=rebar)
    assert row[1:4] == ("review", "lines[1].amount", "300 EA at 11.98 against 11.75, 69.00 more.")


@pytest.mark.parametrize(("extra", "expected"), [("50.00", []), ("50.01", ["P16"])])
def test_charges_outside_the_order_are_limited(extra: str, expected: list[str]) -> None:
    total = f"{Decimal('6450.00') + Decimal(extra)}"
    invoice = rental()
    freight = a_line(extra, kind="freight", branch=None)
    mixed = an_invoice(total, *invoice.lines, freight, vendor_id="V10004")
    found = rows(mixed)
    assert [(row[0], row[1]) for row in found] == [(code, "review") for code in expected]


def test_a_credit_takes_nothing_of_an_order() -> None:
    used_up = orders(unbilled_amount=Decimal(0), closed=True)
    assert rows(rental(kind="credit_memo"), snapshot=used_up) == []


def test_orders_that_cannot_be_read_silence_all_but_a_half_reference() -> None:
    unread = a_snapshot(purchase_orders=None)
    assert codes(rental(account="50300", project="X"), snapshot=unread) == ["J17"]
    assert codes(rental(account="61000", po_type=None), snapshot=unread) == ["P03"]
    assert codes(rental(account="61000", po_line=None), snapshot=unread) == ["P03"]


def test_figures_that_are_not_told_are_not_judged() -> None:
    by_receipt = {"billing_basis": "receipt", "received_quantity": Decimal(3), "billed_quantity": None}
    receipt = {"receipt_number": "PR-1", "receipt_line": "1"}
    assert rows(rental(**receipt), snapshot=orders(**by_receipt)) == []
    told = orders(**{**by_receipt, "billed_quantity": Decimal(0)})
    assert rows(rental(quantity=None, **receipt), snapshot=told) == []


def subcontracts(**line: Any) -> Snapshot:
    """The firm whose PO-003135 is a subcontract; members of its line by name."""
    order = replace(ORDER, order_type="Subcontract", lines=(replace(LINE, **line),))
    return a_snapshot(purchase_orders={}, subcontracts={("Subcontract", "PO-003135"): order})


@pytest.mark.parametrize("po_type", ["Subcontract", "RS", None])
def test_a_subcontract_is_found_by_its_label_its_code_or_its_number_alone(po_type: str | None) -> None:
    assert rows(rental(po_type=po_type), snapshot=subcontracts()) == []
    assert codes(rental(po_type="Normal"), snapshot=subcontracts()) == ["P01"]
    assert codes(rental(account="50300", project="X", po_type="RS"), snapshot=orders()) == ["J17"], "unread: silent"


def test_a_subcontract_that_holds_retainage_is_not_billed_without() -> None:
    found = rows(rental(po_type="Subcontract"), snapshot=subcontracts(retainage_percent=Decimal("10")))
    message = "The sub would be overpaid by 645.00: retainage cannot be set on this bill from here."
    assert [row[:4] for row in found] == [("T01", "stop", "lines", message)]


@pytest.mark.parametrize(("tolerance", "expected"), [("0.00", ["P16"]), ("1.00", [])])
def test_a_subcontract_has_a_tolerance_of_its_own(tolerance: str, expected: list[str]) -> None:
    almost = subcontracts(unbilled_amount=Decimal("6449.50"))
    policy = {"subcontract_tolerance": Decimal(tolerance)}
    assert codes(rental(po_type="Subcontract"), snapshot=almost, **policy) == expected


OTHERS = OrderDraft(BillKey("Bill", "000007"), "Normal", "PO-003135", 1, Decimal("12900.00"), Decimal(2), "typed")


def test_a_draft_of_somebody_else_takes_of_the_order_too() -> None:
    used = {"unbilled_amount": Decimal("12900.00")}
    found = rows(rental(), snapshot=replace(orders(**used), drafts=(OTHERS,)))
    message = (
        "Available on line 1 of purchase order PO-003135 is 0.00 (12,900.00 less 12,900.00 in drafts), excess 6,450.00."
    )
    assert [row[:4] for row in found] == [("P33", "stop", "lines[1].amount", message)]
    elsewhere = (
        replace(OTHERS, line_number=2),
        replace(OTHERS, order_type="Blanket"),
        replace(OTHERS, order_number="P"),
    )
    assert rows(rental(), snapshot=replace(orders(**used), drafts=elsewhere)) == []


def test_a_draft_of_ours_counts_once_known_by_its_bill_or_its_mark() -> None:
    used = {"unbilled_amount": Decimal("19350.00")}
    claims = (OrderClaim("PO-003135", "1", Decimal("12900.00")),)
    ours = replace(draft("MR-1", claims=claims), bill=OTHERS.bill)
    marked = replace(OTHERS, bill=BillKey("Bill", "9"), description=f"{marker(ours.key or '')} October")
    for drafts in ((OTHERS,), (marked,)):
        assert rows(rental(), snapshot=replace(orders(**used), drafts=drafts), ledger=(ours,)) == []
    both = replace(orders(**used), drafts=(OTHERS, replace(OTHERS, bill=BillKey("Bill", "8"))))
    assert codes(rental(), snapshot=both, ledger=(ours,)) == ["P33"]


def test_a_draft_without_a_quantity_takes_what_its_amount_pays_for() -> None:
    received = {"billing_basis": "receipt", "received_quantity": Decimal(3), "billed_quantity": Decimal(0)}
    receipt = {"receipt_number": "PR-1", "receipt_line": "1"}
    snapshot = replace(orders(**received), drafts=(replace(OTHERS, quantity=None),))
    assert rows(rental(**receipt), snapshot=snapshot) == []
    assert codes(rental("12900.00", quantity=Decimal(2), **receipt), snapshot=snapshot) == ["P33"]
