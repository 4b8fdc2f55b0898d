"""How the firm's records are entered: one function that fills a row and stores it under a fixed date.

For the firm's own modules only; no rules are applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value

ENTERED_AT = datetime(2026, 9, 1, 12, 34, 56, 123000, tzinfo=UTC)
"""When everything of the firm was last changed."""


def filled(books: Books, fields: Mapping[str, Value], custom: Mapping[str, Value] | None = None) -> Row:
    """A row with these contract fields and form fields."""
    row = books.new_row()
    row.fields.update(fields)
    row.custom.update(custom or {})
    return row


def enter(
    books: Books,
    entity: str,
    fields: Mapping[str, Value],
    *,
    custom: Mapping[str, Value] | None = None,
    linked: Mapping[str, Row] | None = None,
    details: Mapping[str, list[Row]] | None = None,
) -> Row:
    """Stores a record of that entity; ``LastModifiedDateTime`` is when the firm was set up."""
    row = filled(books, {"LastModifiedDateTime": ENTERED_AT, "CreatedDateTime": ENTERED_AT, **fields}, custom)
    row.linked.update(linked or {})
    row.details.update(details or {})
    books.table(entity).put(row)
    return row
