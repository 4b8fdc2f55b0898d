"""The bill form (AP301000): a change becomes a checked draft, a draft is stored, numbered and given its status.

``acumatica_api.md`` 8, ``ap_domain.md`` 1.2. Release is in ``release``, reversal in ``reversal``.
"""

from __future__ import annotations

from typing import Final

from ml_connector_twins.acumatica.payables.changes import (
    Change,
    Circumstances,
    FormErrors,
    FormException,
    clear_errors,
    empty,
    has_errors,
)
from ml_connector_twins.acumatica.payables.entry.coding import NON_PROJECT, check_coding, makes_subaccount
from ml_connector_twins.acumatica.payables.entry.duplicates import duplicate_of
from ml_connector_twins.acumatica.payables.entry.headers import check_header, enter_header
from ml_connector_twins.acumatica.payables.entry.lines import RETAINAGE_AMOUNT, enter_lines
from ml_connector_twins.acumatica.payables.entry.links import check_twice
from ml_connector_twins.acumatica.payables.entry.taxes import enter_taxes, payable_tax
from ml_connector_twins.acumatica.payables.orders import linked_line_of, over_billed
from ml_connector_twins.acumatica.payables.release import release_bill
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO

UNRELEASED: Final = ("On Hold", "Pending Approval", "Rejected", "Balanced")
"""Statuses of a document that may still be changed or deleted."""

_DETAIL_SUMMARY = "Inserting  'AP Transactions' record raised at least one error. Please review the errors."
_HEADER_SUMMARY = "Inserting  'AP Invoice' record raised at least one error. Please review the errors."


def prepare_bill(books: Books, change: Change, found: Row | None, around: Circumstances) -> Row:
    """A draft with the change applied and checked; raises FormErrors with every fault at once."""
    if found is not None and found.text("Status") not in UNRELEASED:
        return _prepare_released(found, change)
    is_new = found is None
    bill = _new_bill(books, around) if found is None else found.copied()
    clear_errors(bill)
    wants_hold = change.fields.get("Hold")
    locked = not is_new and bill.text("Status") in ("Pending Approval", "Rejected") and wants_hold is not True
    if not locked:
        _enter_number(books, bill, change, is_new=is_new)
        enter_header(books, bill, change, is_new=is_new)
        if not bill.errors.get("Vendor"):
            enter_lines(books, bill, change)
        enter_taxes(books, bill, change)
        enter_totals(books, bill)
    if change.note_named:
        bill.note = change.note
    was_held = bill.flag("Hold")
    _enter_hold(books, bill, wants_hold, is_new=is_new)
    stage = "save" if bill.flag("Hold") else "unhold"
    check_bill(books, bill, stage)
    if stage == "unhold" and not locked:
        _check_leaving_hold(books, bill)
    if has_errors(bill):
        raise _refusal(bill)
    bill.fields["Status"] = _status(books, bill, was_held=was_held or is_new)
    return bill


def _enter_number(books: Books, bill: Row, change: Change, *, is_new: bool) -> None:
    """A supplied number counts only where numbering is manual (5.2)."""
    if not is_new or not books.switches.on("manual_numbering"):
        return
    if change.text("ReferenceNbr"):
        bill.fields["ReferenceNbr"] = change.text("ReferenceNbr")
    else:
        bill.errors["ReferenceNbr"] = empty("Reference Nbr.")


def _refusal(bill: Row) -> FormErrors:
    in_details = any(line.errors for line in bill.rows("Details"))
    bill.error = _DETAIL_SUMMARY if in_details else _HEADER_SUMMARY
    if not bill.text("ReferenceNbr"):
        bill.fields["ReferenceNbr"] = "<NEW>"
    return FormErrors(bill)


def _new_bill(books: Books, around: Circumstances) -> Row:
    bill = books.new_row()
    bill.fields.update({"Date": around.on, "BranchID": around.branch, "Hold": True, "ApprovedForPayment": True})
    return bill


def _prepare_released(found: Row, change: Change) -> Row:
    """After release only the due date may change; other fields are disabled, so ignored (``ap_domain.md`` 1.2)."""
    bill = found.copied()
    if found.text("Status") == "Open" and change.fields.get("DueDate") is not None:
        bill.fields["DueDate"] = change.fields["DueDate"]
    if change.note_named:
        bill.note = change.note
    return bill


