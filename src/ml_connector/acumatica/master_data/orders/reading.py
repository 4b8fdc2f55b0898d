"""Reading orders with their lines, whole: by ranges of their keys, or one by one where a list shows no lines.

An empty answer to a filter that is no key is not believed on orders (``acumatica_api.md 4.2``): all reads are by key or
unfiltered, statuses are looked at by the caller.
"""

from __future__ import annotations

from ml_connector.acumatica.reading import Collection, Reader
from ml_connector.acumatica.values import Row, required_text
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.errors import TransientError


def fetch_orders(reader: Reader, orders: Collection) -> list[Row]:
    """All orders of every status, with lines.

    Raises TransientError ``acumatica.orders_unreadable`` where the list of keys is empty and a plain read is not.
    """
    keys = reader.fetch_keys(orders.entity)
    if not keys:
        if reader.fetch_some(orders.entity, 2):
            raise TransientError(
                "Acumatica listed no orders although it has some.",
                fix="Run it again; nothing was changed by the empty list.",
                code="acumatica.orders_unreadable",
            )
        return []
    try:
        rows = reader.fetch_in_ranges(orders, keys)
    except ReadFault:
        # The optimiser refuses lines in lists (4.3): the keys are known, so each order is read by its own.
        rows = keys
    whole = (row if "Details" in row else _fetch_alone(reader, orders, row) for row in rows)
    return [row for row in whole if row is not None]


def _fetch_alone(reader: Reader, orders: Collection, row: Row) -> Row | None:
    keys = [required_text(row, name) for name in reader.keys_of(orders.entity)]
    return reader.fetch_record(orders.entity, keys, orders.shapes)
