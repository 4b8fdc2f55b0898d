"""Single records of a feed, out of turn: the rows of these records as they are now, all others as they were sent.

The file is the feed's, whole: one that held a single row would read as if all others were gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ml_connector.domain.rules.lookups import TYPE_LABELS, order_label
from ml_connector.domain.rules.purchase_orders.links import orders_numbered
from ml_connector.domain.snapshot import compare_rows
from ml_connector.domain.values.master_data import Gap, OrderDraft, PurchaseOrder, Snapshot
from ml_connector.domain.values.records import FeedRow, SentFeed
from ml_connector.errors import ConfigurationError, ConnectorError, RejectedError
from ml_connector.flows.catalog import FeedReport, LateNeed, PassReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.hand_over import Outgoing, hand_over, render_outgoing
from ml_connector.flows.master_data.guard_feeds import unsent
from ml_connector.flows.master_data.late_needs import (
    ORDERS,
    VENDORS,
    add_records,
    fetch_late_order,
    fetch_late_vendor,
    is_row_of,
)
from ml_connector.flows.master_data.read_master_data import fetch_master_data
from ml_connector.flows.master_data.send_master_data import FEED_COLLECTIONS, render_rows_now

Rows = Mapping[str, FeedRow]


def send_late_records(context: FlowContext, needs: Sequence[LateNeed]) -> PassReport:
    """What invoices of this pass name and Stampli does not have yet, from the last snapshot."""
    started_at = context.clock.now()
    snapshot = context.master_data.load_snapshot()
    reports: list[FeedReport] = []
    errors: list[ConnectorError] = []
    for feed in FEED_COLLECTIONS if snapshot is not None else ():
        keys = [need.key for need in needs if need.feed == feed]
        sent = context.master_data.load_sent(feed) if keys else None
        if snapshot is None or sent is None:
            continue
        try:
            # An invoice of this pass may have billed the order meanwhile.
            now = _with_orders(context, snapshot, keys) if feed == ORDERS else snapshot
            reports.append(_send(context, feed, _rows_of(context, feed, keys, snapshot=now, sent=sent), sent))
        except ConnectorError as error:
            errors.append(error)
            reports.append(unsent(feed, error))
    return PassReport("late-records", started_at, context.clock.now(), feeds=tuple(reports), errors=tuple(errors))


def send_record(context: FlowContext, feed: str, key: str) -> PassReport:
    """One record by hand, read anew: a vendor by its id, an order by ``TYPE/NUMBER`` or its number, of any other feed a
    row by its key.

    Raises ConfigurationError ``feed.not_on``, and RejectedError ``feed.no_such_record`` where Acumatica has nothing of
    that key that the feed could hold."""
    started_at = context.clock.now()
    if feed not in FEED_COLLECTIONS or feed not in context.exchange.feeds():
        known = ", ".join(each for each in FEED_COLLECTIONS if each in context.exchange.feeds())
        raise ConfigurationError(
            f"No feed {feed} is on for this connection",
            fix=f"Name one of {known or 'those that the settings switch on'}.",
            code="feed.not_on",
            at="settings",
        )
    snapshot, found = _read(context, feed, key.strip())
    sent = context.master_data.load_sent(feed)
    rows = _rows_of(context, feed, found, snapshot=snapshot, sent=sent)
    if not rows:
        raise _unknown(feed, key)
    return PassReport("master-data", started_at, context.clock.now(), feeds=(_send(context, feed, rows, sent),))


def _read(context: FlowContext, feed: str, key: str) -> tuple[Snapshot, list[str]]:
    """The snapshot with what the key names as it is now, and the keys it has in the feed."""
    if feed not in (VENDORS, ORDERS):
        return fetch_master_data(context).snapshot, [key]
    last = context.master_data.load_snapshot() or Snapshot(read_at=context.clock.now())
    if feed == VENDORS:
        vendor = fetch_late_vendor(context, key)
        late = add_records(last, () if vendor is None else (vendor,), ())
        context.steps.step("record late records", lambda: context.master_data.extend_snapshot(late))
        return late, [] if vendor is None else [vendor.vendor_id]
    orders = _fetch_orders(context, key, last)
    named = [f"{order.order_type}|{order.order_number}" for order in orders]
    return replace(add_records(last, (), orders), drafts=_fetch_drafts(context)), named


def _with_orders(context: FlowContext, snapshot: Snapshot, keys: Sequence[str]) -> Snapshot:
    """The snapshot with these orders, and what is drafted, as they are now."""
    drafts = _fetch_drafts(context)
    orders = [order for key in keys for order in _fetch_orders(context, key, snapshot)]
    return replace(add_records(snapshot, (), orders), drafts=drafts)


def _fetch_drafts(context: FlowContext) -> tuple[OrderDraft, ...] | None:
    drafts = context.steps.step("read drafts on orders", context.erp.fetch_order_drafts, repeatable=True)
    return None if isinstance(drafts, Gap) else drafts


def _fetch_orders(context: FlowContext, key: str, last: Snapshot) -> list[PurchaseOrder]:
    """The orders of that number, of the type it says, else of those that are known, else of any."""
    kind, _, number = key.replace("|", "/").rpartition("/")
    label = order_label(kind)
    known = [order.order_type for order in orders_numbered(number, last.orders)]
    types = [label] if label else known or list(TYPE_LABELS.values())
    found = (fetch_late_order(context, each, number) for each in types)
    return [order for order in found if order is not None]


def _rows_of(
    context: FlowContext, feed: str, keys: Sequence[str], *, snapshot: Snapshot, sent: SentFeed | None
) -> Rows:
    """The rows of these records as they should stand now."""
    rows = render_rows_now(context, feed, snapshot, sent)
    by_value = feed not in (VENDORS, ORDERS)
    return {
        row_key: row
        for row_key, row in rows.items()
        if any(is_row_of(row_key, key) or (by_value and row_key.endswith(f"|{key}")) for key in keys)
    }


def _send(context: FlowContext, feed: str, news: Rows, sent: SentFeed | None) -> FeedReport:
    before = sent.rows if sent else {}
    rows = dict(sorted({**before, **news}.items()))
    difference = compare_rows(before, rows)
    if sent is not None and not difference:
        return FeedReport(feed, None, len(rows), reason="unchanged since it was last sent")
    files = render_outgoing(context, feed, tuple(rows.values()), sent)
    return hand_over(context, Outgoing(feed, files, len(rows), rows, difference))


def _unknown(feed: str, key: str) -> RejectedError:
    return RejectedError(
        f"Acumatica has nothing named {key} that the feed {feed} could hold",
        fix="Look its id up in Acumatica; an order is named by its number, or by type and number as Normal/PO-000123.",
        code="feed.no_such_record",
    )
