"""The rows of the feeds we write, from a snapshot: what may be picked, and what was sent before and may no longer be.

Rows never just disappear: one that was sent and is not pickable any more stays, marked, with a reason and the day it
was first seen so. Which records may be picked is the domain's word (``coding_lists``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.records import FeedRow
from ml_connector.stampli.dimension_rows import dimension_reasons, dimension_rows
from ml_connector.stampli.ledger_rows import account_reasons, account_rows, subaccount_rows
from ml_connector.stampli.order_rows import order_rows
from ml_connector.stampli.vendor_rows import vendor_rows

Rows = Mapping[str, FeedRow]
GONE = "no longer in Acumatica"


def render_rows(feed: str, snapshot: Snapshot, before: Rows, today: str, *, segments: tuple[int, ...]) -> Rows:
    """The feed's rows by key as they should stand on the day ``today`` (``YYYY-MM-DD``), in a stable order.

    Raises KeyError for a feed that has no rows of master data."""
    now: Rows
    reasons: Mapping[str, str] = {}
    if feed == "vendors":
        now = vendor_rows(snapshot, before, today)
    elif feed == "accounts":
        now, reasons = account_rows(snapshot), account_reasons(snapshot)
    elif feed == "subaccounts":
        now = subaccount_rows(snapshot, segments)
    elif feed == "dimensions":
        now, reasons = dimension_rows(snapshot), dimension_reasons(snapshot)
    elif feed == "purchase_orders":
        now = order_rows(snapshot)
    else:
        raise KeyError(feed)
    marked = {key: _MARK[feed](row, reasons.get(key, GONE), today) for key, row in before.items() if key not in now}
    return dict(sorted({**now, **marked}.items()))


def _inactive(row: FeedRow, reason: str, today: str) -> FeedRow:
    if row.get("Active") == "false":
        return row
    return {**row, "Active": "false", "InactiveReason": reason, "InactiveOn": today}


def _inactive_without_reason(row: FeedRow, reason: str, today: str) -> FeedRow:
    return {**row, "Active": "false"}


def _inactive_vendor(row: FeedRow, reason: str, today: str) -> FeedRow:
    if row.get("Status") == "Inactive" and row.get("InactiveReason") == reason:
        return row
    return {**row, "Status": "Inactive", "InactiveReason": reason, "InactiveOn": today}


def _closed(row: FeedRow, reason: str, today: str) -> FeedRow:
    return {**row, "OpenQuantity": "0", "OpenAmount": "0.00", "Closed": "true"}


_MARK: Mapping[str, Callable[[FeedRow, str, str], FeedRow]] = {
    "vendors": _inactive_vendor,
    "accounts": _inactive,
    "subaccounts": _inactive_without_reason,
    "dimensions": _inactive,
    "purchase_orders": _closed,
}
