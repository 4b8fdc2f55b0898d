"""Rows of several record types in one file, and sets of files: headers here, lines there, joined by key or position."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.inference.arithmetic import figure_value
from ml_connector.layouts.inference.assigning import Assigned, assign_fields, score_fields
from ml_connector.layouts.inference.building import build_columns, style_of_fields
from ml_connector.layouts.inference.columns import Field
from ml_connector.layouts.inference.interview import Interview, Known
from ml_connector.layouts.inference.tables.flat import Shape, with_placeholders
from ml_connector.layouts.inference.tables.positions import assign_typed, sum_of, totals_of
from ml_connector.layouts.inference.tables.rows import Body, has_heading
from ml_connector.layouts.inference.tables.texts import Sheet
from ml_connector.layouts.inference.wording.meanings import Slot, meanings_of
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import DocumentKind, FeedLayout, Place, RecordPlace, Records, RecordType

D: Place = "document"
_TYPES_MAX = 12
_NOTHING = "nothing we need"
_WORD = re.compile(r"[A-Za-z][A-Za-z _-]{0,30}[0-9]?|[0-9]{1,2}")
_LETTERS: Mapping[str, RecordPlace] = {
    "h": "document", "hd": "document", "hdr": "document", "inv": "document", "i": "document",
    "l": "lines", "d": "lines", "ln": "lines", "lin": "lines", "dtl": "lines", "det": "lines",
    "s": "shares", "a": "shares", "al": "shares", "spl": "shares", "dist": "shares",
    "t": "taxes", "tx": "taxes", "vat": "taxes",
    "fh": "opening", "bh": "opening", "bof": "opening",
    "ft": "trailer", "tr": "trailer", "trl": "trailer", "eof": "trailer", "bt": "trailer",
}  # fmt: skip
_NOUNS: Mapping[DocumentKind, str] = {"approved_invoice": "invoice", "payment": "payment", "row": "row"}


@dataclass(frozen=True, slots=True)
class _Type:
    """The rows of one type: its word, the names of its columns where it has a heading, what they are."""

    word: str
    rows: tuple[Record, ...]
    names: tuple[str, ...] = ()
    place: RecordPlace = "ignore"

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns behind the type's own."""
        mark = "" if self.names else "#"
        width = max(len(each.cells) for each in self.rows)
        return tuple(
            Field(
                self.names[at] if self.names else f"column {at + 1}",
                self.names[at] if self.names else "",
                tuple(each.cells[at] if at < len(each.cells) else "" for each in self.rows),
                at + 1,
                record=f"{mark}{self.word}",
            )
            for at in range(1, width)
            if not self.names or (at < len(self.names) and self.names[at])
        )


def record_types(sheet: Sheet) -> tuple[_Type, ...] | None:
    """The types of a sheet whose first cell tells them, in order of first appearance; None where it does not."""
    by_word: dict[str, list[Record]] = {}
    for each in sheet.rows:
        by_word.setdefault(each.cells[0].strip(), []).append(each)
    words = list(by_word)
    fits = (
        2 <= len(words) <= _TYPES_MAX and len(words) < len(sheet.rows) and all(_WORD.fullmatch(each) for each in words)
    )
    same = all(len({len(each.cells) for each in rows}) == 1 for rows in by_word.values())
    if not fits or not same or not sheet.ragged:
        return None
    several = [rows for rows in by_word.values() if len(rows) > 1]
    headed = bool(several) and all(has_heading([_behind(each) for each in rows]) for rows in several)
    types = tuple(
        _Type(word, tuple(rows[1:]), tuple(each.strip() for each in rows[0].cells))
        if headed
        else _Type(word, tuple(rows))
        for word, rows in by_word.items()
    )
    types = tuple(each for each in types if each.rows)
    placed = tuple(replace(each, place=_place_of(each, sheet, headed=headed)) for each in types)
    return placed if {"document", "lines"} <= {each.place for each in placed} else None


