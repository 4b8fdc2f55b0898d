"""The forms behind the entities: how a change is prepared, stored and removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ml_connector_twins.acumatica.payables.bills import prepare_bill, remove_bill, store_bill
from ml_connector_twins.acumatica.payables.changes import Change, Circumstances
from ml_connector_twins.acumatica.payables.checks import prepare_check, remove_check, store_check
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row


@dataclass(frozen=True, slots=True)
class Form:
    """``prepare`` returns a checked draft or raises FormErrors; ``store`` keeps it; ``racy`` marks duplicate checks."""

    prepare: Callable[[Books, Change, Row | None, Circumstances], Row]
    store: Callable[[Books, Row], Row]
    remove: Callable[[Books, Row], None]
    racy: bool = False


def _prepare_plain(books: Books, change: Change, found: Row | None, around: Circumstances) -> Row:
    row = books.new_row() if found is None else found.copied()
    row.fields.update(change.fields)
    row.custom.update(change.custom)
    if change.note_named:
        row.note = change.note
    return row


def _table_of(books: Books, row: Row) -> str:
    for name, table in books.tables.items():
        if table.by_id(row.id) is not None:
            return name
    raise KeyError(row.id)


def _store_plain(books: Books, row: Row) -> Row:
    books.touch(row)
    books.table(_table_of(books, row)).put(row)
    return row


def _remove_plain(books: Books, row: Row) -> None:
    books.table(_table_of(books, row)).remove(row)


PLAIN_FORM = Form(_prepare_plain, _store_plain, _remove_plain)
"""A form without rules: fields are set as sent; records are not inserted over REST, people add them."""

FORMS: Mapping[str, Form] = {
    "Bill": Form(prepare_bill, store_bill, remove_bill, racy=True),
    "Check": Form(prepare_check, store_check, remove_check),
}
"""The forms with rules, by entity."""
