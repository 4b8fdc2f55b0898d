"""Hand a file of a feed over to Stampli and remember what was sent: the last two steps of every feed that goes out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.snapshot import Difference
from ml_connector.domain.values.records import FeedRow, SentFeed
from ml_connector.flows.catalog import FeedReport
from ml_connector.flows.context import FlowContext

Rows = Mapping[str, FeedRow]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file of a feed ready to go: its bytes and how many rows they hold, all rows that Stampli knows after it, and
    what is new of them."""

    feed: str
    content: bytes
    written: int
    rows: Rows
    difference: Difference

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    def report(self, *, file: str | None = None, held: str | None = None) -> FeedReport:
        """What became of it: sent as a file, or held with the reason."""
        return FeedReport(
            feed=self.feed,
            file=file,
            rows=self.written,
            added=len(self.difference.added),
            changed=len(self.difference.changed),
            removed=len(self.difference.removed),
            sent=file is not None,
            held=held is not None,
            reason=held,
        )


def hand_over(context: FlowContext, outgoing: Outgoing) -> FeedReport:
    """Put the file into the feed's folder and record what Stampli now knows."""
    feed, content = outgoing.feed, outgoing.content
    name = f"{feed}_{context.clock.now():%Y%m%dT%H%M%SZ}"
    landed = context.steps.step(f"put {feed}", lambda: context.exchange.put_feed_file(feed, name, content))
    sent = SentFeed(feed, outgoing.rows, outgoing.digest, landed, context.clock.now())
    note = AuditNote(
        event="feed.sent",
        subject=feed,
        note=f"{landed} handed over: {outgoing.written} rows",
        data={
            "file": landed,
            "sha256": sent.sha256,
            "rows": str(outgoing.written),
            "added": str(len(outgoing.difference.added)),
            "changed": str(len(outgoing.difference.changed)),
            "removed": str(len(outgoing.difference.removed)),
        },
    )
    context.steps.step(f"record {feed}", lambda: context.master_data.save_sent(sent, note))
    return outgoing.report(file=landed)
