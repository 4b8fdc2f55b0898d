"""Around the hand-over of a feed: held or not, confirmed, overdue, and what its inactivations strand.

Nothing is sent here, and what is held is never let go here: a person does (``operations``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.codes.renames import follow_invoice
from ml_connector.domain.snapshot.guards import judge_feed, tell_alarms
from ml_connector.domain.snapshot.strands import find_stranded, turned_inactive
from ml_connector.domain.values.feeds import FeedState, HeldFeed, Inactivation, SentHead
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import ConnectorError
from ml_connector.flows.catalog import FeedReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.hand_over import Outgoing

# Passes come hourly; a day without one that went well is seen by somebody.
OVERDUE_AFTER = timedelta(hours=24)
# Not booked yet: what they name is still to be accepted by Acumatica.
_QUEUED = (PostingState.WAITING, PostingState.RECEIVED, PostingState.REJECTED, PostingState.READY)


def hold_back(context: FlowContext, outgoing: Outgoing) -> str | None:
    """Why the feed is held, None where it may go; on record, with the difference, until it is sent or unchanged."""
    feed = outgoing.feed
    state = context.master_data.load_feed_state(feed)
    accepted = state.held.alarms if state.held is not None and state.held.accepted_by is not None else ()
    limit = context.terms.shrink_limit_percent
    if not judge_feed(outgoing.before, outgoing.rows, limit, accepted):
        return None
    # Whoever looks at it anew sees all of it, what was let pass before included.
    alarms = judge_feed(outgoing.before, outgoing.rows, limit)
    told = tell_alarms(alarms, feed)
    again = state.held is not None and state.held.accepted_by is None
    held = HeldFeed(
        held_at=state.held.held_at if state.held is not None and again else context.clock.now(),
        alarms=alarms,
        added=len(outgoing.difference.added),
        changed=len(outgoing.difference.changed),
        removed=len(outgoing.difference.removed),
        changes=outgoing.changes(),
    )
    if held != state.held:
        known = again and state.held is not None and state.held.alarms == alarms
        note = None if known else AuditNote("feed.held", feed, told)
        context.steps.step(
            f"hold {feed}", lambda: context.master_data.save_feed_state(feed, replace(state, held=held), note)
        )
    return told


def confirm(context: FlowContext, feed: str) -> None:
    """Stampli has what Acumatica says; nothing is held any more."""
    if context.drafting is None:
        state = FeedState(confirmed_at=context.clock.now())
        context.steps.step(f"confirm {feed}", lambda: context.master_data.save_feed_state(feed, state, None))


def find_inactivated(context: FlowContext, outgoing: Outgoing) -> tuple[Inactivation, ...]:
    """The rows that can be picked no more, each with our invoices that name it and are not booked yet."""
    keys = turned_inactive(outgoing.before, outgoing.rows)
    if not keys:
        return ()
    renames = context.master_data.load_renames()
    queued = [
        replace(record, invoice=follow_invoice(record.invoice, renames)) for record in context.invoices.load_in(_QUEUED)
    ]
    return find_stranded(outgoing.feed, keys, outgoing.rows, queued)


def unsent(feed: str, error: ConnectorError) -> FeedReport:
    """The report of a feed that an error kept from being sent."""
    return FeedReport(feed, None, 0, reason=f"not sent: {error.message}")


def mark_overdue(context: FlowContext, reports: Sequence[FeedReport]) -> tuple[FeedReport, ...]:
    """The reports, those marked whose feed Stampli never had, or had right more than a day ago."""
    if context.drafting is not None:
        return tuple(reports)
    heads = context.master_data.load_sent_heads()
    return tuple(
        replace(report, overdue=not report.sent and _is_overdue(context, report.feed, heads.get(report.feed)))
        for report in reports
    )


def tell_overdue(reports: Sequence[FeedReport]) -> tuple[str, ...]:
    """A sentence for each feed that is overdue."""
    return tuple(f"{report.feed} is overdue: {report.reason or 'not sent'}" for report in reports if report.overdue)


def _is_overdue(context: FlowContext, feed: str, head: SentHead | None) -> bool:
    last = context.master_data.load_feed_state(feed).confirmed_at or (None if head is None else head.sent_at)
    return last is None or context.clock.now() - last > OVERDUE_AFTER
