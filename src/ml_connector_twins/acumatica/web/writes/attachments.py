"""Attached files: PUT by the ``files:put`` link, list under ``$expand=files``, GET (``acumatica_api.md`` 5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import FileEntry, Row, Table
from ml_connector_twins.acumatica.web.calls import Answer, Call, no_entity, not_found
from ml_connector_twins.acumatica.web.query.reading import Target, find_record

_FORMS = {
    "Bill": "Bills and Adjustments",
    "Check": "Checks and Payments",
    "Vendor": "Vendors",
    "PurchaseOrder": "Purchase Orders",
}
_COMMENT_LENGTH = 500
_LINK_PARTS = 4


def answer_files(books: Books, call: Call, parts: list[str], base_url: str) -> Answer:
    """PUT ``files/{graph}/{view}/{id}/{name}`` or GET ``files/{guid}``."""
    if call.method == "GET" and len(parts) == 1:
        entry = _entry(books, parts[0])
        if entry is None:
            raise no_entity()
        shown = entry.name.rpartition("\\")[2]
        disposition = f'attachment; filename="{shown}"'
        return Answer(
            200, entry.data, (("content-type", "application/octet-stream"), ("content-disposition", disposition))
        )
    if call.method == "PUT" and len(parts) >= _LINK_PARTS:
        for table, row in _holders(books):
            if row.id == parts[2].lower():
                return attach(books, table, row, call, name="/".join(parts[3:]), base_url=base_url)
        raise no_entity()
    raise not_found("files")


def attach_by_keys(target: Target, call: Call, rest: list[str]) -> Answer:
    """The legacy PUT ``{Entity}/{keys}/files/{name}``."""
    at = rest.index("files")
    row = find_record(target, rest[:at])
    if row is None:
        raise no_entity()
    table = target.books.table(target.entity.name)
    return attach(target.books, table, row, call, name="/".join(rest[at + 1 :]), base_url=target.base_url)


def attach(books: Books, table: Table, row: Row, call: Call, *, name: str, base_url: str) -> Answer:
    """Stores the bytes; the same name again is a new revision in place of the old [I]."""
    keys = ", ".join(row.text(key) for key in table.keys if row.text(key))
    full = f"{_FORMS.get(table.entity, table.entity)} ({keys})\\{name}" if keys else name
    old = next((entry for entry in row.files if entry.name == full), None)
    comment = call.header("px-cbfilecomment")[:_COMMENT_LENGTH]
    if old is not None:
        old.data, old.comment = call.body, comment
    entry = old or FileEntry(books.new_id(), full, call.body, comment)
    if old is None:
        row.files.append(entry)
    return Answer(204, headers=(("location", f"{base_url}/files/{entry.id}"),))


def _holders(books: Books) -> Iterator[tuple[Table, Row]]:
    for table in books.tables.values():
        for row in table:
            yield table, row
            for details in row.details.values():
                for detail in details:
                    yield Table(table.entity, (), books.clock.now), detail


def _entry(books: Books, file_id: str) -> FileEntry | None:
    for _, row in _holders(books):
        for entry in row.files:
            if entry.id == file_id.lower():
                return entry
    return None
