"""A table whose rows all have the same columns: heading, rows that are no data, documents, lines and shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ml_connector.layouts.inference.arithmetic import AMOUNT, TOTAL, control_slots, settle_amounts, summed
from ml_connector.layouts.inference.assigning import Assigned, Score, ask_for, assign_fields, score_fields, weak_slots
from ml_connector.layouts.inference.building import build_columns
from ml_connector.layouts.inference.columns import Field, constant_within, fit_of
from ml_connector.layouts.inference.interview import Interview, Known
from ml_connector.layouts.inference.tables.composite import composite_columns, packed_column, wide_groups
from ml_connector.layouts.inference.tables.positions import assign_flat, unnamed_groups
from ml_connector.layouts.inference.tables.rows import Body
from ml_connector.layouts.inference.wording.meanings import Slot
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import (
    CleanUp,
    Column,
    CsvDialect,
    DayStyle,
    DocumentKind,
    FeedLayout,
    NumberStyle,
    Place,
    XmlDialect,
)

D: Place = "document"
# Stands in a column that nobody has found; it is no value of any member that must be there.
UNKNOWN = "?"
# A column whose cells make up another weighs more than two that are called alike.
_SUM_BONUS = 3.0
_NOUNS: Mapping[str, str] = {"approved_invoice": "invoice", "payment": "payment"}
_PLACES: Mapping[str, tuple[Place, ...]] = {
    "approved_invoice": ("document", "lines", "attachments"),
    "payment": ("document", "applications"),
}
_IDENTITIES = {
    "approved_invoice": ("external_id", "vendor_id", "invoice_number", "invoice_date", "vendor_name"),
    "payment": ("payment_id", "reference", "payment_date"),
}
# These stand once a document and once a line; where they stand in the sample tells which is meant.
_EITHER = ("branch", "description", "kind")


@dataclass(frozen=True, slots=True)
class Shape:
    """What was inferred of one feed, and the styles of its file."""

    feed: FeedLayout
    dialect: CsvDialect
    numbers: NumberStyle
    days: DayStyle
    xml: XmlDialect = XmlDialect()


def infer_flat(body: Body, name: str, document: DocumentKind, *, interview: Interview, known: Known) -> Shape:
    """The feed that these rows are."""
    wide, rest = wide_groups(body.fields)
    packed = packed_column(rest, interview, known) if document == "approved_invoice" else None
    plain = [each for each in rest if packed is None or each is not packed[0]]
    named = any(each.label for each in plain)
    if not named and document == "approved_invoice":
        return _unnamed(body, name, interview, known)
    first = _identities(plain, document, interview, known)
    groups = _groups(first, document, len(body.rows))
    controls = control_slots(plain, groups) if document == "approved_invoice" else {}
    plain = [each for each in plain if all(each is not other for other in controls.values())]
    assigned = _assign(plain, groups, document, interview=interview, known=known)
    if document == "approved_invoice":
        settle_amounts(assigned, plain, groups, interview=interview, shares=bool(wide or packed))
        assigned |= controls
    _require(assigned, plain, document, interview)
    if Slot("attachments", "name") not in assigned:
        assigned.pop(Slot("attachments", "media_type"), None)
    _note_unread(plain, assigned, interview)
    ordered = sorted(assigned.items(), key=lambda each: each[1].at)
    columns, styles = build_columns(ordered, document, interview, known)
    columns = composite_columns(columns, assigned, interview, known)
    if packed is not None:
        columns = (*columns, packed[1])
    columns = (*columns, *_wide_columns(wide, interview, known))
    feed = FeedLayout(
        name=name,
        direction="in",
        document=document,
        noun=_NOUNS[document],
        columns=with_placeholders(columns, document),
        group_by=_group_by(assigned, document, body),
        line_key=_line_key(assigned, groups, document),
        carry_down=_listed(body.carry_down(_key_name(assigned, document)), columns),
        skip=body.skip,
    )
    return Shape(feed, replace(body.dialect, clean=clean_ups(assigned.values())), styles.numbers, styles.days)


def _listed(names: Sequence[str], columns: Sequence[Column]) -> tuple[str, ...]:
    """Those of the names that say something of the document: a blank cell of a line says nothing of the one above."""
    known = {each.name for each in columns if each.place == "document"}
    return tuple(each for each in names if each in known)


def _note_unread(fields: Sequence[Field], assigned: Assigned, interview: Interview) -> None:
    names = [each.name for each in fields if not _is_among(each, list(assigned.values())) and each.filled]
    if names:
        interview.notes.append(f"Not read: {', '.join(names)}.")


def _unnamed(body: Body, name: str, interview: Interview, known: Known) -> Shape:
    """Rows without a heading: cells are known by their position."""
    groups = unnamed_groups(body.fields, len(body.rows))
    assigned = assign_flat(body.fields, groups, interview, known)
    ordered = sorted(assigned.items(), key=lambda each: each[1].at)
    columns, styles = build_columns(ordered, "approved_invoice", interview, known)
    columns = composite_columns(columns, assigned, interview, known)
    feed = FeedLayout(
        name=name,
        direction="in",
        document="approved_invoice",
        noun="invoice",
        columns=with_placeholders(columns, "approved_invoice"),
        group_by=_group_by(assigned, "approved_invoice", body),
        carry_down=_listed(body.carry_down(_key_name(assigned, "approved_invoice")), columns),
        skip=body.skip,
    )
    return Shape(feed, replace(body.dialect, clean=clean_ups(assigned.values())), styles.numbers, styles.days)


def clean_ups(fields: Iterable[Field]) -> tuple[CleanUp, ...]:
    """What the texts of the sample hold that nobody sees or means: it is cleaned by rule."""
    text = "".join(cell for each in fields if not each.figures for cell in each.cells)
    found: list[CleanUp] = []
    if "\r" in text:
        found.append("line_ends")
    if "\u00a0" in text or "\u202f" in text:
        found.append("no_break_space")
    if any(each in text for each in "\u200b\u200c\u200d\ufeff\u2060"):
        found.append("zero_width")
    if any(ord(each) < 32 and each not in "\t\r\n" for each in text):
        found.append("control")
    return tuple(found)


def _identities(fields: Sequence[Field], document: DocumentKind, interview: Interview, known: Known) -> Assigned:
    """The columns that tell documents apart, by wording and cells alone."""
    quiet = Interview({})
    scores = score_fields(fields, _PLACES[document], document=document, known=known)
    found = assign_fields(scores, quiet)
    return {slot: field for slot, field in found.items() if slot.place == D and slot.member in _IDENTITIES[document]}


def _groups(first: Assigned, document: DocumentKind, count: int) -> list[list[int]]:
    """The rows of each document, by the id that has one value a document, else by vendor and number."""
    if document == "payment":
        return _by(count, [first.get(Slot(D, "payment_id"))])
    own = first.get(Slot(D, "external_id"))
    number = first.get(Slot(D, "invoice_number"))
    vendor = first.get(Slot(D, "vendor_id")) or first.get(Slot(D, "vendor_name"))
    by_number = _by(count, [vendor, number]) if number else []
    if own is not None and not (by_number and row_id(own, by_number)):
        return _by(count, [own])
    return by_number or [[row] for row in range(count)]


def row_id(own: Field, by_number: Sequence[Sequence[int]]) -> bool:
    """Whether an id counts rows rather than documents."""
    several = [rows for rows in by_number if len(rows) > 1]
    distinct = len(set(own.cells)) == len(own.cells)
    return distinct and bool(several)


def _by(count: int, fields: Sequence[Field | None]) -> list[list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for row in range(count):
        key = tuple(each.cells[row] for each in fields if each)
        found.setdefault(key if any(key) else (f"\0{row}",), []).append(row)
    return list(found.values())


def _assign(
    fields: Sequence[Field],
    groups: Sequence[Sequence[int]],
    document: DocumentKind,
    *,
    interview: Interview,
    known: Known,
) -> Assigned:
    first_line = _first_line_column(fields, document, known)

    def adjust(slot: Slot, field: Field) -> float | None:
        if slot.place == D and (
            not constant_within(field, groups) or (document, slot.member) == ("payment", "vendor_id")
        ):
            return None
        if slot.member == "line_number" and any(len({field.cells[row] for row in rows}) < len(rows) for rows in groups):
            return None
        if slot.member not in _EITHER or document == "payment":
            return 0.0
        if slot.place == D and slot.member == "description" and "memo" in notions_of(field.label)[0]:
            return 2.0
        return 1.0 if (slot.place == D) == (field.at < first_line) else -1.0

    totals, parts = summed(fields, groups) if document == "approved_invoice" else ([], [])
    scores = [
        (
            score + _SUM_BONUS * (_is_among(field, totals if slot == TOTAL else parts if slot == AMOUNT else [])),
            field,
            slot,
        )
        for score, field, slot in score_fields(fields, _PLACES[document], document=document, known=known, adjust=adjust)
    ]
    scores.sort(key=lambda each: (-each[0], each[1].at))
    assigned = assign_fields(scores, interview)
    _ask_weak(scores, assigned, interview)
    return assigned


def _is_among(field: Field, fields: Sequence[Field]) -> bool:
    return any(each is field for each in fields)


def _first_line_column(fields: Sequence[Field], document: DocumentKind, known: Known) -> int:
    """Where the columns of lines begin: at the first that can only be of a line, or behind the total."""
    sure = ("line_number", "account", "subaccount", "amount", "quantity", "unit_price", "project", "inventory_id")
    found = assign_fields(score_fields(fields, ("document", "lines"), document=document, known=known), Interview({}))
    return min(
        (field.at for slot, field in found.items() if slot == TOTAL or (slot.place == "lines" and slot.member in sure)),
        default=99_999,
    )


def _ask_weak(scores: Sequence[Score], assigned: Assigned, interview: Interview) -> None:
    for slot in weak_slots(scores, assigned):
        field = assigned[slot]
        evidence = f"{field.name} is the only column that could be it: {', '.join(dict.fromkeys(field.filled[:3]))}."
        if ask_for(slot, [field], interview, evidence=evidence) is None:
            del assigned[slot]


def _require(assigned: Assigned, fields: Sequence[Field], document: DocumentKind, interview: Interview) -> None:
    """Asks for what a document cannot be without and no wording names."""
    needed = [Slot(D, "invoice_date")] if document == "approved_invoice" else [Slot(D, "payment_id"), Slot(D, "status")]
    used = {id(each) for each in assigned.values()}
    for slot in needed:
        if slot in assigned:
            continue
        asked = any(each.id == slot.member for each in interview.questions)
        candidates = [each for each in fields if id(each) not in used and (fit_of(slot, each) or 0.0) > 0]
        if candidates and not asked:
            chosen = ask_for(slot, candidates, interview, evidence="No heading names it.")
            if chosen is not None:
                assigned[slot] = chosen


def with_placeholders(columns: tuple[Column, ...], document: DocumentKind, *, record: str = "") -> tuple[Column, ...]:
    """A column for each member that must be there and has none: it refuses every file, since nobody has said where the
    value stands."""
    filled = {(each.place, each.member) for each in columns}
    shares = any(each.place == "shares" for each in columns)
    needed: list[Column] = []
    wanted: Sequence[tuple[Place, str]] = (
        (("document", "invoice_date"), ("document", "total"), ("lines", "amount"))
        if document == "approved_invoice"
        else (("document", "payment_id"), ("document", "status"), ("document", "amount"), ("applications", "amount"))
    )
    for place, member in wanted:
        if (place, member) not in filled and not (place == "lines" and shares):
            words = member.replace("_", " ")
            blank = Column(f"({words})", member, "amount" if "amount" in member or member == "total" else "code", place)
            extraction = replace(blank.extraction, constant=UNKNOWN)
            undecided = f"no column of the sample says the {words}"
            needed.append(
                replace(
                    blank,
                    required="value",
                    record=record,
                    path="." if record else "",
                    extraction=extraction,
                    undecided=undecided,
                )
            )
    return (*columns, *needed)


def _group_by(assigned: Assigned, document: DocumentKind, body: Body) -> tuple[tuple[str, ...], ...]:
    if document == "payment":
        own = assigned.get(Slot(D, "payment_id"))
        return ((own.name,),) if own else ()
    own = assigned.get(Slot(D, "external_id"))
    if own is not None:
        return ((own.name,),)
    number = assigned.get(Slot(D, "invoice_number"))
    vendor = assigned.get(Slot(D, "vendor_id")) or assigned.get(Slot(D, "vendor_name"))
    if number is None:
        # Nothing tells documents apart: each row is one, told by all the document says.
        names = [each.name for slot, each in assigned.items() if slot.place == D]
        return (tuple(dict.fromkeys(names or ["(invoice date)"])),)
    return (tuple(each.name for each in (vendor, number) if each),)


def _key_name(assigned: Assigned, document: DocumentKind) -> tuple[str, ...]:
    members = (
        ("payment_id",) if document == "payment" else ("external_id", "invoice_number", "vendor_id", "vendor_name")
    )
    return tuple(field.name for member in members if (field := assigned.get(Slot(D, member))))


def _line_key(assigned: Assigned, groups: Sequence[Sequence[int]], document: DocumentKind) -> tuple[str, ...]:
    """The line number, where it is one value a line in each document."""
    number = assigned.get(Slot("lines", "line_number"))
    if number is None or document == "payment":
        return ()
    once = all(len({number.cells[row] for row in rows}) == len(rows) for rows in groups)
    return (number.name,) if once and all(each.strip() for each in number.cells) else ()


def _wide_columns(wide: Sequence[Field], interview: Interview, known: Known) -> tuple[Column, ...]:
    if not wide:
        return ()
    scores = score_fields(wide, ("lines",), document="approved_invoice", known=known)
    found = assign_fields(scores, interview)
    shares = {Slot("shares", slot.member): field for slot, field in found.items()}
    columns, _ = build_columns(list(shares.items()), "approved_invoice", interview, known)
    return tuple(replace(each, required="no") for each in columns)