def enter_totals(books: Books, bill: Row) -> None:
    """Lines and payable tax, less retainage; the control total follows where it is not validated (8.5)."""
    lines = bill.rows("Details")
    total = sum((line.amount("Amount") for line in lines), ZERO) + payable_tax(books, bill)
    held = ZERO
    if bill.custom_flag("Document.RetainageApply"):
        held = sum((line.custom_amount(RETAINAGE_AMOUNT) for line in lines), ZERO)
    bill.custom["Document.CuryRetainageTotal"] = held
    bill.custom["Document.CuryRetainageUnreleasedAmt"] = held
    bill.fields["Balance"] = total - held
    if not books.switches.on("validate_document_totals"):
        bill.fields["Amount"] = bill.fields["Balance"]
    elif bill.fields.get("Amount") is None:
        bill.fields["Amount"] = ZERO


def _enter_hold(books: Books, bill: Row, wants_hold: object, *, is_new: bool) -> None:
    if is_new:
        forced = books.switches.on("hold_on_entry") or bill.text("Type") in books.switches.words("approval_types")
        bill.fields["Hold"] = forced or wants_hold is True
    elif isinstance(wants_hold, bool):
        bill.fields["Hold"] = wants_hold


def check_bill(books: Books, bill: Row, stage: str) -> None:
    """Marks everything that is wrong at this stage: header, lines, links, duplicates."""
    if "Vendor" in bill.errors:
        return
    check_header(books, bill, stage)
    _check_required(books, bill)
    for line in bill.rows("Details"):
        check_coding(books, line, stage)
    check_twice(books, bill)
    _check_projects(books, bill)
    _check_over_billing(books, bill, stage)
    other = duplicate_of(books, bill)
    if other is not None:
        text = f"Document {other.text('Type')} {other.text('ReferenceNbr')} with the same Vendor Ref. already exists."
        if books.switches.at("duplicate_ref_answer") == "500_exception":
            raise FormException(text)
        bill.errors["VendorRef"] = text


def _check_required(books: Books, bill: Row) -> None:
    """Fields a customisation made mandatory (switch ``fields_required``)."""
    for name in books.switches.words("fields_required"):
        kind, _, field = name.partition(".")
        for row in [bill] if kind == "Bill" else bill.rows("Details"):
            if row.fields.get(field) in (None, ""):
                row.errors[field] = empty(field)


def _check_projects(books: Books, bill: Row) -> None:
    projects = {line.text("Project") for line in bill.rows("Details")} - {NON_PROJECT, ""}
    if len(projects) > 1 and books.switches.on("single_project_per_bill"):
        bill.errors["Project"] = "A bill may carry lines of one project only."


def _check_over_billing(books: Books, bill: Row, stage: str) -> None:
    rule = books.switches.at("po_over_billing")
    if rule not in ("refuse_on_save", "refuse_on_release") or bill.text("Type") == "Debit Adj.":
        return
    if rule == "refuse_on_release" and stage != "release":
        return
    for line in bill.rows("Details"):
        linked = linked_line_of(books, line)
        if linked is not None and over_billed(linked, line.amount("Qty"), line.amount("Amount")):
            line.errors["Qty"] = "The quantity or amount is above what is open on the order line."


def _check_leaving_hold(books: Books, bill: Row) -> None:
    total = bill.amount("Balance")
    if total < 0:
        bill.errors["Amount"] = "The document amount cannot be negative."
    elif books.switches.on("validate_document_totals") and bill.amount("Amount") != total:
        # the control total must equal the document total, taxes included (8.5, H15)
        bill.errors["Amount"] = "The document is out of the balance."


def _status(books: Books, bill: Row, *, was_held: bool) -> str:
    if bill.flag("Hold"):
        return "On Hold"
    if was_held and bill.text("Type") in books.switches.words("approval_types"):
        return "Pending Approval"
    return "Balanced" if was_held else bill.text("Status")


def store_bill(books: Books, bill: Row) -> Row:
    """Keeps a draft: numbers a new bill, makes subaccounts on the fly, moves the time stamp."""
    if not bill.text("ReferenceNbr"):
        bill.fields["ReferenceNbr"] = books.next_number("Bill")
    bill.hidden.setdefault("created_at", books.clock.now().isoformat(timespec="microseconds"))
    for line in bill.rows("Details"):
        code = line.text("Subaccount")
        if makes_subaccount(books, code):
            sub = books.new_row()
            sub.fields.update({"SubaccountCD": code, "Active": True, "SubaccountID": 900 + books.ids_given})
            books.table("Subaccount").put(sub)
    books.touch(bill)
    books.table("Bill").put(bill)
    if not books.switches.on("hold_honoured") and bill.text("Status") in ("On Hold", "Balanced"):
        bill.fields.update({"Hold": False, "Status": "Balanced"})
        release_bill(books, bill)
    return bill


def remove_bill(books: Books, bill: Row) -> None:
    """Deletes an unreleased bill; raises FormException for another."""
    if bill.text("Status") not in UNRELEASED:
        raise FormException("The document has been released and cannot be deleted.")
    books.table("Bill").remove(bill)
