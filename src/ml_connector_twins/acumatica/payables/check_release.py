"""Releasing and voiding a payment: history, applications on the bills, GL entries (``acumatica_api.md`` 7, 13.18)."""

from __future__ import annotations

from decimal import Decimal

from ml_connector_twins.acumatica.firm.setup import DISCOUNT_TAKEN, EXCHANGE_GAIN, PAYABLE
from ml_connector_twins.acumatica.payables.changes import FormException
from ml_connector_twins.acumatica.payables.ledger import Batch, Posting, post_batch
from ml_connector_twins.acumatica.payables.periods import default_period
from ml_connector_twins.acumatica.payables.rates import in_base, rate_on
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO

_SUBACCOUNT = "0110000"


def release_check(books: Books, check: Row) -> None:
    """Pays what the payment is applied to; a void gives it back. Raises FormException where the form refuses."""
    if check.text("Status") != "Balanced":
        raise FormException(f"The document status is {check.text('Status')}; it cannot be released.")
    branch = str(check.hidden.get("branch") or books.default_branch)
    day = check.day("ApplicationDate") or books.business_on
    period = default_period(books, branch, day)
    if period is None:
        raise FormException("'Post Period' cannot be empty.")
    if check.hidden.get("voids"):
        _release_void(books, check, period)
        return
    for row in check.rows("Details"):
        _check_application(books, row)
    if check.hidden.get("debit"):
        _apply_debit_lines(books, check)
        return
    for row in check.rows("Details"):
        _apply(books, check, row)
    _post(books, check, check.rows("History"), period, sign=1)
    check.details["Details"] = []  # applications move to the history on release (7)
    check.fields["Status"] = "Closed" if not check.amount("UnappliedBalance") else "Open"
    books.touch(check)


def _apply_debit_lines(books: Books, check: Row) -> None:
    """Releases the payment side of a debit adjustment (``acumatica_api.md`` 8.6): no cash, no GL entry."""
    debit = books.table("Bill").by_id(str(check.hidden["debit"]))
    if debit is None:
        raise FormException("The debit adjustment is gone.")
    for row in check.rows("Details"):
        bill = books.find("Bill", row.text("DocType"), row.text("ReferenceNbr"))
        if bill is not None:
            apply_debit(books, debit, bill, row.amount("AmountPaid"))
            row.fields["Balance"] = bill.amount("Balance")
    check.details["History"], check.details["Details"] = [*check.rows("History"), *check.rows("Details")], []
    check.fields["Status"] = "Closed" if debit.text("Status") == "Closed" else "Open"
    books.touch(check)


def _check_application(books: Books, row: Row) -> None:
    bill = books.find("Bill", row.text("DocType"), row.text("ReferenceNbr"))
    settled = row.amount("AmountPaid") + _discount(row)
    if bill is None or bill.text("Status") != "Open" or bill.amount("Balance") < settled:
        raise FormException(f"The document {row.text('ReferenceNbr')} cannot be paid with this amount.")


def _discount(row: Row) -> Decimal:
    value = row.hidden.get("discount")
    return value if isinstance(value, Decimal) else ZERO


def _apply(books: Books, check: Row, row: Row) -> None:
    bill = books.find("Bill", row.text("DocType"), row.text("ReferenceNbr"))
    if bill is None:
        return
    paid, discount = row.amount("AmountPaid"), _discount(row)
    left = bill.amount("Balance") - paid - discount
    settle_bill(books, bill, left)
    application = books.new_row()
    application.fields.update(
        {
            "DocType": check.text("Type"),
            "ReferenceNbr": check.text("ReferenceNbr"),
            "AmountPaid": paid,
            "Balance": ZERO,
            "Status": "Closed",
        }
    )
    bill.rows("Applications").append(application)
    history = books.new_row()
    history.fields.update(
        {
            "DocType": row.text("DocType"),
            "ReferenceNbr": row.text("ReferenceNbr"),
            "AmountPaid": paid,
            "Balance": left,
            "CashDiscountBalance": ZERO,
            "CashDiscountTaken": discount,
            "VendorRef": bill.text("VendorRef"),
        }
    )
    check.rows("History").append(history)


def settle_bill(books: Books, bill: Row, balance: Decimal) -> None:
    """Sets the open balance; a bill is Closed when nothing is open and no retainage is held (``ap_domain.md`` 1.11)."""
    bill.fields["Balance"] = balance
    held = bill.custom_amount("Document.CuryRetainageUnreleasedAmt")
    bill.fields["Status"] = "Open" if balance or held else "Closed"
    books.touch(bill)


