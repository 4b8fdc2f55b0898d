"""Master data out: read, render, compare, hold or hand over, remember what was sent - one feed after the other.

An unchanged feed is not sent; a feed whose reading failed is not sent; rows never just disappear.
"""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.domain.snapshot import compare_rows, judge_shrink
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
    "dimensions": ("branches", "projects", "tasks", "cost codes"),
    "purchase_orders": ("purchase orders",),
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
    rows = context.exchange.render_feed_rows(feed, read.snapshot, sent, context.today().isoformat())
    files = render_outgoing(context, feed, tuple(rows.values()))
    outgoing = Outgoing(feed, files, len(rows), rows, compare_rows(before, rows))
    if sent is not None and sent.sha256 == outgoing.digest:
        return FeedReport(feed, None, len(rows), reason="unchanged since it was last sent")
    held = judge_shrink(before, rows, context.terms.shrink_limit_percent)
    return hand_over(context, outgoing) if held is None else outgoing.report(held=held)


def _unreadable(feed: str, read: MasterDataRead) -> str | None:
    failed = [name for name in FEED_COLLECTIONS[feed] if name in read.failed]
    if failed:
        return f"not sent: {failed[0]} could not be read whole from Acumatica ({read.failed[failed[0]].message})"
    collections = FEED_COLLECTIONS[feed]
    gaps = [read.snapshot.gaps[name] for name in collections if name in read.snapshot.gaps]
    return f"not sent: {gaps[0]}" if gaps and len(gaps) == len(collections) else None
