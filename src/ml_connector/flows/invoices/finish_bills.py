"""Verify, take off hold, release, read back once more: from RECORDED to DONE.

Only the number that was verified once is ever finished (posting protocol, 4.9 to 4.13). A batch is verified, and read
back at the end, in one list where that shows everything; whatever a list does not prove, and every uncertain answer, is
settled by reading the bill by its key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

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
    judge_listed,
    judge_verified,
    note_attachments,
    note_due_date,
    note_tax_set,
    plan_taxes,
    same_heading,
)
from ml_connector.domain.protocol.approvals import note_approval
from ml_connector.domain.protocol.people.correcting import CORRECTED
from ml_connector.domain.values.bill import Bill, BillKey, BillsFound
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import ConfigurationError, RejectedError, UncertainError
from ml_connector.flows.invoices.create_bills import mark_never_stored
from ml_connector.flows.invoices.posting_run import Item, PostingRun
from ml_connector.problems import Finding

T = TypeVar("T")

# A list may lag behind a write for a moment; more than that and the row waits for the next pass.
_READ_AGAIN_SECONDS = (0.0, 1.0, 3.0)
# Off hold, release, and one repetition of each after an uncertain answer.
_FINISH_MOVES_MAX = 5
# The final re-read, and again for bills that their release left as they were.
_FINAL_READS_MAX = 3
# What was asked for may still be on its way when its answer is lost.
_AFTER_UNCERTAIN_SECONDS = 1.0


def verify_bills(run: PostingRun, witness: BillKey | None) -> None:
    """Read everything back; VERIFIED where exactly our one bill is there as sent. One whose invoice was changed or
    canceled in Stampli meanwhile goes no further: a person decides, the bill stays as it is."""
    recorded = run.in_states(PostingState.RECORDED)
    found = look_until_shown(run, recorded, witness)
    run.each(recorded, lambda item: _verify(run, item, found))
    run.each(run.in_states(PostingState.VERIFIED), lambda item: _stop_corrected(run, item))


def finish_bills(run: PostingRun, witness: BillKey | None) -> None:
    """Go from the verified bill as far as ``finish`` says, and close what came to its end."""
    begun = [PostingState.OFF_HOLD, PostingState.RELEASED]
    if run.context.terms.finish == "hold":
        run.each(run.in_states(PostingState.VERIFIED), lambda item: _done_on_hold(run, item))
    else:
        begun.append(PostingState.VERIFIED)
    finishing = run.in_states(*begun)
    run.each(finishing, lambda item: finish_bill(run, item))
    close_postings(run, finishing, witness)


def finish_bill(run: PostingRun, item: Item) -> None:
    """Off hold and release, as far as ``finish`` says. What off hold made of the bill is told by its own answer where
    that has the lines, else read by its key; what came of the release is for the final re-read to show."""
    for _ in range(_FINISH_MOVES_MAX):
        answered, item.answer = item.answer, None
        bill = answered or item.bill or run.read_bill(item)
        item.bill = None
        finish = run.context.terms.finish
        step = judge_finished(item.plan, bill, finish, state=item.posting.state, own_ref=item.ref)
        if bill is not None and bill.status != item.posting.bill_status:
            waits = bill.status == "Pending Approval"
            told = note_approval(bill, run.finished()) if waits else None
            after = replace(item.posting, bill_status=bill.status)
            run.move(item, after, f"bill {bill.key} is {bill.status}", findings=told)
        if isinstance(step, TakeOffHold | Release) and run.context.pause() is None:
            if isinstance(step, TakeOffHold):
                _take_off_hold(run, item)
            else:
                _release(run, item)
                if item.release_asked:
                    return
        else:
            item.bill = None if answered else bill
            _rest(run, item, step)
            return
        if item.posting.state is PostingState.PERSON:
            return


def close_postings(run: PostingRun, items: Sequence[Item], witness: BillKey | None) -> None:
    """The final re-read of all of them together, all fields once more; DONE where one bill is there, a person where
    there are more. Bills that it does not show released go on from what their key shows, and are read once more."""
    left = [item for item in items if item.release_asked or _is_finished(run, item)]
    for _ in range(_FINAL_READS_MAX):
        if left:
            left = _read_back(run, left, witness)


def _read_back(run: PostingRun, items: Sequence[Item], witness: BillKey | None) -> list[Item]:
    """One final re-read; the items that were asked to be released once more come back."""
    found = look_until_shown(run, items, witness)
    run.each([item for item in items if item.release_asked], lambda item: _see_release(run, item, found))
    seen = [item for item in items if not item.release_asked and _is_finished(run, item)]
    run.each(seen, lambda item: _close(run, item, found))
    return [item for item in items if item.release_asked]


def look_until_shown(run: PostingRun, items: Sequence[Item], witness: BillKey | None) -> BillsFound:
    """One look-up that shows every item's own bill, tried again for a moment where the list lags behind."""
    found = BillsFound((), witness_seen=False)
    for wait_seconds in _READ_AGAIN_SECONDS if items else ():
        run.context.clock.sleep(wait_seconds)
        # Its own bill must be in the read anyway, so it is as good a witness.
        found = run.look(items, witness or items[0].ref, lines=True)
        shown = {bill.key for bill in found.bills}
        if all(item.ref in shown for item in items):
            break
    return found


