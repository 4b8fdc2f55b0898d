"""Look, intend, create on hold: from READY to RECORDED, and what an answer that never came leads to.

The order is the posting protocol's (4.5 to 4.8): no request before its intent is durable; no second attempt before a
look-up that proves there is no bill.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from ml_connector.domain.keys import payload_hash
from ml_connector.domain.protocol import (
    Foreign,
    LookUp,
    NoneThere,
    Ours,
    Several,
    findings_for_refusal,
    judge_attempts,
    judge_hold,
    judge_look_up,
    judge_quarantine,
)
from ml_connector.domain.values.bill import Bill, BillKey, BillQuery, BillsFound
from ml_connector.domain.values.posting import HOLD_IGNORED, PostingState
from ml_connector.errors import ConnectorError, RejectedError, TransientError, UncertainError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.posting_run import WITHDRAWN, Item, PostingRun
from ml_connector.flows.invoices.validate_invoices import REFUSED_BY_ERP

# Looking again at once after an answer was lost: most late commits show within seconds.
_LOOK_AGAIN_SECONDS = (0.0, 2.0, 5.0)


def find_witness(context: FlowContext, shown: Collection[BillKey] = ()) -> BillKey | None:
    """A bill known to be committed, that every look-up must show: our last one, else any. None only where an unfiltered
    read is empty twice (posting protocol, 1). Bills ``shown`` by a read of this pass need no further one."""
    erp, steps = context.erp, context.steps
    last = context.invoices.load_last_bill()
    if last in shown:
        return last
    if last is not None and steps.step("read witness", lambda: erp.fetch_bill(last), repeatable=True) is not None:
        return last
    for _ in range(2):
        found = steps.step("read witness", erp.fetch_any_bill, repeatable=True)
        if found is not None:
            return found
    return None


def read_bill(context: FlowContext, key: BillKey) -> Bill | None:
    """One bill by its key, with lines and taxes; None where it is not there."""
    return context.steps.step("read bill", lambda: context.erp.fetch_bill(key), repeatable=True)


def look_proven(
    context: FlowContext, queries: Sequence[BillQuery], witness: BillKey | None, *, lines: bool = False
) -> BillsFound:
    """One look-up that proves something: TransientError ``flows.look_up_not_proven`` where the witness is not in it."""
    look = context.erp.look_bills
    found = context.steps.step("look up", lambda: look(queries, witness, lines=lines), repeatable=True)
    if not found.witness_seen:
        raise TransientError(
            "Acumatica's list of bills did not show a bill that is known to be there; it proves nothing now",
            fix="Run this again in a moment.",
            stage="look_up",
            code="flows.look_up_not_proven",
        )
    return found


def mark_crashed(run: PostingRun) -> None:
    """A row still in INTENT at the start of a run is one whose process ended between the intent and the answer."""
    for item in run.in_states(PostingState.INTENT):
        after = replace(item.posting, state=PostingState.UNCERTAIN, uncertain_cause="crash")
        run.move(item, after, "the process ended before the answer; checking whether the bill was created")


def look_up_bills(run: PostingRun, witness: BillKey | None) -> list[Item]:
    """Look for what is there already. The items for which a bill may now be asked for come back."""
    items = run.in_states(PostingState.READY, PostingState.UNCERTAIN)
    if not items:
        return []
    found = run.look(items, witness)
    free: list[Item] = []
    for item in items:
        verdict = judge_look_up(found, item.query, accepted=item.accepted(found), plan=item.plan)
        if isinstance(verdict, NoneThere):
            free += [item] if _may_create(run, item) else []
        else:
            _settle(run, item, verdict, "found: bill {} was created before")
    return free


def create_bill(run: PostingRun, item: Item, witness: BillKey | None) -> None:
    """Intent, one PUT, and the answer classified; nothing where writing is paused by now or bills do not stay on hold.
    A refusal and an uncertain answer are moves, never raised."""
    context = run.context
    if context.pause() is not None or run.hold_ignored:
        return
    context.steps.step("prepare write", lambda: context.erp.prepare_write(item.plan), repeatable=True)
    before = item.posting
    intent = replace(
        before,
        state=PostingState.INTENT,
        attempts=before.attempts + 1,
        payload_hash=payload_hash(item.plan),
        plan=item.plan,
        sent_at=context.clock.now(),
        uncertain_cause=None,
    )
    run.move(item, intent, f"asking for the bill, attempt {intent.attempts}", step="intent")
    item.sent = True
    try:
        bill = context.steps.step("put", lambda: context.erp.create_bill(item.plan))
    except TransientError as error:
        # Certainly not executed: the attempt does not count, and an earlier uncertain one stays what it was.
        item.sent = False
        run.move(item, before, f"not sent: {error.message}")
        raise
    except RejectedError as error:
        _refuse(run, item, error, witness)
    except ConnectorError as error:
        _mark_uncertain(run, item, error.message)
        if not isinstance(error, UncertainError):
            raise
    except Exception as error:  # whatever it was, the request may have been sent: uncertain, never "failed"
        _mark_uncertain(run, item, f"unexpected fault {type(error).__name__}")
        raise
    else:
        adopt(run, item, bill, f"bill {bill.key} created")
        item.unseen = True
        _stop_unheld(run, item, bill)


def hold_is_ignored(context: FlowContext) -> bool:
    """Did the site take a bill off hold by itself, and has no check shown the contrary since (fault 91)?"""
    asked = context.invoices.load_in((PostingState.PERSON,))
    return any(record.posting.reason == HOLD_IGNORED for record in asked)


def mark_never_stored(run: PostingRun, item: Item) -> None:
    """UNCERTAIN again: the answer told of a bill that no read shows (``fault_catalogue.md 92``); it may come yet."""
    told = item.posting.ref
    item.unseen = False
    after = replace(
        item.posting,
        state=PostingState.UNCERTAIN,
        ref=None,
        bill_id=None,
        bill_status=None,
        uncertain_cause="lost_answer",
    )
    run.move(item, after, f"Acumatica answered with bill {told}, which is not there; checking whether it was created")


def look_for_lost(run: PostingRun, witness: BillKey | None) -> None:
    """After an answer was lost in this run: look at once and again with back-off, and adopt what is found."""
    for wait_seconds in _LOOK_AGAIN_SECONDS:
        lost = [item for item in run.in_states(PostingState.UNCERTAIN) if item.sent]
        if not lost:
            return
        run.context.clock.sleep(wait_seconds)
        found = run.look(lost, witness)
        for item in lost:
            verdict = judge_look_up(found, item.query, accepted=item.accepted(found), plan=item.plan)
            _settle(run, item, verdict, "found: bill {} was created although no answer came")


def adopt(run: PostingRun, item: Item, bill: Bill, note: str) -> None:
    """RECORDED with this bill."""
    posting = item.posting
    after = replace(
        posting,
        state=PostingState.RECORDED,
        ref=bill.key,
        bill_id=bill.id,
        bill_status=bill.status,
        payload_hash=posting.payload_hash or payload_hash(item.plan),
        plan=item.plan,
        uncertain_cause=None,
    )
    run.move(item, after, note)


def quarantine_ends_at(run: PostingRun, items: Sequence[Item]) -> datetime | None:
    """When the last of these rows may be tried again; None where none waits any more."""
    ends = [end for item in items if (end := _quarantined_until(run, item)) is not None]
    return max(ends, default=None)


def _settle(run: PostingRun, item: Item, verdict: LookUp, note: str) -> None:
    """What a bill that is there leads to; nothing where none is, or where the read proves nothing."""
    if isinstance(verdict, Ours):
        adopt(run, item, verdict.bill, note.format(verdict.bill.key))
    elif isinstance(verdict, Foreign):
        run.ask_person(item, "exists", verdict.findings)
    elif isinstance(verdict, Several):
        run.ask_person(item, "double", verdict.findings)


def _quarantined_until(run: PostingRun, item: Item) -> datetime | None:
    terms = run.context.terms
    return judge_quarantine(
        item.posting, run.context.clock.now(), terms.quarantine_seconds, terms.crash_quarantine_seconds
    )


def _may_create(run: PostingRun, item: Item) -> bool:
    if item.posting.state is PostingState.READY:
        return True
    if _quarantined_until(run, item) is not None:
        return False
    withdrawn = [finding for finding in item.corrections if finding.code == WITHDRAWN]
    if withdrawn:
        run.ask_person(item, "voided", withdrawn)
        return False
    given_up = judge_attempts(item.posting)
    if given_up is not None:
        run.ask_person(item, given_up.reason, given_up.findings)
        return False
    return True


def _refuse(run: PostingRun, item: Item, error: RejectedError, witness: BillKey | None) -> None:
    """Refused counts only after a look-up that shows no bill of ours."""
    try:
        found = run.look([item], witness)
    except ConnectorError:
        _mark_uncertain(run, item, error.message)
        raise
    verdict = judge_look_up(found, item.query, accepted=item.accepted(found), plan=item.plan)
    if isinstance(verdict, NoneThere):
        after = replace(item.posting, state=PostingState.REJECTED, reason=REFUSED_BY_ERP)
        findings = findings_for_refusal(error.message, error.faults)
        run.move(item, after, f"refused by Acumatica: {error.message}", findings=findings)
        return
    _settle(run, item, verdict, "refused, yet bill {} is there")
    if item.posting.state is PostingState.INTENT:
        _mark_uncertain(run, item, error.message)


def _stop_unheld(run: PostingRun, item: Item, bill: Bill) -> None:
    """A site that answers with a bill off hold gives no time to verify: that invoice is a person's, and no more are
    made (posting protocol, W5)."""
    findings = judge_hold(bill)
    if findings:
        run.hold_ignored = True
        run.ask_person(item, HOLD_IGNORED, findings)


def _mark_uncertain(run: PostingRun, item: Item, why: str) -> None:
    after = replace(item.posting, state=PostingState.UNCERTAIN, uncertain_cause="lost_answer")
    run.move(item, after, f"no answer that proves anything ({why}); checking whether the bill was created")
