"""How records are shown outside: the JSON of the operator contract, section 5. Pure.

Money is text, counts are whole numbers, absent is null, instants end in Z.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from ml_connector.domain.documents import render_invoice
from ml_connector.domain.protocol.conservation import Conserved, Tally
from ml_connector.domain.values.draft import DraftedBooking
from ml_connector.domain.values.feeds import Inactivation, RowChange
from ml_connector.domain.values.money import Money
from ml_connector.domain.values.posting import Finish, invoice_state
from ml_connector.domain.values.records import (
    FileRecord,
    HistoryEntry,
    InvoiceRecord,
    PaymentRecord,
    RequestCounts,
    RequestEntry,
)
from ml_connector.errors import render_error
from ml_connector.flows.catalog import FeedReport, PassReport
from ml_connector.operations.sweeps.sweep_view import render_sweep
from ml_connector.problems import Finding, Problem

JsonObject = dict[str, object]
_INACTIVATED_SHOWN = 200


def render_instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with Z, to the second; None for none."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def render_finding(finding: Finding) -> JsonObject:
    """A finding as the contract shows it."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "field": finding.field,
        "expected": finding.expected,
        "found": finding.found,
        "message": finding.message,
        "fix": finding.fix,
        "who": finding.who,
        "suggestions": list(finding.suggestions),
    }


def render_problem(problem: Problem) -> JsonObject:
    """A problem as the contract shows it."""
    return {
        "code": problem.code,
        "message": problem.message,
        "file": problem.file,
        "record": problem.record,
        "line": problem.line,
        "column": problem.column,
        "value": problem.value,
        "rule": problem.rule,
        "scope": problem.scope,
    }


def render_record(record: InvoiceRecord, finish: Finish) -> JsonObject:
    """One row of ``invoices``: what became of an approved invoice."""
    posting = record.posting
    bill = None
    if posting.ref is not None:
        bill = {
            "type": posting.ref.type,
            "number": posting.ref.number,
            "id": posting.bill_id,
            "status": posting.bill_status,
        }
    return {
        "id": posting.id,
        "external_id": record.invoice.external_id,
        "vendor_id": record.invoice.vendor_id,
        "invoice_number": record.invoice.invoice_number,
        "total": record.invoice.total.render(),
        "state": invoice_state(posting, finish, paid=record.paid),
        "bill": bill,
        "findings": [render_finding(finding) for finding in record.findings],
    }


def render_story(
    record: InvoiceRecord,
    finish: Finish,
    *,
    history: Sequence[HistoryEntry],
    requests: Sequence[RequestEntry],
    payments: Sequence[PaymentRecord],
) -> JsonObject:
    """``invoice show``: the row with its document, history, requests, file and payments."""
    return {
        **render_record(record, finish),
        "document": render_invoice(record.invoice),
        "history": [
            {"at": render_instant(entry.at), "actor": entry.actor, "state": entry.state, "note": entry.note}
            for entry in history
        ],
        "requests": [
            {"at": render_instant(entry.at), "method": entry.method, "path": entry.path, "status": entry.status}
            for entry in requests
        ],
        "file": {
            "id": record.source.file_id,
            "name": record.source.file_name,
            "sha256": record.source.sha256,
            "record": record.source.record,
            "lines": list(record.source.lines),
        },
        "payments": [render_payment(payment) for payment in payments],
    }


def render_file(record: FileRecord) -> JsonObject:
    """One row of ``files``; problems and reasons are told, so that a clerk can act on them."""
    return {
        "id": record.id,
        "name": record.name,
        "feed": record.feed,
        "sha256": record.sha256,
        "size": record.size_bytes,
        "state": record.state,
        "documents": record.documents,
        "first_seen_at": render_instant(record.first_seen_at),
        "repeat_of": record.repeat_of,
        "reason": record.reason,
        "problems": [render_problem(problem) for problem in record.problems],
    }


def render_payment(record: PaymentRecord) -> JsonObject:
    """One row of ``payments``."""
    return {
        "payment_id": record.payment.payment_id,
        "status": record.payment.status,
        "amount": record.payment.amount.render(),
        "result": record.result,
        "code": record.code,
    }


