"""The columns of a sample with their cells, and whether cells fit what a heading may mean. Decides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ml_connector.layouts.inference.cells.days import NULLS, infer_days, infer_periods
from ml_connector.layouts.inference.cells.figures import parse_figure
from ml_connector.layouts.inference.cells.kinds import known_kinds
from ml_connector.layouts.inference.interview import Known
from ml_connector.layouts.inference.wording.meanings import Slot
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import ColumnType

_TYPES: Mapping[str, ColumnType] = {
    "vendor_name": "text",
    "description": "text",
    "link": "text",
    "method": "text",
    "reason": "text",
    "terms": "text",
    "name": "text",
    "media_type": "text",
    "approved_by": "text",
    "serial": "text",
    "sha256": "text",
    "file": "text",
    "content": "base64",
    "kind": "word",
    "invoice_date": "day",
    "due_date": "day",
    "payment_date": "day",
    "post_period": "period",
    "approved_at": "instant",
    "quantity": "quantity",
    "unit_price": "price",
    "retainage_percent": "quantity",
    "line_number": "whole",
    "po_line": "whole",
    "receipt_line": "whole",
    "documents": "whole",
    "rows": "whole",
    "lines": "whole",
    "packed": "packed",
}
_AMOUNTS = [
    "total",
    "tax_total",
    "amount",
    "taxable_amount",
    "discount",
    "retainage_amount",
    "previously_billed",
    "total_absolute",
    "lines_total",
]
_FILE_NAME = re.compile(r"[^<>|?*]+\.[A-Za-z]{2,4}")
NAMED_CODE = re.compile(r"(?=\S*[0-9])([A-Z0-9][\w./-]*)( - | – |: |, | +)(?=\D*[a-z])(\S.*)")
_ENOUGH = 0.8
_TELLING = 4
_KINDS_MAX = 4
_CODE_CHARACTERS_MAX = 40
# A code found in the connection's own records weighs more than any wording.
_KNOWN_BONUS = 30.0


@dataclass(frozen=True)
class Field:
    """A column, element or attribute of the sample with the cells it has, row by row. ``label`` is what its name says
    with all words around it, ``at`` its position from 1."""

    name: str
    label: str
    cells: tuple[str, ...]
    at: int = 0
    path: str = ""
    record: str = ""

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """What the cells say, each text once, null words left out where others are there."""
        cells = tuple(dict.fromkeys(text for each in self.cells if (text := each.strip())))
        return tuple(each for each in cells if each.casefold() not in NULLS or each == "0") or cells

    @cached_property
    def figures(self) -> bool:
        """Whether the cells are figures, but for a few that are spoilt."""
        found = sum(parse_figure(each) is not None for each in self.filled)
        return bool(self.filled) and found >= _ENOUGH * len(self.filled) - (len(self.filled) > 2)

    @cached_property
    def decimals(self) -> bool:
        """Whether the cells are figures with a separator in some."""
        return self.figures and any(not each.isdigit() for each in self.filled)

    @cached_property
    def code_like(self) -> bool:
        """Whether the cells look like codes: short, without blanks."""
        good = sum(len(each) <= _CODE_CHARACTERS_MAX and " " not in each for each in self.filled)
        return good >= _ENOUGH * len(self.filled)

    @cached_property
    def named_codes(self) -> bool:
        """Whether every cell is a code with its name behind it."""
        return bool(self.filled) and all(NAMED_CODE.fullmatch(each) for each in self.filled)

    @cached_property
    def wordy(self) -> bool:
        """Whether most cells are words rather than codes: letters in small writing, or blanks between them."""
        prose = sum(
            any(c.isalpha() for c in each) and (" " in each or each[1:] != each[1:].upper()) for each in self.filled
        )
        return prose * 2 > len(self.filled)


def type_of(slot: Slot) -> ColumnType:
    """The grammar of a member's cells."""
    if slot.member in _AMOUNTS:
        return "amount"
    if slot.place == "control" and slot.member not in _TYPES:
        return "text"
    return _TYPES.get(slot.member, "code")