def apply_debit(books: Books, debit: Row, bill: Row, amount: Decimal) -> None:
    """Settles a bill with a released debit adjustment: no cash, no GL entry (``acumatica_api.md`` 8.6)."""
    if debit.text("Type") != "Debit Adj." or debit.text("Status") != "Open" or bill.text("Status") != "Open":
        raise FormException("Both documents must be open, the first one a debit adjustment.")
    if debit.text("Vendor") != bill.text("Vendor") or not 0 < amount <= min(
        debit.amount("Balance"), bill.amount("Balance")
    ):
        raise FormException("The amount is above a balance, or the vendors differ.")
    for document, other in ((bill, debit), (debit, bill)):
        settle_bill(books, document, document.amount("Balance") - amount)
        row = books.new_row()
        row.fields.update({"DocType": other.text("Type"), "ReferenceNbr": other.text("ReferenceNbr")})
        row.fields.update({"AmountPaid": amount, "Balance": other.amount("Balance"), "Status": other.text("Status")})
        document.rows("Applications").append(row)


def _post(books: Books, check: Row, rows: list[Row], period: str, *, sign: int) -> None:
    branch = str(check.hidden.get("branch") or books.default_branch)
    day = check.day("ApplicationDate") or books.business_on
    currency = check.text("CurrencyID")
    rate = rate_on(books, currency, day) or Decimal(1)
    postings: list[Posting] = []
    settled_in_base = ZERO
    for row in rows:
        bill = books.find("Bill", row.text("DocType"), row.text("ReferenceNbr"))
        billed_on = bill.day("Date") if bill is not None else None
        own_rate = rate_on(books, currency, billed_on or day) or rate
        settled = in_base(row.amount("AmountPaid") + row.amount("CashDiscountTaken"), own_rate) * sign
        discount = in_base(row.amount("CashDiscountTaken"), own_rate) * sign
        postings.append(Posting(PAYABLE, _SUBACCOUNT, branch, settled, description=row.text("ReferenceNbr")))
        postings.append(Posting(DISCOUNT_TAKEN, _SUBACCOUNT, branch, -discount, description="Cash discount"))
        settled_in_base += settled - discount
    unapplied = check.amount("PaymentAmount") - sum((row.amount("AmountPaid") for row in rows), ZERO)
    if sign > 0 and unapplied:
        amount = in_base(unapplied, rate)
        postings.append(Posting(PAYABLE, _SUBACCOUNT, branch, amount, description="Unapplied"))
        settled_in_base += amount
    cash = in_base(abs(check.amount("PaymentAmount")), rate) * sign
    postings.append(Posting(check.text("CashAccount"), _SUBACCOUNT, branch, -cash, description=check.text("Vendor")))
    postings.append(Posting(EXCHANGE_GAIN, _SUBACCOUNT, branch, cash - settled_in_base, description="Exchange gain"))
    name = f"{check.text('Type')} {check.text('ReferenceNbr')}"
    check.hidden["batch"] = post_batch(books, Batch(name, period, day, branch, _SUBACCOUNT), postings)


def void_check(books: Books, check: Row) -> Row:
    """The reversing record of the same number: negative, unreleased; the original lives until it is released (7)."""
    if check.text("Status") not in ("Open", "Closed"):
        raise FormException(f"The document status is {check.text('Status')}; it cannot be voided.")
    void = check.copied()
    void.id = books.new_id()
    void.details = {"Details": [], "History": []}
    void.fields.update(
        {
            "Type": f"Voided {books.switches.at('payment_label')}",
            "PaymentAmount": -check.amount("PaymentAmount"),
            "UnappliedBalance": ZERO,
            "ApplicationDate": books.business_on,
            "Hold": True,
            "Status": "On Hold",
        }
    )
    void.hidden["voids"] = check.id
    void.hidden.pop("batch", None)
    for row in check.rows("History"):
        back = row.copied()
        back.id = books.new_id()
        back.fields["AmountPaid"] = -row.amount("AmountPaid")
        void.rows("Details").append(back)
    if books.find("Check", void.text("Type"), void.text("ReferenceNbr")) is not None:
        raise FormException("The payment is being voided already.")
    books.touch(void)
    books.table("Check").put(void)
    return void


def _release_void(books: Books, void: Row, period: str) -> None:
    original = books.table("Check").by_id(str(void.hidden["voids"]))
    if original is None or original.text("Status") == "Voided":
        raise FormException("The payment has been voided already.")
    for row in original.rows("History"):
        bill = books.find("Bill", row.text("DocType"), row.text("ReferenceNbr"))
        if bill is None:
            continue
        back = row.amount("AmountPaid") + row.amount("CashDiscountTaken")
        own = [x for x in bill.rows("Applications") if x.text("ReferenceNbr") == original.text("ReferenceNbr")]
        for application in own:
            bill.rows("Applications").remove(application)
        settle_bill(books, bill, bill.amount("Balance") + back)
        history = row.copied()
        history.id = books.new_id()
        history.fields.update({"AmountPaid": -row.amount("AmountPaid"), "Balance": bill.amount("Balance")})
        history.fields["CashDiscountTaken"] = -row.amount("CashDiscountTaken")
        void.rows("History").append(history)
    _post(books, void, original.rows("History"), period, sign=-1)
    void.details["Details"] = []
    void.fields["Status"] = "Closed"
    original.fields["Status"] = "Voided"
    books.touch(void)
    books.touch(original)
