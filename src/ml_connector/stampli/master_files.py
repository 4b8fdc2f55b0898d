"""The rows of the feeds we write, from a snapshot: what may be picked, and what was sent before and may no longer be.

Rows never just disappear: one that was sent and is not pickable any more stays, marked, with a reason and the day it
was first seen so. What cannot be read now stays as it was sent. Which records may be picked is the domain's word
(``coding_lists``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ml_connector.domain.codes.renames import current_code
from ml_connector.domain.coding_lists import GONE
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.records import FeedRow
from ml_connector.domain.values.renames import RenamedKind
from ml_connector.stampli.master_rows.combinations import combination_rows
from ml_connector.stampli.master_rows.dimensions import dimension_reasons, dimension_rows, is_unread
from ml_connector.stampli.master_rows.lazy import LazyRows
from ml_connector.stampli.master_rows.ledgers import account_reasons, account_rows, subaccount_rows
from ml_connector.stampli.master_rows.segments import segment_reasons, segment_rows
from ml_connector.stampli.master_rows.vendors import vendor_rows
from ml_connector.stampli.order_rows import closed_order_rows, is_unread_order, order_rows

# Cells by column, as values or as texts of the column's own grammar.
Cells = Mapping[str, object]
Rows = Mapping[str, Cells]
Sent = Mapping[str, FeedRow]
_FEED_KINDS: Mapping[str, RenamedKind] = {"vendors": "vendor", "accounts": "account", "subaccounts": "subaccount"}
_DIMENSION_KINDS: Mapping[str, RenamedKind] = {"PROJECT": "project", "COSTCODE": "cost code"}


def render_master_rows(
    feed: str, snapshot: Snapshot, sent: Sent, *, today: str, segments: tuple[int, ...], by_segment: bool = False
) -> Rows:
    """The feed's rows by key as they should stand on the day ``today`` (``YYYY-MM-DD``), in a stable order.

    ``segments`` are the customer's lengths; ``by_segment`` adds a list a segment to the dimensions.

    Raises KeyError for a feed that has no rows of master data."""
    now = _rows_now(feed, snapshot, sent, today=today, segments=segments)
    by_value = segment_rows(snapshot, segments) if feed == "dimensions" and by_segment else {}
    now = {**now, **by_value} if by_value else now
    reasons = _reasons(feed, snapshot)
    mark = _MARK[feed]
    left = {
        key: mark(row, reasons.get(key) or _reason_gone(feed, key, snapshot), today)
        for key, row in sent.items()
        if key not in now
    }
    if feed == "dimensions":
        left |= {key: row for key, row in sent.items() if is_unread(row.get("Dimension", ""), snapshot)}
        if by_segment and not by_value:
            left |= {key: row for key, row in sent.items() if key.startswith("SEGMENT")}
    elif feed == "vendors" and snapshot.vendor_locations is None:
        left |= {key: row for key, row in sent.items() if row.get("Location") and key not in now}
    elif feed == "purchase_orders":
        left |= {key: row for key, row in closed_order_rows(snapshot).items() if key in left}
        left |= {key: row for key, row in sent.items() if is_unread_order(row, snapshot)}
    return LazyRows(sorted({*left, *now}), lambda key: now[key] if key in now else left[key])


def _rows_now(feed: str, snapshot: Snapshot, sent: Sent, *, today: str, segments: tuple[int, ...]) -> Rows:
    """What may be picked now; of vendors, all there are."""
    if feed == "vendors":
        return vendor_rows(snapshot, sent, today)
    if feed == "subaccounts":
        return subaccount_rows(snapshot, segments)
    makers: Mapping[str, Callable[[Snapshot], Rows]] = {
        "accounts": account_rows,
        "dimensions": dimension_rows,
        "combinations": combination_rows,
        "purchase_orders": order_rows,
    }
    return makers[feed](snapshot)


def _reasons(feed: str, snapshot: Snapshot) -> Mapping[str, str]:
    """Why a record that is still there may not be picked, by the key of its row."""
    if feed == "accounts":
        return account_reasons(snapshot)
    return {**dimension_reasons(snapshot), **segment_reasons(snapshot)} if feed == "dimensions" else {}


def _reason_gone(feed: str, key: str, snapshot: Snapshot) -> str:
    """``renamed to`` and the code of today, or that the record is gone."""
    now = _code_now(feed, key, snapshot)
    return GONE if now is None else f"renamed to {now}"


def _code_now(feed: str, key: str, snapshot: Snapshot) -> str | None:
    """The code of today where the row's record was given another one."""
    if feed in _FEED_KINDS:
        return _other(key, current_code(_FEED_KINDS[feed], key, snapshot.renames))
    dimension, _, value = key.partition("|")
    if feed != "dimensions":
        return None
    if dimension in _DIMENSION_KINDS:
        return _other(value, current_code(_DIMENSION_KINDS[dimension], value, snapshot.renames))
    if dimension != "TASK":
        return None
    project, _, task = value.partition("|")
    project_now = current_code("project", project, snapshot.renames)
    task_now = current_code("task", task, snapshot.renames, project=project_now)
    found = (project_now, task_now) in (snapshot.tasks or {})
    return _other(value, f"{project_now}|{task_now}") if found else None


def _other(was: str, now: str) -> str | None:
    return None if now == was else now


def _inactive(row: FeedRow, reason: str, today: str) -> Cells:
    if row.get("Active") == "false":
        return row
    return {**row, "Active": False, "InactiveReason": reason, "InactiveOn": today}


def _inactive_without_reason(row: FeedRow, reason: str, today: str) -> Cells:
    return {**row, "Active": False}


def _inactive_vendor(row: FeedRow, reason: str, today: str) -> Cells:
    if row.get("Status") == "Inactive" and row.get("InactiveReason") == reason:
        return row
    # Nobody will pay it any more, and the customer may have opted out since.
    private = {"TaxRegistrationID": "", "PaymentInstructions": ""}
    return {**row, **private, "Status": "Inactive", "InactiveReason": reason, "InactiveOn": today}


def _closed(row: FeedRow, reason: str, today: str) -> Cells:
    return {**row, "OpenQuantity": "0", "OpenAmount": "0.00", "Closed": True}


_MARK: Mapping[str, Callable[[FeedRow, str, str], Cells]] = {
    "vendors": _inactive_vendor,
    "accounts": _inactive,
    "subaccounts": _inactive_without_reason,
    "dimensions": _inactive,
    "combinations": _inactive_without_reason,
    "purchase_orders": _closed,
}
