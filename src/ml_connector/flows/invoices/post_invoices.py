"""Post: the natural line of one approved invoice, from READY to one payable bill.

    look - intend - create on hold - look for lost answers - verify - take off hold - release - final re-read

Rows are worked in batches, so that look-ups are shared. What the protocol forbids is forbidden in the steps; here is
only their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import OPEN_STATES, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import ConnectorError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.create_bills import (
    create_bill,
    find_witness,
    look_for_lost,
    look_up_bills,
    mark_crashed,
    quarantine_ends_at,
)
from ml_connector.flows.invoices.finish_bills import close_postings, finish_bill, verify_bills
from ml_connector.flows.invoices.posting_run import Item, PostingRun, start_run
from ml_connector.flows.invoices.validate_invoices import SNAPSHOT_AGE_MAX, load_facts
from ml_connector.flows.master_data.read_master_data import load_fresh_snapshot

BATCH = 20


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posting pass leaves: the rows it worked on as they stand now, errors of single invoices, and whether any
    row
    waits for a later pass."""

    records: tuple[InvoiceRecord, ...] = ()
    errors: tuple[ConnectorError, ...] = ()
    waiting: bool = False


def post_invoices(context: FlowContext) -> Posted:
    """Take every open row as far as it goes now. A crash of our own is waited out here where the connection says so; a
    lost answer waits for a later pass."""
    errors: list[ConnectorError] = []
    worked: list[InvoiceRecord] = []
    waiting = False
    records = _open_rows(context)
    if not records:
        return Posted()
    facts = load_facts(context, load_fresh_snapshot(context, SNAPSHOT_AGE_MAX).snapshot)
    for number, batch in enumerate(_batches(records), start=1):
        context.progress.report("Posting", min(number * BATCH, len(records)), len(records))
        run = start_run(context, batch, facts)
        _post_batch(run)
        errors += run.errors
        worked += [item.record for item in run.items]
        waiting = waiting or run.waiting
    return Posted(tuple(worked), tuple(errors), waiting)


def _open_rows(context: FlowContext) -> tuple[InvoiceRecord, ...]:
    """The rows to work on; before the day a freeze ends, nothing new is sent."""
    frozen = context.terms.freeze_until is not None and context.today() < context.terms.freeze_until
    states = [state for state in OPEN_STATES if not (frozen and state is PostingState.READY)]
    return context.invoices.load_in(states)


def _batches(records: Sequence[InvoiceRecord]) -> Iterator[Sequence[InvoiceRecord]]:
    """Twenty at a time, one vendor's invoices beside each other and in the order they came."""
    ordered = sorted(records, key=lambda record: record.invoice.vendor_id or "")
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]


def _post_batch(run: PostingRun) -> None:
    mark_crashed(run)
    witness = find_witness(run.context)
    _create(run, witness)
    _wait_out_crash(run, witness)
    verify_bills(run, witness)
    if run.context.terms.finish == "hold":
        run.each(run.in_states(PostingState.VERIFIED), lambda item: _done_on_hold(run, item))
        return
    finishing = run.in_states(PostingState.VERIFIED, PostingState.OFF_HOLD, PostingState.RELEASED)
    run.each(finishing, lambda item: finish_bill(run, item))
    close_postings(run, [item for item in finishing if _is_finished(run, item)], witness)


def _create(run: PostingRun, witness: BillKey | None) -> None:
    free = look_up_bills(run, witness)
    run.each(free, lambda item: create_bill(run, item))
    look_for_lost(run, witness)
    if run.in_states(PostingState.UNCERTAIN):
        run.waiting = True


def _wait_out_crash(run: PostingRun, witness: BillKey | None) -> None:
    """A foreground pass waits until "none there" is proof after a crash of our own, then looks and creates once
    more."""
    crashed = [item for item in run.in_states(PostingState.UNCERTAIN) if item.posting.uncertain_cause == "crash"]
    if not crashed or not run.context.foreground:
        return
    # It may have ended already, while other invoices were being created.
    until = quarantine_ends_at(run, crashed)
    if until is not None:
        run.context.clock.sleep((until - run.context.clock.now()).total_seconds() + 0.1)
    run.waiting = False
    _create(run, witness)


def _done_on_hold(run: PostingRun, item: Item) -> None:
    after = replace(item.posting, state=PostingState.DONE)
    run.move(item, after, f"booked as {item.ref}, on hold as the policy asks")


def _is_finished(run: PostingRun, item: Item) -> bool:
    """Nothing more is to be sent for this bill: it may be read back for the last time."""
    posting = item.posting
    if posting.state is PostingState.RELEASED:
        return True
    balanced = run.context.terms.finish == "balance" and posting.state in (PostingState.VERIFIED, PostingState.OFF_HOLD)
    return balanced and posting.bill_status not in ("On Hold", "Pending Approval")
