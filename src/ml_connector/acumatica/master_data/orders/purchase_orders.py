"""Purchase orders (PO301000) with their lines and what the form knows of each line beyond the contract."""

from __future__ import annotations

from ml_connector.acumatica import values
from ml_connector.acumatica.master_data.gaps import or_gap
from ml_connector.acumatica.master_data.orders.figures import FIGURES, SHAPES, figures_of, line_number
from ml_connector.acumatica.master_data.orders.headings import order_of
from ml_connector.acumatica.master_data.orders.reading import fetch_orders
from ml_connector.acumatica.reading import Collection, Reader
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.master_data import Gap, PurchaseOrder, PurchaseOrderLine

_HEADER = (
    "Type",
    "OrderNbr",
    "VendorID",
    "Status",
    "Date",
    "CurrencyID",
    "Terms",
    "Branch",
    "Location",
    "OrderTotal",
    "LastModifiedDateTime",
)
_LINE = (
    "LineNbr",
    "OrderQty",
    "UnitCost",
    "ExtendedCost",
    "LineType",
    "InventoryID",
    "LineDescription",
    "UOM",
    "Account",
    "Subaccount",
    "BranchID",
    "Project",
    "ProjectTask",
    "CostCode",
    "Completed",
    "Cancelled",
    "QtyOnReceipts",
    *FIGURES,
)
_ORDERS = Collection("PurchaseOrder", "OrderNbr", 500, SHAPES, (*_HEADER, *(f"Details/{field}" for field in _LINE)))


def fetch_purchase_orders(reader: Reader, about: int = 0) -> tuple[PurchaseOrder, ...] | Gap:
    """All orders of every type and status; ``about`` so many were there last time (0: nobody knows)."""
    return or_gap("Purchase orders", lambda: tuple(map(parse_order, fetch_orders(reader, _ORDERS, about))))


def fetch_purchase_order(reader: Reader, order_type: str, order_number: str) -> PurchaseOrder | None:
    """One order by type label and number; None where it is not there."""
    row = reader.fetch_record("PurchaseOrder", (order_type, order_number), SHAPES)
    return None if row is None else parse_order(row)


def fetch_sample_orders(reader: Reader) -> tuple[PurchaseOrder, ...]:
    """One order with its lines, none where there is none: enough to see what this site shows of a line."""
    keys = (_key_of(row) for row in reader.fetch_some("PurchaseOrder", 1))
    found = (fetch_purchase_order(reader, *key) for key in keys)
    return tuple(order for order in found if order is not None)


def _key_of(row: Row) -> tuple[str, str]:
    return values.required_text(row, "Type"), values.required_text(row, "OrderNbr")


def parse_order(row: Row) -> PurchaseOrder:
    """An order (PO301000)."""
    return order_of(row, _key_of(row), noun="order", total="OrderTotal", parse_line=parse_line)


def parse_line(row: Row) -> PurchaseOrderLine:
    """A line; the figures of the form are None where the site does not show them."""
    figures = figures_of(row)
    return PurchaseOrderLine(
        line_number=line_number(row),
        order_quantity=values.amount(row, "OrderQty"),
        unit_cost=values.amount(row, "UnitCost"),
        extended_cost=values.amount(row, "ExtendedCost"),
        line_type=values.text(row, "LineType"),
        inventory_id=values.text(row, "InventoryID"),
        description=values.text(row, "LineDescription"),
        unit=values.text(row, "UOM"),
        account=values.text(row, "Account"),
        subaccount=values.text(row, "Subaccount"),
        branch=values.text(row, "BranchID"),
        project=values.text(row, "Project"),
        task=values.text(row, "ProjectTask"),
        cost_code=values.text(row, "CostCode"),
        completed=values.flag(row, "Completed") or False,
        cancelled=values.flag(row, "Cancelled") or False,
        received_quantity=values.decimal(row, "QtyOnReceipts"),
        billed_quantity=figures.billed_quantity,
        billed_amount=figures.billed_amount,
        unbilled_quantity=figures.unbilled_quantity,
        unbilled_amount=figures.unbilled_amount,
        closed=figures.closed,
        billing_basis=figures.basis,
    )
