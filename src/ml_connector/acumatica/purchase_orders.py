"""Purchase orders with their lines and what the form knows of each line beyond the contract.

An empty answer to a filter that is no key is not believed on this entity (``acumatica_api.md 4.2``): all reads are by
key or unfiltered, statuses are looked at here. Billed figures come by ``$custom`` or not at all (7).
"""

from __future__ import annotations

from ml_connector.acumatica import values
from ml_connector.acumatica.master_data.gaps import or_gap
from ml_connector.acumatica.reading import Collection, Reader, Shape
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.domain.values.master_data import Gap, PurchaseOrder, PurchaseOrderLine
from ml_connector.errors import TransientError

_VIEW = "Transactions"
_FORM_FIELDS = ("BilledQty", "CuryBilledAmt", "UnbilledQty", "CuryUnbilledAmt", "Closed", "POAccrualType")
_SHAPES = (
    Shape(expand=("Details",), custom=tuple(f"Details/{_VIEW}.{field}" for field in _FORM_FIELDS)),
    Shape(expand=("Details",)),
)
_ORDERS = Collection("PurchaseOrder", "OrderNbr", 100, _SHAPES)
_BASES = {"r": "receipt", "o": "order"}


def fetch_purchase_orders(reader: Reader) -> tuple[PurchaseOrder, ...] | Gap:
    """All orders of every type and status.

    Raises TransientError ``acumatica.orders_unreadable`` where the list of keys is empty and a plain read is not.
    """
    return or_gap("Purchase orders", lambda: _fetch(reader))


def _fetch(reader: Reader) -> tuple[PurchaseOrder, ...]:
    keys = reader.fetch_keys("PurchaseOrder")
    if not keys:
        if reader.fetch_some("PurchaseOrder", 2):
            raise TransientError(
                "Acumatica listed no purchase orders although it has some.",
                fix="Run it again; nothing was changed by the empty list.",
                code="acumatica.orders_unreadable",
            )
        return ()
    try:
        rows = reader.fetch_in_ranges(_ORDERS, keys)
    except ReadFault:
        # The optimiser refuses lines in lists (4.3): the keys are known, so each order is read by its own.
        rows = keys
    whole = (row if "Details" in row else reader.fetch_record("PurchaseOrder", _key_of(row), _SHAPES) for row in rows)
    return tuple(parse_order(row) for row in whole if row is not None)


def fetch_purchase_order(reader: Reader, order_type: str, order_number: str) -> PurchaseOrder | None:
    """One order by type label and number; None where it is not there."""
    row = reader.fetch_record("PurchaseOrder", (order_type, order_number), _SHAPES)
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
    order_type, number = _key_of(row)
    lines = values.details(row, "Details")
    if lines is None:
        raise values.unreadable(f"order {number} came without its lines")
    return PurchaseOrder(
        order_type=order_type,
        order_number=number,
        vendor_id=values.required_text(row, "VendorID"),
        status=values.text(row, "Status") or "",
        record_id=values.record_id(row),
        lines=tuple(parse_line(line) for line in lines),
        order_date=values.day(row, "Date"),
        currency=values.text(row, "CurrencyID"),
        terms=values.text(row, "Terms"),
        branch=values.text(row, "Branch"),
        location=values.text(row, "Location"),
        total=values.decimal(row, "OrderTotal"),
        modified_at=values.instant(row, "LastModifiedDateTime"),
    )


def parse_line(row: Row) -> PurchaseOrderLine:
    """A line; the figures of the form are None where the site does not show them."""
    number = values.whole(row, "LineNbr")
    if number is None:
        raise values.unreadable("an order line has no number")
    form = {field: values.custom(row, f"{_VIEW}.{field}") for field in _FORM_FIELDS}
    basis = values.text(form["POAccrualType"], "value") or ""
    return PurchaseOrderLine(
        line_number=number,
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
        billed_quantity=values.decimal(form["BilledQty"], "value"),
        billed_amount=values.decimal(form["CuryBilledAmt"], "value"),
        unbilled_quantity=values.decimal(form["UnbilledQty"], "value"),
        unbilled_amount=values.decimal(form["CuryUnbilledAmt"], "value"),
        closed=values.flag(form["Closed"], "value"),
        # The label or the code of the accrual type: Receipt (R), Order (O).
        billing_basis=_BASES.get(basis[:1].casefold()),
    )
