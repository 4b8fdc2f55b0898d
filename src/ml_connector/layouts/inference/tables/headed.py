"""Rows of several record types under one heading: a column tells the type, each type fills columns of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ml_connector.layouts.inference.assigning import assign_fields, score_fields
from ml_connector.layouts.inference.building import build_columns
from ml_connector.layouts.inference.columns import Field
from ml_connector.layouts.inference.interview import Interview, Known
from ml_connector.layouts.inference.tables.flat import Shape, with_placeholders
from ml_connector.layouts.inference.tables.rows import Body
from ml_connector.layouts.inference.tables.typed import place_of_word
from ml_connector.layouts.inference.wording.meanings import Slot
from ml_connector.layouts.layout import FeedLayout, Place, RecordPlace, Records, RecordType

_WORDS_MAX = 6
_PLACES: Mapping[RecordPlace, Place] = {"document": "document", "lines": "lines", "taxes": "taxes", "shares": "lines"}


@dataclass(frozen=True, slots=True)
class Headed:
    """The column that tells the type of a row, and what each of its words makes."""

    column: Field
    places: Mapping[str, RecordPlace]


def find_headed(body: Body) -> Headed | None:
    """The types of the rows, None where all rows are of one: then they fill the same columns."""
    for column in body.plain:
        words = dict.fromkeys(each.strip() for each in column.cells)
        if not 2 <= len(words) <= _WORDS_MAX or not all(words):
            continue
        places = {word: place_of_word(word) for word in words}
        if sorted(place for place in places.values() if place in ("document", "lines")) != ["document", "lines"]:
            continue
        found = Headed(column, places)
        own = [_filled_by(found, each) for each in body.plain if each is not column]
        if {"document"} in own and {"lines"} in own:
            return found
    return None


def infer_headed(headed: Headed, body: Body, name: str, *, interview: Interview, known: Known) -> Shape:
    """The feed of such rows; records are joined by the column that both have, else children follow."""
    used = {word: place for word, place in headed.places.items() if place in _PLACES}
    by_word = {word: _fields_of(headed, body, word) for word in used}
    top = next(word for word, place in used.items() if place == "document")
    key = _key(by_word[top], [by_word[word] for word in used if word != top])
    whole: list[tuple[Slot, Field]] = []
    kinds: list[RecordType] = []
    for word, place in used.items():
        fields = by_word[word]
        own = next((each for each in fields if each.name == key), None)
        rest = fields if place == "document" else [each for each in fields if each is not own]
        scores = score_fields(rest, (_PLACES[place],), document="approved_invoice", known=known)
        found = assign_fields(scores, interview)
        if place == "shares":
            found = {Slot("shares", slot.member): field for slot, field in found.items()}
        if own is not None and all(own is not each for each in found.values()):
            found[Slot("key", "key")] = own
        whole += found.items()
        kinds.append(RecordType(word, place, word=word, key=(key,) if key else ()))
    columns, styles = build_columns(whole, "approved_invoice", interview, known)
    ignored = [word for word in headed.places if word not in used]
    if ignored:
        interview.notes.append(f"Rows of the types {', '.join(ignored)} are ignored.")
    feed = FeedLayout(
        name=name,
        direction="in",
        document="approved_invoice",
        noun="invoice",
        columns=with_placeholders(columns, "approved_invoice", record=top),
        records=Records(
            tuple(kinds), column=headed.column.name, heading="one", others="ignore" if ignored else "refuse"
        ),
    )
    return Shape(feed, replace(body.dialect, heading=True), styles.numbers, styles.days)


def _filled_by(headed: Headed, field: Field) -> set[RecordPlace]:
    """What makes use of the column."""
    rows = zip(headed.column.cells, field.cells, strict=True)
    return {headed.places[word.strip()] for word, cell in rows if cell.strip()}


def _fields_of(headed: Headed, body: Body, word: str) -> list[Field]:
    """The columns as the rows of one type fill them."""
    rows = [row for row, cell in enumerate(headed.column.cells) if cell.strip() == word]
    found = [
        Field(each.name, each.label, tuple(each.cells[row] for row in rows), each.at, "", word)
        for each in body.plain
        if each is not headed.column
    ]
    return [each for each in found if each.filled]


def _key(top: list[Field], below: list[list[Field]]) -> str:
    """The column by which every record names its document, empty where none does."""
    for field in top:
        distinct = len(set(field.cells)) == len(field.cells) and all(each.strip() for each in field.cells)
        named = [next((each for each in fields if each.name == field.name), None) for fields in below]
        if distinct and all(each is not None and set(each.cells) <= set(field.cells) for each in named):
            return field.name
    return ""
