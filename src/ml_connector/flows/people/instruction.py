"""A person's instruction and what it came to. Values, and the one way a decision is put on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.decision import Act, Decision
from ml_connector.domain.values.posting import Posting
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import RejectedError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.validate_invoices import load_facts
from ml_connector.problems import Finding

_SAID = {"accept": "accepted", "reject": "refused for good", "handled": "handled by hand"}


@dataclass(frozen=True, slots=True)
class Instruction:
    """Who decides, under the system's user name, and why; ``reason`` may be empty where none is needed."""

    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """The invoice as it stands after the act, and what the person should know of it."""

    record: InvoiceRecord
    told: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act makes of an invoice: its posting, its findings, the sentence for its story, and what is put on record
    ``beside`` it."""

    after: Posting
    findings: tuple[Finding, ...]
    told: str
    beside: tuple[InvoiceRecord, AuditNote] | None = None


def decide(context: FlowContext, record: InvoiceRecord, made: Decision, outcome: Outcome) -> Decided:
    """Store the decision with its move, durable before it returns; TransientError ``store.row_taken_over`` where the
    invoice moved meanwhile."""
    before = record.posting
    reason = f": {made.reason}" if made.reason else ""
    note = AuditNote(
        event=f"invoice.{made.act}",
        subject=before.id,
        note=f"{_SAID[made.act]} by {made.actor}{reason}; {outcome.told}",
        actor=made.actor,
        data={
            "from": before.state.value,
            "content": made.content_hash,
            "payload": made.payload_hash,
            "findings": "; ".join(f"{each.code} {each.message}" for each in made.findings) or None,
            "bills": ", ".join(map(str, made.bills)) or None,
        },
    )
    saved = context.steps.step(
        "record decision",
        lambda: context.invoices.save_decision(
            before, outcome.after, made, note, findings=outcome.findings, beside=outcome.beside
        ),
    )
    return Decided(replace(record, posting=saved, findings=outcome.findings), outcome.told)


def decision_of(
    context: FlowContext,
    record: InvoiceRecord,
    by: Instruction,
    act: Act,
    *,
    bills: Sequence[BillKey] = (),
    payload_hash: str | None = None,
    restarts: str | None = None,
) -> Decision:
    """The decision as it will stand on record, bound to the invoice as it is now."""
    return Decision(
        invoice_id=record.posting.id,
        act=act,
        actor=by.actor,
        reason=by.reason.strip(),
        at=context.clock.now(),
        content_hash=record.content_hash,
        payload_hash=payload_hash,
        findings=record.findings,
        bills=tuple(bills),
        restarts=restarts,
    )


def refused(message: str, fix: str = "") -> RejectedError:
    """An act that is not possible as the invoice stands; nothing was changed."""
    return RejectedError(f"{message.rstrip('.')}.", fix=fix, stage="decision", code="invoice.not_possible")


def stored_facts(context: FlowContext, record: InvoiceRecord) -> Facts | None:
    """What the rules know of this invoice without asking Acumatica; None before the first master data."""
    snapshot = context.master_data.load_snapshot()
    if snapshot is None:
        return None
    own = load_facts(context, snapshot)
    return replace(own, own_key=record.posting.key, received_at=record.received_at)
