"""What purchase orders and subcontracts have in common: one heading over lines. Pure."""

from __future__ import annotations

from collections.abc import Callable

from ml_connector.acumatica import values
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.master_data import PurchaseOrder, PurchaseOrderLine


def order_of(
    row: Row, key: tuple[str, str], *, noun: str, total: str, parse_line: Callable[[Row], PurchaseOrderLine]
) -> PurchaseOrder:
    """The order of that type and number; ``total`` is the field of its total, ``noun`` what people call it. Raises as
    ``values.unreadable`` where its lines are not there."""
    order_type, number = key
    lines = values.details(row, "Details")
    if lines is None:
        raise values.unreadable(f"{noun} {number} came without its lines")
    return PurchaseOrder(
        order_type=order_type,
        order_number=number,
        vendor_id=values.required_text(row, "VendorID"),
        status=values.text(row, "Status") or "",
        record_id=values.record_id(row),
        lines=tuple(map(parse_line, lines)),
        order_date=values.day(row, "Date"),
        currency=values.text(row, "CurrencyID"),
        terms=values.text(row, "Terms"),
        branch=values.text(row, "Branch"),
        location=values.text(row, "Location"),
        total=values.decimal(row, total),
        modified_at=values.instant(row, "LastModifiedDateTime"),
    )
