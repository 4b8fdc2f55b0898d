"""Reading orders with their lines, whole: by ranges of their keys, or one by one where a list shows no lines.

An empty answer to a filter that is no key is not believed on orders (``acumatica_api.md 4.2``): all reads are by key or
unfiltered, statuses are looked at by the caller.
"""

from __future__ import annotations

from ml_connector.acumatica.reading import Collection, Reader
from ml_connector.acumatica.values import Row, required_text
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.acumatica.wire.transport import TOO_LARGE
from ml_connector.errors import TransientError

# So many come in one answer; more are read in ranges of their keys.
_WHOLE_MAX = 1_000


def fetch_orders(reader: Reader, orders: Collection, about: int) -> list[Row]:
    """All orders of every status, with lines; where there were ``about`` so many last time and these are few, in one
    answer.

    Raises TransientError ``acumatica.orders_unreadable`` where the list of keys is empty and a plain read is not.
    """
    whole = _fetch_whole(reader, orders) if 0 < about <= _WHOLE_MAX else []
    return whole or _fetch_by_keys(reader, orders)


def _fetch_whole(reader: Reader, orders: Collection) -> list[Row]:
    """All in one answer; none where the site shows no lines in lists, or too many at once."""
    try:
        rows = reader.fetch_all(orders.entity, orders.shapes, fields=orders.fields)
    except ReadFault:
        return []
    except TransientError as error:
        if error.code != TOO_LARGE:
            raise
        return []
    return rows if all("Details" in row for row in rows) else []


def _fetch_by_keys(reader: Reader, orders: Collection) -> list[Row]:
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
