"""What the rules are given besides the invoice: master data, the customer's policy and our other invoices. Values and
look-ups by code only; a collection that is None in the snapshot silences its rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.invoice import ApprovedInvoice, Kind
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord

NON_PROJECT = "X"  # the usual code (acumatica_api.md 7)
REFERENCE_LENGTH_MAX = 40
DESCRIPTION_LENGTH_MAX = 512


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """The customer's decisions that rules and resolution need (operator contract, section 2); ``today`` is the day in
    the connection's zone."""

    today: date
    closed_period: Literal["refuse", "next_open"] = "refuse"
    duplicate_near: Literal["review", "stop"] = "review"
    tax_tolerance: Decimal = Decimal("0.05")
    round_to_tax: Decimal = Decimal("0.00")
    amount_max: Decimal = Decimal("100000.00")
    price_tolerance_percent: Decimal = Decimal("2")
    price_tolerance_amount: Decimal = Decimal("50.00")
    non_po_extra: Decimal = Decimal("50.00")
    subcontract_tolerance: Decimal = Decimal("0.00")
    cut_over: date | None = None
    branch: str | None = None
    subaccount_segments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderClaim:
    """What one document bills of one purchase order line; ``quantity`` None where it states none."""

    order_number: str
    line: str | None
    amount: Decimal
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LedgerBill:
    """Another document that is booked or on its way: one of our invoices, or (``key`` None) a bill found in Acumatica.

    ``vendor`` is the code in Acumatica; ``pending`` is true while Acumatica's order figures cannot know it yet.
    """

    key: str | None
    vendor: str
    vendor_ref: str
    amount: Decimal
    dated_on: date
    kind: Kind = "invoice"
    currency: str | None = None
    state: PostingState | None = None
    bill: BillKey | None = None
    received_at: datetime | None = None
    claims: tuple[OrderClaim, ...] = ()
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a rule may look at. ``own_key`` is the document key of the invoice itself, ``received_at`` when it
    came: of two open invoices with one number the earlier goes on."""

    snapshot: Snapshot
    policy: RulePolicy
    ledger: tuple[LedgerBill, ...] = ()
    own_key: str | None = None
    received_at: datetime | None = None


_UNCOUNTED_REASONS = frozenset({"voided", "before_cut_over", "refused", "duplicate"})
_RELEASED_STATUSES = frozenset({"Open", "Closed", "Pre-Released", "Under Reclassification", "Reserved"})


def ledger_bill(record: InvoiceRecord, snapshot: Snapshot) -> LedgerBill | None:
    """One of our invoices as the rules see it; None where it does not count (closed, or not final yet)."""
    posting, invoice = record.posting, record.invoice
    if posting.state is PostingState.WAITING or not invoice.vendor_id or not invoice.invoice_number:
        return None
    if posting.state is PostingState.CLOSED and posting.reason in _UNCOUNTED_REASONS:
        return None
    return LedgerBill(
        key=posting.key,
        vendor=invoice.vendor_id,
        vendor_ref=invoice.invoice_number,
        amount=invoice.total.amount,
        dated_on=invoice.invoice_date,
        kind=invoice.kind,
        currency=invoice.currency,
        state=posting.state,
        bill=posting.verified_ref or posting.ref,
        received_at=record.received_at,
        claims=order_claims(invoice),
        pending=_pending(record, snapshot),
    )


def order_claims(invoice: ApprovedInvoice) -> tuple[OrderClaim, ...]:
    """What an invoice bills of purchase order lines; a credit memo claims nothing."""
    if invoice.kind == "credit_memo":
        return ()
    return tuple(
        OrderClaim(line.po_number, line.po_line, line.amount.amount, line.quantity)
        for line in invoice.lines
        if line.po_number
    )


def _pending(record: InvoiceRecord, snapshot: Snapshot) -> bool:
    """Not released, or released after the order's figures were read."""
    posting = record.posting
    if posting.state is PostingState.LINKED:
        return False
    if posting.state is PostingState.DONE and posting.bill_status in _RELEASED_STATUSES:
        return posting.updated_at is None or posting.updated_at > snapshot.read_at
    return True
