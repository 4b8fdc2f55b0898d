"""Releasing a bill: the last checks, the GL entries, the orders it bills (``acumatica_api.md`` 8.6, 13.15, 13.17).

A release that fails leaves everything as it was.
"""

from __future__ import annotations

from decimal import Decimal

from ml_connector_twins.acumatica.firm.setup import (
    PAYABLE,
    PO_ACCRUAL,
    RETAINAGE_PAYABLE,
    TAX_EXPENSE,
    USE_TAX_PAYABLE,
)
from ml_connector_twins.acumatica.payables.changes import FormException, clear_errors, has_errors, refused_by
from ml_connector_twins.acumatica.payables.entry.coding import check_coding
from ml_connector_twins.acumatica.payables.entry.taxes import is_use_tax
from ml_connector_twins.acumatica.payables.ledger import Batch, Posting, check_mapping, post_batch
from ml_connector_twins.acumatica.payables.orders import linked_line_of, over_billed, record_billing
from ml_connector_twins.acumatica.payables.periods import period_fault
from ml_connector_twins.acumatica.payables.rates import in_base, rate_on
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO

RELEASABLE = ("Balanced", "Under Reclassification")


def release_bill(books: Books, bill: Row) -> None:
    """Makes the bill payable; raises FormException with the reason where the form refuses."""
    if bill.text("Status") not in RELEASABLE:
        raise FormException(f"The document status is {bill.text('Status')}; it cannot be released.")
    _check_release(books, bill)
    if bill.text("Type") != "Prepayment":  # a prepayment request has no GL entries of its own
        _post(books, bill)
        _bill_orders(books, bill)
    bill.fields["Status"] = "Open" if bill.amount("Balance") or _held(bill) else "Closed"
    bill.fields["Hold"] = False
    books.touch(bill)


def pre_release_bill(books: Books, bill: Row) -> None:
    """Pre-Released instead of released; a bill with order links by switch alone. Raises FormException."""
    linked = any(line.text("POOrderNbr") for line in bill.rows("Details"))
    if linked and books.switches.at("pre_release_po_bill") == "refuse":
        raise FormException("A bill with order links cannot be pre-released.")
    if bill.text("Status") not in RELEASABLE:
        raise FormException(f"The document status is {bill.text('Status')}; it cannot be pre-released.")
    _check_release(books, bill)
    bill.fields.update({"Status": "Pre-Released", "Hold": False})
    books.touch(bill)


def sign_of(bill: Row) -> int:
    """1 where the document raises the payable, -1 for a debit adjustment."""
    return -1 if bill.text("Type") == "Debit Adj." else 1


def document_name(bill: Row) -> str:
    """``Bill 000123``."""
    return f"{bill.text('Type')} {bill.text('ReferenceNbr')}"


def _held(bill: Row) -> Decimal:
    return bill.custom_amount("Document.CuryRetainageTotal")


def _check_release(books: Books, bill: Row) -> None:
    fault = period_fault(books, bill.text("BranchID"), bill.text("PostPeriod"))
    if fault is not None:
        raise FormException(fault.removeprefix("Error: "))
    vendor = books.find("Vendor", bill.text("Vendor"))
    late_vendor = refused_by(books, "vendor_status_refused_at", "release")
    if late_vendor and vendor is not None and vendor.text("Status") in ("On Hold", "Inactive"):
        raise FormException(f"The vendor status is {vendor.text('Status')}.")
    day = bill.day("Date") or books.business_on
    if rate_on(books, bill.text("CurrencyID"), day) is None:
        raise FormException(f"The rate of the currency '{bill.text('CurrencyID')}' is not defined.")
    branches = {line.text("Branch") for line in bill.rows("Details")}
    check_mapping(books, bill.text("BranchID"), branches)
    trial = bill.copied()
    clear_errors(trial)
    for line in trial.rows("Details"):
        check_coding(books, line, "release")
        _check_over_billing(books, trial, line)
    if has_errors(trial):
        texts = [text for line in trial.rows("Details") for text in line.errors.values()]
        raise FormException("; ".join(texts))


def _check_over_billing(books: Books, bill: Row, line: Row) -> None:
    linked = linked_line_of(books, line)
    if linked is None or books.switches.at("po_over_billing") != "refuse_on_release" or sign_of(bill) < 0:
        return
    if over_billed(linked, line.amount("Qty"), line.amount("Amount")):
        line.errors["Qty"] = "The quantity or amount is above what is open on the order line."


