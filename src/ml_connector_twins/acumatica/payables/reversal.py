"""Reversing a bill, and releasing retainage (``acumatica_api.md`` 5.4, 8.6; ``ap_domain.md`` 1.11).

Both make a new document on hold; nothing of the original changes.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ml_connector_twins.acumatica.firm.setup import RETAINAGE_PAYABLE
from ml_connector_twins.acumatica.payables.changes import FormException
from ml_connector_twins.acumatica.payables.entry.lines import RETAINAGE_AMOUNT, RETAINAGE_PERCENT
from ml_connector_twins.acumatica.payables.periods import default_period, period_fault
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO

_REVERSIBLE = ("Open", "Closed")


def reverse_bill(books: Books, bill: Row) -> Row:
    """A debit adjustment on hold with the bill's lines; its reference is exempt from the duplicate check (8.5)."""
    if bill.text("Status") not in _REVERSIBLE:
        raise FormException(f"The document status is {bill.text('Status')}; it cannot be reversed.")
    linked = any(line.text("POOrderNbr") for line in bill.rows("Details"))
    if bill.text("Type") == "Debit Adj." and linked and not books.switches.at("reverse_po_debit_adj") == "allow":
        raise FormException("A debit adjustment linked to an order cannot be reversed.")
    if bill.rows("Applications") and books.switches.at("settled_bill_reverse") == "refuse":
        raise FormException("The document has applications; reverse them first.")
    reversal = _copy_on_hold(books, bill)
    reversal.fields["Type"] = "Bill" if bill.text("Type") == "Debit Adj." else "Debit Adj."
    reversal.fields.update({"Terms": None, "Amount": bill.amount("Balance")})
    total = sum((x.amount("Amount") for x in bill.rows("Details")), ZERO) + bill.amount("TaxTotal")
    held = bill.custom_amount("Document.CuryRetainageTotal")
    reversal.fields.update({"Balance": total - held, "Amount": total - held})
    reversal.hidden["reverses"] = bill.text("ReferenceNbr")
    reversal.fields["ReferenceNbr"] = books.next_number("Bill")
    books.touch(reversal)
    books.table("Bill").put(reversal)
    return reversal


def _copy_on_hold(books: Books, bill: Row) -> Row:
    copy = bill.copied()
    copy.id = books.new_id()
    for rows in copy.details.values():
        for row in rows:
            row.id = books.new_id()
    copy.details.pop("Applications", None)
    copy.files = []
    copy.note = None
    copy.fields.update({"Status": "On Hold", "Hold": True, "ReferenceNbr": None, "Date": books.business_on})
    copy.fields["PostPeriod"] = default_period(books, bill.text("BranchID"), books.business_on)
    return copy


def release_retainage(books: Books, bill: Row, amount: Decimal, *, on: date, period: str) -> Row:
    """A retainage bill on hold for a part of what is held (T10 to T12); job cost stays, it was booked gross."""
    held = bill.custom_amount("Document.CuryRetainageUnreleasedAmt")
    open_one = any(
        row.hidden.get("retainage_of") == bill.id and row.text("Status") in ("On Hold", "Balanced")
        for row in books.bills()
    )
    if bill.text("Status") != "Open":
        raise FormException(f"The document status is {bill.text('Status')}; retainage cannot be released.")
    if books.switches.at("retainage_release_bounds") == "refuse" and (amount <= 0 or amount > held or open_one):
        raise FormException("The amount to release must be positive and not above the unreleased retainage.")
    fault = period_fault(books, bill.text("BranchID"), period)
    if fault is not None:
        raise FormException(fault.removeprefix("Error: "))
    rule = books.switches.at("release_retainage_vendor_ref")
    if rule == "refuse" and books.switches.on("require_vendor_ref"):
        raise FormException("'Vendor Ref.' cannot be empty.")
    retainage = _copy_on_hold(books, bill)
    line = retainage.rows("Details")[0]
    line.fields.update({"Qty": Decimal(1), "UnitCost": amount, "ExtendedCost": amount, "Amount": amount})
    line.fields.update({"Account": RETAINAGE_PAYABLE, "Project": "X", "ProjectTask": None, "CostCode": None})
    line.fields.update({name: None for name in ("POOrderType", "POOrderNbr", "POLine")})
    line.hidden.pop("order_kind", None)
    line.hidden["account_by_form"] = True  # the form itself enters the control account
    line.custom.update({RETAINAGE_AMOUNT: ZERO, RETAINAGE_PERCENT: ZERO})
    retainage.details.update({"Details": [line], "TaxDetails": []})
    retainage.fields.update({"Date": on, "PostPeriod": period, "Amount": amount, "Balance": amount, "TaxTotal": ZERO})
    retainage.custom.update({"Document.RetainageApply": False, "Document.IsRetainageDocument": True})
    retainage.custom.update({"Document.CuryRetainageTotal": ZERO, "Document.CuryRetainageUnreleasedAmt": ZERO})
    retainage.hidden.update({"retainage_of": bill.id, "vendor_ref_excused": True})
    retainage.fields["VendorRef"] = bill.fields.get("VendorRef") if rule == "inherit" else None
    retainage.fields["ReferenceNbr"] = books.next_number("Bill")
    books.touch(retainage)
    books.table("Bill").put(retainage)
    bill.custom["Document.CuryRetainageUnreleasedAmt"] = held - amount
    books.touch(bill)
    return retainage
