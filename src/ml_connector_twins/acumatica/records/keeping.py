"""The books of every tenant as one JSON file, and back: what a twin keeps between two starts (``--state``).

Values that JSON has no form for carry a mark. Only types named here are made from a file; nothing in it is code.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ml_connector_twins.acumatica.records.books import Books, Branch, LedgerEntry, Period, Terms
from ml_connector_twins.acumatica.records.rows import FileEntry, Row, Table

FORMAT = 1
"""Raised whenever the shape of the file changes; an older file is refused, not guessed at."""
_KINDS: Mapping[str, type] = {each.__name__: each for each in (Row, FileEntry, LedgerEntry, Period, Branch, Terms)}
_APART = frozenset({"tenant", "switches", "clock", "tables"})
_MARK = "$"


class BadState(Exception):
    """A file that is no state of this twin."""


def render_books(books: Books) -> dict[str, Any]:
    """One tenant's books; the clock and the switches are the site's and stay out."""
    kept = {each.name: _plain(getattr(books, each.name)) for each in fields(books) if each.name not in _APART}
    return {**kept, "tables": {name: _table(table) for name, table in books.tables.items() if len(table)}}


def restore_books(books: Books, content: Mapping[str, Any]) -> None:
    """Fills fresh books; raises BadState, and the books are then good for nothing."""
    try:
        for name, kept in content["tables"].items():
            table = books.tables[name]
            for row in kept["rows"]:
                table.put(_value(row))
            table.removed = _value(kept["removed"])
        for each in fields(books):
            if each.name not in _APART:
                setattr(books, each.name, _value(content[each.name]))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        raise BadState(f"the books of {books.tenant} cannot be read: {fault!r}") from fault


def _table(table: Table) -> dict[str, Any]:
    return {"rows": [_plain(row) for row in table], "removed": _plain(table.removed)}


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Decimal):
        return {_MARK: "number", "v": str(value)}
    if isinstance(value, datetime):
        return {_MARK: "instant", "v": value.isoformat()}
    if isinstance(value, date):
        return {_MARK: "day", "v": value.isoformat()}
    if isinstance(value, bytes):
        return {_MARK: "bytes", "v": base64.b64encode(value).decode("ascii")}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, tuple):
        return {_MARK: "tuple", "v": [_plain(each) for each in value]}
    if isinstance(value, set):
        return {_MARK: "set", "v": [_plain(each) for each in sorted(value)]}
    if isinstance(value, dict):
        return {_MARK: "pairs", "v": [[_plain(key), _plain(inner)] for key, inner in value.items()]}
    if is_dataclass(value) and type(value).__name__ in _KINDS:
        kept = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        return {_MARK: type(value).__name__, "v": kept}
    raise TypeError(f"{type(value).__name__} cannot be kept")


def _value(plain: Any) -> Any:
    """What ``_plain`` was given; raises KeyError for a mark that is not known."""
    if isinstance(plain, list):
        return [_value(each) for each in plain]
    if not isinstance(plain, dict):
        return plain
    mark, inner = plain[_MARK], plain["v"]
    match mark:
        case "number":
            return Decimal(inner)
        case "instant":
            return datetime.fromisoformat(inner)
        case "day":
            return date.fromisoformat(inner)
        case "bytes":
            return base64.b64decode(inner, validate=True)
        case "tuple":
            return tuple(_value(each) for each in inner)
        case "set":
            return {_value(each) for each in inner}
        case "pairs":
            return {_value(key): _value(each) for key, each in inner}
        case _:
            return _KINDS[mark](**{name: _value(each) for name, each in inner.items()})
