"""The approved invoice as Stampli sends it, in canonical form (operator contract, section 4).

Amounts of a credit memo are positive: the kind carries the sign. Nothing here knows Acumatica.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ml_connector.domain.values.money import Money

Kind = Literal["invoice", "credit_memo", "prepayment"]
LineKind = Literal["expense", "item", "tax", "freight", "discount"]


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One row of an approved invoice; codes are texts exactly as approved, None where the file says nothing."""

    kind: LineKind
    amount: Money
    line_number: str | None = None
    description: str | None = None
    account: str | None = None
    subaccount: str | None = None
    branch: str | None = None
    project: str | None = None
    task: str | None = None
    cost_code: str | None = None
    inventory_id: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    tax_category: str | None = None
    tax_id: str | None = None
    po_type: str | None = None
    po_number: str | None = None
    po_line: str | None = None
    receipt_number: str | None = None
    receipt_line: str | None = None
    retainage_percent: Decimal | None = None
    retainage_amount: Money | None = None
    previously_billed: Money | None = None
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvoiceTax:
    """A stated tax outside the lines."""

    tax_id: str | None
    taxable_amount: Money | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that came with the invoice; ``sha256`` names its bytes in the archive."""

    name: str
    media_type: str | None = None
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovedInvoice:
    """One approved invoice, credit memo or prepayment request."""

    kind: Kind
    vendor_id: str | None
    invoice_number: str | None
    invoice_date: date
    total: Money
    lines: tuple[InvoiceLine, ...]
    external_id: str | None = None
    vendor_name: str | None = None
    due_date: date | None = None
    post_period: str | None = None
    currency: str | None = None
    terms: str | None = None
    branch: str | None = None
    description: str | None = None
    tax_total: Money | None = None
    link: str | None = None
    status: str | None = None
    taxes: tuple[InvoiceTax, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    approved_by: str | None = None
    approved_at: datetime | None = None
    applies_to: str | None = None
    location: str | None = None
    custom: Mapping[str, str] = field(default_factory=dict)

    def with_attachment(self, awaited: str, attachment: Attachment) -> ApprovedInvoice:
        """The invoice with that attachment in place of the one that was awaited under that name."""
        came = (attachment if each.name == awaited and each.sha256 is None else each for each in self.attachments)
        return replace(self, attachments=tuple(came))


def stated_tax(invoice: ApprovedInvoice) -> Money | None:
    """The tax the vendor's document states: its tax total, else the sum of its tax lines and taxes, None for none
    stated."""
    if invoice.tax_total is not None:
        return invoice.tax_total
    stated = [line.amount for line in invoice.lines if line.kind == "tax"] + [tax.amount for tax in invoice.taxes]
    if not stated:
        return None
    return Money(sum((money.amount for money in stated), Decimal(0)), invoice.total.currency)
