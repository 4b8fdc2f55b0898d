"""Post: the natural line of one approved invoice, from READY to one payable bill.

    look - intend - create on hold - look for lost answers - verify - take off hold - release - final re-read

Rows are worked in batches, so that look-ups are shared. What the protocol forbids is forbidden in the steps; here is
only their order.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.draft import DraftedBooking
from ml_connector.domain.values.posting import OPEN_STATES, Finish, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.correct_bills import correct_bills
from ml_connector.flows.invoices.create_bills import (
    create_bill,
    find_witness,
    hold_is_ignored,
    look_for_lost,
    look_up_bills,
    mark_crashed,
    quarantine_ends_at,
)
from ml_connector.flows.invoices.finish_bills import finish_bills, verify_bills
from ml_connector.flows.invoices.posting_run import PostingRun, goes_on, start_run
from ml_connector.flows.invoices.validate_invoices import load_fresh_facts

BATCH = 20
# So many are sorted by vendor at a time: within it look-ups are shared, beyond it the older ones come first.
_SORTED_AT_ONCE = 10 * BATCH
# What `make bench` holds a bill to, look-ups and reads included.
_REQUESTS_A_BILL: Mapping[Finish, Decimal] = {
    "hold": Decimal("1.2"),
    "balance": Decimal("2.2"),
    "release": Decimal("3.2"),
}
_BACKLOG_MINUTES_LEAST = 60
# A little more than the end of the quarantine itself, so that it is over when it is asked about.
_BEYOND_SECONDS = 0.1
# So often in a batch a refusal for pace is waited out; after that the batch waits for the next pass.
_LIMITED, _LIMITED_MAX = "acumatica.limited", 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posting pass leaves: the rows it worked on as they stand now, what stopped it or one of its invoices,
    whether any row waits for a later pass, and why nothing was written where it was paused; ``notices`` are worth
    reading. ``drafts`` is what a dry run would send and book, by the invoice's id."""

    records: tuple[InvoiceRecord, ...] = ()
    errors: tuple[ConnectorError, ...] = ()
    waiting: bool = False
    paused: str | None = None
    notices: tuple[str, ...] = ()
    drafts: Mapping[str, DraftedBooking] = field(default_factory=dict)


def post_invoices(context: FlowContext, only: Collection[str] | None = None) -> Posted:
    """Take every open row, or those of the invoices ``only``, as far as it goes now. A crash of our own is waited out
    here in the foreground; a lost answer waits for a later pass. In a freeze or a blackout window nothing is
    touched."""
    records = [each for each in context.invoices.load_in(OPEN_STATES) if only is None or each.posting.id in only]
    paused = context.pause()
    if paused is not None:
        begun = any(goes_on(record.posting) and record.posting.state is not PostingState.READY for record in records)
        return Posted(waiting=begun, paused=paused if records else None)
    runs: list[PostingRun] = []
    errors: list[ConnectorError] = []
    backlog = tell_backlog(len(records), context.terms.finish, context.terms.requests_per_minute)
    if backlog is not None:
        _log.warning("%s", backlog)
    try:
        facts = facts_for(context, records, errors)
        for number, batch in enumerate(batches_of(records), start=1):
            context.progress.report("Posting", min(number * BATCH, len(records)), len(records))
            shown = frozenset(item.ref for run in runs for item in run.in_states(PostingState.DONE))
            runs.append(start_run(context, batch, facts))
            _post_batch(runs[-1], shown)
    except ConnectorError as error:
        errors.append(error)
    if any(run.hold_ignored for run in runs):
        errors.append(_hold_ignored())
    return Posted(
        records=tuple(item.record for run in runs for item in run.items),
        errors=(*(error for run in runs for error in run.errors), *errors),
        waiting=any(run.waiting for run in runs),
        paused=context.pause(),
        notices=() if backlog is None else (backlog,),
    )


def tell_backlog(count: int, finish: Finish, requests_per_minute: int) -> str | None:
    """How long so many bills take at this share of the licence, in words; None where it is less than an hour."""
    minutes = count * _REQUESTS_A_BILL[finish] / requests_per_minute
    if minutes < _BACKLOG_MINUTES_LEAST:
        return None
    return f"Catching up: {count:,} bills, ready in about {minutes / 60:.0f} h at your licence; oldest first"


def _hold_ignored() -> ConfigurationError:
    return ConfigurationError(
        "This tenant releases bills at once; the safe mode is not possible here. No further bill is made.",
        fix="Have the customisation that takes new bills off hold switched off, then run connection check --probe; "
        "once it passes the others go on. Look at the bill that shows it.",
        stage="write_rights",
        code="acumatica.hold_ignored",
    )


def facts_for(context: FlowContext, records: Sequence[InvoiceRecord], errors: list[ConnectorError]) -> Facts | None:
    """What bills are planned with, None where no row needs a plan or master data cannot be read now: rows that were
    asked for before go on without."""
    if all(record.posting.plan is not None for record in records):
        return None
    try:
        return load_fresh_facts(context)
    except ConnectorError as error:
        errors.append(error)
        return None


def batches_of(records: Sequence[InvoiceRecord]) -> Iterator[Sequence[InvoiceRecord]]:
    """Twenty at a time: those that came first, of these one vendor's beside each other and in the order they came."""
    for first in range(0, len(records), _SORTED_AT_ONCE):
        ordered = sorted(records[first : first + _SORTED_AT_ONCE], key=lambda record: record.invoice.vendor_id or "")
        for start in range(0, len(ordered), BATCH):
            yield ordered[start : start + BATCH]


def _post_batch(run: PostingRun, shown: frozenset[BillKey]) -> None:
    mark_crashed(run)
    _go_on(run, shown)
    if _wait_out_crash(run):
        _go_on(run, shown)


def _go_on(run: PostingRun, shown: frozenset[BillKey]) -> None:
    """The line, gone on with from where each row stands where Acumatica refused a request for pace: the budget waits as
    long as it asked for, or says that it is too long. One that waited in vain for its place has no such time."""
    for left in reversed(range(_LIMITED_MAX + 1)):
        try:
            _go_through(run, shown)
            return
        except TransientError as error:
            if not left or error.code != _LIMITED or error.retry_after_seconds is None:
                raise


def _go_through(run: PostingRun, shown: frozenset[BillKey]) -> None:
    """The line once, for every item from where it stands. ``shown`` are bills that this pass has read back already."""
    if not run.items:
        return
    correct_bills(run)
    witness = find_witness(run.context, shown)
    free = look_up_bills(run, witness)
    run.hold_ignored = bool(free) and hold_is_ignored(run.context)
    run.each(free, lambda item: create_bill(run, item, witness))
    look_for_lost(run, witness)
    verify_bills(run, witness)
    if correct_bills(run):
        verify_bills(run, witness)
    finish_bills(run, witness)


def _wait_out_crash(run: PostingRun) -> bool:
    """A foreground pass waits until "none there" is proof after a crash of our own: is there a row to go on with?"""
    crashed = [item for item in run.in_states(PostingState.UNCERTAIN) if item.posting.uncertain_cause == "crash"]
    if not crashed or not run.context.foreground:
        return False
    # It may have ended already, while other invoices were being worked on.
    until = quarantine_ends_at(run, crashed)
    if until is not None:
        run.context.clock.sleep((until - run.context.clock.now()).total_seconds() + _BEYOND_SECONDS)
    return True
