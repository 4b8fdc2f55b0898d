"""Rows run again: checked with what master data says now, or looked for where a bill was asked for; then the line.

No second intent can come of it: each move is a compare-and-set on the one row of the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.protocol.replaying import may_be_checked_again, resumed
from ml_connector.domain.values.posting import HOLD_IGNORED
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import ConnectorError, RejectedError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.post_invoices import post_invoices
from ml_connector.flows.invoices.posting_run import CORRECTION_CODES
from ml_connector.flows.invoices.validate_invoices import load_fresh_facts, validate_records

_NOW = timedelta(0)


@dataclass(frozen=True, slots=True)
class RunAgain:
    """What stopped the run or one of its invoices, and whether one waits for a later pass."""

    errors: tuple[ConnectorError, ...] = ()
    waiting: bool = False
    paused: str | None = None


def run_again(context: FlowContext, records: Sequence[InvoiceRecord], actor: str) -> RunAgain:
    """Take each row as far as it goes now, as a pass would."""
    if not records:
        return RunAgain()
    errors: list[ConnectorError] = []
    fresh = [record for record in records if may_be_checked_again(record.posting)]
    for record in fresh:
        _note(context, record, actor)
    if fresh:
        errors += validate_records(context, fresh, load_fresh_facts(context, _NOW))
    for record in records:
        if not may_be_checked_again(record.posting):
            errors += _resume(context, record, actor)
    posted = post_invoices(context, frozenset(record.posting.id for record in records))
    return RunAgain((*errors, *posted.errors), posted.waiting, posted.paused)


def _note(context: FlowContext, record: InvoiceRecord, actor: str) -> None:
    note = AuditNote("invoice.replayed", record.posting.id, f"run again by {actor}", actor)
    context.steps.step("record replay", lambda: context.invoices.save_findings(record.posting, record.findings, note))


def _resume(context: FlowContext, record: InvoiceRecord, actor: str) -> list[ConnectorError]:
    before = record.posting
    if before.reason == HOLD_IGNORED:
        return [
            RejectedError(
                f"Bill {before.ref} did not stay on hold; this invoice is not run again before that is settled.",
                fix="Run connection check --probe; once it passes, run this again.",
                stage="replay",
                code="invoice.not_possible",
            )
        ]
    after = resumed(before)
    if after is None:
        _note(context, record, actor)
        return []
    kept = tuple(each for each in record.findings if each.severity == "note" or each.code in CORRECTION_CODES)
    note = AuditNote("invoice.replayed", before.id, f"run again by {actor}", actor, {"from": before.state.value})
    context.steps.step("record replay", lambda: context.invoices.save_posting(before, after, note, kept))
    return []
