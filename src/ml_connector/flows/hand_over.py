"""Hand the files of a feed over to Stampli and remember what was sent: the last steps of every feed that goes out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.snapshot import Difference, describe_changes
from ml_connector.domain.values.feeds import RowChange
from ml_connector.domain.values.records import FeedFile, FeedRow, SentFeed
from ml_connector.flows.catalog import FeedReport
from ml_connector.flows.context import FlowContext

Rows = Mapping[str, FeedRow]
# As many rows as a person looks through.
CHANGES_MAX = 200


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A feed ready to go: its files and how many rows they hold, all rows that Stampli knows after it, and what is new
    of them."""

    feed: str
    files: Sequence[FeedFile]
    written: int
    rows: Rows
    difference: Difference
    before: Rows = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes of the data, whatever the files are called."""
        digests = [hashlib.sha256(each.content).hexdigest() for each in self.files if each.data]
        return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()

    def report(self, *, files: Sequence[str] = (), held: str | None = None) -> FeedReport:
        """What became of it: sent as these files, or held with the reason."""
        changes = self.changes()
        return FeedReport(
            feed=self.feed,
            file=files[0] if files else None,
            rows=self.written,
            added=len(self.difference.added),
            changed=len(self.difference.changed),
            removed=len(self.difference.removed),
            sent=bool(files),
            held=held is not None,
            reason=held if held else f"in {len(files)} files" if len(files) > 1 else None,
            changes=changes,
            left_out=sum(map(len, (self.difference.added, self.difference.changed, self.difference.removed)))
            - len(changes),
        )

    def changes(self) -> tuple[RowChange, ...]:
        """The first of the rows that differ, cell by cell; of the first file of a feed none, since it is all new."""
        rows_max = CHANGES_MAX if self.before else 0
        return describe_changes(self.difference, self.before, self.rows, rows_max=rows_max)

    def report_draft(self) -> FeedReport:
        """What a pass would hand over; nothing of it was sent."""
        names = [each.name for each in self.files if each.data]
        told = f"would be sent in {len(names)} files" if len(names) > 1 else "would be sent"
        return replace(self.report(files=names), sent=False, reason=told)


def render_outgoing(
    context: FlowContext, feed: str, written: Sequence[FeedRow], sent: SentFeed | None
) -> Sequence[FeedFile]:
    """The files of these rows under the feed's name and the time of now; the second in which the feed was last ``sent``
    is waited out, since a name is taken once."""
    now = context.clock.now()
    if sent is not None and sent.sent_at.replace(microsecond=0) == now.replace(microsecond=0):
        context.clock.sleep(1 - now.microsecond / 1_000_000)
        now = context.clock.now()
    stem = f"{feed}_{now:%Y%m%dT%H%M%SZ}"
    return context.exchange.render_feed_files(feed, written, stem=stem, today=context.today().isoformat())


def hand_over(context: FlowContext, outgoing: Outgoing) -> FeedReport:
    """Put the files into the feed's folder, each whole before the next, and record what Stampli now knows. One that is
    killed in between sends all of it again under new names: the same rows say nothing new twice."""
    feed = outgoing.feed
    if context.drafting is not None:
        return outgoing.report_draft()
    landed = [put_file(context, feed, each) for each in outgoing.files]
    data = [name for name, each in zip(landed, outgoing.files, strict=True) if each.data]
    sent = SentFeed(feed, outgoing.rows, outgoing.digest, data[0], context.clock.now())
    note = AuditNote(
        event="feed.sent",
        subject=feed,
        note=f"{', '.join(landed)} handed over: {outgoing.written} rows",
        data={
            "file": data[0],
            "sha256": sent.sha256,
            "rows": str(outgoing.written),
            "added": str(len(outgoing.difference.added)),
            "changed": str(len(outgoing.difference.changed)),
            "removed": str(len(outgoing.difference.removed)),
        },
    )
    context.steps.step(f"record {feed}", lambda: context.master_data.save_sent(sent, note))
    return outgoing.report(files=data)


def put_file(context: FlowContext, feed: str, file: FeedFile) -> str:
    """Put one file into the feed's folder; the name it landed under."""
    return context.steps.step(f"put {feed}", lambda: context.exchange.put_feed_file(feed, file.name, file.content))
