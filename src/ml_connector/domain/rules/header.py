"""Rules about the head of a document: number, date, amounts, currency, kind (``ap_domain.md`` 4.2). Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args

from ml_connector.domain.codes import same_code
from ml_connector.domain.findings import finding_of, line_field, render_figure
from ml_connector.domain.rules.facts import DESCRIPTION_LENGTH_MAX, REFERENCE_LENGTH_MAX, Facts
from ml_connector.domain.rules.lookups import base_currency, booked_lines, currency_of, line_name, vendor_of
from ml_connector.domain.rules.totals import document_difference, tax_difference
from ml_connector.domain.values.invoice import ApprovedInvoice, Kind, stated_tax
from ml_connector.domain.values.money import UNSTATED, decimals_of, minor_digits
from ml_connector.problems import Finding

# Ages of an invoice date in days (ap_domain.md 1.5).
_OLD_DAYS, _TOO_OLD_DAYS, _AHEAD_DAYS, _TOO_FAR_AHEAD_DAYS = 90, 365, 7, 365
_MARK_LENGTH = 16


def check_header(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """H01, H05, H14, H15, H17, H18, H20, H23, H24, H26, H30, H34 and Z15."""
    return [
        *_check_reference(invoice),
        *_check_date(invoice.invoice_date, facts.policy.today),
        *_check_kind_and_sign(invoice),
        *_check_totals(invoice, facts.policy.round_to_tax),
        *_check_currency(invoice, facts),
        *_check_limit(invoice, facts.policy.total_max),
        *_check_decimals(invoice, currency_of(invoice, facts)),
        *_check_description(invoice),
    ]


def _check_reference(invoice: ApprovedInvoice) -> list[Finding]:
    number = (invoice.invoice_number or "").strip()
    if not number:
        return [finding_of("H01", "invoice_number")]
    if len(number) <= REFERENCE_LENGTH_MAX:
        return []
    message = f"The invoice number has {len(number)} characters; {REFERENCE_LENGTH_MAX} are allowed."
    return [finding_of("H05", "invoice_number", expected=str(REFERENCE_LENGTH_MAX), found=number, message=message)]


def _check_date(dated_on: date, today: date) -> list[Finding]:
    days = (today - dated_on).days
    if -_AHEAD_DAYS <= days <= _OLD_DAYS:
        return []
    words = f"{days} days old" if days > 0 else f"{-days} days in the future"
    stops = days > _TOO_OLD_DAYS or -days > _TOO_FAR_AHEAD_DAYS
    return [
        finding_of(
            "H14",
            "invoice_date",
            severity="stop" if stops else "note",
            found=dated_on.isoformat(),
            message=f"The invoice date {dated_on} is {words}{'; it looks mistyped' if stops else ''}.",
        )
    ]


def _check_kind_and_sign(invoice: ApprovedInvoice) -> list[Finding]:
    if invoice.kind not in get_args(Kind):
        message = f"'{invoice.kind}' is no kind of document known here."
        return [finding_of("H30", "kind", found=str(invoice.kind), message=message)]
    if not invoice.total:
        return [finding_of("H18", "total", found=invoice.total.render())]
    if invoice.total.amount < 0:
        message = f"The total is {render_figure(invoice.total.amount)}: a negative document must be a credit memo."
        return [finding_of("H17", "total", severity="stop", found=invoice.total.render(), message=message)]
    if not invoice.custom.get("read_as_credit"):
        return []
    for place, line in booked_lines(invoice):
        if line.kind != "discount" and line.amount.amount < 0:
            message = f"The invoice is negative, but line {line_name(place, line)} has the opposite sign."
            return [finding_of("H17", line_field(place, "amount"), severity="stop", message=message)]
    return [finding_of("H17", "total", found=render_figure(-invoice.total.amount))]


def _check_totals(invoice: ApprovedInvoice, round_to_tax: Decimal) -> list[Finding]:
    if not booked_lines(invoice):
        return [finding_of("Z15", "lines")]
    return [
        *_total_finding(invoice, document_difference(invoice), round_to_tax),
        *_tax_finding(invoice, tax_difference(invoice)),
    ]


def _total_finding(invoice: ApprovedInvoice, difference: Decimal, round_to_tax: Decimal) -> list[Finding]:
    if not difference:
        return []
    total = invoice.total.amount
    tax = stated_tax(invoice)
    words = f"{render_figure(abs(difference))} {'short of' if difference > 0 else 'more than'} the invoice total"
    included = f" (tax {render_figure(tax.amount)} included)" if tax else ""
    allowed = f" Up to {render_figure(round_to_tax)} may go to tax." if round_to_tax else ""
    goes_to_tax = abs(difference) <= round_to_tax
    return [
        finding_of(
            "H15",
            "total",
            severity="note" if goes_to_tax else None,
            expected=render_figure(total),
            found=render_figure(total - difference),
            message=f"The lines are {words}{included}.{' The difference goes to tax.' if goes_to_tax else allowed}",
        )
    ]


def _tax_finding(invoice: ApprovedInvoice, difference: Decimal) -> list[Finding]:
    if not difference or invoice.tax_total is None:
        return []
    words = "short of" if difference > 0 else "more than"
    return [
        finding_of(
            "H15",
            "tax_total",
            expected=render_figure(invoice.tax_total.amount),
            found=render_figure(invoice.tax_total.amount - difference),
            message=f"The tax lines are {render_figure(abs(difference))} {words} the tax total.",
        )
    ]


def _check_currency(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    vendor = vendor_of(invoice, facts)
    if vendor is None:
        return []
    base = base_currency(invoice, facts)
    billed_in = vendor.currency or base
    if invoice.currency is None:
        if base is None or billed_in is None or same_code(billed_in, base):
            return []
        message = f"No currency is stated; vendor {vendor.vendor_id} bills in {billed_in}, the company in {base}."
        return [finding_of("H23", "currency", expected=billed_in, message=message)]
    if vendor.currency_override or billed_in is None or same_code(invoice.currency, billed_in):
        return []
    message = f"Vendor {vendor.vendor_id} bills in {billed_in} only; the invoice is in {invoice.currency}."
    return [finding_of("H20", "currency", expected=billed_in, found=invoice.currency, message=message)]


def _check_limit(invoice: ApprovedInvoice, total_max: Decimal) -> list[Finding]:
    """Above the ceiling the customer set (``fault_catalogue.md 193``); zero sets none."""
    if not total_max or abs(invoice.total.amount) <= total_max:
        return []
    limit, found = render_figure(total_max), render_figure(abs(invoice.total.amount))
    return [finding_of("H34", "total", expected=limit, found=found, message=f"{found} is over your limit of {limit}.")]


def _check_decimals(invoice: ApprovedInvoice, currency: str) -> list[Finding]:
    """An amount finer than its currency: Acumatica would round it, and we never do (``fault_catalogue.md 192``)."""
    if currency == UNSTATED:
        return []
    allowed = minor_digits(currency)
    amounts = [("total", invoice.total), ("tax_total", invoice.tax_total)]
    amounts += [(line_field(place, "amount"), line.amount) for place, line in booked_lines(invoice)]
    return [
        finding_of(
            "H24",
            field,
            expected=str(allowed),
            found=f"{money.amount.normalize():f}",
            message=f"{money.amount.normalize():,f} has {_counted(decimals)}; {currency} has {allowed}.",
        )
        for field, money in amounts
        if money is not None and (decimals := decimals_of(money.amount)) > allowed
    ]


def _counted(decimals: int) -> str:
    return "1 decimal" if decimals == 1 else f"{decimals} decimals"


def _check_description(invoice: ApprovedInvoice) -> list[Finding]:
    length = len(" ".join((invoice.description or "").split()))
    if length + _MARK_LENGTH <= DESCRIPTION_LENGTH_MAX:
        return []
    message = f"The description has {length} characters and is shortened in Acumatica; the full text stays in Stampli."
    return [finding_of("H26", "description", message=message)]
