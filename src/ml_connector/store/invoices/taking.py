"""Taking an approved invoice in: a new row, a newer version in place of an older one, or a later version kept beside
the one that was booked. Each is done inside the caller's transaction; what may replace what is judged here once more,
against the row as it is now.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from ml_connector.domain.intake import may_be_replaced
from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.store.disk.faults import row_taken_over
from ml_connector.store.rows.codec import parse_json, render_json
from ml_connector.store.rows.lots import in_lots
from ml_connector.store.rows.postings import document_values, invoice_values, posting_of, posting_values
from ml_connector.store.rows.tables import document, invoice

# What a later version of a document does not change.
_OF_THE_POSTING = frozenset({"received_at", "validated_at", "paid"})


def take_invoices(
    connection: Connection, name: str, records: Sequence[InvoiceRecord], at: datetime
) -> dict[str, Posting]:
    """Bring the records of the connection ``name`` on file; by the id each came with, its posting as it now stands,
    which is under the id its key had before, if any.

    Raises TransientError ``store.row_taken_over`` where a bill was asked for meanwhile and the caller did not know."""
    known = _known_keys(connection, name, [record.posting.key for record in records])
    fresh: dict[str, InvoiceRecord] = {}
    for record in records:
        if record.posting.key not in known:
            fresh.setdefault(record.posting.key, record)
    _insert_all(connection, tuple(fresh.values()), at)
    return {
        record.posting.id: record.posting
        if fresh.get(record.posting.key) is record
        else _take_over(connection, record, at)
        for record in records
    }


def _known_keys(connection: Connection, name: str, keys: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for lot in in_lots(keys):
        some = invoice.c.key.in_(lot)
        found.update(connection.execute(select(invoice.c.key).where(invoice.c.connection == name, some)).scalars())
    return frozenset(found)


def _insert_all(connection: Connection, records: Sequence[InvoiceRecord], at: datetime) -> None:
    if not records:
        return
    # One statement for all rows: a file may hold tens of thousands of invoices, and other writers wait meanwhile.
    connection.execute(insert(invoice), [_first_row(record, at) for record in records])
    documents = [{"invoice_id": one.posting.id, "version": 1, **document_values(one)} for one in records]
    connection.execute(insert(document), documents)


def _first_row(record: InvoiceRecord, at: datetime) -> dict[str, object]:
    posting = record.posting
    return {
        "id": posting.id,
        "connection": posting.connection,
        "key": posting.key,
        "marker": posting.marker,
        "epoch": posting.epoch,
        "version": 1,
        "updated_at": at,
        **posting_values(posting),
        **invoice_values(record),
    }


def _take_over(connection: Connection, record: InvoiceRecord, at: datetime) -> Posting:
    posting = record.posting
    same = (invoice.c.connection == posting.connection) & (invoice.c.key == posting.key)
    standing = posting_of(connection.execute(select(invoice).where(same)).one())
    if may_be_replaced(standing):
        return _replace(connection, standing, record, at)
    return _keep_beside(connection, standing, record, at)


def _replace(connection: Connection, standing: Posting, record: InvoiceRecord, at: datetime) -> Posting:
    version = _newest_version(connection, standing.id) + 1
    # A poster that read the older version must not send it: its epoch is no longer the row's.
    epoch = max(standing.epoch + 1, record.posting.epoch)
    connection.execute(
        update(invoice)
        .where(invoice.c.id == standing.id)
        .values(
            epoch=epoch,
            version=version,
            updated_at=at,
            **posting_values(record.posting),
            **invoice_values(record),
        )
    )
    _add_version(connection, standing.id, version, record)
    return dataclasses.replace(record.posting, id=standing.id, epoch=epoch)


def _keep_beside(connection: Connection, standing: Posting, record: InvoiceRecord, at: datetime) -> Posting:
    told = record.posting
    if (told.id, told.epoch, told.updated_at) != (standing.id, standing.epoch, standing.updated_at):
        raise row_taken_over(f"Invoice {standing.id}")
    if told.state not in (standing.state, PostingState.PERSON, PostingState.CORRECTING):
        raise ValueError("a later version of a booked invoice is brought to its bill, or put before a person")
    connection.execute(
        update(invoice)
        .where(invoice.c.id == standing.id)
        .values(
            state=told.state.value,
            reason=told.reason,
            findings=render_json(record.findings),
            updated_at=at,
        )
    )
    newest = _newest_version(connection, standing.id)
    if not _is_version(connection, standing.id, newest, record.content_hash):
        _add_version(connection, standing.id, newest + 1, record)
    return told


def _add_version(connection: Connection, invoice_id: str, version: int, record: InvoiceRecord) -> None:
    values = document_values(record)
    connection.execute(insert(document).values(invoice_id=invoice_id, version=version, **values))


def _newest_version(connection: Connection, invoice_id: str) -> int:
    newest = select(func.max(document.c.version)).where(document.c.invoice_id == invoice_id)
    return connection.execute(newest).scalar() or 0


def correct(connection: Connection, record: InvoiceRecord) -> None:
    """Make the newest version on file, which the record holds, the one that is booked."""
    version = _newest_version(connection, record.posting.id)
    values = {name: value for name, value in invoice_values(record).items() if name not in _OF_THE_POSTING}
    connection.execute(update(invoice).where(invoice.c.id == record.posting.id).values(version=version, **values))


def _is_version(connection: Connection, invoice_id: str, version: int, content_hash: str) -> bool:
    same = (document.c.invoice_id == invoice_id) & (document.c.content_hash == content_hash)
    same &= document.c.version == version
    return connection.execute(select(document.c.version).where(same)).first() is not None


def attach(connection: Connection, file_id: str | None, awaited: str, attachment: Attachment) -> None:
    """Put the attachment in place of the one awaited under that name, in every document that came with the file."""
    rows = connection.execute(select(document).where(document.c.file_id == file_id)).all()
    for row in rows:
        before = parse_json(row.body, ApprovedInvoice)
        after = before.with_attachment(awaited, attachment)
        if after != before:
            mine = (document.c.invoice_id == row.invoice_id) & (document.c.version == row.version)
            connection.execute(update(document).where(mine).values(body=render_json(after)))