def fit_of(slot: Slot, field: Field) -> float | None:
    """How well the cells fit the member: more than 0 where they speak for it, None where it cannot be."""
    if not field.filled:
        return -1.0 if type_of(slot) in ("text", "code") else -2.0
    kind = type_of(slot)
    if kind in ("amount", "price", "quantity"):
        return (1.0 if field.decimals else 0.0) if field.figures else None
    if kind == "whole":
        return 1.0 if all(each.isdigit() and each.isascii() and len(each) < 10 for each in field.filled) else None
    if kind == "day":
        return 2.0 if infer_days(field.cells, numbers=dated(field.label)) else None
    if kind == "period":
        return 2.0 if infer_periods(field.filled) else None
    if kind == "word":
        known = known_kinds(slot.place, field.filled)
        return 0.0 if known is None and _may_be_kinds(field) else known
    return _fit_of_text(slot, field)


def _may_be_kinds(field: Field) -> bool:
    """Whether a column that calls itself a type may hold kinds in words nobody has told us yet."""
    words = set(field.filled)
    named = notions_of(field.label)[0] in ({"kind"}, {"invoice", "kind"}, {"document", "kind"}, {"line", "kind"})
    return named and len(words) <= _KINDS_MAX and not any(c.isdigit() for each in words for c in each)


def dated(label: str) -> bool:
    """Whether the heading speaks of a day, or there is none, so that plain digits may be one."""
    return not label or bool({"date", "due"} & notions_of(label)[0])


def _fit_of_text(slot: Slot, field: Field) -> float | None:
    member = slot.member
    if member == "currency":
        return 2.0 if all(re.fullmatch(r"[A-Z]{3}", each) for each in field.filled) else None
    if member in ("unit", "terms") and field.figures:
        return None
    if member == "link":
        return 2.0 if all("://" in each for each in field.filled) else None
    if slot.place == "attachments" and member == "name":
        parts = [part for each in field.filled for part in re.split(r"[;|,]", each) if part.strip()]
        return 2.0 if all(_FILE_NAME.fullmatch(each.strip()) for each in parts) else None
    if member == "approved_at":
        return 1.0 if all(re.fullmatch(r"[0-9-]{10}T[0-9:.]+Z", each) for each in field.filled) else None
    if member in ("vendor_name", "description"):
        if field.decimals and member == "description":
            return None
        return 1.0 if field.wordy else -3.0
    if member == "vendor_id":
        return -6.0 if field.wordy and not field.named_codes else 1.0
    if member in ("account", "subaccount", "branch", "project", "task", "cost_code", "po_number", "receipt_number"):
        return (
            None
            if field.decimals and member != "subaccount"
            else (0.0 if field.code_like or field.named_codes else -6.0)
        )
    if member in ("external_id", "invoice_number", "payment_id"):
        return None if any("://" in each for each in field.filled) else 0.0
    return 0.0


def known_bonus(slot: Slot, field: Field, known: Known) -> float:
    """What the connection's records say for or against the member."""
    values = set(field.filled)
    if not values or not known.codes:
        return 0.0
    shares = {
        member: len(values & codes) / len(values) for member, codes in known.codes.items() if codes and values & codes
    }
    best = max(shares.values(), default=0.0)
    own = shares.get(slot.member, 0.0)
    if own >= _ENOUGH and own == best:
        return _KNOWN_BONUS * own
    if all(len(each) < _TELLING for each in values):
        return 0.0
    other = best >= _ENOUGH and slot.member in known.codes
    return -_KNOWN_BONUS / 2 if other else 0.0


def constant_within(field: Field, groups: Sequence[Sequence[int]]) -> bool:
    """Whether the column says one thing in all rows of each document."""
    return all(len({field.cells[row] for row in rows}) == 1 for rows in groups)
