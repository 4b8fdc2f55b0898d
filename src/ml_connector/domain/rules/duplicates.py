"""Rules about look-alikes (posting protocol, 8, L1 to L5): our own ledger and bills known from Acumatica. Pure."""

from __future__ import annotations

from datetime import date

from ml_connector.domain.codes import same_code
from ml_connector.domain.findings import finding_of, render_figure
from ml_connector.domain.keys import reference_forms, same_reference
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.ledger import LedgerBill
from ml_connector.domain.rules.lookups import vendor_of
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.posting import BEFORE_INTENT, PostingState
from ml_connector.problems import Finding, Severity

_NEAR_DAYS = 400
_SAME_AMOUNT_DAYS = 7


def check_duplicates(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """H02, H03, H04 and H33, one finding for each document that is like this one; H35 for those of one day."""
    if not invoice.vendor_id or not (invoice.invoice_number or "").strip():
        return []
    vendor = vendor_of(invoice, facts)
    code = vendor.vendor_id if vendor else invoice.vendor_id
    alike = facts.ledger.like(code, invoice.invoice_number or "", invoice.total.amount)
    findings = (_judge(invoice, code, other, facts) for other in alike if counts(other, facts))
    return [*(finding for finding in findings if finding is not None), *_check_split(invoice, code, facts)]


def _check_split(invoice: ApprovedInvoice, vendor: str, facts: Facts) -> list[Finding]:
    """Invoices of one vendor and day, each within the ceiling the customer set and together above it, may be one that
    was split (``fault_catalogue.md 275``)."""
    limit = facts.policy.total_max
    others = [
        other.amount for other in facts.ledger.dated(vendor, invoice.invoice_date) if _adds(invoice, other, facts)
    ]
    total = invoice.total.amount + sum(others)
    if not limit or not others or total <= limit or max(invoice.total.amount, *others) > limit:
        return []
    figure, ceiling = render_figure(total), render_figure(limit)
    message = f"{len(others) + 1} invoices of {invoice.invoice_date} make {figure}, over your limit of {ceiling}."
    return [finding_of("H35", "total", expected=ceiling, found=figure, message=message)]


def _adds(invoice: ApprovedInvoice, other: LedgerBill, facts: Facts) -> bool:
    return counts(other, facts) and invoice.kind == other.kind and _one_currency(invoice, other)


def counts(other: LedgerBill, facts: Facts) -> bool:
    """Is the other document booked or on its way, or at least came earlier? Of two that wait, the earlier goes on."""
    if other.key is not None and other.key == facts.own_key:
        return False
    unsent = other.state in BEFORE_INTENT or (other.state is PostingState.PERSON and other.bill is None)
    if not unsent:
        return True
    if other.received_at is None or facts.received_at is None:
        return False
    return (other.received_at, other.key or "") < (facts.received_at, facts.own_key or "")


def _judge(invoice: ApprovedInvoice, vendor: str, other: LedgerBill, facts: Facts) -> Finding | None:
    same_number = same_reference(invoice.invoice_number, other.vendor_ref)
    if not same_code(vendor, other.vendor):
        return _other_vendor(other) if same_number and _same_amount(invoice, other) else None
    if same_number:
        return _same_number(invoice, other, facts)
    days = abs((invoice.invoice_date - other.dated_on).days)
    near = reference_forms(invoice.invoice_number or "") & reference_forms(other.vendor_ref)
    if near and days <= _NEAR_DAYS:
        return finding_of(
            "H03",
            "invoice_number",
            severity=facts.policy.duplicate_near,
            found=other.vendor_ref,
            message=f"The invoice number looks like {other.vendor_ref}: {_told(other)}.",
        )
    if days <= _SAME_AMOUNT_DAYS and _same_amount(invoice, other):
        severity: Severity = "review" if invoice.total.amount > facts.policy.amount_max else "note"
        return finding_of(
            "H04",
            "total",
            severity=severity,
            found=other.vendor_ref,
            message=f"The same amount is billed as {other.vendor_ref}: {_told(other)}.",
        )
    return None


def _same_number(invoice: ApprovedInvoice, other: LedgerBill, facts: Facts) -> Finding:
    """L1, or L5 where the vendor may have begun its numbers anew: another year and another amount. That is asked once;
    then it is known of that vendor."""
    other_year = _year_of(invoice.invoice_date, facts) != _year_of(other.dated_on, facts)
    restarted = other_year and invoice.total.amount != other.amount
    severity: Severity | None = None
    if restarted:
        severity = "note" if other.vendor.strip().casefold() in facts.restarting else "review"
    told = (
        f"The number was used in {other.dated_on.year} with another amount, {_told(other)}. Is it a new invoice?"
        if restarted
        else f"The invoice number is known already: {_told(other)}."
    )
    return finding_of(
        "H02",
        "invoice_number",
        severity=severity,
        found=str(other.bill) if other.bill else other.vendor_ref,
        message=told,
        fix=_way_of_equal(invoice, other),
    )


def _way_of_equal(invoice: ApprovedInvoice, other: LedgerBill) -> str | None:
    """The fix for an invoice that somebody entered before us, as at a cut-over: that bill stands for it. None where
    it is not the same in amount and date too."""
    entered = other.key is None and other.bill is not None
    if not entered or not _same_amount(invoice, other) or invoice.invoice_date != other.dated_on:
        return None
    return f"It equals that bill also in amount and date: use invoice handled with --bill {other.bill}."


def _year_of(day: date, facts: Facts) -> str:
    """The financial year of a day; the calendar's where no period tells."""
    for period in facts.snapshot.periods or ():
        if period.start_on is not None and period.end_on is not None and period.start_on <= day <= period.end_on:
            return period.period[:4]
    return f"{day.year:04d}"


def _other_vendor(other: LedgerBill) -> Finding:
    message = f"The same number and amount are known at vendor {other.vendor}: {_told(other)}."
    return finding_of("H33", "vendor_id", found=other.vendor, message=message)


def _same_amount(invoice: ApprovedInvoice, other: LedgerBill) -> bool:
    same = invoice.kind == other.kind and invoice.total.amount == other.amount
    return same and _one_currency(invoice, other)


def _one_currency(invoice: ApprovedInvoice, other: LedgerBill) -> bool:
    stated = invoice.currency is not None and other.currency is not None
    return not stated or same_code(invoice.currency, other.currency)


def _told(other: LedgerBill) -> str:
    amount = render_figure(other.amount)
    if other.bill is not None:
        return f"booked as {other.bill.type} {other.bill.number} on {other.dated_on}, {amount}"
    return f"received earlier, dated {other.dated_on}, {amount}, not booked yet"