def infer_typed(
    sheet: Sheet, types: Sequence[_Type], name: str, *, document: DocumentKind, interview: Interview, known: Known
) -> Shape:
    """The feed of a file of several record types."""
    headed = bool(types[0].names)
    used = [each for each in types if each.place != "ignore"]
    top = next(each for each in used if each.place == "document")
    ids = _links(top, [each for each in used if each.place in ("lines", "shares", "taxes")])
    whole: list[tuple[Slot, Field]] = []
    found: Assigned = {}
    for each in used:
        if each.place in ("opening", "trailer"):
            continue
        taxes = _left_for_taxes(found, whole)
        own = _assign(each, document, ids=ids, taxes=taxes, interview=interview, known=known)
        found = own if each is top else found
        whole += own.items()
    rows = sum(len(each.rows) for each in types if each.place not in ("opening", "trailer"))
    for each in used:
        if each.place == "trailer":
            whole += _stated(
                each, documents=len(top.rows), rows=rows, totals=totals_of(found), interview=interview
            ).items()
    columns, styles = build_columns(whole, document, interview, known)
    kinds = tuple(RecordType(each.word, each.place, word=each.word) for each in used)
    ignored = [each.word for each in types if each.place == "ignore"]
    if ignored:
        interview.notes.append(f"Rows of the types {', '.join(ignored)} are ignored.")
    records = Records(kinds, position=1, heading="each" if headed else "none", others="ignore" if ignored else "refuse")
    columns = with_placeholders(columns, document, record=top.word)
    feed = FeedLayout(name, "in", document, _NOUNS[document], columns, records=records)
    dialect = replace(sheet.dialect, heading=True) if headed else replace(sheet.dialect, heading=False)
    return Shape(feed, dialect, styles.numbers, styles.days)


def infer_set(
    bodies: Mapping[str, Body], name: str, *, document: DocumentKind, interview: Interview, known: Known
) -> Shape | str:
    """The feed of two files: documents in one, lines in the other; or why they are none."""
    heads = {each: _document_evidence(body.fields, document) for each, body in bodies.items()}
    top = max(heads, key=lambda each: heads[each])
    below = next(each for each in bodies if each != top)
    keys = _joined(bodies[top].fields, bodies[below].fields)
    if keys is None or heads[top] == heads[below]:
        return "no column of one file refers to the other"
    header, line = (_in_record(bodies[top].fields, "header"), _in_record(bodies[below].fields, "line"))
    own = next(each for each in header if each.name == keys[0])
    other = next(each for each in line if each.name == keys[1])
    places: tuple[Place, ...] = ("document", "attachments")
    found = assign_fields(score_fields(header, places, document=document, known=known), interview)
    counts = _line_counts(header, own, other)
    found |= {Slot("control", "lines"): each for each in counts[:1] if all(each is not used for used in found.values())}
    if all(each is not own for each in found.values()):
        found[Slot("key", "key")] = own
    inner: Literal["lines", "applications"] = "lines" if document == "approved_invoice" else "applications"
    rest = [each for each in line if each is not other]
    below_found = assign_fields(score_fields(rest, (inner,), document=document, known=known), interview)
    whole = [*found.items(), (Slot("key", "key"), other), *below_found.items()]
    columns, styles = build_columns(whole, document, interview, known)
    number = below_found.get(Slot("lines", "line_number"))
    kinds = (
        RecordType("header", "document", match=_glob(top, below), key=(own.name,)),
        RecordType("line", inner, match=_glob(below, top), key=(other.name, *([number.name] if number else []))),
    )
    columns = with_placeholders(columns, document, record="header")
    feed = FeedLayout(name, "in", document, _NOUNS[document], columns, records=Records(kinds))
    return Shape(feed, bodies[top].dialect, styles.numbers, styles.days)


def _behind(record: Record) -> Record:
    return Record(record.number, record.line, record.cells[1:])


def _place_of(kind: _Type, sheet: Sheet, *, headed: bool) -> RecordPlace:
    """What a type makes, by its word; the first row and the last are told by standing alone."""
    alone = len(kind.rows) == 1 and not headed
    if alone and kind.rows[0] is sheet.rows[0]:
        return "opening"
    if alone and kind.rows[0] is sheet.rows[-1]:
        return "trailer"
    return place_of_word(kind.word)


def place_of_word(word: str) -> RecordPlace:
    """What records of that word make, ``ignore`` where the word says nothing."""
    letters = _LETTERS.get(word.casefold())
    notions = notions_of(word)[0]
    if letters:
        return letters
    if "allocation" in notions:
        return "shares"
    if "tax" in notions:
        return "taxes"
    if "file" in notions:
        return "attachments"
    if "line" in notions:
        return "lines"
    return "document" if notions & {"header", "invoice", "document"} else "ignore"


