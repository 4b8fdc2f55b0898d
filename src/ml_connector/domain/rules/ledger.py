"""Our other documents as the rules look them up: by vendor and reference, by look-alike, by amount, by day, by order.

Built once for many invoices, so that checking one costs the same whatever the ledger holds. Values and look-ups only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ml_connector.domain.codes.renames import current_code
from ml_connector.domain.keys import MARK_LENGTH, fold_reference, reference_forms
from ml_connector.domain.protocol.look_up import counted_bills
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.invoice import ApprovedInvoice, Kind
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord

_UNCOUNTED_REASONS = frozenset({"voided", "before_cut_over", "refused", "duplicate"})
_KINDS: dict[str, Kind] = {"Debit Adj.": "credit_memo", "Prepayment": "prepayment"}
_RELEASED_STATUSES = frozenset({"Open", "Closed", "Pre-Released", "Under Reclassification", "Reserved"})


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


class Ledger:
    """All documents to compare with, indexed; they come back in the order they were given."""

    def __init__(self, bills: Iterable[LedgerBill] = ()) -> None:
        self._bills = tuple(bills)
        self._places: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for place, bill in enumerate(self._bills):
            vendor = _vendor_key(bill.vendor)
            self._places["reference", fold_reference(bill.vendor_ref)].append(place)
            self._places["amount", vendor, bill.amount].append(place)
            self._places["day", vendor, bill.dated_on].append(place)
            for form in reference_forms(bill.vendor_ref):
                self._places["form", vendor, form].append(place)
            for number in {claim.order_number.strip().casefold() for claim in bill.claims}:
                self._places["order", number].append(place)

    def like(self, vendor: str, reference: str, amount: Decimal) -> Iterator[LedgerBill]:
        """Documents with this reference at any vendor, and those of this vendor with a look-alike reference or this
        amount."""
        own = _vendor_key(vendor)
        keys: list[tuple[object, ...]] = [("reference", fold_reference(reference)), ("amount", own, amount)]
        keys += [("form", own, form) for form in reference_forms(reference)]
        return self._at(keys)

    def dated(self, vendor: str, day: date) -> Iterator[LedgerBill]:
        """Documents of this vendor with this date."""
        return self._at([("day", _vendor_key(vendor), day)])

    def billing(self, order_number: str) -> Iterator[LedgerBill]:
        """Documents that bill a line of this order."""
        return self._at([("order", order_number.strip().casefold())])

    def _at(self, keys: Iterable[tuple[object, ...]]) -> Iterator[LedgerBill]:
        places = {place for key in keys for place in self._places.get(key, ())}
        return (self._bills[place] for place in sorted(places))


def ledger_bill(record: InvoiceRecord, snapshot: Snapshot) -> LedgerBill | None:
    """One of our invoices as the rules see it; None where it does not count (closed, or not final yet)."""
    posting, invoice = record.posting, record.invoice
    if posting.state is PostingState.WAITING or not invoice.vendor_id or not invoice.invoice_number:
        return None
    if posting.state is PostingState.CLOSED and posting.reason in _UNCOUNTED_REASONS:
        return None
    return LedgerBill(
        key=posting.key,
        vendor=current_code("vendor", invoice.vendor_id, snapshot.renames),
        vendor_ref=invoice.invoice_number,
        amount=invoice.total.amount,
        dated_on=invoice.invoice_date,
        kind=invoice.kind,
        currency=invoice.currency,
        state=posting.state,
        bill=posting.bill,
        received_at=record.received_at,
        claims=order_claims(invoice),
        pending=_pending(record, snapshot),
    )


def typed_bills(bills: Iterable[Bill], records: Iterable[InvoiceRecord]) -> Iterator[LedgerBill]:
    """The bills of Acumatica that stand for no invoice of ours, as the rules see them: without voided ones, templates
    and reversals (posting protocol, 1)."""
    own = [record.posting for record in records]
    keys = {key for posting in own for key in (posting.ref, posting.verified_ref)}
    marks = {posting.marker for posting in own}
    groups: dict[tuple[str, str], list[Bill]] = defaultdict(list)
    for bill in bills:
        groups[_vendor_key(bill.vendor), fold_reference(bill.vendor_ref)].append(bill)
    for group in groups.values():
        for bill in counted_bills(group, "")[0]:
            ours = bill.key in keys or bill.description.lstrip()[:MARK_LENGTH] in marks
            if not ours and bill.dated_on is not None and bill.vendor_ref.strip():
                yield LedgerBill(
                    key=None,
                    vendor=bill.vendor,
                    vendor_ref=bill.vendor_ref,
                    amount=bill.amount,
                    dated_on=bill.dated_on,
                    kind=_KINDS.get(bill.key.type, "invoice"),
                    currency=bill.currency,
                    bill=bill.key,
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


def _vendor_key(vendor: str) -> str:
    return vendor.strip().casefold()