def render_feed(report: FeedReport) -> JsonObject:
    """One row of ``feeds``."""
    return {
        "feed": report.feed,
        "file": report.file,
        "rows": report.rows,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "sent": report.sent,
        "held": report.held,
        "reason": report.reason,
        "fix_it": list(report.fix_it),
        "overdue": report.overdue,
        "changes": [render_change(change) for change in report.changes],
        "changes_left_out": report.left_out,
        "inactivated": [_inactivated(each) for each in _most_wanted(report.inactivated)],
    }


def render_change(change: RowChange) -> JsonObject:
    """One row of a feed that differs, field by field."""
    return {
        "key": change.key,
        "change": change.kind,
        "fields": [{"field": cell.column, "before": cell.before, "after": cell.after} for cell in change.cells],
    }


def _most_wanted(inactivated: Sequence[Inactivation]) -> list[Inactivation]:
    """As many as a person looks through, first those that invoices wait for."""
    return sorted(inactivated, key=lambda each: not each.invoices)[:_INACTIVATED_SHOWN]


def _inactivated(each: Inactivation) -> JsonObject:
    return {
        "key": each.key,
        "reason": each.reason,
        "invoices": [
            {
                "id": record.posting.id,
                "external_id": record.invoice.external_id,
                "vendor_id": record.invoice.vendor_id,
                "invoice_number": record.invoice.invoice_number,
                "total": record.invoice.total.render(),
            }
            for record in each.invoices
        ],
    }


def render_sync(
    connection: str,
    flow: str,
    reports: Sequence[PassReport],
    *,
    finish: Finish,
    requests: RequestCounts,
    dry_run: bool = False,
) -> JsonObject:
    """The document of ``sync``: all passes of one call together. In a dry run each invoice tells what would be written
    and booked."""
    invoices = [
        render_record(record, finish) | (_draft_of(report, record) if dry_run else {})
        for report in reports
        for record in report.invoices
    ]
    payments = [render_payment(record) for report in reports for record in report.payments]
    files = [render_file(record) for report in reports for record in report.files]
    shown: JsonObject = {
        "connection": connection,
        "flow": flow,
        "started_at": render_instant(min((report.started_at for report in reports), default=None)),
        "ended_at": render_instant(max((report.ended_at for report in reports), default=None)),
        "dry_run": dry_run,
        "requests": {"acumatica": requests.sent, "retried": requests.retried, "throttled": requests.throttled},
        "feeds": [render_feed(feed) for report in reports for feed in report.feeds],
        "files": files,
        "invoices": invoices,
        "payments": payments,
        "counts": {
            "invoices": _count(invoices, "state"),
            "payments": _count(payments, "result"),
            "files": _count(files, "state"),
        },
    }
    swept = next((report.sweep for report in reports if report.sweep is not None), None)
    if swept is not None:
        shown["sweep"] = render_sweep(swept)
    conserved = [_conserved_row(row) for report in reports for row in report.conserved]
    if conserved:
        shown["conservation"] = conserved
    paused = next((report.paused for report in reports if report.paused is not None), None)
    if paused is not None:
        shown["paused"] = paused
    notices = [notice for report in reports for notice in report.notices]
    if notices:
        shown["notices"] = notices
    errors = [render_error(error) for report in reports for error in report.errors]
    if errors:
        shown["errors"] = errors
    return shown


def _conserved_row(row: Conserved) -> JsonObject:
    def shown(tally: Tally) -> JsonObject:
        return {"count": tally.count, "total": Money(tally.total, row.currency).render()}

    fates: JsonObject = {fate: shown(tally) for fate, tally in row.fates.items()}
    return {
        "day": row.day.isoformat(),
        "currency": row.currency,
        "read": shown(row.read),
        **fates,
        "missing": shown(row.lost),
    }


def _draft_of(report: PassReport, record: InvoiceRecord) -> JsonObject:
    draft = report.drafts.get(record.posting.id, DraftedBooking())
    return {
        "would_write": [{"method": each.method, "path": each.path, "body": each.body} for each in draft.writes],
        "entries": [
            {
                "account": each.account,
                "subaccount": each.subaccount,
                "branch": each.branch,
                "debit": Money(each.debit, record.invoice.total.currency).render(),
                "credit": Money(each.credit, record.invoice.total.currency).render(),
            }
            for each in draft.entries
        ],
    }


def _count(rows: Iterable[JsonObject], name: str) -> dict[str, int]:
    return dict(sorted(Counter(str(row[name]) for row in rows).items()))
