"""Finding invoices: rows joined with their newest document, and the one invoice that a person's word means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import ConfigurationError
from ml_connector.store.rows.postings import invoice_record_of
from ml_connector.store.rows.tables import document, invoice

_COLUMNS = (
    invoice,
    document.c.content_hash,
    document.c.body,
    document.c.file_id,
    document.c.file_name,
    document.c.sha256,
    document.c.record,
    document.c.lines,
)
_RECORDS = select(*_COLUMNS).join(
    document, (document.c.invoice_id == invoice.c.id) & (document.c.version == invoice.c.version)
)


def load_rows(connection: Connection, name: str, *conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """The rows of the connection ``name`` that meet all conditions, the first received first; a record is made of each
    after the transaction, so that writers are not kept waiting for it."""
    statement = _RECORDS.where(invoice.c.connection == name, *conditions).order_by(invoice.c.number)
    return connection.execute(statement).all()


def load_newest(connection: Connection, name: str, invoice_id: str) -> InvoiceRecord:
    """The invoice with the newest version of its document, which may be a later one than the one that is booked."""
    newest = select(func.max(document.c.version)).where(document.c.invoice_id == invoice_id).scalar_subquery()
    statement = select(*_COLUMNS).join(
        document, (document.c.invoice_id == invoice.c.id) & (document.c.version == newest)
    )
    mine = (invoice.c.connection == name) & (invoice.c.id == invoice_id)
    return invoice_record_of(connection.execute(statement.where(mine)).one())


def load_meant(connection: Connection, name: str, word: str) -> InvoiceRecord | None:
    """The invoice a word means: its id, Stampli's id, ``TYPE/NUMBER`` of its bill or that number alone, the first of
    these that any invoice has. ConfigurationError ``store.several_match`` where several have it."""
    for condition in _meanings(word.strip()):
        found = [invoice_record_of(row) for row in load_rows(connection, name, condition)]
        if len(found) > 1:
            raise _several(word, found)
        if found:
            return found[0]
    return None


def _meanings(word: str) -> Iterator[ColumnElement[bool]]:
    yield invoice.c.id == word.lower()
    yield invoice.c.external_id == word
    kind, slash, number = word.partition("/")
    if slash:
        yield (func.lower(invoice.c.ref_type) == kind.strip().lower()) & (invoice.c.ref_number == number.strip())
    yield invoice.c.ref_number == word


def _several(word: str, found: Sequence[InvoiceRecord]) -> ConfigurationError:
    names = ", ".join(f"{record.posting.id} ({record.posting.ref})" for record in found)
    return ConfigurationError(
        f"'{word}' names several invoices: {names}",
        fix="Name one of them by its id.",
        stage="store",
        code="store.several_match",
        at="settings",
    )
