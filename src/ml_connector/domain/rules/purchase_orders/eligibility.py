"""May an order and its line be billed by this invoice, and by this coding? Pure.

Eligibility is judged from our own data before any call; what Acumatica would answer is not relied on.
"""

from __future__ import annotations

from ml_connector.domain.codes import nearest_codes, same_code, same_segmented_code
from ml_connector.domain.codes.renames import current_code
from ml_connector.domain.coding_lists import BILLABLE_STATUSES, CONTAINER_TYPES
from ml_connector.domain.findings import finding_of, line_field
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import (
    booked_lines,
    currency_of,
    known_orders,
    line_name,
    order_label,
    vendor_of,
)
from ml_connector.domain.rules.purchase_orders.figures import check_figures
from ml_connector.domain.rules.purchase_orders.links import (
    OrderUse,
    order_uses,
    orders_numbered,
    resolve_order_line,
)
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.master_data import PurchaseOrder, PurchaseOrderLine, Vendor
from ml_connector.domain.values.money import UNSTATED
from ml_connector.problems import Finding

_STATUS_CODES = {
    "on hold": ("P07", "is on hold"),
    "pending approval": ("P07", "waits for approval"),
    "rejected": ("P07", "was rejected"),
    "pending printing": ("P08", "is not printed yet"),
    "pending email": ("P08", "is not emailed yet"),
    "canceled": ("P09", "is canceled"),
    "cancelled": ("P09", "is canceled"),
}
_CODING = (
    ("account", "account", same_code),
    ("subaccount", "subaccount", same_segmented_code),
    ("project", "job", same_code),
    ("task", "phase", same_code),
    ("cost_code", "cost code", same_segmented_code),
)


