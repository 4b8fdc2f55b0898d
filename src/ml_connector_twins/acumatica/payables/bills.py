"""The bill form (AP301000): entering, numbering, status (``acumatica_api.md`` 8, ``ap_domain.md`` 1)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from ml_connector_twins.acumatica.payables.changes import Change, Circumstances, FormErrors, FormException
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO, cents

_READ_ONLY = frozenset({"Status", "Balance", "TaxTotal", "ReferenceNbr", "LastModifiedDateTime", "Hold"})


def prepare_bill(books: Books, change: Change, found: Row | None, around: Circumstances) -> Row:
    """A draft of the bill with the change applied."""
    bill = books.new_row() if found is None else found.copied()
    if found is None:
        bill.fields.update({"Type": "Bill", "Date": books.business_on, "BranchID": around.branch, "Hold": True})
    for name, value in change.fields.items():
        if name not in _READ_ONLY:
            bill.fields[name] = value
    if change.note_named:
        bill.note = change.note
    vendor = books.find("Vendor", bill.text("Vendor"))
    if vendor is None:
        bill.errors["Vendor"] = f"Vendor '{bill.text('Vendor'):<10}' cannot be found in the system."
        bill.error = "Inserting  'AP Invoice' record raised at least one error. Please review the errors."
        raise FormErrors(bill)
    bill.fields["Vendor"] = vendor.text("VendorID")
    for name in ("Terms", "CurrencyID"):
        if bill.fields.get(name) is None:
            bill.fields[name] = vendor.fields.get(name)
    for detail in change.details.get("Details", []):
        line = books.new_row()
        line.fields.update(detail.fields)
        quantity, extended = line.amount("Qty"), line.amount("ExtendedCost")
        if "ExtendedCost" not in detail.fields:
            extended = cents(quantity * line.amount("UnitCost"))
        line.fields.update({"ExtendedCost": extended, "Amount": extended, "Qty": quantity})
        bill.rows("Details").append(line)
    total = sum((line.amount("Amount") for line in bill.rows("Details")), ZERO)
    bill.fields.update({"Balance": total, "TaxTotal": Decimal(0)})
    day = bill.day("Date") or books.business_on
    terms = books.terms.get(bill.text("Terms"))
    if bill.fields.get("DueDate") is None and terms is not None:
        bill.fields["DueDate"] = day + timedelta(days=terms.due_days)
    if bill.fields.get("PostPeriod") is None:
        bill.fields["PostPeriod"] = day.strftime("%m%Y")
    if "Hold" in change.fields:
        bill.fields["Hold"] = change.fields["Hold"] is True
    bill.fields["Status"] = "On Hold" if bill.flag("Hold") else "Balanced"
    return bill


def store_bill(books: Books, bill: Row) -> Row:
    """Numbers a new bill and keeps it."""
    if not bill.text("ReferenceNbr"):
        bill.fields["ReferenceNbr"] = books.next_number("Bill")
    books.touch(bill)
    books.table("Bill").put(bill)
    return bill


def remove_bill(books: Books, bill: Row) -> None:
    """Deletes an unreleased bill."""
    if bill.text("Status") not in ("On Hold", "Balanced", "Pending Approval", "Rejected"):
        raise FormException("The document has been released and cannot be deleted.")
    books.table("Bill").remove(bill)
