"""A dry run's posting: look, plan, and say what would be sent and booked. Nothing is written to Acumatica here; what is
found there moves the rows of the draft as it would move those of the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ml_connector.domain.protocol import (
    Person,
    Release,
    TakeOffHold,
    TaxDiffers,
    Verified,
    judge_finished,
    judge_verified,
)
from ml_connector.domain.protocol.entries import plan_entries
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.draft import DraftedBooking, PlannedWrite
from ml_connector.domain.values.master_data import Vendor
from ml_connector.domain.values.posting import OPEN_STATES, PostingState
from ml_connector.errors import ConnectorError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.correct_bills import correct_bills, may_change
from ml_connector.flows.invoices.create_bills import find_witness, hold_is_ignored, look_up_bills, mark_crashed
from ml_connector.flows.invoices.post_invoices import Posted, batches_of, facts_for
from ml_connector.flows.invoices.posting_run import Item, PostingRun, start_run
from ml_connector.flows.ports import ErpDrafting

# What an unsaved record shows as its number (acumatica_api.md 5.1): only the answer to the first request tells the real
# one.
NUMBER_TO_COME = "<NEW>"
_FINISHING = (PostingState.VERIFIED, PostingState.OFF_HOLD, PostingState.RELEASED)


def draft_postings(context: FlowContext, drafting: ErpDrafting) -> Posted:
    """Every open row with what a pass would send for it now; rows that wait out a quarantine have nothing to send."""
    records = context.invoices.load_in(OPEN_STATES)
    paused = context.pause()
    if paused is not None:
        return Posted(paused=paused if records else None)
    drafts: dict[str, DraftedBooking] = {}
    runs: list[PostingRun] = []
    errors: list[ConnectorError] = []
    try:
        facts = facts_for(context, records, errors)
        for batch in batches_of(records):
            runs.append(start_run(context, batch, facts))
            drafts |= _draft_batch(runs[-1], drafting)
    except ConnectorError as error:
        errors.append(error)
    return Posted(
        records=tuple(item.record for run in runs for item in run.items),
        errors=(*(error for run in runs for error in run.errors), *errors),
        drafts=drafts,
    )


def _draft_batch(run: PostingRun, drafting: ErpDrafting) -> Mapping[str, DraftedBooking]:
    context = run.context
    writes: dict[str, tuple[PlannedWrite, ...]] = {}
    mark_crashed(run)

    def draft_change(run: PostingRun, item: Item, bill: Bill) -> None:
        if may_change(run, item, bill):
            change = drafting.describe_change(item.ref, item.plan)
            writes[item.posting.id] = (change, *_finish(run, drafting, item.ref))

    correct_bills(run, draft_change)
    witness = find_witness(context) if run.items else None
    free = look_up_bills(run, witness)
    for item in () if hold_is_ignored(context) else free:
        key = BillKey(item.plan.type, NUMBER_TO_COME)
        writes[item.posting.id] = (drafting.describe_creation(item.plan), *_finish(run, drafting, key))
    verified = _verified(run, run.in_states(PostingState.RECORDED), witness)
    for item in (*verified, *run.in_states(*_FINISHING)):
        writes[item.posting.id] = _draft_finish(run, drafting, item)
    snapshot = context.master_data.load_snapshot()
    vendors = snapshot.vendors if snapshot else {}
    return {item.posting.id: _drafted(item, writes.get(item.posting.id, ()), vendors) for item in run.items}


def _drafted(item: Item, writes: tuple[PlannedWrite, ...], vendors: Mapping[str, Vendor]) -> DraftedBooking:
    vendor = vendors.get(item.plan.vendor)
    return DraftedBooking(writes, plan_entries(item.plan, vendor.ap_account if vendor else None) if writes else ())


def _finish(run: PostingRun, drafting: ErpDrafting, key: BillKey) -> tuple[PlannedWrite, ...]:
    """What follows the read that verified a new bill, by the policy."""
    finish = run.context.terms.finish
    if finish == "hold":
        return ()
    off_hold = drafting.describe_off_hold(key)
    return (off_hold, drafting.describe_release(key)) if finish == "release" else (off_hold,)


def _verified(run: PostingRun, recorded: Sequence[Item], witness: BillKey | None) -> list[Item]:
    """Those of the recorded bills that read back as they were sent; where one does not, a person is asked."""
    if not recorded:
        return []
    found = run.look(recorded, witness or recorded[0].ref)
    verified: list[Item] = []
    for item in recorded:
        bill = run.read_bill(item)
        tolerance = run.context.terms.rules.tax_tolerance
        verdict = judge_verified(
            item.plan, found, item.ref, bill, tax_tolerance=tolerance, accepted=item.accepted(found)
        )
        if isinstance(verdict, Person):
            run.ask_person(item, verdict.reason, verdict.findings)
        elif isinstance(verdict, Verified | TaxDiffers) and not item.corrections:
            verified.append(item)
    return verified


def _draft_finish(run: PostingRun, drafting: ErpDrafting, item: Item) -> tuple[PlannedWrite, ...]:
    """What is still to be sent for a bill that is there."""
    finish = run.context.terms.finish
    if finish == "hold":
        return ()
    bill = item.bill or run.read_bill(item)
    state = PostingState.VERIFIED if item.posting.state is PostingState.RECORDED else item.posting.state
    step = judge_finished(item.plan, bill, finish, state=state, own_ref=item.ref)
    if isinstance(step, TakeOffHold):
        return _finish(run, drafting, item.ref)
    if isinstance(step, Person):
        run.ask_person(item, step.reason, step.findings)
    return (drafting.describe_release(item.ref),) if isinstance(step, Release) else ()
