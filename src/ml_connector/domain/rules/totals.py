"""The sums of a document: do its lines and its tax make its total (H15). Pure."""

from __future__ import annotations

from decimal import Decimal

from ml_connector.domain.rules.lookups import booked_lines, booked_value
from ml_connector.domain.values.invoice import ApprovedInvoice, stated_tax


def booked_amount(invoice: ApprovedInvoice) -> Decimal:
    """The sum of the lines that become bill lines."""
    return sum((booked_value(line) for _, line in booked_lines(invoice)), Decimal(0))


def document_difference(invoice: ApprovedInvoice) -> Decimal:
    """Total less lines less stated tax: positive where the lines are short of the total."""
    tax = stated_tax(invoice)
    return invoice.total.amount - booked_amount(invoice) - (tax.amount if tax is not None else Decimal(0))


def tax_difference(invoice: ApprovedInvoice) -> Decimal:
    """The stated tax total less the tax lines and taxes of the document; zero where one of the two is not stated."""
    parts = [line.amount.amount for line in invoice.lines if line.kind == "tax"]
    parts += [tax.amount.amount for tax in invoice.taxes]
    if invoice.tax_total is None or not parts:
        return Decimal(0)
    return invoice.tax_total.amount - sum(parts, Decimal(0))
