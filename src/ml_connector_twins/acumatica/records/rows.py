"""A stored record and its parts, and the table that holds records of one entity by key and by id.

Generic on purpose: what a field means is the business of ``payables``; how it looks on the wire that of ``web``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ml_connector_twins.acumatica.records.values import ZERO, Value


@dataclass(slots=True)
class FileEntry:
    """One attached file; ``data`` are its bytes, ``comment`` at most 500 characters."""

    id: str
    name: str
    data: bytes
    comment: str = ""


@dataclass(slots=True)
class Row:
    """One record or detail row: contract fields, nested rows, form fields outside the contract, facts of ours."""

    id: str
    fields: dict[str, Value] = field(default_factory=dict)
    details: dict[str, list[Row]] = field(default_factory=dict)
    linked: dict[str, Row] = field(default_factory=dict)
    custom: dict[str, Value] = field(default_factory=dict)
    hidden: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    note: str | None = None
    files: list[FileEntry] = field(default_factory=list)

    def text(self, name: str) -> str:
        """The field as text, empty where it is empty."""
        value = self.fields.get(name)
        return "" if value is None else str(value)

    def amount(self, name: str) -> Decimal:
        """The field as a number, zero where it is empty."""
        value = self.fields.get(name)
        return value if isinstance(value, Decimal) else Decimal(value) if isinstance(value, int) else ZERO

    def number(self, name: str) -> int | None:
        """The field as a whole number, or None."""
        value = self.fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool:
        """The field as a boolean, false where it is empty."""
        return self.fields.get(name) is True

    def day(self, name: str) -> date | None:
        """The field as a day, or None."""
        value = self.fields.get(name)
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else None

    def custom_amount(self, name: str) -> Decimal:
        """A form field outside the contract as a number, zero where it is empty."""
        value = self.custom.get(name)
        return value if isinstance(value, Decimal) else ZERO

    def custom_flag(self, name: str) -> bool:
        """A form field outside the contract as a boolean."""
        return self.custom.get(name) is True

    def rows(self, collection: str) -> list[Row]:
        """The detail rows, made on first use."""
        return self.details.setdefault(collection, [])

    def copied(self) -> Row:
        """A deep copy to work on; nothing of it is stored until it is put back."""
        return copy.deepcopy(self)


def fold(text: str, *, trailing_blanks_count: bool = False) -> str:
    """The form in which the database compares text: case ignored, trailing blanks too unless told (4.2)."""
    folded = text.casefold()
    return folded if trailing_blanks_count else folded.rstrip(" ")


class Table:
    """The records of one entity, found by key (as the database compares) and by id, walked in key order."""

    def __init__(self, entity: str, keys: tuple[str, ...], now: Callable[[], datetime]) -> None:
        self.entity = entity
        self.keys = keys
        self.removed: list[tuple[str, datetime]] = []
        self._now = now
        self._by_key: dict[tuple[str, ...], Row] = {}
        self._by_id: dict[str, tuple[str, ...]] = {}

    def key_of(self, row: Row) -> tuple[str, ...]:
        """The comparable key of a row; its id where the entity has no keys."""
        return tuple(fold(row.text(name)) for name in self.keys) if self.keys else (row.id,)

    def put(self, row: Row) -> None:
        """Stores the row in place of one with the same id."""
        old = self._by_id.get(row.id)
        if old is not None:
            self._by_key.pop(old, None)
        key = self.key_of(row)
        self._by_key[key] = row
        self._by_id[row.id] = key

    def remove(self, row: Row) -> None:
        """Forgets the row; its id and the instant stay in ``removed`` (``acumatica_api.md`` 9)."""
        key = self._by_id.pop(row.id, None)
        if key is not None:
            self._by_key.pop(key, None)
            self.removed.append((row.id, self._now()))

    def get(self, *key: str) -> Row | None:
        """The row with that key, or None."""
        return self._by_key.get(tuple(fold(part) for part in key))

    def by_id(self, row_id: str) -> Row | None:
        """The row with that GUID, or None."""
        key = self._by_id.get(row_id.lower())
        return None if key is None else self._by_key.get(key)

    def __iter__(self) -> Iterator[Row]:
        return iter([self._by_key[key] for key in sorted(self._by_key)])

    def __len__(self) -> int:
        return len(self._by_key)
