"""What a request wants changed, in stored values, and how a form refuses it. No rules here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value

STAGES = ("save", "unhold", "release")
"""The steps at which a document may be refused, in order."""

_KEY_WIDTH = 10


@dataclass(slots=True)
class Change:
    """One record or detail row as a request describes it; only what was named is in ``fields``."""

    fields: dict[str, Value] = field(default_factory=dict)
    custom: dict[str, Value] = field(default_factory=dict)
    details: dict[str, list[Change]] = field(default_factory=dict)
    id: str | None = None
    delete: bool = False
    note: str | None = None
    note_named: bool = False

    def text(self, name: str) -> str:
        """A named field as text, empty where it was not named or cleared."""
        value = self.fields.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a request brings besides its body: the branch and the day it acts in."""

    branch: str
    on: date


class FormErrors(Exception):
    """A business refusal: ``row`` is the record as entered, with the errors on its fields; nothing was stored."""

    def __init__(self, row: Row) -> None:
        super().__init__(row.error)
        self.row = row


class FormException(Exception):
    """An exception of the form's logic, without a record."""


def has_errors(row: Row) -> bool:
    """True where the row or any of its details carries an error."""
    return bool(row.errors) or any(has_errors(detail) for rows in row.details.values() for detail in rows)


def clear_errors(row: Row) -> None:
    """Forgets the errors of an earlier attempt."""
    row.error = None
    row.errors.clear()
    for rows in row.details.values():
        for detail in rows:
            clear_errors(detail)


def missing(what: str, code: str) -> str:
    """The padded form in which the server names an unknown code (``acumatica_api.md`` 4.1)."""
    return f"{what} '{code:<{_KEY_WIDTH}}' cannot be found in the system."


def unusable(what: str, code: str, state: str) -> str:
    """A record that exists and may not be used; the wording is ours."""
    return f"{what} '{code:<{_KEY_WIDTH}}' is {state}."


def empty(what: str) -> str:
    """A required field without a value."""
    return f"Error: '{what}' cannot be empty."


def refused_by(books: Books, switch: str, stage: str) -> bool:
    """True where the named ``*_refused_at`` switch has its say at this stage or an earlier one."""
    return STAGES.index(books.switches.at(switch)) <= STAGES.index(stage)
