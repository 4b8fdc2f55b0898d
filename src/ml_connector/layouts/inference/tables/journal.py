"""Journal entries: debit and credit rows of which one, the vendor's, is the document and the others are its lines.

Taken only where every set of rows balances and exactly one row of each is of the vendor's type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector.layouts.inference.arithmetic import figure_value
from ml_connector.layouts.inference.assigning import assign_fields, score_fields
from ml_connector.layouts.inference.building import build_columns, style_of_fields
from ml_connector.layouts.inference.columns import Field
from ml_connector.layouts.inference.interview import Interview, Known
from ml_connector.layouts.inference.tables.flat import Shape, with_placeholders
from ml_connector.layouts.inference.tables.rows import Body
from ml_connector.layouts.inference.wording.meanings import Slot, meanings_of
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import Column, FeedLayout, NumberStyle, Records, RecordType

_WORDS_MAX = 6


@dataclass(frozen=True, slots=True)
class Journal:
    """The columns that make a table a journal: key of a document, type of a row, the vendor's word, both sides."""

    key: Field
    kind: Field
    vendor: str
    debit: Field
    credit: Field


def find_journal(body: Body) -> Journal | None:
    """The journal the rows are, None where they are none."""
    debit = _side(body.fields, "debit")
    credit = _side(body.fields, "credit")
    if debit is None or credit is None:
        return None
    style = style_of_fields([debit, credit])
    net = [_net(debit.cells[row], credit.cells[row], style) for row in range(len(body.rows))]
    for key in body.fields:
        meant = meanings_of(key.label, "approved_invoice")
        if not any(slot.member in ("external_id", "invoice_number") for slot in meant) or not all(key.cells):
            continue
        groups: dict[str, list[int]] = {}
        for row, cell in enumerate(key.cells):
            groups.setdefault(cell, []).append(row)
        if any(sum(net[row] for row in rows) != 0 or len(rows) < 2 for rows in groups.values()):
            continue
        for kind in body.fields:
            words = dict.fromkeys(kind.filled)
            if kind is not key and 2 <= len(words) <= _WORDS_MAX and not kind.decimals:
                alone = [
                    word
                    for word in words
                    if all(sum(kind.cells[row].strip() == word for row in rows) == 1 for rows in groups.values())
                    and all(
                        net[row] <= 0 for row, cell in enumerate(kind.cells) if cell.strip() == word and net[row] < 0
                    )
                ]
                owed = [word for word in alone if any(net[row] < 0 for row in _rows_of(kind, word))]
                if len(owed) == 1:
                    return Journal(key, kind, owed[0], debit, credit)
    return None


def infer_journal(journal: Journal, body: Body, name: str, *, interview: Interview, known: Known) -> Shape:
    """The feed of a journal: the vendor's row is the document, the others are lines."""
    sides = (journal.debit, journal.credit, journal.kind)
    rest = [each for each in body.fields if all(each is not other for other in sides)]
    number = next(
        (each for each in rest if any(s.member == "account" for s in meanings_of(each.label, "approved_invoice"))), None
    )
    others = [each for each in rest if each is not number and each is not journal.key]
    named = any(_names_number(each) for each in others)
    head = [_only(each, journal, vendor=True) for each in (others if named else [journal.key, *others])]
    lines = [_only(each, journal, vendor=False) for each in rest if each is not journal.key]
    found = assign_fields(score_fields(head, ("document",), document="approved_invoice", known=known), interview)
    inner = assign_fields(score_fields(lines, ("lines",), document="approved_invoice", known=known), interview)
    if all(each.name != journal.key.name for each in found.values()):
        found[Slot("document", "external_id")] = _only(journal.key, journal, vendor=True)
    if number is not None:
        found[Slot("document", "vendor_id")] = _only(number, journal, vendor=True)
    whole: list[tuple[Slot, Field]] = [
        *found.items(),
        (Slot("document", "total"), _only(journal.credit, journal, vendor=True)),
        (Slot("key", "key"), _only(journal.key, journal, vendor=False)),
        *inner.items(),
        (Slot("lines", "amount"), _only(journal.debit, journal, vendor=False)),
    ]
    columns, styles = build_columns(whole, "approved_invoice", interview, known)
    words = [each for each in dict.fromkeys(journal.kind.filled) if each != journal.vendor]
    kinds = [RecordType("vendor", "document", word=journal.vendor, key=(journal.key.name,))]
    kinds += [RecordType(each, "lines", word=each, key=(journal.key.name,)) for each in words]
    spread = _for_each(tuple(_other_side(each, journal) for each in columns), words)
    feed = FeedLayout(
        name=name,
        direction="in",
        document="approved_invoice",
        noun="invoice",
        columns=with_placeholders(spread, "approved_invoice", record="vendor"),
        records=Records(tuple(kinds), column=journal.kind.name, heading="one"),
        balanced=True,
        skip=body.skip,
    )
    interview.notes.append(f"Rows whose {journal.kind.name} is {journal.vendor} are taken for the vendor's side.")
    return Shape(feed, body.dialect, styles.numbers, styles.days)


def _names_number(field: Field) -> bool:
    """Whether the heading speaks of the vendor's invoice number."""
    meant = meanings_of(field.label, "approved_invoice")
    best = max(meant.values(), default=0.0)
    return meant.get(Slot("document", "invoice_number"), 0.0) >= max(best, 9.0)


def _side(fields: Sequence[Field], notion: str) -> Field | None:
    found = [each for each in fields if notion in notions_of(each.label)[0] and (each.figures or not each.filled)]
    return found[0] if len(found) == 1 else None


def _net(debit: str, credit: str, style: NumberStyle) -> Decimal:
    """What a row is on the debit side; a cell that is no figure makes nothing balance."""
    values = [figure_value(each, style) for each in (debit, credit)]
    return (values[0] or Decimal(0)) - (values[1] or Decimal(0)) if None not in values else Decimal("0.000001")


def _rows_of(kind: Field, word: str) -> list[int]:
    return [row for row, cell in enumerate(kind.cells) if cell.strip() == word]


def _only(field: Field, journal: Journal, *, vendor: bool) -> Field:
    """The column as the rows of one side have it."""
    rows = [row for row, cell in enumerate(journal.kind.cells) if (cell.strip() == journal.vendor) == vendor]
    record = "vendor" if vendor else "lines"
    return Field(field.name, field.label, tuple(field.cells[row] for row in rows), field.at, "", record)


def _other_side(column: Column, journal: Journal) -> Column:
    if column.type == "amount" and column.name == journal.credit.name and column.member == "total":
        return replace(column, minus=journal.debit.name)
    if column.type == "amount" and column.name == journal.debit.name and column.member == "amount":
        return replace(column, minus=journal.credit.name)
    return column


def _for_each(columns: Sequence[Column], words: Sequence[str]) -> tuple[Column, ...]:
    """The columns of lines once for each type of row."""
    head = [each for each in columns if each.record == "vendor"]
    return (*head, *(replace(each, record=word) for word in words for each in columns if each.record == "lines"))
