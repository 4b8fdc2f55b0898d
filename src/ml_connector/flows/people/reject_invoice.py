"""Reject: refuse an invoice for good. Nothing is deleted or changed in Acumatica."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.protocol.people.acceptance import refuse_closing
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.flows.context import FlowContext
from ml_connector.flows.people.instruction import Decided, Instruction, Outcome, decide, decision_of, refused

REFUSED = "refused"


def reject_invoice(context: FlowContext, record: InvoiceRecord, by: Instruction) -> Decided:
    """Close the invoice as refused; RejectedError where it is booked, or on its way."""
    posting = record.posting
    if (posting.state, posting.reason) == (PostingState.CLOSED, REFUSED):
        return Decided(record, "Refused already; nothing was changed.")
    no = refuse_closing(posting)
    if no is not None:
        raise refused(*no)
    after = replace(posting, state=PostingState.CLOSED, reason=REFUSED)
    made = decision_of(context, record, by, "reject", bills=[posting.ref] if posting.ref else [])
    return decide(context, record, made, Outcome(after, record.findings, _told(posting)))


def _told(posting: Posting) -> str:
    if posting.ref is not None:
        return (
            f"bill {posting.ref} stays in Acumatica as it is ({posting.bill_status or 'status not read'}): delete it "
            "there while it is on hold, or reverse it."
        )
    if posting.attempts:
        return "a bill was asked for and none was found; should one appear, it stays on hold and the sweep tells of it."
    return "it will not be posted; no bill was made."
