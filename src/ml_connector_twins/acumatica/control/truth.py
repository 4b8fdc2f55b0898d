"""Ground truth as plain JSON: what is really in the books, which the product cannot read this way.

Amounts are decimal strings, days ISO; nothing is wrapped.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value


def plain(value: Value) -> Any:
    """A stored value as JSON: decimals and dates as text."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value


def row_truth(row: Row) -> dict[str, Any]:
    """A record with everything it has: fields, form fields, details, linked rows, note, file names."""
    content: dict[str, Any] = {"id": row.id, **{name: plain(value) for name, value in sorted(row.fields.items())}}
    content["custom"] = {name: plain(value) for name, value in sorted(row.custom.items())}
    content["note"] = row.note
    content["files"] = [{"name": entry.name, "size": len(entry.data)} for entry in row.files]
    for name, rows in row.details.items():
        content[name] = [row_truth(detail) for detail in rows]
    for name, linked in row.linked.items():
        content[name] = row_truth(linked)
    return content


def records_truth(books: Books, entity: str) -> list[dict[str, Any]]:
    """Every record of an entity in key order; raises KeyError for an unknown one."""
    return [row_truth(row) for row in books.table(entity)]


def entries_truth(books: Books) -> list[dict[str, Any]]:
    """Every GL entry in order."""
    return [{name: plain(value) for name, value in asdict(entry).items()} for entry in books.entries]


def requests_truth(site: Site) -> dict[str, Any]:
    """Every request in order, how many there were, and how many count for the licence."""
    entries = [asdict(entry) for entry in site.requests]
    counted = sum(1 for entry in site.requests if entry.counted)
    return {"count": len(entries), "counted": counted, "requests": entries}