def check_purchase_orders(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """P01 to P03, P06 to P14, P16 to P20, P33 and P35."""
    findings: list[Finding] = []
    orders_seen: set[tuple[str, str]] = set()
    for place, line in booked_lines(invoice):
        if line.receipt_number and not line.receipt_line:
            message = f"Line {line_name(place, line)} names receipt {line.receipt_number} but none of its lines."
            findings.append(finding_of("P06", line_field(place, "receipt_line"), message=message))
        if line.po_number or line.po_type or line.po_line:
            findings += _check_reference(place, line, invoice, facts, seen=orders_seen)
    uses = order_uses(invoice, facts)
    for use in uses:
        findings += _check_use(use, invoice)
    return [*findings, *check_figures(invoice, uses, facts)]


def _check_reference(
    place: int, line: InvoiceLine, invoice: ApprovedInvoice, facts: Facts, *, seen: set[tuple[str, str]]
) -> list[Finding]:
    field = line_field(place, "po_number")
    if not line.po_number:
        message = f"Line {line_name(place, line)} names a line or type of a purchase order, but no order number."
        return [finding_of("P03", field, message=message)]
    known = known_orders(line, facts)
    if known is None:
        if line.po_type and (line.po_line or line.receipt_number):
            return []
        message = f"Line {line_name(place, line)} names purchase order {line.po_number} without its type or line."
        return [finding_of("P03", field, found=line.po_number, message=message)]
    numbered = orders_numbered(line.po_number, known)
    label = order_label(line.po_type)
    fitting = [order for order in numbered if label is None or same_code(order.order_type, label)]
    if not fitting:
        return [_unknown_order(place, line, invoice, facts, label=label)]
    if len(fitting) > 1:
        name = line_name(place, line)
        message = f"There are several purchase orders {line.po_number}; line {name} does not say of which type."
        return [finding_of("P03", line_field(place, "po_type"), found=line.po_number, message=message)]
    order = fitting[0]
    key = (order.order_type, order.order_number)
    findings = [] if key in seen else _check_order(field, order, invoice, facts)
    seen.add(key)
    return findings or _check_order_line(place, line, order, invoice)


def _unknown_order(
    place: int, line: InvoiceLine, invoice: ApprovedInvoice, facts: Facts, *, label: str | None
) -> Finding:
    vendor = vendor_of(invoice, facts)
    own = [
        order.order_number
        for order in facts.snapshot.orders.values()
        if vendor is not None and _is_of(order, vendor, facts) and order.status.strip().casefold() in BILLABLE_STATUSES
    ]
    kind = f"{label} order" if label else "Purchase order"
    return finding_of(
        "P01",
        line_field(place, "po_number"),
        found=line.po_number,
        message=f"{kind} {line.po_number} on line {line_name(place, line)} is not in Acumatica.",
        suggestions=nearest_codes(line.po_number or "", own),
    )


def _is_of(order: PurchaseOrder, vendor: Vendor, facts: Facts) -> bool:
    """Is it an order of that vendor, by its code now or by one it had before?"""
    return same_code(current_code("vendor", order.vendor_id, facts.snapshot.renames), vendor.vendor_id)


def _check_order(field: str, order: PurchaseOrder, invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    name = f"Purchase order {order.order_number}"
    findings = []
    vendor = vendor_of(invoice, facts)
    if vendor is not None and not _is_of(order, vendor, facts):
        message = f"{name} belongs to vendor {order.vendor_id}, not to {vendor.vendor_id}."
        findings.append(finding_of("P19", field, expected=order.vendor_id, found=vendor.vendor_id, message=message))
    elif invoice.location and order.location and not same_code(invoice.location, order.location):
        message = f"{name} is for location {order.location}, the invoice for {invoice.location}."
        findings.append(finding_of("P19", field, expected=order.location, found=invoice.location, message=message))
    currency = currency_of(invoice, facts)
    if order.currency and currency != UNSTATED and not same_code(order.currency, currency):
        message = f"{name} is in {order.currency}, the invoice in {currency}."
        findings.append(finding_of("P18", field, expected=order.currency, found=currency, message=message))
    status = order.status.strip().casefold()
    if order.order_type.strip().casefold() in CONTAINER_TYPES:
        message = f"{name} is a {order.order_type} order; bill the order released from it."
        findings.append(finding_of("P11", field, found=order.order_type, message=message))
    elif status not in BILLABLE_STATUSES:
        code, words = _STATUS_CODES.get(status, ("P01", f"is {order.status.strip().lower()} and cannot be billed"))
        findings.append(finding_of(code, field, found=order.status, message=f"{name} {words}."))
    return findings


def _check_order_line(place: int, line: InvoiceLine, order: PurchaseOrder, invoice: ApprovedInvoice) -> list[Finding]:
    field = line_field(place, "po_line")
    found = resolve_order_line(line, order)
    if found is None:
        numbers = [str(each.line_number) for each in order.lines if not each.cancelled and not each.closed]
        named = f"has no line {line.po_line}" if line.po_line else "has several lines; the invoice names none"
        message = f"Purchase order {order.order_number} {named}."
        return [finding_of("P02", field, found=line.po_line, message=message, suggestions=numbers[:3])]
    name = f"Line {found.line_number} of purchase order {order.order_number}"
    if found.cancelled:
        return [finding_of("P09", field, found=line.po_line, message=f"{name} is canceled.")]
    if invoice.kind == "credit_memo":
        return []
    if found.closed:
        return [finding_of("P10", field, found=line.po_line, message=f"{name} is closed: fully billed already.")]
    return _check_basis(place, line, found, name)


def _check_basis(place: int, line: InvoiceLine, found: PurchaseOrderLine, name: str) -> list[Finding]:
    """A line billed by receipt needs one, and something received."""
    if found.billing_basis != "receipt":
        return []
    if found.received_quantity == 0:
        message = f"{name} is billed by receipt and nothing was received."
        return [finding_of("P13", line_field(place, "receipt_number"), message=message)]
    if line.receipt_number:
        return []
    message = f"{name} is billed by receipt; line {line_name(place, line)} names none."
    return [finding_of("P12", line_field(place, "receipt_number"), message=message)]


def _check_use(use: OrderUse, invoice: ApprovedInvoice) -> list[Finding]:
    """Coding and item of the invoice against the order line; one order line on lines coded differently."""
    name = f"line {use.line.line_number} of purchase order {use.order.order_number}"
    field = line_field(use.places[0], "po_line")
    if any(_coding(line) != _coding(use.lines[0]) for line in use.lines[1:]):
        places = ", ".join(line_name(place, line) for place, line in zip(use.places, use.lines, strict=True))
        message = f"Lines {places} bill {name} with different coding; one order line is billed once."
        return [finding_of("P02", field, found=places, message=message)]
    line, ordered = use.lines[0], use.line
    findings = []
    for member, word, same in _CODING:
        stated, coded = getattr(line, member), getattr(ordered, member)
        if stated is not None and coded is not None and not same(stated, coded):
            own = f"Line {line_name(use.places[0], line)} has {word} {stated}"
            message = f"{own}, {name} has {coded}; the order's will be used."
            findings.append(
                finding_of("P35", line_field(use.places[0], member), expected=coded, found=stated, message=message)
            )
    for member, word in (("inventory_id", "item"), ("unit", "unit")):
        stated, coded = getattr(line, member), getattr(ordered, member)
        if stated is not None and coded is not None and not same_code(stated, coded):
            message = f"Line {line_name(use.places[0], line)} has {word} {stated}, {name} has {coded}."
            findings.append(
                finding_of("P20", line_field(use.places[0], member), expected=coded, found=stated, message=message)
            )
    return findings


def _coding(line: InvoiceLine) -> tuple[str | None, ...]:
    return tuple(getattr(line, member) for member, _, _ in _CODING)
