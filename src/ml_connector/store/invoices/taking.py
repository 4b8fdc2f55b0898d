"""Taking an approved invoice in: a new row, a newer version in place of an older one, or a later version kept beside
the one that was booked. Each is done inside the caller's transaction; what may replace what is judged here once more,
against the row as it is now.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from ml_connector.domain.intake import may_be_replaced
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.store.disk.faults import row_taken_over
from ml_connector.store.rows.codec import render_json
from ml_connector.store.rows.postings import document_values, invoice_values, posting_of, posting_values
from ml_connector.store.rows.tables import document, invoice


def take_invoice(connection: Connection, record: InvoiceRecord, at: datetime) -> Posting:
    """Bring the record on file and give back its posting as it now stands: under the id the key had before, if any.

    Raises TransientError ``store.row_taken_over`` where a bill was asked for meanwhile and the caller did not know."""
    key = record.posting.key
    statement = select(invoice).where(invoice.c.connection == record.posting.connection, invoice.c.key == key)
    row = connection.execute(statement).first()
    if row is None:
        return _insert(connection, record, at)
    standing = posting_of(row)
    if may_be_replaced(standing):
        return _replace(connection, standing, record, at)
    return _keep_beside(connection, standing, record, at)


def _insert(connection: Connection, record: InvoiceRecord, at: datetime) -> Posting:
    posting = record.posting
    connection.execute(
        insert(invoice).values(
            id=posting.id,
            connection=posting.connection,
            key=posting.key,
            marker=posting.marker,
            epoch=posting.epoch,
            version=1,
            updated_at=at,
            **posting_values(posting),
            **invoice_values(record),
        )
    )
    _add_version(connection, posting.id, 1, record)
    return posting


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
    if told.state not in (standing.state, PostingState.PERSON):
        raise ValueError("a later version of a booked invoice can only be put before a person")
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
    if not _has_version(connection, standing.id, record.content_hash):
        _add_version(connection, standing.id, _newest_version(connection, standing.id) + 1, record)
    return told


def _add_version(connection: Connection, invoice_id: str, version: int, record: InvoiceRecord) -> None:
    values = document_values(record)
    connection.execute(insert(document).values(invoice_id=invoice_id, version=version, **values))


def _newest_version(connection: Connection, invoice_id: str) -> int:
    newest = select(func.max(document.c.version)).where(document.c.invoice_id == invoice_id)
    return connection.execute(newest).scalar() or 0


def _has_version(connection: Connection, invoice_id: str, content_hash: str) -> bool:
    same = (document.c.invoice_id == invoice_id) & (document.c.content_hash == content_hash)
    return connection.execute(select(document.c.version).where(same)).first() is not None