def _verify(run: PostingRun, item: Item, found: BillsFound) -> None:
    verdict = _judge(run, item, found)
    findings: tuple[Finding, ...] = ()
    if isinstance(verdict, TaxDiffers):
        set_tax = verdict
        if run.context.pause() is not None:
            return
        verdict = _set_taxes(run, item, found, set_tax)
        findings = (note_tax_set(set_tax.computed, set_tax.stated, run.context.terms.rules.tax_tolerance),)
    if isinstance(verdict, Verified):
        findings += note_due_date(item.plan, verdict.bill, stated_on=item.record.invoice.due_date)
        findings += note_attachments(item.record.invoice)
        after = replace(
            item.posting,
            state=PostingState.VERIFIED,
            verified_ref=item.ref,
            bill_id=verdict.bill.id,
            bill_status=verdict.bill.status,
        )
        run.move(item, after, f"bill {item.ref} read back and found as sent", findings=findings)
    elif isinstance(verdict, Person) and verdict.reason == "gone" and item.unseen and item.bill is None:
        mark_never_stored(run, item)
    elif isinstance(verdict, Person):
        run.ask_person(item, verdict.reason, verdict.findings)


def _judge(run: PostingRun, item: Item, found: BillsFound) -> Verification:
    """By the list alone where that proves the bill, on hold as it was asked for; else by its key."""
    listed = _proven_by_list(item, found)
    if listed is None or not listed.bill.hold:
        return _judge_by_key(run, item, found)
    item.bill = listed.bill
    return listed


def _judge_by_key(run: PostingRun, item: Item, found: BillsFound) -> Verification:
    bill = run.read_bill(item)
    return _judge_read(run, item, found, bill)


def _judge_read(run: PostingRun, item: Item, found: BillsFound, bill: Bill | None) -> Verification:
    tolerance = run.context.terms.rules.tax_tolerance
    accepted = item.accepted(found)
    return judge_verified(item.plan, found, item.ref, bill, tax_tolerance=tolerance, accepted=accepted)


def _proven_by_list(item: Item, found: BillsFound) -> Verified | None:
    """Our bill where the list proves that it is as sent, and shows what is told of it."""
    listed = judge_listed(item.plan, found, item.ref, accepted=item.accepted(found))
    if listed is None or (listed.bill.due_on is None and item.record.invoice.due_date is not None):
        return None
    return listed


def _judge_at_end(run: PostingRun, item: Item, found: BillsFound) -> Verification:
    """By the list alone where that proves the bill and how far it came; else by what was read by key a moment ago,
    where the list shows that bill as it was then; else by its key."""
    listed = _finished_in_list(run, item, found)
    if listed is not None:
        return listed
    shown = [bill for bill in found.bills if bill.key == item.ref]
    if item.bill is None or [same_heading(bill, item.bill) for bill in shown] != [True]:
        return _judge_by_key(run, item, found)
    return _judge_read(run, item, found, item.bill)


def _finished_in_list(run: PostingRun, item: Item, found: BillsFound) -> Verified | None:
    listed = _proven_by_list(item, found)
    if listed is None:
        return None
    finish, state = run.context.terms.finish, item.posting.state
    step = judge_finished(item.plan, listed.bill, finish, state=state, own_ref=item.ref)
    return listed if isinstance(step, Finished) else None


def _set_taxes(run: PostingRun, item: Item, found: BillsFound, differs: TaxDiffers) -> Verification:
    """Set the stated tax on the bill on hold where that is allowed and possible; else a person reads why not."""
    if not differs.within_tolerance or item.bill is None:
        return Person("tax", differs.findings)
    taxes = plan_taxes(item.bill, differs.stated)
    refused = Person("tax", findings_for_no_override(differs.computed, differs.stated))
    if not taxes:
        return refused
    lost: UncertainError | None = None
    # Whatever the answer is, reading the bill back tells what it came to.
    try:
        run.context.steps.step("set taxes", lambda: run.context.erp.set_bill_taxes(item.ref, taxes))
    except UncertainError as error:
        lost = error
    except (RejectedError, ConfigurationError):
        pass
    verdict = _judge_by_key(run, item, found)
    if isinstance(verdict, TaxDiffers) and lost is not None:
        # It may never have arrived: the next pass sets it again, on a bill that is still on hold.
        raise lost
    return refused if isinstance(verdict, TaxDiffers) else verdict


