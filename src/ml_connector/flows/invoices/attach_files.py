"""Attach: what came with an approved invoice goes onto its verified bill, however late it comes.

Nothing here moves a posting: what fails is told in the note of that attachment and tried again by the next pass. What
is on the bill by its name is never put again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.protocol import NOT_ATTACHED, Attachable, is_on_bill, plan_attaching, update_notes
from ml_connector.domain.values.bill import BillFiles, BillKey
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import (
    ConfigurationError,
    ConnectorError,
    ProgramError,
    RejectedError,
    TransientError,
    UncertainError,
)
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.posting_run import TAKEN_OVER

_GONE = "the bill is not there any more."
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Outcome:
    """What became of one invoice's attachments, by their names in the document: on the bill, or why not."""

    attached: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def attach_files(context: FlowContext) -> list[ConnectorError]:
    """Put what is noted as missing and has come onto its bill. What Acumatica says against it stands in the notes; only
    what is wrong on our own side comes back: a damaged archive, a fault of the program. In a freeze or a blackout
    window nothing is touched."""
    errors: list[ConnectorError] = []
    for record in context.invoices.load_with_finding(NOT_ATTACHED):
        wanted = plan_attaching(record)
        if not wanted:
            continue
        if context.pause() is not None:
            break
        context.erp.about(record.posting.id)
        try:
            if not _attach_to_bill(context, record, wanted):
                break
        except ConnectorError as error:
            if error.code != TAKEN_OVER:
                errors.append(error)
        except Exception as error:
            _log.error("a fault of the program on the attachments of %s", record.posting.id, exc_info=error)
            errors.append(ProgramError(error, f"attaching files to {record.posting.verified_ref}"))
    context.erp.about(None)
    return errors


def _attach_to_bill(context: FlowContext, record: InvoiceRecord, wanted: tuple[Attachable, ...]) -> bool:
    """One bill's attachments, and what came of them kept; whether Acumatica can be asked for the next one."""
    outcome = _Outcome()
    may_go_on = True
    try:
        _put_missing(context, record, wanted, outcome)
    except (RejectedError, UncertainError, TransientError, ConfigurationError) as error:
        may_go_on = isinstance(error, RejectedError | UncertainError)
        for each in wanted:
            if each.attachment.name not in outcome.attached:
                outcome.failed.setdefault(each.attachment.name, error.message)
    finally:
        _save(context, record, outcome)
    return may_go_on


def _put_missing(
    context: FlowContext, record: InvoiceRecord, wanted: tuple[Attachable, ...], outcome: _Outcome
) -> None:
    """Look what is on the bill, and put what is not; a refusal and a lost answer concern that file alone."""
    ref = record.posting.verified_ref
    if ref is None:
        raise AssertionError(f"posting {record.posting.id} has no verified bill")
    files = context.steps.step("look at attachments", lambda: context.erp.fetch_bill_files(ref), repeatable=True)
    for each in wanted:
        name = each.attachment.name
        try:
            if files is None:
                outcome.failed[name] = _GONE
                continue
            if not is_on_bill(each.file_name, files.names):
                _put(context, ref, files, each)
            outcome.attached.append(name)
        except (RejectedError, UncertainError) as error:
            outcome.failed[name] = error.message


def _put(context: FlowContext, ref: BillKey, files: BillFiles, each: Attachable) -> None:
    content = context.files.load_content(each.sha256)
    context.steps.step("attach", lambda: context.erp.attach_file(ref, files, each.file_name, content))


def _save(context: FlowContext, record: InvoiceRecord, outcome: _Outcome) -> None:
    findings = update_notes(record.findings, outcome.attached, outcome.failed)
    if findings == record.findings:
        return
    posting = record.posting
    told = [f"attached: {', '.join(outcome.attached)}"] if outcome.attached else []
    told += [f"not attached: {name} ({reason})" for name, reason in outcome.failed.items()]
    note = AuditNote(
        event="invoice.attached" if outcome.attached else "invoice.not_attached",
        subject=posting.id,
        note="; ".join(told),
        data={"bill": str(posting.verified_ref)},
    )
    context.steps.step("attached", lambda: context.invoices.save_findings(posting, findings, note))
