"""Master data out: read, render, compare, hold or hand over, remember what was sent - one feed after the other.

An unchanged feed is not sent; a feed whose reading failed is not sent; rows never just disappear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.purchase_orders.drafts import WITHOUT_BILL, plan_drafts
from ml_connector.domain.snapshot import compare_rows, judge_shrink
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.records import FeedRow, SentFeed
from ml_connector.errors import ConnectorError, RejectedError, UncertainError
from ml_connector.flows.catalog import FeedReport, PassReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.hand_over import Outgoing, hand_over, render_outgoing
from ml_connector.flows.master_data.read_master_data import MasterDataRead, fetch_master_data

# The order the other side needs: what an order or a task names comes before it.
FEED_COLLECTIONS: Mapping[str, tuple[str, ...]] = {
    "vendors": ("vendors",),
    "accounts": ("accounts", "vendors"),
    "subaccounts": ("subaccounts",),
    "dimensions": ("branches", "projects", "tasks", "cost codes", "terms", "tax categories", "items", "attributes"),
    "combinations": ("combinations",),
    "purchase_orders": ("purchase orders",),
}
# What rows of a feed are poorer without.
_FEED_PARTS: Mapping[str, tuple[str, ...]] = {
    "vendors": ("vendor locations",),
    "subaccounts": ("segments",),
    "combinations": ("projects", "tasks", "cost codes"),
    "purchase_orders": ("subcontracts", "billed figures", "drafts on orders"),
}


def send_master_data(context: FlowContext) -> PassReport:
    """One pass: what was sent, what was unchanged, what was held, and the errors of what could not be read or sent."""
    started_at = context.clock.now()
    read = fetch_master_data(context)
    errors = [*read.failed.values()]
    reports: list[FeedReport] = []
    feeds = [feed for feed in FEED_COLLECTIONS if feed in context.exchange.feeds()]
    for number, feed in enumerate(feeds, start=1):
        context.progress.report(f"Sending {feed}", number, len(feeds))
        try:
            reports.append(_send_feed(context, feed, read))
        except ConnectorError as error:
            errors.append(error)
            reports.append(FeedReport(feed, None, 0, reason=f"not sent: {error.message}"))
            if not isinstance(error, RejectedError | UncertainError):
                # The server itself is out of reach: the other feeds would only wait for it too.
                break
    return PassReport("master-data", started_at, context.clock.now(), feeds=tuple(reports), errors=tuple(errors))


def _send_feed(context: FlowContext, feed: str, read: MasterDataRead) -> FeedReport:
    reason = _unreadable(feed, read)
    if reason is not None:
        return FeedReport(feed, None, 0, reason=reason)
    sent = context.master_data.load_sent(feed)
    before = sent.rows if sent else {}
    rows = render_rows_now(context, feed, read.snapshot, sent)
    files = render_outgoing(context, feed, tuple(rows.values()), sent)
    outgoing = Outgoing(feed, files, len(rows), rows, compare_rows(before, rows))
    if sent is not None and sent.sha256 == outgoing.digest:
        report = FeedReport(feed, None, len(rows), reason="unchanged since it was last sent")
    else:
        held = judge_shrink(before, rows, context.terms.shrink_limit_percent)
        report = hand_over(context, outgoing) if held is None else outgoing.report(held=held)
    told = [report.reason, *_gaps(read, _collections(context, feed))]
    return replace(report, reason="; ".join(reason for reason in told if reason) or None)


def render_rows_now(
    context: FlowContext, feed: str, snapshot: Snapshot, sent: SentFeed | None
) -> Mapping[str, FeedRow]:
    """The rows of a feed by key as they should stand now."""
    known = _with_own_drafts(context, snapshot) if feed == "purchase_orders" else snapshot
    return context.exchange.render_feed_rows(feed, known, sent, context.today().isoformat())


def _with_own_drafts(context: FlowContext, snapshot: Snapshot) -> Snapshot:
    """With what our invoices will take of order lines that have no bill yet."""
    if snapshot.drafts is None:
        return snapshot
    own = plan_drafts(context.invoices.load_in(WITHOUT_BILL), Facts(snapshot, context.terms.rules))
    return replace(snapshot, drafts=(*snapshot.drafts, *own))


def _collections(context: FlowContext, feed: str) -> tuple[str, ...]:
    """Every collection that rows of the feed are made of."""
    by_segment = feed == "dimensions" and "subaccounts" not in context.exchange.feeds()
    return (*FEED_COLLECTIONS[feed], *_FEED_PARTS.get(feed, ()), *(("segments",) if by_segment else ()))


def _gaps(read: MasterDataRead, collections: tuple[str, ...]) -> list[str]:
    return [read.snapshot.gaps[name] for name in collections if name in read.snapshot.gaps]


def _unreadable(feed: str, read: MasterDataRead) -> str | None:
    collections = FEED_COLLECTIONS[feed]
    failed = [name for name in (*collections, *_FEED_PARTS.get(feed, ())) if name in read.failed]
    if failed:
        return f"not sent: {failed[0]} could not be read whole from Acumatica ({read.failed[failed[0]].message})"
    gaps = _gaps(read, collections)
    return f"not sent: {gaps[0]}" if gaps and len(gaps) == len(collections) else None
