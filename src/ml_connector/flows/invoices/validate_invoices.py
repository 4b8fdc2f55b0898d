"""Resolve: hold every open document against master data and rules; it is READY, or parked with all its findings.

No bill is asked for here. What was refused by our own rules is looked at again when there is newer master data.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.codes.renames import Renames, follow_plan
from ml_connector.domain.keys import payload_hash
from ml_connector.domain.protocol.people.acceptance import last_acceptance, let_pass
from ml_connector.domain.resolution import plan_bill
from ml_connector.domain.rules import check_invoice
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.ledger import Ledger, ledger_bill
from ml_connector.domain.values.decision import Decision
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import ConnectorError, ProgramError, TransientError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.look_alikes import fetch_look_alikes
from ml_connector.flows.invoices.posting_run import TAKEN_OVER
from ml_connector.flows.master_data.late_needs import with_late_records
from ml_connector.flows.master_data.read_master_data import load_fresh_snapshot
from ml_connector.problems import Finding

# Just before posting, master data is at most this old (ap_domain.md 4, design consequences).
SNAPSHOT_AGE_MAX = timedelta(minutes=10)
# Refused by Acumatica itself: only a person or a new version sends it again.
REFUSED_BY_ERP = "refused_by_acumatica"
_log = logging.getLogger(__name__)


def validate_invoices(context: FlowContext) -> tuple[ConnectorError, ...]:
    """Check what is new, what is ready since before the snapshot, and what was refused and may pass by now. Faults of
    the program in single invoices come back; such an invoice stays where it is."""
    waiting = context.invoices.load_in((PostingState.RECEIVED, PostingState.READY, PostingState.REJECTED))
    renames = context.master_data.load_renames()
    candidates = [each for each in waiting if each.posting.reason != REFUSED_BY_ERP or _was_renamed(each, renames)]
    refused = [record for record in waiting if refused_for_its_vendor(record)]
    if not candidates and not refused:
        return ()
    began = context.clock.now()
    snapshot = _load_snapshot(
        context, _age_max(context, refused), fresh=any(_is_on_its_way(record) for record in candidates)
    )
    if snapshot is not None and snapshot.read_at < began:
        late = [record for record in candidates if _is_on_its_way(record) and _is_due(record, snapshot)]
        snapshot = with_late_records(context, snapshot, late)
    renamed = [record for record in refused if snapshot is not None and _was_renamed(record, snapshot.renames)]
    checked = {record.posting.id: record for record in (*candidates, *renamed)}
    due = [record for record in checked.values() if snapshot is not None and _is_due(record, snapshot)]
    if snapshot is None or not due:
        return ()
    return tuple(_validate_all(context, due, load_facts(context, snapshot, due)))


def validate_records(
    context: FlowContext, records: Sequence[InvoiceRecord], facts: Facts
) -> tuple[ConnectorError, ...]:
    """Check these invoices, for which nothing was sent, whatever was found about them before."""
    return tuple(_validate_all(context, list(records), load_facts(context, facts.snapshot, records)))


def load_fresh_facts(
    context: FlowContext, age_max: timedelta = SNAPSHOT_AGE_MAX, due: Sequence[InvoiceRecord] = ()
) -> Facts:
    """What the rules are given, from master data no older than ``age_max``; an error where any of it could not be read:
    half of it would find faults that are none."""
    return load_facts(context, _load_fresh(context, age_max), due)


def load_facts(context: FlowContext, snapshot: Snapshot, due: Sequence[InvoiceRecord] = ()) -> Facts:
    """What the rules are given: the snapshot, the policy of this day, our other invoices, and bills of Acumatica that
    the invoices which are ``due`` could be a repeat of."""
    records = context.invoices.load_in()
    ours = (ledger_bill(record, snapshot) for record in records)
    typed = fetch_look_alikes(context, due, snapshot, records)
    return Facts(
        snapshot=snapshot,
        policy=replace(context.terms.rules, today=context.today()),
        ledger=Ledger((*(bill for bill in ours if bill is not None), *typed)),
        restarting=context.invoices.load_restarting(),
    )


def refused_for_its_vendor(record: InvoiceRecord) -> bool:
    """Did Acumatica refuse the vendor of the bill, as one whose code was changed after we read it?"""
    refused = record.posting.state is PostingState.REJECTED and record.posting.reason == REFUSED_BY_ERP
    return refused and any(finding.field == "vendor" for finding in record.findings)


def _was_renamed(record: InvoiceRecord, renames: Renames) -> bool:
    """Did what was asked for name a code that its record has no longer?"""
    plan = record.posting.plan
    return plan is not None and follow_plan(plan, renames) != plan


def _is_on_its_way(record: InvoiceRecord) -> bool:
    return record.posting.state is not PostingState.REJECTED


def _age_max(context: FlowContext, refused: Sequence[InvoiceRecord]) -> timedelta | None:
    """Master data must be newer than the last refusal of a vendor; None where there is none."""
    refusals = [record.posting.updated_at for record in refused if record.posting.updated_at is not None]
    return context.clock.now() - max(refusals) if refusals else None


def _load_snapshot(context: FlowContext, age_max: timedelta | None, *, fresh: bool) -> Snapshot | None:
    if age_max is None:
        return _load_fresh(context) if fresh else context.master_data.load_snapshot()
    return _load_fresh(context, min(age_max, SNAPSHOT_AGE_MAX) if fresh else age_max)


def _load_fresh(context: FlowContext, age_max: timedelta = SNAPSHOT_AGE_MAX) -> Snapshot:
    read = load_fresh_snapshot(context, age_max)
    for error in read.failed.values():
        raise error
    return read.snapshot


def _is_due(record: InvoiceRecord, snapshot: Snapshot) -> bool:
    return record.validated_at is None or record.validated_at < snapshot.read_at


def _validate_all(context: FlowContext, due: list[InvoiceRecord], facts: Facts) -> Iterable[ConnectorError]:
    decisions = context.invoices.load_decisions([record.posting.id for record in due])
    for number, record in enumerate(due, start=1):
        context.progress.report("Checking invoices", number, len(due))
        try:
            _validate(context, record, facts, last_acceptance(decisions.get(record.posting.id, ())))
        except TransientError as error:
            # Taken over: a newer version came meanwhile, and will be checked in its turn.
            if error.code != TAKEN_OVER:
                raise
        except ConnectorError:
            raise
        except Exception as error:
            _log.error("a fault of the program on invoice %s", record.posting.id, exc_info=error)
            yield ProgramError(error, f"checking invoice {record.posting.id}")


def _validate(context: FlowContext, record: InvoiceRecord, facts: Facts, accepted: Decision | None) -> InvoiceRecord:
    own = replace(facts, own_key=record.posting.key, received_at=record.received_at)
    findings, bound = _accept(record, tuple(check_invoice(record.invoice, own)), accepted, own)
    state = PostingState.REJECTED if any(_stops(finding) for finding in findings) else PostingState.READY
    validated = replace(
        record,
        # What was asked for and refused binds nobody: the bill is planned anew.
        posting=replace(record.posting, state=state, reason=None, payload_hash=bound, plan=None),
        findings=findings,
        validated_at=context.clock.now(),
    )
    if (state, findings) == (record.posting.state, record.findings):
        note = AuditNote("invoice.checked_again", record.posting.id, "checked again, nothing new")
    elif accepted is not None and bound is None and state is PostingState.REJECTED:
        told = "what was accepted is not what would be posted now; it has to be accepted again: "
        note = AuditNote("invoice.acceptance_void", record.posting.id, told + _sentence(findings))
    else:
        note = AuditNote(f"invoice.{state.value}", record.posting.id, _sentence(findings))
    return context.steps.step("record findings", lambda: context.invoices.save_validated(validated, note))


def _accept(
    record: InvoiceRecord, findings: tuple[Finding, ...], accepted: Decision | None, own: Facts
) -> tuple[tuple[Finding, ...], str | None]:
    """The findings with what a person let pass as notes, and the hash of the bill he did so for (None: none did)."""
    severities = {finding.severity for finding in findings}
    if accepted is None or "review" not in severities or "stop" in severities:
        return findings, None
    planned = payload_hash(plan_bill(record.invoice, own, marker=record.posting.marker))
    passed = let_pass(findings, accepted, content_hash=record.content_hash, payload_hash=planned)
    return passed, None if passed == findings else planned


def _stops(finding: Finding) -> bool:
    return finding.severity != "note"


def _sentence(findings: tuple[Finding, ...]) -> str:
    told = "; ".join(f"{finding.code} {finding.message}" for finding in findings)
    return told or "checked: nothing found"
