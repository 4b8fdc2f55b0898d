"""Verify, take off hold, release, read back once more: from RECORDED to DONE.

Only the number that was verified once is ever finished (posting protocol, 4.9 to 4.13). Every uncertain answer here is
settled by reading the bill by its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from ml_connector.domain.protocol import (
    Finished,
    Person,
    Release,
    TakeOffHold,
    TaxDiffers,
    Verification,
    Verified,
    WaitForApproval,
    findings_for_no_override,
    findings_for_refusal,
    judge_finished,
    judge_verified,
    note_due_date,
    note_tax_set,
    plan_taxes,
)
from ml_connector.domain.values.bill import BillKey, BillsFound
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import ConfigurationError, RejectedError, UncertainError
from ml_connector.flows.invoices.posting_run import CORRECTION_CODES, Item, PostingRun
from ml_connector.problems import Finding

# A list may lag behind a write for a moment; more than that and the row waits for the next pass.
_READ_AGAIN_SECONDS = (0.0, 1.0, 3.0)
# Off hold, release, and one repetition of each after an uncertain answer.
_FINISH_MOVES_MAX = 5


def verify_bills(run: PostingRun, witness: BillKey | None) -> None:
    """Read everything back; VERIFIED where exactly our one bill is there as sent."""
    recorded = run.in_states(PostingState.RECORDED)
    found = look_until_shown(run, recorded, witness)
    run.each(recorded, lambda item: _verify(run, item, found))


def finish_bill(run: PostingRun, item: Item) -> None:
    """Go from the verified bill as far as ``finish`` says; each call is followed by a read of that bill by key."""
    for _ in range(_FINISH_MOVES_MAX):
        bill = item.bill or run.read_bill(item)
        item.bill = None
        step = judge_finished(bill, run.context.terms.finish, state=item.posting.state, own_ref=item.ref)
        if bill is not None and bill.status != item.posting.bill_status:
            run.move(item, replace(item.posting, bill_status=bill.status), f"bill {bill.key} is {bill.status}")
        if isinstance(step, TakeOffHold):
            _take_off_hold(run, item)
        elif isinstance(step, Release):
            _release(run, item)
        else:
            _rest(run, item, step)
            return
        if item.posting.state is PostingState.PERSON:
            return
    run.waiting = True


def close_postings(run: PostingRun, items: Sequence[Item], witness: BillKey | None) -> None:
    """The final re-read, all fields once more; DONE where one bill is there, a person where there are more."""
    found = look_until_shown(run, items, witness)
    run.each(items, lambda item: _close(run, item, found))


def look_until_shown(run: PostingRun, items: Sequence[Item], witness: BillKey | None) -> BillsFound:
    """One look-up that shows every item's own bill, tried again for a moment where the list lags behind."""
    found = BillsFound((), witness_seen=False)
    for wait_seconds in _READ_AGAIN_SECONDS if items else ():
        run.context.clock.sleep(wait_seconds)
        found = run.look(items, witness)
        shown = {bill.key for bill in found.bills}
        if all(item.ref in shown for item in items):
            break
    return found


def _verify(run: PostingRun, item: Item, found: BillsFound) -> None:
    verdict = _judge(run, item, found)
    findings: tuple[Finding, ...] = ()
    if isinstance(verdict, TaxDiffers):
        set_tax = verdict
        verdict = _set_taxes(run, item, found, set_tax)
        findings = (note_tax_set(set_tax.computed, set_tax.stated, run.context.terms.rules.tax_tolerance),)
    if isinstance(verdict, Verified):
        findings += note_due_date(item.plan, verdict.bill, stated_on=item.record.invoice.due_date)
        after = replace(
            item.posting,
            state=PostingState.VERIFIED,
            verified_ref=item.ref,
            bill_id=verdict.bill.id,
            bill_status=verdict.bill.status,
        )
        run.move(item, after, f"bill {item.ref} read back and found as sent", findings=findings)
    elif isinstance(verdict, Person):
        run.ask_person(item, verdict.reason, verdict.findings)
    else:
        run.waiting = True


def _judge(run: PostingRun, item: Item, found: BillsFound) -> Verification:
    bill = run.read_bill(item)
    return judge_verified(item.plan, found, item.ref, bill, tax_tolerance=run.context.terms.rules.tax_tolerance)


def _set_taxes(run: PostingRun, item: Item, found: BillsFound, differs: TaxDiffers) -> Verification:
    """Set the stated tax on the bill on hold where that is allowed and possible; else a person reads why not."""
    if not differs.within_tolerance or item.bill is None:
        return Person("tax", differs.findings)
    taxes = plan_taxes(item.bill, differs.stated)
    refused = Person("tax", findings_for_no_override(differs.computed, differs.stated))
    if not taxes:
        return refused
    # Whatever the answer is, reading the bill back tells what it came to.
    with suppress(RejectedError, UncertainError, ConfigurationError):
        run.context.steps.step("set taxes", lambda: run.context.erp.set_bill_taxes(item.ref, taxes))
    verdict = _judge(run, item, found)
    return refused if isinstance(verdict, TaxDiffers) else verdict


def _take_off_hold(run: PostingRun, item: Item) -> None:
    try:
        run.context.steps.step("off hold", lambda: run.context.erp.take_bill_off_hold(item.ref))
    except UncertainError:
        # Repeatable by key: the next read tells whether it happened.
        return
    except RejectedError as error:
        run.ask_person(item, "hold_refused", findings_for_refusal(error.message, error.faults))
        return
    run.move(item, replace(item.posting, state=PostingState.OFF_HOLD), f"bill {item.ref} taken off hold")


def _release(run: PostingRun, item: Item) -> None:
    if item.posting.state is PostingState.VERIFIED:
        run.move(item, replace(item.posting, state=PostingState.OFF_HOLD), f"bill {item.ref} is off hold")
    try:
        run.context.steps.step("release", lambda: run.context.erp.release_bill(item.ref))
    except UncertainError:
        return
    except RejectedError as error:
        bill = run.read_bill(item)
        if bill is not None and bill.status == "Balanced":
            findings = findings_for_refusal(f"it was not released: {error.message}", error.faults)
            run.ask_person(item, "release_refused", findings)


def _rest(run: PostingRun, item: Item, step: object) -> None:
    """No further call now: a person, an approval, a later look - or the way to the final re-read is free."""
    if isinstance(step, Person):
        run.ask_person(item, step.reason, step.findings)
    elif isinstance(step, WaitForApproval):
        if item.posting.state is PostingState.VERIFIED:
            run.move(item, replace(item.posting, state=PostingState.OFF_HOLD), "waiting for approval in Acumatica")
    elif isinstance(step, Finished):
        if run.context.terms.finish == "release" and item.posting.state is not PostingState.RELEASED:
            run.move(item, replace(item.posting, state=PostingState.RELEASED), f"bill {item.ref} is released")
    else:
        run.waiting = True


def _close(run: PostingRun, item: Item, found: BillsFound) -> None:
    verdict = _judge(run, item, found)
    if isinstance(verdict, Verified):
        corrections = [finding for finding in item.record.findings if finding.code in CORRECTION_CODES]
        if corrections:
            run.ask_person(item, "correction", corrections)
            return
        after = replace(item.posting, state=PostingState.DONE, bill_status=verdict.bill.status)
        run.move(item, after, f"booked as {item.ref} ({verdict.bill.status})")
    elif isinstance(verdict, TaxDiffers):
        run.ask_person(item, "mismatch", verdict.findings)
    elif isinstance(verdict, Person):
        run.ask_person(item, verdict.reason, verdict.findings)
    else:
        run.waiting = True
