"""Invoices in, as one pass: take in - validate - sweep - post - attach - settle the files - tell what became of it
all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ml_connector.domain.protocol.conservation import Conserved, conserve
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import FileRecord, InvoiceRecord
from ml_connector.errors import ConnectorError, IntegrityError
from ml_connector.flows.catalog import PassReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.files.await_attachments import take_attachments
from ml_connector.flows.files.settle_files import settle_files
from ml_connector.flows.invoices.attach_files import attach_files
from ml_connector.flows.invoices.draft_postings import draft_postings
from ml_connector.flows.invoices.post_invoices import Posted, post_invoices
from ml_connector.flows.invoices.sweeping.sweep_bills import Swept, sweep_before_posting
from ml_connector.flows.invoices.take_invoices import FEED, take_invoices
from ml_connector.flows.invoices.validate_invoices import refused_for_its_vendor, validate_invoices
from ml_connector.flows.master_data.late_needs import find_late_needs

ROUNDS_SECONDS = 600.0
_STILL_OPEN = tuple(
    state for state in PostingState if state not in (PostingState.DONE, PostingState.LINKED, PostingState.CLOSED)
)


def carry_invoices(context: FlowContext) -> PassReport:
    """One pass. What stops one of its parts stands in the report; what was done before it stands, and is told. Where
    the files are out of reach, what came earlier is still worked on.

    More files than a round takes go on in rounds, each posted before the next, for ten minutes at most: then others
    have their turn, and the next pass goes on."""
    began = context.clock.monotonic()
    report, more = _carry_round(context)
    while more and not report.errors and context.clock.monotonic() - began < ROUNDS_SECONDS:
        after, more = _carry_round(context)
        report = _joined(report, after)
    return report


def _carry_round(context: FlowContext) -> tuple[PassReport, bool]:
    """One round, and whether there are more files."""
    started_at = context.clock.now()
    taken = take_invoices(context)
    attached = take_attachments(context, FEED)
    errors: list[ConnectorError] = [*taken.errors, *attached.errors]
    posted, swept = Posted(), Swept()
    try:
        errors += validate_invoices(context)
        swept = sweep_before_posting(context)
        errors += swept.errors
        if swept.may_post and context.drafting is not None:
            posted = draft_postings(context, context.drafting)
            errors += posted.errors
        elif swept.may_post:
            posted = post_invoices(context)
            errors += posted.errors
            if any(map(refused_for_its_vendor, posted.records)):
                # Its code was changed since master data was read: it is booked under the one it has now.
                errors += validate_invoices(context)
                again = post_invoices(context)
                posted = replace(again, records=_later(posted.records, again.records))
                errors += again.errors
            errors += attach_files(context)
    except ConnectorError as error:
        errors.append(error)
    errors += settle_files(context, FEED, taken.lying | attached.lying)
    came = context.invoices.load_of_files([file.id for file in taken.files])
    conserved = conserve(taken.told, came)
    errors += [_lost(row) for row in conserved if row.lost.count or row.lost.total]
    report = PassReport(
        flow="invoices",
        started_at=started_at,
        ended_at=context.clock.now(),
        files=_as_they_are(context, (*taken.files, *attached.files)),
        invoices=_touched(context, came, posted, swept),
        errors=tuple(errors),
        waiting=posted.waiting,
        paused=posted.paused,
        drafts=posted.drafts,
        conserved=conserved,
        sweep=swept.report,
        notices=(*taken.notices, *posted.notices),
        needs=find_late_needs(context, came),
    )
    return report, taken.more


def _later(first: Sequence[InvoiceRecord], then: Sequence[InvoiceRecord]) -> tuple[InvoiceRecord, ...]:
    """Each invoice once, as it was seen last."""
    return tuple({record.posting.id: record for record in (*first, *then)}.values())


def _joined(before: PassReport, after: PassReport) -> PassReport:
    """Two rounds as one pass: the later word counts."""
    return replace(
        after,
        started_at=before.started_at,
        files=tuple({file.id: file for file in (*before.files, *after.files)}.values()),
        invoices=tuple({each.posting.id: each for each in (*before.invoices, *after.invoices)}.values()),
        drafts={**before.drafts, **after.drafts},
        needs=tuple(dict.fromkeys((*before.needs, *after.needs))),
        notices=tuple(dict.fromkeys((*before.notices, *after.notices))),
        sweep=after.sweep or before.sweep,
        conserved=(*before.conserved, *after.conserved),
    )


def _lost(row: Conserved) -> IntegrityError:
    told = ", ".join(f"{fate} {each.count} ({each.total})" for fate, each in row.fates.items())
    return IntegrityError(
        f"Files of {row.day} held {row.read.count} invoices of {row.read.total} {row.currency}, and not all of it is on"
        f" record: {told}; missing {row.lost.count} ({row.lost.total})",
        fix="Run audit verify, then file replay for the files of that day, and compare before anything is posted.",
        stage="conservation",
        code="flows.not_conserved",
        facts=(str(row.read.total), str(row.lost.total)),
    )


def _as_they_are(context: FlowContext, files: tuple[FileRecord, ...]) -> tuple[FileRecord, ...]:
    """The files looked at in this pass, in the state the pass left them in."""
    if not files:
        return ()
    now = {record.id: record for record in context.files.load_files(FEED)}
    looked = dict.fromkeys(file.id for file in files)
    last = {file.id: file for file in files}
    return tuple(now.get(key, last[key]) if last[key].state != "repeat" else last[key] for key in looked)


def _touched(
    context: FlowContext, came: tuple[InvoiceRecord, ...], posted: Posted, swept: Swept
) -> tuple[InvoiceRecord, ...]:
    """What came in this pass, what was worked on, and whatever is still open."""
    shown = {record.posting.id: record for record in posted.records}
    shown |= {record.posting.id: record for record in came}
    if swept.report is not None:
        shown |= {record.posting.id: record for record in (*swept.report.doubles, *swept.report.back)}
    shown |= {record.posting.id: record for record in context.invoices.load_in(_STILL_OPEN)}
    return tuple(sorted(shown.values(), key=lambda record: (record.received_at, record.posting.id)))
