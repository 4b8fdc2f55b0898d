"""The payment form (AP302000): entering a check and its applications (``acumatica_api.md`` 7, 8.6).

Release and voiding are in ``check_release``.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ml_connector_twins.acumatica.firm.setup import BANK
from ml_connector_twins.acumatica.payables.changes import (
    Change,
    Circumstances,
    FormErrors,
    FormException,
    clear_errors,
    empty,
    has_errors,
    missing,
)
from ml_connector_twins.acumatica.payables.periods import day_fault
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO, cents

CHECK_UNRELEASED = ("On Hold", "Balanced")
_PAYABLE_BY = {"Bill", "Credit Adj.", "Prepayment"}
_SETTABLE = ("CashAccount", "PaymentMethod", "PaymentRef", "Description", "ApplicationDate")
_SUMMARY = "Inserting  'AP Payment' record raised at least one error. Please review the errors."


def prepare_check(books: Books, change: Change, found: Row | None, around: Circumstances) -> Row:
    """A draft of the payment with the change applied; raises FormErrors."""
    if found is not None and found.text("Status") not in CHECK_UNRELEASED:
        return found.copied()
    check = _new_check(books, change, around) if found is None else found.copied()
    clear_errors(check)
    for name in _SETTABLE:
        if name in change.fields:
            check.fields[name] = change.fields[name]
    for entry in change.details.get("Details", []):
        check.rows("Details").append(_application(books, check, entry))
    applied = sum((row.amount("AmountPaid") for row in check.rows("Details")), ZERO)
    if isinstance(change.fields.get("PaymentAmount"), Decimal):
        check.fields["PaymentAmount"] = change.fields["PaymentAmount"]
    elif (found is None or "Details" in change.details) and not check.hidden.get("debit"):
        check.fields["PaymentAmount"] = applied
    check.fields["UnappliedBalance"] = check.amount("PaymentAmount") - applied
    if check.amount("UnappliedBalance") < 0:
        check.errors["PaymentAmount"] = "The payment amount is below the amounts applied."
    hold = change.fields.get("Hold")
    check.fields["Hold"] = hold if isinstance(hold, bool) else found.flag("Hold") if found is not None else True
    check.fields["Status"] = "On Hold" if check.flag("Hold") else "Balanced"
    _check_header(books, check)
    if has_errors(check):
        check.error = _SUMMARY
        raise FormErrors(check)
    return check


def _new_check(books: Books, change: Change, around: Circumstances) -> Row:
    if change.text("Type") == "Debit Adj.":
        return _debit_as_payment(books, change.text("ReferenceNbr"))
    check = books.new_row()
    vendor = books.find("Vendor", change.text("Vendor"))
    check.fields.update(
        {
            "Type": books.switches.at("payment_label"),
            "Vendor": vendor.text("VendorID") if vendor is not None else change.text("Vendor"),
            "CurrencyID": vendor.fields.get("CurrencyID") if vendor is not None else books.base_currency,
            "PaymentMethod": vendor.fields.get("PaymentMethod") if vendor is not None else None,
            "CashAccount": BANK,
            "ApplicationDate": around.on,
        }
    )
    check.hidden["branch"] = around.branch
    return check


def _debit_as_payment(books: Books, number: str) -> Row:
    """The payment side of a released debit adjustment: it pays with its balance, not with cash (8.6)."""
    debit = books.find("Bill", "Debit Adj.", number)
    if debit is None or debit.text("Status") != "Open":
        raise FormException("A debit adjustment is entered as a bill; name an open one.")
    check = books.new_row()
    check.fields.update({name: debit.fields.get(name) for name in ("Type", "ReferenceNbr", "Vendor", "CurrencyID")})
    check.fields.update({"PaymentAmount": debit.amount("Balance"), "ApplicationDate": books.business_on})
    check.hidden.update({"branch": debit.text("BranchID"), "debit": debit.id})
    return check


def reserved(books: Books, bill: Row, *, but: Row) -> Decimal:
    """What unreleased payments already take of a bill (C13); none where the switch says so."""
    if books.switches.at("draft_payments_reserve") == "no":
        return ZERO
    key = (bill.text("Type"), bill.text("ReferenceNbr"))
    return sum(
        (
            row.amount("AmountPaid")
            for check in books.table("Check")
            if check.id != but.id and check.text("Status") in CHECK_UNRELEASED and not check.hidden.get("voids")
            for row in check.rows("Details")
            if (row.text("DocType"), row.text("ReferenceNbr")) == key
        ),
        ZERO,
    )


def _application(books: Books, check: Row, entry: Change) -> Row:
    row = books.new_row()
    row.fields.update({"DocType": entry.text("DocType"), "ReferenceNbr": entry.text("ReferenceNbr")})
    bill = books.find("Bill", entry.text("DocType"), entry.text("ReferenceNbr"))
    if bill is None or bill.text("Type") not in _PAYABLE_BY:
        row.errors["ReferenceNbr"] = missing("Reference Nbr.", entry.text("ReferenceNbr"))
        return row
    if bill.text("Status") != "Open" or bill.text("Vendor") != check.text("Vendor"):
        row.errors["ReferenceNbr"] = f"The document {entry.text('ReferenceNbr')} cannot be paid."
        return row
    day, billed_on = check.day("ApplicationDate"), bill.day("Date")
    early = day is not None and billed_on is not None and day < billed_on
    if early and books.switches.at("application_before_bill") == "refuse":
        row.errors["ReferenceNbr"] = "The application date is before the date of the document."
    discount = available_discount(bill, day or books.business_on)
    sent = entry.fields.get("AmountPaid")
    free = bill.amount("Balance") - reserved(books, bill, but=check)
    amount = sent if isinstance(sent, Decimal) else free - discount
    if amount > free:
        row.errors["AmountPaid"] = "The amount is above the balance of the document."
    left = bill.amount("Balance") - amount
    row.fields.update({"AmountPaid": amount, "CashDiscountBalance": discount, "Balance": left})
    row.hidden["discount"] = discount if left == discount else ZERO
    return row


def available_discount(bill: Row, on: date) -> Decimal:
    """The cash discount of the bill's terms where it is paid in time (S20): percent of the whole document."""
    until = bill.custom.get("Document.DiscDate")
    percent = bill.custom.get("Document.DiscPct")
    if not isinstance(until, date) or not isinstance(percent, Decimal) or on > until:
        return ZERO
    if bill.rows("Applications"):
        return ZERO
    return cents(bill.amount("Balance") * percent / 100)