def _stop_corrected(run: PostingRun, item: Item) -> None:
    if item.corrections:
        if all(each.code == CORRECTED for each in item.corrections):
            after = replace(item.posting, state=PostingState.CORRECTING)
            run.move(item, after, "a later version came meanwhile; it is held against the bill")
        else:
            run.ask_person(item, "voided", item.corrections)


def _done_on_hold(run: PostingRun, item: Item) -> None:
    after = replace(item.posting, state=PostingState.DONE)
    run.move(item, after, f"booked as {item.ref}, on hold as the policy asks")


def _by_key(run: PostingRun, name: str, call: Callable[[], T]) -> T:
    """A call that names our verified bill: it may be repeated (posting protocol, 4.11), so a moment in which Acumatica
    is busy, with a release of a process that died for one, is waited out."""
    return run.context.steps.step(name, call, repeatable=True)


def _take_off_hold(run: PostingRun, item: Item) -> None:
    try:
        answer = _by_key(run, "off hold", lambda: run.context.erp.take_bill_off_hold(item.ref))
    except UncertainError:
        # Repeatable by key: the next read tells whether it happened.
        run.context.clock.sleep(_AFTER_UNCERTAIN_SECONDS)
        return
    except RejectedError as error:
        bill = run.read_bill(item)
        if bill is not None and bill.hold:
            run.ask_person(item, "hold_refused", findings_for_refusal(error.message, error.faults))
        return
    item.answer = None if answer.lines is None or answer.taxes is None else answer
    run.move(item, replace(item.posting, state=PostingState.OFF_HOLD), f"bill {item.ref} taken off hold")


def _release(run: PostingRun, item: Item) -> None:
    if item.posting.state is PostingState.VERIFIED:
        run.move(item, replace(item.posting, state=PostingState.OFF_HOLD), f"bill {item.ref} is off hold")
    try:
        _by_key(run, "release", lambda: run.context.erp.release_bill(item.ref))
    except UncertainError:
        run.context.clock.sleep(_AFTER_UNCERTAIN_SECONDS)
    except RejectedError as error:
        # What the bill has become meanwhile decides, once; a second refusal is a person's.
        if item.release_refused:
            findings = findings_for_refusal(f"it was not released: {error.message}", error.faults)
            run.ask_person(item, "release_refused", findings)
        item.release_refused = True
    else:
        item.release_asked = True


def _see_release(run: PostingRun, item: Item, found: BillsFound) -> None:
    """Go on from what the final re-read shows of a bill whose release was called; that call proves nothing by itself
    (posting protocol, 4.12)."""
    item.release_asked = False
    listed = _finished_in_list(run, item, found)
    item.bill = None if listed is None else listed.bill
    finish_bill(run, item)


def _rest(run: PostingRun, item: Item, step: object) -> None:
    """No further call now: a person, an approval, a later look - or the way to the final re-read is free."""
    if isinstance(step, Person):
        run.ask_person(item, step.reason, step.findings)
        return
    state = item.posting.state
    if isinstance(step, WaitForApproval) and state is PostingState.VERIFIED:
        run.move(item, replace(item.posting, state=PostingState.OFF_HOLD), "waiting for approval in Acumatica")
    released = isinstance(step, Finished) and run.context.terms.finish == "release"
    if released and state is not PostingState.RELEASED:
        run.move(item, replace(item.posting, state=PostingState.RELEASED), f"bill {item.ref} is released")


def _is_finished(run: PostingRun, item: Item) -> bool:
    """Nothing more is to be sent for this bill: it may be read back for the last time."""
    posting = item.posting
    if posting.state is PostingState.RELEASED:
        return True
    if posting.state not in (PostingState.VERIFIED, PostingState.OFF_HOLD):
        return False
    if run.context.terms.finish == "balance":
        return posting.bill_status not in ("On Hold", "Pending Approval")
    return run.context.terms.finish == "hold" and posting.bill_status != "Pending Approval"


def _close(run: PostingRun, item: Item, found: BillsFound) -> None:
    verdict = _judge_at_end(run, item, found)
    if isinstance(verdict, Verified):
        if item.corrections:
            _stop_corrected(run, item)
            return
        after = replace(item.posting, state=PostingState.DONE, bill_status=verdict.bill.status)
        run.move(item, after, f"booked as {item.ref} ({verdict.bill.status})")
    elif isinstance(verdict, TaxDiffers):
        run.ask_person(item, "mismatch", verdict.findings)
    elif isinstance(verdict, Person):
        run.ask_person(item, verdict.reason, verdict.findings)
