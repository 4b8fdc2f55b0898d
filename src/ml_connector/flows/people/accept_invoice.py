"""Accept: let findings of severity ``review`` pass, bound to the document and the bill they are about.

Nothing is sent from here; the next pass goes on with the invoice from where it stands.
"""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.codes.renames import find_vendor, follow_plan
from ml_connector.domain.keys import payload_hash
from ml_connector.domain.protocol import compare_bill, findings_for_mismatch
from ml_connector.domain.protocol.people.acceptance import (
    bills_named,
    last_acceptance,
    let_pass,
    refuse_accepting,
    resume_state,
)
from ml_connector.domain.resolution import plan_bill
from ml_connector.domain.values.bill import BillPlan
from ml_connector.domain.values.decision import Decision
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.create_bills import read_bill
from ml_connector.flows.people.instruction import (
    Decided,
    Instruction,
    Outcome,
    decide,
    decision_of,
    refused,
    stored_facts,
)
from ml_connector.flows.people.reverse_bill import is_withdrawn, reverse_bill

_TAX_CODES = frozenset({"X01", "X04"})


def accept_invoice(context: FlowContext, record: InvoiceRecord, by: Instruction) -> Decided:
    """Let the findings pass and set the invoice to where the protocol goes on; RejectedError where they may not."""
    earlier = _earlier(context, record)
    if earlier is not None:
        return Decided(record, f"Accepted already by {earlier.actor} on {earlier.at:%Y-%m-%d %H:%M} UTC.")
    withdrawn = is_withdrawn(record)
    no = None if withdrawn else refuse_accepting(record)
    if no is not None:
        raise refused(*no)
    if context.terms.two_persons:
        raise refused(
            "This connection needs a second person for every accept (two_persons), which the command line cannot show",
            "Accept it in the console, where another person confirms it.",
        )
    if withdrawn:
        return reverse_bill(context, record, by)
    plan = _plan(context, record)
    made = decision_of(
        context,
        record,
        by,
        "accept",
        bills=bills_named(record.findings),
        payload_hash=payload_hash(plan),
        restarts=_restarting_vendor(context, record),
    )
    state = resume_state(record.posting)
    planned = plan if record.posting.plan is not None else None
    after = replace(record.posting, state=state, reason=None, plan=planned, payload_hash=made.payload_hash)
    findings = let_pass(record.findings, made, content_hash=record.content_hash, payload_hash=made.payload_hash)
    codes = ", ".join(dict.fromkeys(each.code for each in record.findings if each.severity == "review"))
    return decide(context, record, made, Outcome(after, findings, f"{codes} let pass; the next pass goes on with it."))


def _earlier(context: FlowContext, record: InvoiceRecord) -> Decision | None:
    """The acceptance by which an invoice, which waits for nobody, was let go on."""
    if record.posting.state in (PostingState.REJECTED, PostingState.PERSON, PostingState.CLOSED, PostingState.LINKED):
        return None
    made = context.invoices.load_decisions([record.posting.id]).get(record.posting.id, ())
    earlier = last_acceptance(made)
    return earlier if earlier is not None and earlier.content_hash == record.content_hash else None


def _plan(context: FlowContext, record: InvoiceRecord) -> BillPlan:
    """The bill that is accepted: the one asked for before, with the tax of Acumatica where that is what was found."""
    if record.posting.plan is not None:
        return _with_tax(context, record, follow_plan(record.posting.plan, context.master_data.load_renames()))
    facts = stored_facts(context, record)
    if facts is None:
        raise refused("There is no master data yet to plan the bill with", "Run sync master-data, then accept it.")
    return plan_bill(record.invoice, facts, marker=record.posting.marker)


def _with_tax(context: FlowContext, record: InvoiceRecord, plan: BillPlan) -> BillPlan:
    found = {finding.code for finding in record.findings if finding.severity == "review"}
    ref = record.posting.ref
    if ref is None or not found & _TAX_CODES:
        return plan
    bill = read_bill(context, ref)
    if bill is None:
        raise refused(f"{ref} is not in Acumatica any more")
    seen = {(each.code, each.expected, each.found) for each in record.findings if each.code in _TAX_CODES}
    now = findings_for_mismatch(plan, compare_bill(plan, bill))
    if {(each.code, each.expected, each.found) for each in now} != seen:
        told = " ".join(each.message for each in now) or "It now is as it was sent."
        raise refused(
            f"{ref} is no longer as it was when the finding was made. {told}",
            "Correct the bill in Acumatica, then run the invoice again with invoice replay.",
        )
    return replace(plan, stated_tax=bill.tax_total, amount=bill.amount)


def _restarting_vendor(context: FlowContext, record: InvoiceRecord) -> str | None:
    """The vendor whose numbers begin anew each year, where that is what is accepted (look-alike class L5)."""
    if not any((each.code, each.severity) == ("H02", "review") for each in record.findings):
        return None
    code = record.invoice.vendor_id or ""
    vendor = find_vendor(code, context.master_data.load_snapshot())
    return vendor.vendor_id if vendor else code
