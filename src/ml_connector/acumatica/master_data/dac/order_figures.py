"""What was billed of order lines, where the form does not show it beside the contract (``acumatica_api.md 7, 9``).

An order line that the answer leaves out keeps its figures unknown: empty beats a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.master_data.dac.classes import ORDER_LINE
from ml_connector.acumatica.master_data.dac.reading import DacReader
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.transport import TOO_LARGE
from ml_connector.domain.values.master_data import SUBCONTRACT, Gap, PurchaseOrder, PurchaseOrderLine
from ml_connector.errors import TransientError

# Stored codes of the order types; the contract shows the labels (7).
_TYPES = {
    "RO": "normal",
    "DP": "drop-ship",
    "PD": "project drop-ship",
    "BL": "blanket",
    "SB": "standard",
    "RS": "subcontract",
}
_BASES = {"R": "receipt", "O": "order"}
_ORDERS_PER_READ = 500
Key = tuple[str, str, int]
Bounds = tuple[str | None, str | None]


def fetch_figures(reader: DacReader, orders: Sequence[PurchaseOrder]) -> tuple[PurchaseOrder, ...] | Gap:
    """The orders with what their lines lack; a Gap where the instance does not tell."""
    lacking = sorted({order.order_number for order in orders if lacks_figures(order)}, key=str.casefold)
    if len(lacking) == 1:
        rows = reader.fetch(ORDER_LINE, filters.equals("OrderNbr", lacking[0]))
        return rows if isinstance(rows, Gap) else _filled_all(orders, dict(_keyed(rows)))
    # The ranges between some numbers cover every line, whatever the server's own order.
    bounds = lacking[_ORDERS_PER_READ - 1 : -1 : _ORDERS_PER_READ]
    found: dict[Key, Row] = {}
    for low, high in zip([None, *bounds], [*bounds, None], strict=True) if lacking else ():
        rows_between = _fetch_between(reader, (low, high), lacking)
        if isinstance(rows_between, Gap):
            return rows_between
        found.update(rows_between)
    return _filled_all(orders, found)


def lacks_figures(order: PurchaseOrder) -> bool:
    """Whether a line of the order came without what was billed of it."""
    return any(line.billed_quantity is None for line in order.lines)


def _fetch_between(reader: DacReader, bounds: Bounds, numbers: Sequence[str]) -> dict[Key, Row] | Gap:
    """The lines of orders after the first bound up to the second; in halves where the answer would be too large."""
    low, high = bounds
    lower = None if low is None else filters.after("OrderNbr", low)
    upper = None if high is None else filters.up_to("OrderNbr", high)
    try:
        rows = reader.fetch(ORDER_LINE, filters.all_of((lower, upper)))
    except TransientError as error:
        inside = [number for number in numbers if _is_between(number, low, high)]
        middle = inside[(len(inside) - 1) // 2] if inside else None
        if error.code != TOO_LARGE or middle is None or middle in (low, high, inside[-1]):
            raise
    else:
        return rows if isinstance(rows, Gap) else dict(_keyed(rows))
    found: dict[Key, Row] = {}
    for half in ((low, middle), (middle, high)):
        some = _fetch_between(reader, half, inside)
        if isinstance(some, Gap):
            return some
        found.update(some)
    return found


def _is_between(number: str, low: str | None, high: str | None) -> bool:
    folded = number.casefold()
    return (low is None or folded > low.casefold()) and (high is None or folded <= high.casefold())


def _keyed(rows: Iterable[Row]) -> Iterable[tuple[Key, Row]]:
    for row in rows:
        code = values.required_text(row, "OrderType")
        kind = _TYPES.get(code.upper(), code.casefold())
        yield (kind, values.required_text(row, "OrderNbr").casefold(), values.whole(row, "LineNbr") or 0), row


def _filled_all(orders: Sequence[PurchaseOrder], found: dict[Key, Row]) -> tuple[PurchaseOrder, ...]:
    return tuple(_filled(order, found) for order in orders)


def _filled(order: PurchaseOrder, found: dict[Key, Row]) -> PurchaseOrder:
    kind, number = order.order_type.casefold(), order.order_number.casefold()
    filled = (_filled_line(line, found.get((kind, number, line.line_number))) for line in order.lines)
    if order.order_type == SUBCONTRACT:
        # Nothing is received of it.
        filled = (replace(line, received_quantity=None) for line in filled)
    return replace(order, lines=tuple(filled))


def _filled_line(line: PurchaseOrderLine, row: Row | None) -> PurchaseOrderLine:
    if row is None or line.billed_quantity is not None:
        return line
    received = line.received_quantity
    return replace(
        line,
        received_quantity=values.decimal(row, "ReceivedQty") if received is None else received,
        billed_quantity=values.decimal(row, "BilledQty"),
        billed_amount=values.decimal(row, "CuryBilledAmt"),
        unbilled_quantity=values.decimal(row, "UnbilledQty"),
        unbilled_amount=values.decimal(row, "CuryUnbilledAmt"),
        closed=values.flag(row, "Closed"),
        billing_basis=_BASES.get((values.text(row, "POAccrualType") or "").upper(), line.billing_basis),
    )
