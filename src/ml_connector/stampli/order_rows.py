"""The purchase orders feed: lines that can be billed, with what is open where Acumatica tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ml_connector.domain.coding_lists import order_line_refusal
from ml_connector.domain.values.master_data import PurchaseOrder, PurchaseOrderLine, Snapshot
from ml_connector.domain.values.records import FeedRow
from ml_connector.stampli.cells import amount_cell, day_cell, flag_cell, quantity_cell, text_cell

_NONE = Decimal(0)


def order_rows(snapshot: Snapshot) -> Mapping[str, FeedRow]:
    """One row an order line that can be billed, by ``type|number|line``."""
    return {
        f"{order.order_type}|{order.order_number}|{line.line_number:06d}": _row(order, line)
        for order in (snapshot.purchase_orders or {}).values()
        for line in order.lines
        if order_line_refusal(order, line) is None
    }


def _row(order: PurchaseOrder, line: PurchaseOrderLine) -> FeedRow:
    quantity, amount = open_figures(line)
    return {
        "OrderType": order.order_type,
        "OrderNumber": order.order_number,
        "VendorID": order.vendor_id,
        "OrderDate": day_cell(order.order_date),
        "Status": order.status,
        "Currency": text_cell(order.currency),
        "Terms": text_cell(order.terms),
        "Branch": text_cell(line.branch or order.branch),
        "LineNumber": str(line.line_number),
        "LineType": text_cell(line.line_type),
        "InventoryID": text_cell(line.inventory_id),
        "Description": text_cell(line.description),
        "Unit": text_cell(line.unit),
        "OrderQuantity": quantity_cell(line.order_quantity),
        "UnitCost": quantity_cell(line.unit_cost),
        "ExtendedCost": amount_cell(line.extended_cost),
        "ReceivedQuantity": quantity_cell(line.received_quantity),
        "BilledQuantity": quantity_cell(line.billed_quantity),
        "BilledAmount": amount_cell(line.billed_amount),
        "OpenQuantity": quantity_cell(quantity),
        "OpenAmount": amount_cell(amount),
        "Account": text_cell(line.account),
        "Subaccount": text_cell(line.subaccount),
        "Project": text_cell(line.project),
        "Task": text_cell(line.task),
        "CostCode": text_cell(line.cost_code),
        "BillingBasis": text_cell(line.billing_basis),
        "Closed": flag_cell(bool(line.closed)),
    }


def open_figures(line: PurchaseOrderLine) -> tuple[Decimal | None, Decimal | None]:
    """Quantity and amount that could be billed now: received (basis receipt) or ordered (basis order), less billed.

    None where the tenant's endpoint does not tell what was billed, or the basis: empty beats a guess."""
    if line.billed_quantity is None or line.billing_basis is None:
        return None, None
    if line.billing_basis == "order":
        billed = line.billed_amount
        amount = None if billed is None else max(line.extended_cost - billed, _NONE)
        return max(line.order_quantity - line.billed_quantity, _NONE), amount
    if line.received_quantity is None:
        return None, None
    quantity = max(line.received_quantity - line.billed_quantity, _NONE)
    return quantity, (quantity * line.unit_cost).quantize(Decimal("0.01"))
