"""The purchase orders feed: lines that can be billed, with what is open where Acumatica tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ml_connector.domain.codes import same_code
from ml_connector.domain.coding_lists import order_line_refusal
from ml_connector.domain.rules.purchase_orders.drafts import drafted_quantity
from ml_connector.domain.values.master_data import SUBCONTRACT, OrderDraft, PurchaseOrder, PurchaseOrderLine, Snapshot
from ml_connector.domain.values.records import FeedRow

Cells = Mapping[str, object]
Drafts = Mapping[tuple[str, int], Sequence[OrderDraft]]

_NONE = Decimal(0)
# The finest figures the feed holds (operator contract, section 3).
_QUANTITY_STEP = Decimal("0.000001")
_AMOUNT_STEP = Decimal("0.0001")


def order_rows(snapshot: Snapshot) -> Mapping[str, Cells]:
    """One row an order line that can be billed, by ``type|number|line``."""
    drafts = _drafts_by_line(snapshot)
    return {
        _key(order, line): _row(order, line, _drafts_on(order, line, drafts))
        for order in snapshot.orders.values()
        for line in order.lines
        if order_line_refusal(order, line) is None
    }


def closed_order_rows(snapshot: Snapshot) -> Mapping[str, Cells]:
    """The row of each order line that is there but cannot be billed, as it stands now, nothing open."""
    return {
        _key(order, line): {**_row(order, line, ()), "OpenQuantity": _NONE, "OpenAmount": _NONE, "Closed": True}
        for order in snapshot.orders.values()
        for line in order.lines
        if order_line_refusal(order, line) is not None
    }


def is_unread_order(row: FeedRow, snapshot: Snapshot) -> bool:
    """Is it a line of a kind of order that cannot be read now?"""
    unread = snapshot.subcontracts if row.get("OrderType") == SUBCONTRACT else snapshot.purchase_orders
    return unread is None


def _key(order: PurchaseOrder, line: PurchaseOrderLine) -> str:
    return f"{order.order_type}|{order.order_number}|{line.line_number:06d}"


def _drafts_by_line(snapshot: Snapshot) -> Drafts | None:
    if snapshot.drafts is None:
        return None
    found: dict[tuple[str, int], list[OrderDraft]] = {}
    for draft in snapshot.drafts:
        found.setdefault((draft.order_number.casefold(), draft.line_number), []).append(draft)
    return found


def _drafts_on(order: PurchaseOrder, line: PurchaseOrderLine, drafts: Drafts | None) -> Sequence[OrderDraft] | None:
    if drafts is None:
        return None
    listed = drafts.get((order.order_number.casefold(), line.line_number), ())
    return [draft for draft in listed if not draft.order_type or same_code(draft.order_type, order.order_type)]


def _row(order: PurchaseOrder, line: PurchaseOrderLine, drafts: Sequence[OrderDraft] | None) -> Cells:
    quantity, amount = open_figures(line, drafts)
    return {
        "OrderType": order.order_type,
        "OrderNumber": order.order_number,
        "VendorID": order.vendor_id,
        "OrderDate": order.order_date,
        "Status": order.status,
        "Currency": order.currency,
        "Terms": order.terms,
        "Branch": line.branch or order.branch,
        "LineNumber": line.line_number,
        "LineType": line.line_type,
        "InventoryID": line.inventory_id,
        "Description": line.description,
        "Unit": line.unit,
        "OrderQuantity": _within(line.order_quantity),
        "UnitCost": _within(line.unit_cost),
        "ExtendedCost": _within(line.extended_cost, _AMOUNT_STEP),
        "ReceivedQuantity": _within(line.received_quantity),
        "BilledQuantity": _within(line.billed_quantity),
        "BilledAmount": _within(line.billed_amount, _AMOUNT_STEP),
        "OpenQuantity": _within(quantity),
        "OpenAmount": _within(amount, _AMOUNT_STEP),
        "Account": line.account,
        "Subaccount": line.subaccount,
        "Project": line.project,
        "Task": line.task,
        "CostCode": line.cost_code,
        "BillingBasis": line.billing_basis,
        "Closed": bool(line.closed),
    }


def open_figures(line: PurchaseOrderLine, drafts: Sequence[OrderDraft] | None) -> tuple[Decimal | None, Decimal | None]:
    """Quantity and amount that could be billed now: received (basis receipt) or ordered (basis order), less billed,
    less drafts.

    None where the tenant's endpoint does not tell what was billed or drafted, or the basis: empty beats a guess."""
    if line.billed_quantity is None or line.billing_basis is None or drafts is None:
        return None, None
    drafted = drafted_quantity(drafts, line.unit_cost)
    if line.billing_basis == "order":
        taken = sum((draft.amount for draft in drafts), _NONE)
        billed = line.billed_amount
        amount = None if billed is None else max(line.extended_cost - billed - taken, _NONE)
        return max(line.order_quantity - line.billed_quantity - drafted, _NONE), amount
    if line.received_quantity is None:
        return None, None
    quantity = max(line.received_quantity - line.billed_quantity - drafted, _NONE)
    return quantity, (quantity * line.unit_cost).quantize(Decimal("0.01"))


def _within(value: Decimal | None, step: Decimal = _QUANTITY_STEP) -> Decimal | None:
    """The figure, rounded where it is finer than the feed holds."""
    if value is None or value == value.quantize(step):
        return value
    return value.quantize(step)
