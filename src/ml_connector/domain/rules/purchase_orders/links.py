"""From a purchase order reference of an invoice line to the order and its line. Pure; nothing is guessed: a reference
that fits two orders fits none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.codes import same_code
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import TYPE_LABELS, booked_lines, booked_value, known_orders, order_label
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.master_data import PurchaseOrder, PurchaseOrderLine
from ml_connector.numerals import parse_whole


@dataclass(frozen=True, slots=True)
class OrderUse:
    """One order line as one invoice uses it: the places of its invoice lines, their summed amount and quantity (None
    where not all state one)."""

    order: PurchaseOrder
    line: PurchaseOrderLine
    places: tuple[int, ...]
    lines: tuple[InvoiceLine, ...]

    @property
    def amount(self) -> Decimal:
        """What the invoice bills of the order line, before tax."""
        return sum((booked_value(line) for line in self.lines), Decimal(0))

    @property
    def quantity(self) -> Decimal | None:
        """How much the invoice bills of the order line."""
        quantities = [line.quantity for line in self.lines]
        known = [quantity for quantity in quantities if quantity is not None]
        return sum(known, Decimal(0)) if len(known) == len(quantities) else None


def resolve_order(line: InvoiceLine, facts: Facts) -> PurchaseOrder | None:
    """The order a line names by type and number, or by a number that only one order has."""
    orders = known_orders(line, facts)
    if orders is None or not line.po_number:
        return None
    label = order_label(line.po_type)
    found = [
        order
        for order in orders_numbered(line.po_number, orders)
        if label is None or same_code(order.order_type, label)
    ]
    return found[0] if len(found) == 1 else None


def resolve_order_line(line: InvoiceLine, order: PurchaseOrder) -> PurchaseOrderLine | None:
    """The order line a line names by number; where it names none, the order's only line."""
    if not line.po_line:
        live = [each for each in order.lines if not each.cancelled]
        return live[0] if len(live) == 1 else None
    number = parse_whole(line.po_line.strip())
    return next((each for each in order.lines if each.line_number == number), None)


def order_uses(invoice: ApprovedInvoice, facts: Facts) -> tuple[OrderUse, ...]:
    """Every order line the invoice bills, each once, in the order of the invoice; lines that resolve to none are left
    out. Lines on different receipts are different uses."""
    groups: dict[tuple[str, ...], OrderUse] = {}
    for place, line in booked_lines(invoice):
        order = resolve_order(line, facts)
        order_line = resolve_order_line(line, order) if order is not None else None
        if order is None or order_line is None:
            continue
        key = (
            order.order_type,
            order.order_number,
            str(order_line.line_number),
            line.receipt_number or "",
            line.receipt_line or "",
        )
        known = groups.get(key)
        places = (*known.places, place) if known else (place,)
        lines = (*known.lines, line) if known else (line,)
        groups[key] = OrderUse(order, order_line, places, lines)
    return tuple(groups.values())


def orders_numbered(number: str, orders: Mapping[tuple[str, str], PurchaseOrder]) -> tuple[PurchaseOrder, ...]:
    """Orders of any type with that number; by key first, since a tenant may have very many."""
    keyed = tuple(orders[label, number] for label in TYPE_LABELS.values() if (label, number) in orders)
    return keyed or tuple(order for order in orders.values() if same_code(order.order_number, number))
