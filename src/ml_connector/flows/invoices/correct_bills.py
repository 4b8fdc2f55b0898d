"""Correct: a later version of an invoice is brought to its bill, by key, where the bill is on hold and untouched.

The order is that of a creation (posting protocol, 8): what is to be sent is durable before it is sent, one change is in
flight at a time, an answer that never came is waited out and read back. Then the bill is verified anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.findings import finding_of
from ml_connector.domain.keys import payload_hash
from ml_connector.domain.protocol import Person, compare_bill, findings_for_mismatch, findings_for_refusal
from ml_connector.domain.protocol.people.correcting import (
    CORRECTED,
    AsCorrected,
    finding_for_correction,
    judge_correction,
    note_corrected,
)
from ml_connector.domain.resolution import plan_bill
from ml_connector.domain.rules import check_invoice
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.values.bill import Bill
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import ConnectorError, RejectedError, TransientError, UncertainError
from ml_connector.flows.invoices.posting_run import WITHDRAWN, Item, PostingRun
from ml_connector.flows.invoices.validate_invoices import SNAPSHOT_AGE_MAX, load_fresh_facts
from ml_connector.problems import Finding

Change = Callable[[PostingRun, Item, Bill], None]


def correct_bills(run: PostingRun, change: Change | None = None) -> bool:
    """Take every row that has a later version to RECORDED with its bill changed, or to a person; is there one to be
    verified now? ``change`` is what is done with a bill that may be changed, by default that it is."""
    items = run.in_states(PostingState.CORRECTING)
    if not items:
        return False
    newest: dict[str, InvoiceRecord] = {}
    for item in items:
        if item.posting.plan_before is None:
            newest[item.posting.id] = run.context.invoices.load_newest(item.posting.id)
    facts = load_fresh_facts(run.context, SNAPSHOT_AGE_MAX, tuple(newest.values())) if newest else None

    def correct(item: Item) -> None:
        bill = _planned(run, item, newest.get(item.posting.id), facts)
        if bill is not None:
            (change or _change)(run, item, bill)

    run.each(items, correct)
    return any(item.posting.state is PostingState.RECORDED for item in items)


def may_change(run: PostingRun, item: Item, bill: Bill) -> bool:
    """Is the change planned, the bill on hold and as it was before, and no earlier change still on its way?"""
    before = item.posting.plan_before
    untouched = before is not None and bill.status == "On Hold" and not compare_bill(before, bill)
    return untouched and bool(compare_bill(item.plan, bill)) and not _in_flight(run, item)


def _planned(run: PostingRun, item: Item, newest: InvoiceRecord | None, facts: Facts | None) -> Bill | None:
    """The bill as it is, once its later version is planned; None where a person is asked instead."""
    withdrawn = tuple(finding for finding in item.corrections if finding.code == WITHDRAWN)
    if withdrawn and item.posting.plan_before is None:
        run.ask_person(item, "voided", withdrawn)
        return None
    bill = run.read_bill(item)
    item.bill = None
    if bill is None:
        message = f"Bill {item.ref} is not in Acumatica any more."
        run.ask_person(item, "gone", (finding_of("R16", "bill", expected=str(item.ref), message=message),))
        return None
    if newest is None or facts is None or _plan(run, item, bill, newest=newest, facts=facts):
        return bill
    return None


def _plan(run: PostingRun, item: Item, bill: Bill, *, newest: InvoiceRecord, facts: Facts) -> bool:
    """Make the later version the invoice's document and its bill the one to have, durable; False where a person is
    asked instead."""
    own = replace(facts, own_key=item.posting.key, received_at=item.record.received_at)
    findings = check_invoice(newest.invoice, own)
    against = tuple(finding for finding in findings if finding.severity != "note")
    if against:
        run.ask_person(item, "correction", (*item.corrections, *against))
        return False
    plan = plan_bill(newest.invoice, own, marker=item.posting.marker)
    verdict = judge_correction(item.plan, plan, bill, item.corrections)
    if isinstance(verdict, Person):
        run.ask_person(item, verdict.reason, verdict.findings)
        return False
    before = item.posting
    after = replace(
        before, plan=plan, plan_before=item.plan, payload_hash=payload_hash(plan), sent_at=None, uncertain_cause=None
    )
    told = f"a later version came ({newest.source.file_name}); bill {item.ref} is " + (
        "as it has it already"
        if isinstance(verdict, AsCorrected)
        else "on hold and untouched, and will be changed to it"
    )
    kept = tuple(finding for finding in item.record.findings if _is_kept(finding))
    notes = tuple(dict.fromkeys((*kept, *note_corrected(item.corrections), *findings)))
    audit = AuditNote(
        "posting.correcting", before.id, told, data={"payload": after.payload_hash, "was": before.payload_hash}
    )
    saved = run.context.steps.step(
        "plan correction",
        lambda: run.context.invoices.save_correction(before, after, newest, audit, findings=notes),
    )
    item.record = replace(newest, posting=saved, findings=notes, paid=item.record.paid)
    item.plan = plan
    return True


def _change(run: PostingRun, item: Item, bill: Bill) -> None:
    """Send the change, unless the bill has it already; wait while an earlier one may still be on its way."""
    before = item.posting.plan_before
    if before is None or not compare_bill(item.plan, bill):
        _settle(run, item, f"bill {item.ref} is as the later version has it")
        return
    if _in_flight(run, item) or run.context.pause() is not None:
        return
    others = compare_bill(before, bill)
    if others or bill.status != "On Hold":
        message = f"{item.ref} is {bill.status} and neither as it was nor as the later version has it."
        findings = (finding_for_correction(message), *findings_for_mismatch(item.plan, compare_bill(item.plan, bill)))
        _ask(run, item, findings)
        return
    run.context.steps.step("prepare write", run.context.erp.prepare_write, repeatable=True)
    planned = replace(item.posting, sent_at=None, uncertain_cause=None)
    sent = replace(planned, sent_at=run.context.clock.now())
    run.move(item, sent, f"asking for the change of bill {item.ref}", step="correct")
    try:
        run.context.steps.step("change bill", lambda: run.context.erp.change_bill(item.ref, item.plan, bill))
    except TransientError as error:
        run.move(item, planned, f"not sent: {error.message}")
        raise
    except RejectedError as error:
        findings = findings_for_refusal(error.message, error.faults)
        _ask(run, item, (finding_for_correction(f"Acumatica refused the change of {item.ref}."), *findings))
    except ConnectorError as error:
        _lose(run, item, error.message)
        if not isinstance(error, UncertainError):
            raise
    except Exception as error:  # whatever it was, the request may have been sent
        _lose(run, item, f"unexpected fault {type(error).__name__}")
        raise
    else:
        _settle(run, item, f"bill {item.ref} changed to the later version")


def _in_flight(run: PostingRun, item: Item) -> bool:
    """May a change that was sent still be on its way? As long as "none there" is no proof after a creation."""
    posting, terms = item.posting, run.context.terms
    if posting.sent_at is None:
        return False
    lost = posting.uncertain_cause == "lost_answer"
    seconds = terms.quarantine_seconds if lost else terms.crash_quarantine_seconds
    return run.context.clock.now() < posting.sent_at + timedelta(seconds=seconds)


def _settle(run: PostingRun, item: Item, note: str) -> None:
    after = replace(item.posting, state=PostingState.RECORDED, plan_before=None, uncertain_cause=None)
    run.move(item, after, note)


def _lose(run: PostingRun, item: Item, why: str) -> None:
    after = replace(item.posting, uncertain_cause="lost_answer")
    run.move(
        item, after, f"no answer that proves anything ({why}); checking whether the bill was changed", step="correct"
    )


def _ask(run: PostingRun, item: Item, findings: tuple[Finding, ...]) -> None:
    after = replace(item.posting, state=PostingState.PERSON, reason="correction", plan_before=None)
    told = "; ".join(finding.message for finding in findings)
    run.move(item, after, f"a person is asked (correction): {told}", findings=findings)


def _is_kept(finding: Finding) -> bool:
    return finding.severity == "note" and finding.code != CORRECTED
