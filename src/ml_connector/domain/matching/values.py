"""What payment matching works on and what it answers: values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.money import UNSTATED
from ml_connector.domain.values.payment import (
    Check,
    CheckApplication,
    PaymentApplication,
    PaymentResult,
    StampliPayment,
)
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.problems import Who


@dataclass(frozen=True, slots=True)
class InvoiceLink:
    """One of our invoices and the bill it became (None: none yet); ``vendor_id`` is the code in Acumatica."""

    invoice_id: str
    external_id: str | None
    vendor_id: str | None
    invoice_number: str | None
    amount: Decimal
    currency: str | None = None
    bill: BillKey | None = None


def invoice_link(record: InvoiceRecord) -> InvoiceLink:
    """The link a record of ours gives."""
    posting, invoice = record.posting, record.invoice
    return InvoiceLink(
        invoice_id=posting.id,
        external_id=invoice.external_id,
        vendor_id=invoice.vendor_id,
        invoice_number=invoice.invoice_number,
        amount=invoice.total.amount,
        currency=invoice.currency,
        bill=posting.bill,
    )


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """The day it is in the connection's zone, and by how many days payment dates may differ."""

    today: date
    payment_days: int = 3


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """What one application of a Stampli payment came to. ``stampli`` and ``acumatica`` are what each side really paid
    (a scheduled, failed or voided payment pays nothing); a break or an explained line carries its code
    (``ap_domain.md`` 3.6)."""

    payment_id: str
    result: PaymentResult
    vendor_id: str | None
    invoice_number: str | None
    currency: str
    stampli: Decimal
    acumatica: Decimal
    code: str | None = None
    message: str = ""
    fix: str = ""
    who: Who = "ap"
    paid_on: date | None = None
    invoice_id: str | None = None
    bill: BillKey | None = None
    checks: tuple[str, ...] = ()

    @property
    def difference(self) -> Decimal:
        """Acumatica less Stampli."""
        return self.acumatica - self.stampli


@dataclass(frozen=True, slots=True)
class Claim:
    """One application of a Stampli payment (None: the payment names no invoice) and the invoice of ours it means."""

    payment: StampliPayment
    application: PaymentApplication | None
    link: InvoiceLink | None
    vendor: str | None
    reference: str | None

    @property
    def amount(self) -> Decimal:
        """What Stampli says is applied, without discount."""
        return self.application.amount.amount if self.application else self.payment.amount.amount

    @property
    def discount(self) -> Decimal:
        """The discount Stampli says was taken."""
        stated = self.application.discount if self.application else None
        return stated.amount if stated is not None else Decimal(0)

    @property
    def currency(self) -> str:
        """The payment's currency, else the invoice's, else unstated."""
        stated = self.payment.amount.currency
        return stated if stated != UNSTATED or self.link is None else self.link.currency or UNSTATED

    @property
    def live(self) -> bool:
        """Did money leave by this payment?"""
        return self.payment.status in ("sent", "cleared")


@dataclass(frozen=True, slots=True)
class Entry:
    """One application of an Acumatica payment; ``application`` None: the payment is applied to nothing."""

    check: Check
    application: CheckApplication | None

    @property
    def amount(self) -> Decimal:
        """What it pays of the document, without discount; a credit used in a payment takes off."""
        if self.application is None:
            return self.check.amount
        amount = self.application.amount
        return -abs(amount) if self.application.document.type == "Debit Adj." else amount

    @property
    def discount(self) -> Decimal:
        """The discount taken with it."""
        return self.application.discount if self.application else Decimal(0)

    @property
    def name(self) -> str:
        """Type and number of the payment."""
        return f"{self.check.type} {self.check.number}"