def _post(books: Books, bill: Row) -> None:
    sign = sign_of(bill)
    rate = rate_on(books, bill.text("CurrencyID"), bill.day("Date") or books.business_on) or Decimal(1)
    postings = [p for line in bill.rows("Details") for p in _line_postings(books, bill, line, sign=sign, rate=rate)]
    header = (bill.text("BranchID"), bill.rows("Details")[0].text("Subaccount") if bill.rows("Details") else "0110000")
    branch, subaccount = header
    for row in bill.rows("TaxDetails"):
        amount = in_base(row.amount("TaxAmount"), rate) * sign
        postings.append(Posting(TAX_EXPENSE, subaccount, branch, amount, description=row.text("TaxID")))
        if is_use_tax(books, row.text("TaxID")):
            postings.append(Posting(USE_TAX_PAYABLE, subaccount, branch, -amount, description=row.text("TaxID")))
    held = in_base(_held(bill), rate) * sign
    postings.append(Posting(RETAINAGE_PAYABLE, subaccount, branch, -held, description="Retainage"))
    payable = in_base(bill.amount("Balance"), rate) * sign
    postings.append(Posting(PAYABLE, subaccount, branch, -payable, description=bill.text("Description")))
    _absorb_rounding(postings, rate)
    batch = Batch(
        document_name(bill), bill.text("PostPeriod"), bill.day("Date") or books.business_on, branch, subaccount
    )
    bill.hidden["batch"] = post_batch(books, batch, postings)
    for line in bill.rows("Details"):
        _record_cost(books, line, line.amount("Amount") * sign)


def _absorb_rounding(postings: list[Posting], rate: Decimal) -> None:
    """In a foreign currency single amounts round apart from their total: the first line takes the cent."""
    gap = sum((posting.amount for posting in postings), ZERO)
    if gap and rate != 1 and postings:
        first = postings[0]
        postings[0] = Posting(
            first.account,
            first.subaccount,
            first.branch,
            first.amount - gap,
            first.project,
            first.task,
            first.cost_code,
            first.description,
        )


def _line_postings(books: Books, bill: Row, line: Row, *, sign: int, rate: Decimal) -> list[Posting]:
    """The line's cost; goods billed by receipt clear the accrual at the receipt's price, the rest is price variance."""
    amount = in_base(line.amount("Amount"), rate) * sign
    linked = linked_line_of(books, line)

    def posting(account: str, value: Decimal) -> Posting:
        return Posting(
            account,
            line.text("Subaccount"),
            line.text("Branch"),
            value,
            line.text("Project"),
            line.text("ProjectTask"),
            line.text("CostCode"),
            line.text("TransactionDescription"),
        )

    if linked is not None and linked.receipt_line is not None:
        accrued = in_base(line.amount("Qty") * linked.receipt_line.amount("UnitCost"), rate) * sign
        return [posting(PO_ACCRUAL, accrued), posting(line.text("Account"), amount - accrued)]
    if bill.hidden.get("retainage_of"):
        return [posting(RETAINAGE_PAYABLE, amount)]
    return [posting(line.text("Account"), amount)]


def _record_cost(books: Books, line: Row, amount: Decimal) -> None:
    """Actuals of the budget line; one that nobody planned is added (``ap_domain.md`` 1.12)."""
    account = books.find("Account", line.text("Account"))
    group = account.text("AccountGroup") if account is not None else ""
    if not group or not line.text("ProjectTask"):
        return
    key = (line.text("Project"), line.text("ProjectTask"), group, line.text("CostCode"), "<N/A>")
    budget = books.find("ProjectBudget", *key)
    if budget is None:
        budget = books.new_row()
        names = ("ProjectID", "ProjectTaskID", "AccountGroup", "CostCode", "InventoryID")
        budget.fields.update(zip(names, key, strict=True))
        budget.fields.update({"Type": "Expense", "RevisedBudgetedAmount": ZERO, "OriginalBudgetedAmount": ZERO})
    budget.fields["ActualAmount"] = budget.amount("ActualAmount") + amount
    budget.fields["VarianceAmount"] = budget.amount("RevisedBudgetedAmount") - budget.amount("ActualAmount")
    books.touch(budget)
    books.table("ProjectBudget").put(budget)


def _bill_orders(books: Books, bill: Row) -> None:
    sign = sign_of(bill)
    reverses_receipt = bill.hidden.get("reverses") and not books.switches.on("reverse_reopens_receipt")
    for line in bill.rows("Details"):
        linked = linked_line_of(books, line)
        if linked is None or (reverses_receipt and linked.receipt_line is not None):
            continue
        record_billing(books, linked, line.amount("Qty") * sign, line.amount("Amount") * sign)
