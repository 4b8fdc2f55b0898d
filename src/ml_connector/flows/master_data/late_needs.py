"""What an invoice names that came into Acumatica after the last reading, or after the last file to Stampli: that one
record is read out of turn, and is told to Stampli with the feed it belongs to. Nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from ml_connector.domain.codes.renames import find_vendor, follow_invoice
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import TYPE_LABELS, booked_lines, known_orders, order_label
from ml_connector.domain.rules.purchase_orders.links import order_uses, orders_numbered
from ml_connector.domain.values.invoice import InvoiceLine
from ml_connector.domain.values.master_data import SUBCONTRACT, PurchaseOrder, Snapshot, Vendor
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import RejectedError
from ml_connector.flows.catalog import LateNeed
from ml_connector.flows.context import FlowContext

VENDORS, ORDERS = "vendors", "purchase_orders"
# Codes that nobody has must not cost a request each: what is beyond waits for the next whole reading.
_MOST = 20
# Where a line does not say of which type its order is.
_USUAL_TYPES = ("Normal", SUBCONTRACT)


def with_late_records(context: FlowContext, snapshot: Snapshot, records: Sequence[InvoiceRecord]) -> Snapshot:
    """The snapshot with the vendors and orders that these invoices name and it does not know, as far as Acumatica has
    them by now; they are kept with it."""
    facts = Facts(snapshot, context.terms.rules)
    vendors = dict.fromkeys(_unknown_vendors(records, snapshot))
    orders = dict.fromkeys(_unknown_orders(records, facts))
    found = [fetch_late_vendor(context, code) for code in list(vendors)[:_MOST]]
    ordered = [fetch_late_order(context, *key) for key in list(orders)[:_MOST]]
    late = add_records(
        snapshot,
        [vendor for vendor in found if vendor is not None],
        [order for order in ordered if order is not None],
    )
    if late != snapshot:
        context.steps.step("record late records", partial(context.master_data.extend_snapshot, late))
    return late


def fetch_late_vendor(context: FlowContext, code: str) -> Vendor | None:
    """One vendor as it is now, None where there is none."""
    read = partial(context.erp.fetch_vendor, code)
    try:
        return context.steps.step("read late vendor", read, repeatable=True)
    except RejectedError:
        return None


def fetch_late_order(context: FlowContext, order_type: str, number: str) -> PurchaseOrder | None:
    """One order as it is now, None where there is none of that type and number."""
    read = partial(context.erp.fetch_purchase_order, order_type, number)
    try:
        return context.steps.step("read late order", read, repeatable=True)
    except RejectedError:
        return None


def add_records(snapshot: Snapshot, vendors: Iterable[Vendor], orders: Iterable[PurchaseOrder]) -> Snapshot:
    """The snapshot with these records in it."""
    late = {(order.order_type, order.order_number): order for order in orders}
    subcontracts = {key: order for key, order in late.items() if order.order_type == SUBCONTRACT}
    purchasing = {key: order for key, order in late.items() if key not in subcontracts}
    named = {vendor.vendor_id: vendor for vendor in vendors}
    return replace(
        snapshot,
        vendors={**snapshot.vendors, **named} if named else snapshot.vendors,
        purchase_orders={**(snapshot.purchase_orders or {}), **purchasing} if purchasing else snapshot.purchase_orders,
        subcontracts={**(snapshot.subcontracts or {}), **subcontracts} if subcontracts else snapshot.subcontracts,
    )


def find_late_needs(context: FlowContext, records: Sequence[InvoiceRecord]) -> tuple[LateNeed, ...]:
    """The vendors and orders that these invoices name and that Stampli was not sent yet, though it was sent others."""
    snapshot = context.master_data.load_snapshot() if records else None
    if snapshot is None:
        return ()
    facts = Facts(snapshot, context.terms.rules)
    named = {VENDORS: dict.fromkeys(_vendors(records, snapshot)), ORDERS: dict.fromkeys(_orders(records, facts))}
    return tuple(
        LateNeed(feed, key)
        for feed, keys in named.items()
        if keys and feed in context.exchange.feeds()
        for key in _unsent(context, feed, keys)
    )


def is_row_of(row_key: str, key: str) -> bool:
    """Is a row of a feed, by its key, one of the record with that key?"""
    return row_key == key or row_key.startswith(f"{key}|")


def _unsent(context: FlowContext, feed: str, keys: Iterable[str]) -> list[str]:
    sent = context.master_data.load_sent_keys(feed)
    if sent is None:
        # The whole feed comes first.
        return []
    # A vendor's row may go on with its location, an order's with its line.
    known = {*sent, *(key.rpartition("|")[0] for key in sent)}
    return [key for key in keys if key not in known]


def _vendors(records: Iterable[InvoiceRecord], snapshot: Snapshot) -> Iterator[str]:
    for record in records:
        vendor = find_vendor(record.invoice.vendor_id, snapshot)
        if vendor is not None:
            yield vendor.vendor_id


def _orders(records: Iterable[InvoiceRecord], facts: Facts) -> Iterator[str]:
    for record in records:
        for use in order_uses(follow_invoice(record.invoice, facts.snapshot.renames), facts):
            yield f"{use.order.order_type}|{use.order.order_number}"


def _unknown_vendors(records: Iterable[InvoiceRecord], snapshot: Snapshot) -> Iterator[str]:
    for record in records:
        code = (record.invoice.vendor_id or "").strip()
        if code and find_vendor(code, snapshot) is None:
            yield code


def _unknown_orders(records: Iterable[InvoiceRecord], facts: Facts) -> Iterator[tuple[str, str]]:
    for record in records:
        for _, line in booked_lines(record.invoice):
            if line.po_number and line.po_number.strip():
                yield from ((label, line.po_number.strip()) for label in _types_to_ask(line, facts))


def _types_to_ask(line: InvoiceLine, facts: Facts) -> tuple[str, ...]:
    """Of which types an order of that number is to be asked for: none where it is known, or orders cannot be read."""
    known = known_orders(line, facts)
    if known is None:
        return ()
    label = order_label(line.po_type)
    numbered = orders_numbered((line.po_number or "").strip(), known)
    if any(label is None or order.order_type.casefold() == label.casefold() for order in numbered):
        return ()
    if label is None:
        return tuple(each for each in _USUAL_TYPES if each != SUBCONTRACT or facts.snapshot.subcontracts is not None)
    return tuple(each for each in TYPE_LABELS.values() if each.casefold() == label.casefold())
