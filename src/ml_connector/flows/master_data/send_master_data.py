"""Master data out: read, render, compare, hold or hand over, remember what was sent - one feed after the other.

An unchanged feed is not sent; a feed whose reading failed is not sent; rows never just disappear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.purchase_orders.drafts import WITHOUT_BILL, plan_drafts
from ml_connector.domain.snapshot import compare_rows
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.records import FeedRow, SentFeed
from ml_connector.errors import ConnectorError, RejectedError, UncertainError
from ml_connector.flows.catalog import FeedReport, PassReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.hand_over import Outgoing, hand_over, render_outgoing
from ml_connector.flows.master_data.guard_feeds import (
    confirm,
    find_inactivated,
    hold_back,
    mark_overdue,
    tell_overdue,
    unsent,
)
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
    feeds = [feed for feed in FEED_COLLECTIONS if feed in context.exchange.feeds()]
    errors: list[ConnectorError] = []
    reports: list[FeedReport] = []
    try:
        read = fetch_master_data(context)
    except ConnectorError as error:
        errors.append(error)
        reports = [unsent(feed, error) for feed in feeds]
    else:
        errors += read.failed.values()
        reports = _send_feeds(context, feeds, read, errors)
    told = mark_overdue(context, reports)
    return PassReport(
        "master-data",
        started_at,
        context.clock.now(),
        feeds=told,
        errors=tuple(errors),
        notices=tell_overdue(told),
    )


def _send_feeds(
    context: FlowContext, feeds: Sequence[str], read: MasterDataRead, errors: list[ConnectorError]
) -> list[FeedReport]:
    """What became of each feed; the errors of those that could not be sent are added to ``errors``."""
    reports: list[FeedReport] = []
    for number, feed in enumerate(feeds, start=1):
        context.progress.report(f"Sending {feed}", number, len(feeds))
        try:
            reports.append(_send_feed(context, feed, read, reports))
        except ConnectorError as error:
            errors.append(error)
            reports.append(unsent(feed, error))
            if not isinstance(error, RejectedError | UncertainError):
                # The server itself is out of reach: the other feeds would only wait for it too.
                reports += [unsent(left, error) for left in feeds[number:]]
                break
    return reports


def _send_feed(context: FlowContext, feed: str, read: MasterDataRead, earlier: Sequence[FeedReport]) -> FeedReport:
    reason = _unreadable(feed, read)
    if reason is not None:
        return FeedReport(feed, None, 0, reason=reason)
    sent = context.master_data.load_sent(feed)
    before = sent.rows if sent else {}
    rows = render_rows_now(context, feed, read.snapshot, sent)
    files = render_outgoing(context, feed, tuple(rows.values()), sent)
    outgoing = Outgoing(feed, files, len(rows), rows, compare_rows(before, rows), before)
    if sent is not None and sent.sha256 == outgoing.digest:
        report = FeedReport(feed, None, len(rows), reason="unchanged since it was last sent")
        confirm(context, feed)
    else:
        report = _hand_over(context, outgoing, earlier)
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


def _hand_over(context: FlowContext, outgoing: Outgoing, earlier: Sequence[FeedReport]) -> FeedReport:
    held, awaited = hold_back(context, outgoing), _awaited(context, outgoing.feed, earlier)
    if held is not None:
        report = outgoing.report(held=held)
    elif awaited is not None:
        report = replace(outgoing.report(), reason=f"not sent: {awaited} has new rows that must reach Stampli first")
    else:
        report = hand_over(context, outgoing)
        confirm(context, outgoing.feed)
    return replace(report, inactivated=find_inactivated(context, outgoing))


def _awaited(context: FlowContext, feed: str, earlier: Sequence[FeedReport]) -> str | None:
    """The feed whose new rows the orders may name and that did not go in this pass."""
    if feed != "purchase_orders" or context.drafting is not None:
        return None
    return next((report.feed for report in earlier if report.added and not report.sent), None)


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
