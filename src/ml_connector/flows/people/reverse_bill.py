"""Reverse: what a person instructs for a bill whose invoice was canceled in Stampli (scenario S37).

The reversal is a posting of its own, with its own key and mark, and goes the whole line: on hold, verified, finished as
the policy says. Here it is only put on record, with the decision, in one transaction.
"""

from __future__ import annotations

from dataclasses import replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.findings import finding_of, render_figure
from ml_connector.domain.keys import content_hash, marker, reversal_key
from ml_connector.domain.protocol import compare_bill, matching_bills
from ml_connector.domain.protocol.people.reversal import REVERSED, render_reversal, reverse_plan
from ml_connector.domain.protocol.sweeping import query_of
from ml_connector.domain.resolution import plan_bill
from ml_connector.domain.rules.facts import REFERENCE_LENGTH_MAX
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.create_bills import find_witness, look_proven, read_bill
from ml_connector.flows.invoices.posting_run import WITHDRAWN
from ml_connector.flows.payments.read_checks import refresh_checks
from ml_connector.flows.people.instruction import (
    Decided,
    Instruction,
    Outcome,
    decide,
    decision_of,
    refused,
    stored_facts,
)
from ml_connector.problems import Finding

_RELEASED = frozenset({"Open", "Closed"})
_BY_HAND = "Reverse it in Acumatica, then use invoice reject."


def is_withdrawn(record: InvoiceRecord) -> bool:
    """Does the invoice wait because it was canceled in Stampli while its bill lives?"""
    posting = record.posting
    told = any(each.code == WITHDRAWN and each.severity == "stop" for each in record.findings)
    return posting.state is PostingState.PERSON and posting.reason == "voided" and told


def reverse_bill(context: FlowContext, record: InvoiceRecord, by: Instruction) -> Decided:
    """Close the canceled invoice and put the reversal of its bill on record; RejectedError where that is not possible,
    with the payment named where one holds the bill."""
    if not by.reason.strip():
        raise refused("Reversing a bill needs a reason", "Give --reason.")
    ref = record.posting.ref
    bill = None if ref is None else read_bill(context, ref)
    if ref is None or bill is None or bill.status == "Voided":
        return _close(context, record, by, f"bill {ref or ''} is not there any more; nothing is reversed.")
    undone = _undone(context, record, ref)
    if undone is not None:
        return _close(context, record, by, f"{ref} is reversed already, by {undone}.")
    _require_reversible(record, bill)
    _require_unpaid(context, ref)
    return _reverse(context, record, bill, by)


def _undone(context: FlowContext, record: InvoiceRecord, ref: BillKey) -> BillKey | None:
    """The debit adjustment by which people reversed the bill themselves."""
    if record.posting.plan is None:
        return None
    query = query_of(record, context.master_data.load_renames())
    found = look_proven(context, [query], find_witness(context))
    shown = matching_bills(found, query)[1]
    return next((bill.key for bill in shown if bill.key.type == "Debit Adj." and bill.status != "Voided"), None)


def _require_reversible(record: InvoiceRecord, bill: Bill) -> None:
    plan = record.posting.plan
    if bill.status not in _RELEASED:
        raise refused(
            f"{bill.key} is {bill.status}; a bill that was never released is not reversed",
            "Delete it in Acumatica, then accept the cancellation again.",
        )
    if plan is None or plan.type != "Bill":
        raise refused(f"{bill.key} is a {bill.key.type}, which is not reversed from here", _BY_HAND)
    if any(line.po_number or line.receipt_number for line in plan.lines):
        raise refused(f"{bill.key} bills a purchase order, which its reversal may not open again", _BY_HAND)
    if compare_bill(plan, bill):
        raise refused(f"{bill.key} was changed in Acumatica since it was booked", _BY_HAND)


def _require_unpaid(context: FlowContext, ref: BillKey) -> None:
    """No payment, a draft included, may hold the bill."""
    read = refresh_checks(context)
    if read.error is not None:
        raise read.error
    for check in read.checks:
        if check.status != "Voided" and any(each.document == ref for each in check.applications):
            raise refused(
                f"{check.type} {check.number} ({check.status}) is applied to {ref}",
                f"Remove {ref} from that payment, or void it, in Acumatica; then accept the cancellation again.",
            )


def _close(context: FlowContext, record: InvoiceRecord, by: Instruction, told: str) -> Decided:
    after = replace(record.posting, state=PostingState.CLOSED, reason=REVERSED)
    made = decision_of(context, record, by, "accept", bills=[record.posting.ref] if record.posting.ref else [])
    return decide(context, record, made, Outcome(after, _settled(record, told), told))


def _reverse(context: FlowContext, record: InvoiceRecord, bill: Bill, by: Instruction) -> Decided:
    facts = stored_facts(context, record)
    plan = record.posting.plan
    if facts is None or plan is None:
        raise refused("There is no master data yet to plan the reversal with", "Run sync master-data first.")
    key = reversal_key(record.posting.key)
    invoice = render_reversal(
        record.invoice, record.posting.id, today=facts.policy.today, length_max=REFERENCE_LENGTH_MAX
    )
    planned = reverse_plan(plan, plan_bill(invoice, facts, marker=marker(key)), bill.key)
    posting = Posting(
        id=context.files.next_id("i"),
        connection=record.posting.connection,
        key=key,
        marker=marker(key),
        state=PostingState.RECEIVED,
        epoch=0,
        plan=planned,
    )
    amount = render_figure(plan.amount)
    task = f"once it is released, apply it to {bill.key}: {amount}."
    finding = finding_of(
        WITHDRAWN, "bill", severity="note", message=f"Reverses {bill.key}; {task}", fix="Apply the debit adjustment."
    )
    reversal = InvoiceRecord(
        posting, invoice, content_hash(invoice), record.source, context.clock.now(), findings=(finding,)
    )
    told = f"the reversal of {bill.key} is {posting.id} ({invoice.invoice_number}, {amount}); {task}"
    after = replace(record.posting, state=PostingState.CLOSED, reason=REVERSED)
    made = decision_of(context, record, by, "accept", bills=[bill.key])
    note = AuditNote("invoice.reversal", posting.id, f"reverses {bill.key}, instructed by {by.actor}", by.actor)
    return decide(context, record, made, Outcome(after, _settled(record, told), told, beside=(reversal, note)))


def _settled(record: InvoiceRecord, told: str) -> tuple[Finding, ...]:
    return tuple(
        replace(each, severity="note", message=f"{each.message} Accepted: {told}") if each.code == WITHDRAWN else each
        for each in record.findings
    )
