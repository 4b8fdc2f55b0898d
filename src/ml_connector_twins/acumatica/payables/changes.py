"""What a request wants changed, in stored values, and how a form refuses it. No rules here."""

from __future__ import annotations

from dataclasses import dataclass, field

from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value

DETAIL_SUMMARY = "Inserting  'AP Transactions' record raised at least one error. Please review the errors."
HEADER_SUMMARY = "Inserting  'AP Invoice/Adj.' record raised at least one error. Please review the errors."


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


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a request brings besides its body: the version asked for and the branch and day it acts in."""

    version: str
    branch: str


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
