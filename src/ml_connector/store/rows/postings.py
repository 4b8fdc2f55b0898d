"""An invoice with its posting as two rows, invoice and document, and back. Decides nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from ml_connector.domain.values.bill import BillKey, BillPlan
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord, RecordSource
from ml_connector.problems import Finding
from ml_connector.store.rows.codec import parse_json, render_json


def posting_values(posting: Posting) -> dict[str, object]:
    """The columns a posting fills, without id, connection, key, marker and epoch, which no move changes."""
    ref, verified = posting.ref, posting.verified_ref
    return {
        "state": posting.state.value,
        "payload_hash": posting.payload_hash,
        "plan": None if posting.plan is None else render_json(posting.plan),
        "plan_before": None if posting.plan_before is None else render_json(posting.plan_before),
        "attempts": posting.attempts,
        "ref_type": ref.type if ref else None,
        "ref_number": ref.number if ref else None,
        "verified_type": verified.type if verified else None,
        "verified_number": verified.number if verified else None,
        "bill_id": posting.bill_id,
        "bill_status": posting.bill_status,
        "reason": posting.reason,
        "uncertain_cause": posting.uncertain_cause,
        "sent_at": posting.sent_at,
        "holder": posting.holder,
        "lease_until": posting.lease_until,
    }


def invoice_values(record: InvoiceRecord) -> dict[str, object]:
    """The columns that tell of the newest document and of what was found about it."""
    return {
        "external_id": record.invoice.external_id,
        "vendor_id": record.invoice.vendor_id,
        "invoice_number": record.invoice.invoice_number,
        "currency": record.invoice.total.currency,
        "total": record.invoice.total.amount,
        "findings": render_json(record.findings),
        "received_at": record.received_at,
        "validated_at": record.validated_at,
        "paid": record.paid,
    }


def source_values(source: RecordSource) -> dict[str, object]:
    """The columns that tell where a document came from."""
    return {
        "file_id": source.file_id,
        "file_name": source.file_name,
        "sha256": source.sha256,
        "record": source.record,
        "lines": render_json(source.lines),
    }


def document_values(record: InvoiceRecord) -> dict[str, object]:
    """The columns of one version of an invoice's document, without its invoice and version."""
    return {
        "content_hash": record.content_hash,
        "body": render_json(record.invoice),
        "received_at": record.received_at,
        **source_values(record.source),
    }


def posting_of(row: Row[Any]) -> Posting:
    """The posting of an invoice row."""
    return Posting(
        id=row.id,
        connection=row.connection,
        key=row.key,
        marker=row.marker,
        state=PostingState(row.state),
        epoch=row.epoch,
        payload_hash=row.payload_hash,
        attempts=row.attempts,
        ref=_bill_key(row.ref_type, row.ref_number),
        verified_ref=_bill_key(row.verified_type, row.verified_number),
        bill_id=row.bill_id,
        bill_status=row.bill_status,
        reason=row.reason,
        uncertain_cause=row.uncertain_cause,
        sent_at=row.sent_at,
        holder=row.holder,
        lease_until=row.lease_until,
        updated_at=row.updated_at,
        plan=None if row.plan is None else parse_json(row.plan, BillPlan),
        plan_before=None if row.plan_before is None else parse_json(row.plan_before, BillPlan),
    )


def source_of(row: Row[Any]) -> RecordSource:
    """Where the document of a row came from."""
    lines = parse_json(row.lines, tuple[int, ...])
    return RecordSource(row.file_id, row.file_name, row.sha256, row.record, lines)


def invoice_record_of(row: Row[Any]) -> InvoiceRecord:
    """The record of an invoice row joined with its newest document."""
    return InvoiceRecord(
        posting=posting_of(row),
        invoice=parse_json(row.body, ApprovedInvoice),
        content_hash=row.content_hash,
        source=source_of(row),
        received_at=row.received_at,
        findings=parse_json(row.findings, tuple[Finding, ...]),
        validated_at=row.validated_at,
        paid=row.paid,
    )


def _bill_key(kind: str | None, number: str | None) -> BillKey | None:
    return None if kind is None or number is None else BillKey(kind, number)