def _links(top: _Type, below: Sequence[_Type]) -> frozenset[str]:
    """The cells of the document's column that every record below it repeats."""
    for field in top.fields:
        ids = set(field.filled)
        if (
            ids
            and below
            and all(any(set(each.filled) <= ids and each.filled for each in kind.fields) for kind in below)
        ):
            return frozenset(ids)
    return frozenset()


def _assign(
    kind: _Type,
    document: DocumentKind,
    *,
    ids: frozenset[str],
    taxes: Decimal | None,
    interview: Interview,
    known: Known,
) -> Assigned:
    place: Place = kind.place  # type: ignore[assignment]
    if not kind.names:
        return assign_typed(kind.fields, place, interview, known, ids=ids, taxes=taxes)
    fields = kind.fields if place == D else [each for each in kind.fields if not (ids and set(each.filled) <= ids)]
    inner: Place = "lines" if place == "shares" else place
    found = assign_fields(score_fields(fields, (inner,), document=document, known=known), interview)
    return {Slot(place, slot.member): field for slot, field in found.items()}


def _left_for_taxes(header: Assigned, whole: Sequence[tuple[Slot, Field]]) -> Decimal | None:
    """What the totals of the sample hold beyond its lines; None where either is not known."""
    amount = next((field for slot, field in whole if slot == Slot("lines", "amount")), None)
    if amount is None or Slot(D, "total") not in header:
        return None
    return sum(totals_of(header), Decimal(0)) - sum_of(amount, style_of_fields([amount]))


def _stated(kind: _Type, *, documents: int, rows: int, totals: Sequence[Decimal], interview: Interview) -> Assigned:
    """What a trailer states and what is so; a figure that agrees with nothing is asked."""
    found: Assigned = {}
    style = style_of_fields([each for each in kind.fields if each.decimals])
    for field in kind.fields:
        value = figure_value(field.cells[0], style) if field.filled else None
        if value is None:
            continue
        counted = {"total": sum(totals, Decimal(0))} if field.decimals else {"documents": documents, "rows": rows}
        free = [each for each in counted if Slot("control", each) not in found]
        member = next((each for each in free if value == counted[each]), None)
        if member is None and free:
            name = f"{kind.word} {field.name}"
            shown = ", ".join(f"{each} {counted[each]}" for each in free)
            evidence = f"It says {field.cells[0].strip()}; the sample holds {shown}."
            answer = interview.ask(
                name.replace(" ", "-"), f"What does {name} state?", evidence, choices=[*free, _NOTHING]
            )
            member = answer if answer in free else None
        if member is not None:
            found[Slot("control", member)] = field
    return found


def _document_evidence(fields: Sequence[Field], document: DocumentKind) -> int:
    members = {"vendor_id", "invoice_number", "invoice_date", "total", "payment_date", "status"}
    found = set()
    for each in fields:
        meant = meanings_of(each.label, document)
        best = max(meant.values(), default=0.0)
        found |= {slot.member for slot, score in meant.items() if slot.place == D and score >= best - 1}
    return len(found & members)


def _joined(header: Sequence[Field], line: Sequence[Field]) -> tuple[str, str] | None:
    """The column of the header whose cells the line's column names."""
    for other in line:
        for own in header:
            distinct = len(set(own.cells)) == len(own.cells) and all(own.cells)
            if distinct and other.filled and set(other.filled) <= set(own.filled) and not own.decimals:
                return own.name, other.name
    return None


def _in_record(fields: Sequence[Field], record: str) -> list[Field]:
    return [Field(each.name, each.label, each.cells, each.at, each.path, record) for each in fields]


def _line_counts(header: Sequence[Field], own: Field, other: Field) -> list[Field]:
    """Columns of the header that say how many lines there are."""
    counted = [str(other.cells.count(key)) for key in own.cells]
    return [
        each
        for each in header
        if each is not own
        and [cell.strip().lstrip("0") for cell in each.cells] == counted
        and any(slot.place == "control" for slot in meanings_of(each.label, "approved_invoice"))
    ]


def _glob(name: str, partner: str) -> str:
    """The name with a star for what both names have in common: a time or a number that binds the set."""
    base, other = name.rpartition("/")[2], partner.rpartition("/")[2]
    stem, dot, ending = base.rpartition(".")
    shared = [each for each in re.findall(r"[0-9][0-9_.-]*[0-9]|[0-9]", stem) if each in other]
    longest = max(shared, key=len, default="")
    return f"{stem.replace(longest, '*', 1)}{dot}{ending}" if longest else f"{stem}*{dot}{ending}"
