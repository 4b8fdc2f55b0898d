"""The check for a vendor reference that is already in the system (``acumatica_api.md`` 8.5, switches of 13)."""

from __future__ import annotations

from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row


def duplicate_of(books: Books, bill: Row) -> Row | None:
    """The document that already carries this reference, or None; reversals and voided documents do not count."""
    reference = bill.text("VendorRef")
    if not reference or not books.switches.on("duplicate_ref_error") or bill.hidden.get("reverses"):
        return None
    wanted = _compared(books, reference)
    for other in books.bills():
        if other.id == bill.id or other.hidden.get("reverses") or other.text("Status") == "Voided":
            continue
        if _same_scope(books, bill, other) and _compared(books, other.text("VendorRef")) == wanted:
            return other
    return None


def _compared(books: Books, reference: str) -> str:
    match books.switches.at("duplicate_ref_compare"):
        case "exact":
            return reference
        case "trim":
            return reference.strip().casefold()
        case _:
            return reference.casefold()


def _same_scope(books: Books, bill: Row, other: Row) -> bool:
    if other.text("Vendor") != bill.text("Vendor"):
        return False
    match books.switches.at("duplicate_ref_scope"):
        case "vendor+type":
            return other.text("Type") == bill.text("Type")
        case "vendor+branch":
            return other.text("BranchID") == bill.text("BranchID")
        case _:
            return True
