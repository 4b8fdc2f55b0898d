"""The header of a bill: type, vendor, dates, period, terms, currency, and what they default to."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ml_connector_twins.acumatica.payables.changes import Change, empty, missing, refused_by, unusable
from ml_connector_twins.acumatica.payables.entry.taxes import TAX_ZONE
from ml_connector_twins.acumatica.payables.periods import (
    day_fault,
    default_period,
    parse_period,
    period_fault,
)
from ml_connector_twins.acumatica.payables.rates import rate_on
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row

TYPES: Final = {"Bill": "INV", "Credit Adj.": "ACR", "Debit Adj.": "ADR", "Prepayment": "PPM"}
"""Document types by label, with their codes (``acumatica_api.md`` 8.1, ``ap_domain.md`` 1.1)."""

LOCATION = "MAIN"
_SETTABLE = ("VendorRef", "Description", "CashAccount", "LocationID", "Project", "ApprovedForPayment", "Amount")
_LENGTHS: Final = {"VendorRef": "vendor_ref_length_max", "Description": "description_length_max"}


def enter_header(books: Books, bill: Row, change: Change, *, is_new: bool) -> None:
    """Applies the header fields in the order of the form: type and vendor first, defaults after them."""
    if is_new:
        bill.fields["Type"] = _type_label(books, change.text("Type") or "Bill", bill)
    if is_new or ("Vendor" in change.fields and change.text("Vendor").upper() != bill.text("Vendor")):
        _enter_vendor(books, bill, change)
    for name in _SETTABLE:
        if name in change.fields:
            bill.fields[name] = change.fields[name]
    if not bill.text("LocationID"):
        bill.fields["LocationID"] = LOCATION
    if change.text("BranchID"):
        bill.fields["BranchID"] = change.text("BranchID").upper()
    if change.text("CurrencyID"):
        bill.fields["CurrencyID"] = change.text("CurrencyID").upper()
    _enter_dates(books, bill, change, is_new=is_new)
    if TAX_ZONE in change.custom:
        bill.custom[TAX_ZONE] = change.custom[TAX_ZONE]
    for name, value in change.custom.items():
        if name in books.switches.words("custom_fields") or name in bill.custom:
            bill.custom[name] = value
    for name, switch in _LENGTHS.items():
        _limit(books, bill, name, int(books.switches.number(switch)))


def _type_label(books: Books, text: str, bill: Row) -> str:
    if text in TYPES:
        return text
    if books.switches.on("dropdown_accepts_code"):
        for label, code in TYPES.items():
            if code == text:
                return label
    bill.errors["Type"] = f"The value '{text}' is not in the list of allowed values."
    return text


def _enter_vendor(books: Books, bill: Row, change: Change) -> None:
    code = change.text("Vendor")
    vendor = books.find("Vendor", code)
    bill.fields["Vendor"] = code
    if vendor is None:
        bill.errors["Vendor"] = missing("Vendor", code) if code else empty("Vendor")
        return
    bill.fields["Vendor"] = vendor.text("VendorID")
    bill.fields["Terms"] = vendor.fields.get("Terms")
    bill.fields["CurrencyID"] = vendor.fields.get("CurrencyID")
    bill.fields["CashAccount"] = vendor.fields.get("CashAccount")
    bill.custom[TAX_ZONE] = vendor.fields.get("TaxZone")
    bill.custom["Document.RetainageApply"] = False


def _enter_dates(books: Books, bill: Row, change: Change, *, is_new: bool) -> None:
    old_day = bill.day("Date")
    if change.fields.get("Date") is not None:
        bill.fields["Date"] = change.fields["Date"]
    day = bill.day("Date") or books.business_on
    moved = is_new or day != old_day
    old_terms = bill.text("Terms")
    _enter_terms(books, bill, change)
    if "PostPeriod" in change.fields:
        bill.fields["PostPeriod"] = parse_period(change.text("PostPeriod")) or change.text("PostPeriod")
    elif moved:
        bill.fields["PostPeriod"] = default_period(books, bill.text("BranchID"), day)
    terms = books.terms.get(bill.text("Terms"))
    if "DueDate" in change.fields:
        bill.fields["DueDate"] = change.fields["DueDate"]
    elif moved or bill.text("Terms") != old_terms:
        bill.fields["DueDate"] = day + timedelta(days=terms.due_days) if terms is not None else None
    if terms is not None and terms.discount_percent and bill.fields.get("DueDate") is not None:
        bill.custom["Document.DiscDate"] = day + timedelta(days=terms.discount_days)
        bill.custom["Document.DiscPct"] = terms.discount_percent


def _enter_terms(books: Books, bill: Row, change: Change) -> None:
    kind = bill.text("Type")
    without = kind == "Prepayment" or (kind == "Debit Adj." and not books.switches.on("terms_on_debit_adj"))
    if without:
        bill.fields["Terms"] = None
    elif "Terms" in change.fields:
        bill.fields["Terms"] = change.fields["Terms"]


def _limit(books: Books, bill: Row, name: str, longest: int) -> None:
    text = bill.text(name)
    if not longest or len(text) <= longest:
        return
    if books.switches.at("text_too_long") == "cut":
        bill.fields[name] = text[:longest]
    else:
        bill.errors[name] = f"The string value provided exceeds the field '{name}' length of {longest}."


def check_header(books: Books, bill: Row, stage: str) -> None:
    """Marks what is wrong with the header at this stage."""
    _check_vendor(books, bill, stage)
    if bill.text("BranchID") not in books.branches:
        bill.errors["BranchID"] = missing("Branch", bill.text("BranchID"))
        return
    required = bill.text("Type") == "Bill" and books.switches.on("require_vendor_ref")
    if required and not bill.text("VendorRef").strip() and not bill.hidden.get("vendor_ref_excused"):
        bill.errors["VendorRef"] = empty("Vendor Ref.")
    if bill.text("Terms") and bill.text("Terms") not in books.terms:
        bill.errors["Terms"] = missing("Terms", bill.text("Terms"))
    _check_instalments(books, bill)
    if bill.text("LocationID") != LOCATION:
        bill.errors["LocationID"] = missing("Location", bill.text("LocationID"))
    _check_dates(books, bill)
    _check_currency(books, bill)


def _check_instalments(books: Books, bill: Row) -> None:
    """Terms of several instalments go neither with retainage nor, by switch, with a 1099 vendor (1.4, V15)."""
    if bill.text("Terms") not in books.switches.words("instalment_terms"):
        return
    vendor = books.find("Vendor", bill.text("Vendor"))
    is_1099 = vendor is not None and vendor.flag("F1099Vendor")
    if is_1099 and books.switches.at("instalment_terms_1099") == "refuse":
        bill.errors["Terms"] = unusable("Terms", bill.text("Terms"), "not allowed for a 1099 vendor")
    if bill.custom_flag("Document.RetainageApply"):
        bill.errors["Terms"] = unusable("Terms", bill.text("Terms"), "not allowed with retainage")


def _check_vendor(books: Books, bill: Row, stage: str) -> None:
    vendor = books.find("Vendor", bill.text("Vendor"))
    if vendor is None:
        return
    status = vendor.text("Status")
    if status in ("On Hold", "Inactive") and refused_by(books, "vendor_status_refused_at", stage):
        bill.errors["Vendor"] = unusable("Vendor", vendor.text("VendorID"), status.lower())


def _check_dates(books: Books, bill: Row) -> None:
    day, branch = bill.day("Date"), bill.text("BranchID")
    fault = empty("Date") if day is None else day_fault(books, branch, day)
    if fault is not None:
        bill.errors["Date"] = fault
    code = bill.text("PostPeriod")
    if code and parse_period(code) is None:
        bill.errors["PostPeriod"] = f"Error: '{code}' is not a financial period."
        return
    fault = period_fault(books, branch, code)
    if fault is not None:
        bill.errors["PostPeriod"] = fault


def _check_currency(books: Books, bill: Row) -> None:
    vendor = books.find("Vendor", bill.text("Vendor"))
    code = bill.text("CurrencyID")
    if books.find("Currency", code) is None:
        bill.errors["CurrencyID"] = missing("Currency", code)
        return
    if vendor is not None and vendor.text("CurrencyID") != code and not vendor.flag("EnableCurrencyOverride"):
        bill.errors["CurrencyID"] = f"The currency '{code}' cannot be overridden for this vendor."
    day = bill.day("Date")
    if day is not None and rate_on(books, code, day) is None:
        bill.errors["CurrencyID"] = f"The rate of the currency '{code}' for {day.isoformat()} is not defined."
