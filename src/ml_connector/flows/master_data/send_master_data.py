"""Master data out: read, render, compare, hold or hand over, remember what was sent - one feed after the other.

An unchanged feed is not sent; a feed whose reading failed is not sent; rows never just disappear.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.snapshot import Difference, compare_rows
from ml_connector.domain.values.records import FeedRow, SentFeed
from ml_connector.flows.catalog import FeedReport, PassReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.master_data.read_master_data import MasterDataRead, fetch_master_data

# The order the other side needs: what an order or a task names comes before it.
FEED_COLLECTIONS: Mapping[str, tuple[str, ...]] = {
    "vendors": ("vendors",),
    "accounts": ("accounts", "vendors"),
    "subaccounts": ("subaccounts",),
    "dimensions": ("branches", "projects", "tasks", "cost codes"),
    "purchase_orders": ("purchase orders",),
}
_ROWS_TO_GUARD = 10


def send_master_data(context: FlowContext) -> PassReport:
    """One pass: what was sent, what was unchanged, what was held, and the errors of what could not be read."""
    started_at = context.clock.now()
    read = fetch_master_data(context)
    feeds = [feed for feed in FEED_COLLECTIONS if feed in context.exchange.feeds()]
    reports = []
    for number, feed in enumerate(feeds, start=1):
        context.progress.report(f"Sending {feed}", number, len(feeds))
        reports.append(_send_feed(context, feed, read))
    return PassReport(
        flow="master-data",
        started_at=started_at,
        ended_at=context.clock.now(),
        feeds=tuple(reports),
        errors=tuple(read.failed.values()),
    )


def _send_feed(context: FlowContext, feed: str, read: MasterDataRead) -> FeedReport:
    reason = _unreadable(feed, read)
    if reason is not None:
        return FeedReport(feed, None, 0, reason=reason)
    sent = context.master_data.load_sent(feed)
    rows = context.exchange.render_feed_rows(feed, read.snapshot, sent, context.today().isoformat())
    content = context.exchange.render_feed_file(feed, rows.values())
    digest = hashlib.sha256(content).hexdigest()
    if sent is not None and sent.sha256 == digest:
        return FeedReport(feed, None, len(rows), reason="unchanged since it was last sent")
    difference = compare_rows(sent.rows if sent else {}, rows)
    held = _judge_shrink(sent.rows if sent else {}, rows, context.terms.shrink_limit_percent)
    if held is not None:
        return _feed_report(feed, None, rows, difference, held=held)
    name = f"{feed}_{context.clock.now():%Y%m%dT%H%M%SZ}"
    landed = context.steps.step(f"put {feed}", lambda: context.exchange.put_feed_file(feed, name, content))
    _save_sent(context, SentFeed(feed, rows, digest, landed, context.clock.now()), difference)
    return _feed_report(feed, landed, rows, difference)


def _unreadable(feed: str, read: MasterDataRead) -> str | None:
    failed = [name for name in FEED_COLLECTIONS[feed] if name in read.failed]
    if failed:
        return f"not sent: {failed[0]} could not be read whole from Acumatica ({read.failed[failed[0]].message})"
    collections = FEED_COLLECTIONS[feed]
    gaps = [read.snapshot.gaps[name] for name in collections if name in read.snapshot.gaps]
    return f"not sent: {gaps[0]}" if gaps and len(gaps) == len(collections) else None


def _judge_shrink(before: Mapping[str, FeedRow], after: Mapping[str, FeedRow], limit_percent: Decimal) -> str | None:
    """Why the file is held: more rows than the policy allows would turn unusable at once (ap_domain, master data)."""
    usable_before = sum(1 for row in before.values() if _usable(row))
    usable_after = sum(1 for row in after.values() if _usable(row))
    lost = usable_before - usable_after
    if usable_before < _ROWS_TO_GUARD or lost * 100 <= limit_percent * usable_before:
        return None
    return (
        f"held: {lost} of {usable_before} usable rows would disappear, more than {limit_percent} %; if that is right, "
        "raise policy.shrink_limit_percent for one pass"
    )


def _usable(row: FeedRow) -> bool:
    return row.get("Active") != "false" and row.get("Status") != "Inactive" and row.get("Closed") != "true"


def _save_sent(context: FlowContext, sent: SentFeed, difference: Difference) -> None:
    note = AuditNote(
        event="feed.sent",
        subject=sent.feed,
        note=f"{sent.file_name} handed over: {len(sent.rows)} rows",
        data={
            "file": sent.file_name,
            "sha256": sent.sha256,
            "rows": str(len(sent.rows)),
            "added": str(len(difference.added)),
            "changed": str(len(difference.changed)),
            "removed": str(len(difference.removed)),
        },
    )
    context.steps.step(f"record {sent.feed}", lambda: context.master_data.save_sent(sent, note))


def _feed_report(
    feed: str, file: str | None, rows: Mapping[str, FeedRow], difference: Difference, *, held: str | None = None
) -> FeedReport:
    return FeedReport(
        feed=feed,
        file=file,
        rows=len(rows),
        added=len(difference.added),
        changed=len(difference.changed),
        removed=len(difference.removed),
        sent=file is not None,
        held=held is not None,
        reason=held,
    )
