"""Subcontracts (SC301000) as orders of type ``Subcontract``: read whole or by number, like purchase orders.

Their lines need no receipt: they are billed from the order (``ap_domain.md 1.11``). Before 23.200.001 no contract has
them.
"""

from __future__ import annotations

from ml_connector.acumatica import values
from ml_connector.acumatica.master_data.gaps import or_gap
from ml_connector.acumatica.master_data.orders.figures import FIGURES, SHAPES, figures_of, line_number
from ml_connector.acumatica.master_data.orders.headings import order_of
from ml_connector.acumatica.master_data.orders.reading import fetch_orders
from ml_connector.acumatica.reading import Collection, Reader
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.master_data import SUBCONTRACT, Gap, PurchaseOrder, PurchaseOrderLine

_HEADER = (
    "SubcontractNbr",
    "VendorID",
    "Status",
    "Date",
    "CurrencyID",
    "Terms",
    "Branch",
    "Location",
    "SubcontractTotal",
    "LastModifiedDateTime",
)
_LINE = (
    "LineNbr",
    "OrderQty",
    "UnitCost",
    "ExtendedCost",
    "Amount",
    "InventoryID",
    "LineDescription",
    "UOM",
    "Account",
    "Subaccount",
    "BranchID",
    "Project",
    "Task",
    "CostCode",
    "Completed",
    "Canceled",
    "Closed",
    "RetainagePct",
    *FIGURES,
)
_SUBCONTRACTS = Collection(
    "Subcontract", "SubcontractNbr", 500, SHAPES, (*_HEADER, *(f"Details/{field}" for field in _LINE))
)


def fetch_subcontracts(reader: Reader, about: int = 0) -> tuple[PurchaseOrder, ...] | Gap:
    """All subcontracts of every status; ``about`` so many were there last time (0: nobody knows)."""
    if not reader.serves("Subcontract"):
        return Gap("Subcontracts cannot be read: this endpoint version has none")
    return or_gap("Subcontracts", lambda: tuple(map(parse_subcontract, fetch_orders(reader, _SUBCONTRACTS, about))))


def fetch_subcontract(reader: Reader, number: str) -> PurchaseOrder | None:
    """One subcontract by its number; None where it is not there."""
    row = reader.fetch_record("Subcontract", (number,), SHAPES) if reader.serves("Subcontract") else None
    return None if row is None else parse_subcontract(row)


def parse_subcontract(row: Row) -> PurchaseOrder:
    """A subcontract."""
    key = SUBCONTRACT, values.required_text(row, "SubcontractNbr")
    return order_of(row, key, noun="subcontract", total="SubcontractTotal", parse_line=_parse_line)


def _parse_line(row: Row) -> PurchaseOrderLine:
    figures = figures_of(row)
    # What is committed is the amount after discount (CuryExtCost), which is what billing is held against.
    amount = values.decimal(row, "Amount")
    return PurchaseOrderLine(
        line_number=line_number(row),
        order_quantity=values.amount(row, "OrderQty"),
        unit_cost=values.amount(row, "UnitCost"),
        extended_cost=values.amount(row, "ExtendedCost") if amount is None else amount,
        inventory_id=values.text(row, "InventoryID"),
        description=values.text(row, "LineDescription"),
        unit=values.text(row, "UOM"),
        account=values.text(row, "Account"),
        subaccount=values.text(row, "Subaccount"),
        branch=values.text(row, "BranchID"),
        project=values.text(row, "Project"),
        task=values.text(row, "Task"),
        cost_code=values.text(row, "CostCode"),
        completed=values.flag(row, "Completed") or False,
        cancelled=values.flag(row, "Canceled") or False,
        billed_quantity=figures.billed_quantity,
        billed_amount=figures.billed_amount,
        unbilled_quantity=figures.unbilled_quantity,
        unbilled_amount=figures.unbilled_amount,
        closed=values.flag(row, "Closed") if figures.closed is None else figures.closed,
        billing_basis="order",
        retainage_percent=values.decimal(row, "RetainagePct"),
    )