def _check_header(books: Books, check: Row) -> None:
    vendor = books.find("Vendor", check.text("Vendor"))
    if vendor is None:
        check.errors["Vendor"] = missing("Vendor", check.text("Vendor"))
    elif vendor.text("Status") in ("On Hold", "Hold Payments", "Inactive"):
        check.errors["Vendor"] = f"The vendor status is {vendor.text('Status')}."
    if not check.text("PaymentMethod") and not check.hidden.get("debit"):
        check.errors["PaymentMethod"] = empty("Payment Method")
    day = check.day("ApplicationDate")
    branch = str(check.hidden.get("branch") or books.default_branch)
    fault = empty("Application Date") if day is None else day_fault(books, branch, day)
    if fault is not None:
        check.errors["ApplicationDate"] = fault


def store_check(books: Books, check: Row) -> Row:
    """Keeps a draft; numbers a new payment."""
    if not check.text("ReferenceNbr"):
        check.fields["ReferenceNbr"] = books.next_number("Check")
        check.fields["PaymentRef"] = check.fields.get("PaymentRef") or books.next_number("CheckRef").lstrip("0")
    books.touch(check)
    books.table("Check").put(check)
    return check


def remove_check(books: Books, check: Row) -> None:
    """Deletes an unreleased payment; raises FormException for another."""
    if check.text("Status") not in CHECK_UNRELEASED:
        raise FormException("The payment has been released and cannot be deleted.")
    books.table("Check").remove(check)
