"""Replay a file, or one invoice of it: read the archived bytes again, take what nothing was sent for, run again what is
open, and hold what is booked against Acumatica.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ml_connector.domain.intake import compare_versions, may_be_replaced
from ml_connector.domain.keys import content_hash
from ml_connector.domain.protocol.replaying import (
    BookedVerdict,
    Replay,
    Replayed,
    ReplayResult,
    is_booked,
    is_of_newer_file,
    judge_replay,
)
from ml_connector.domain.values.arrivals import DocumentSource, InvoicesRead
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.records import FileRecord, InvoiceRecord
from ml_connector.errors import ConfigurationError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.take_invoices import key_of, retake_invoices
from ml_connector.flows.replay.compare_booked import compare_booked
from ml_connector.flows.replay.run_again import run_again
from ml_connector.problems import Finding


@dataclass(slots=True)
class _Reading:
    """The documents of a file by key, those to be taken in, and what the others say otherwise than on record."""

    documents: dict[str, tuple[ApprovedInvoice, DocumentSource]]
    wanted: dict[str, tuple[ApprovedInvoice, DocumentSource]]
    differing: dict[str, tuple[Finding, ...]]
    newer: set[str]


def replay_file(context: FlowContext, file: FileRecord, *, actor: str, only: InvoiceRecord | None = None) -> Replay:
    """Replay a whole file, or the one invoice ``only`` of it. IntegrityError where the archived bytes are not those
    that came; ConfigurationError where the file was never read."""
    content, parts = load_original(context, file)
    read = context.steps.step("parse file", lambda: context.exchange.parse_invoices(file, content, parts))
    reading = _read_again(context, file, read, only)
    if reading.wanted:
        file = retake_invoices(context, file, read, reading.wanted)
    records = _rows(context, file, reading, only)
    booked = [record for record in records if is_booked(record.posting)]
    again = [record for record in records if _runs(record, reading)]
    verdicts = compare_booked(context, booked)
    ran = run_again(context, again, actor)
    now = {record.posting.id: record for record in _rows(context, file, reading, only)}
    return Replay(
        file=_as_it_is(context, file),
        layout=context.exchange.layout_of(file.feed, file.modified_at),
        invoices=tuple(_told(record, verdicts, reading, now=now) for record in records),
        errors=ran.errors,
        waiting=ran.waiting,
        paused=ran.paused,
    )


def load_original(context: FlowContext, file: FileRecord) -> tuple[bytes, Mapping[str, bytes]]:
    """The archived bytes of a file and of those that came with it, proven by their hashes."""
    if file.sha256 is None:
        raise ConfigurationError(
            f"{file.name} was never fetched ({file.state}); there is nothing to run again",
            fix="Run sync; it is taken when it is whole.",
            stage="replay",
            code="file.never_read",
            at="settings",
        )
    return load_with_parts(context, file, context.files.load_files(file.feed))


def load_with_parts(
    context: FlowContext, file: FileRecord, rows: Iterable[FileRecord]
) -> tuple[bytes, Mapping[str, bytes]]:
    """The archived bytes of a file, and of those among the ``rows`` of its feed that came with it."""
    load = context.files.load_content
    # What was fetched later as an attachment is no part of what is read.
    parts = [row for row in rows if row.belongs_to == file.id and row.sha256 is not None and _came_with(row, file)]
    return load(file.sha256 or ""), {row.name: load(row.sha256 or "") for row in parts}


def _came_with(row: FileRecord, file: FileRecord) -> bool:
    return bool(file.set_sha256) and not (row.reason or "").startswith("an attachment")


def _read_again(context: FlowContext, file: FileRecord, read: InvoicesRead, only: InvoiceRecord | None) -> _Reading:
    reading = _Reading({}, {}, {}, set())
    snapshot = context.master_data.load_snapshot()
    for invoice, source in read.invoices:
        key = key_of(context.terms, invoice, snapshot)
        if only is None or key == only.posting.key:
            # Of several versions in one file the last one counts.
            reading.documents[key] = (invoice, source)
    known = context.invoices.load_by_keys(reading.documents)
    for key, (invoice, source) in reading.documents.items():
        existing = known.get(key)
        if existing is None:
            reading.wanted[key] = (invoice, source)
        elif existing.content_hash != content_hash(invoice):
            if is_of_newer_file(existing, file.id):
                reading.newer.add(key)
            elif may_be_replaced(existing.posting):
                reading.wanted[key] = (invoice, source)
            reading.differing[key] = compare_versions(existing, invoice)
    return reading


def _rows(
    context: FlowContext, file: FileRecord, reading: _Reading, only: InvoiceRecord | None
) -> Sequence[InvoiceRecord]:
    """The rows that the replay is about, as they stand."""
    if only is not None:
        now = context.invoices.load_by_key(only.posting.key)
        return [now or only]
    rows = {record.posting.key: record for record in context.invoices.load_of_file(file.id)}
    # A document that an earlier file brought first is on record under that one.
    rows |= context.invoices.load_by_keys(reading.documents.keys() - rows.keys())
    return sorted(rows.values(), key=lambda record: (record.received_at, record.posting.id))


def _runs(record: InvoiceRecord, reading: _Reading) -> bool:
    booked = is_booked(record.posting) or record.posting.key in reading.newer
    return not booked and judge_replay(record.posting) == "run_again"


def _told(
    record: InvoiceRecord,
    verdicts: Mapping[str, BookedVerdict],
    reading: _Reading,
    *,
    now: Mapping[str, InvoiceRecord],
) -> Replayed:
    key = record.posting.key
    said, read = reading.differing.get(key, ()), key in reading.documents
    verdict = verdicts.get(record.posting.id)
    if verdict is not None:
        return Replayed(record, verdict.result, verdict.mismatches, said, read)
    result: ReplayResult = "newer" if key in reading.newer else judge_replay(record.posting)
    return Replayed(now.get(record.posting.id, record), result, document=said, read=read)


def _as_it_is(context: FlowContext, file: FileRecord) -> FileRecord:
    return next((row for row in context.files.load_files(file.feed) if row.id == file.id), file)
