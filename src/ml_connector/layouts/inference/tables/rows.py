"""Which rows of a sheet are data: heading, repeated headings, comments, subtotals, footers, blank keys carried down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.inference.cells.days import looks_like_day
from ml_connector.layouts.inference.cells.figures import parse_figure
from ml_connector.layouts.inference.columns import Field
from ml_connector.layouts.inference.interview import Interview
from ml_connector.layouts.inference.tables.texts import Sheet
from ml_connector.layouts.inference.wording.meanings import meanings_of
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import CsvDialect, SkipRule

_COMMENTS = ("#", "//", "--", ";", "*", "!")
_TOTAL_WORDS = (
    "total",
    "subtotal",
    "sub total",
    "grand total",
    "sum",
    "summe",
    "gesamt",
    "zwischensumme",
    "totaal",
    "totale",
)
_SHARE_OF_FOOTERS = 0.2


@dataclass(frozen=True, slots=True)
class Body:
    """The data rows of a sheet as columns, with the dialect and the rules that leave the others out; ``plain`` are the
    columns before blank cells were filled from the row above."""

    dialect: CsvDialect
    fields: tuple[Field, ...]
    rows: tuple[Sequence[str], ...]
    skip: tuple[SkipRule, ...] = ()
    carried: tuple[str, ...] = ()
    plain: tuple[Field, ...] = ()

    def carry_down(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The carried columns, the first of them one whose blank tells that the row goes on with the one above."""
        first = next((each for each in keys if each in self.carried), None)
        if first is None:
            return self.carried
        return (first, *(each for each in self.carried if each != first))


def has_heading(rows: Sequence[Record]) -> bool:
    """Whether the first row names columns: no figure or day in it, and words we know or figures below it."""
    first = [each.strip() for each in rows[0].cells]
    named = [each for each in first if each]
    if not named or any(parse_figure(each) or looks_like_day(each) for each in named):
        return False
    known = sum(bool(notions_of(each)[0]) for each in named)
    below = rows[1].cells if len(rows) > 1 else []
    figures = sum(parse_figure(each) is not None or looks_like_day(each) for each in below)
    distinct = len(set(named)) == len(named)
    return distinct and (known * 2 >= len(named) or (figures > 0 and len(named) * 2 > len(first)))


def body_of(sheet: Sheet, interview: Interview) -> Body | str:
    """The data rows, or a sentence about why the sheet is no table of one kind of row."""
    heading = has_heading(sheet.rows)
    dialect = replace(sheet.dialect, heading=heading)
    rows = list(sheet.rows)
    names = (
        [each.strip() for each in rows[0].cells] if heading else [f"column {at}" for at in range(1, sheet.width + 1)]
    )
    if heading:
        rest = [each for each in rows[1:] if each.cells != rows[0].cells]
        dialect = replace(dialect, repeated_heading=len(rest) < len(rows) - 1)
        rows = rest
    rows, dialect, skip = _without_odd_rows(rows, dialect, names)
    odd = [each for each in rows if len(each.cells) != len(names)]
    if odd:
        return f"row {odd[0].line} has {len(odd[0].cells)} cells, the heading {len(names)}"
    cells = [list(each.cells) for each in rows]
    rules, cells = _without_totals(names, cells)
    plain = _fields(names, cells, named=heading)
    carried, cells = _carried(names, cells)
    fields = _fields(names, cells, named=heading)
    for each in rules:
        interview.notes.append(f"Rows whose {each.column} {_shown(each)} are taken for no data.")
    return Body(dialect, fields, tuple(cells), (*skip, *rules), carried, plain)


def _fields(names: Sequence[str], rows: Sequence[Sequence[str]], *, named: bool) -> tuple[Field, ...]:
    mark = "" if named else "#"
    return tuple(
        Field(name, name if named else "", tuple(row[at] for row in rows), at + 1, record=mark)
        for at, name in enumerate(names)
        if name
    )


def _shown(rule: SkipRule) -> str:
    return "is empty" if rule.test == "empty" else f"{rule.test} {rule.text!r}"


def _without_odd_rows(
    rows: list[Record], dialect: CsvDialect, names: Sequence[str]
) -> tuple[list[Record], CsvDialect, tuple[SkipRule, ...]]:
    """Comments and footers left out: rows of other width that say one thing."""
    odd = [each for each in rows if len(each.cells) != len(names)]
    for sign in _COMMENTS:
        if odd and all(each.cells[0].startswith(sign) for each in odd):
            return [each for each in rows if len(each.cells) == len(names)], replace(dialect, comment=sign), ()
    single = [each for each in odd if sum(bool(cell.strip()) for cell in each.cells) <= 1]
    if not odd or len(single) < len(odd) or len(odd) > max(1, _SHARE_OF_FOOTERS * len(rows)):
        return rows, dialect, ()
    rules = []
    for each in odd:
        words = each.cells[0].split(" ")
        text = " ".join(words[:2]) if len(words) > 2 else words[0]
        if names[0] and text.strip() and any(c.isalpha() for c in text):
            rules.append(SkipRule(names[0], "starts", text))
        else:
            return rows, dialect, ()
    return [each for each in rows if len(each.cells) == len(names)], dialect, tuple(dict.fromkeys(rules))


def _without_totals(names: Sequence[str], rows: list[list[str]]) -> tuple[tuple[SkipRule, ...], list[list[str]]]:
    """Blank rows, a subtotal under the heading, and rows that call themselves totals."""
    rules: list[SkipRule] = []
    kept: list[list[str]] = []
    started = False
    key = next((at for at, name in enumerate(names) if name), 0)
    for row in rows:
        label = next((at for at, cell in enumerate(row) if cell.strip()), None)
        if label is None:
            rules.append(SkipRule(names[key], "empty"))
            continue
        text = row[label].strip().casefold().rstrip(":")
        called = bool(names[label]) and any(text == word or text.startswith(f"{word} ") for word in _TOTAL_WORDS)
        if called and sum(bool(each.strip()) for each in row) * 2 <= len(row):
            rules.append(SkipRule(names[label], "starts", row[label].strip().split(" ")[0]))
            continue
        blank = not row[key].strip() and sum(bool(each.strip()) for each in row) * 2 < len(row)
        if blank and not started and len(rows) > 1:
            rules.append(SkipRule(names[key], "empty"))
            continue
        started = True
        kept.append(row)
    return tuple(dict.fromkeys(rules)), kept


def _names_a_document(name: str, at: int) -> bool:
    """Whether a heading tells documents apart; where there is none, the first column does."""
    keys = ("external_id", "vendor_id", "invoice_number", "payment_id")
    meant = {**meanings_of(name, "approved_invoice"), **meanings_of(name, "payment")}
    best = max(meant.values(), default=0.0)
    if name.startswith("column ") and not best:
        return at == 0
    return any(slot.place == "document" and slot.member in keys and score > best - 2 for slot, score in meant.items())


def _carried(names: Sequence[str], rows: list[list[str]]) -> tuple[tuple[str, ...], list[list[str]]]:
    """The columns that are blank together in rows that go on with the one above, and the rows with them filled."""
    if len(rows) < 2:
        return (), rows
    always = [at for at in range(len(names)) if rows[0][at].strip() and any(not row[at].strip() for row in rows)]
    key = next((at for at in always if _names_a_document(names[at], at)), None)
    blank_rows = [row for row in rows[1:] if key is not None and not row[key].strip()]
    if key is None or not blank_rows:
        return (), rows
    carried = [at for at in always if all(not row[at].strip() for row in blank_rows)]
    full = [row for row in rows if row[key].strip()]
    carried = [at for at in carried if sum(bool(row[at].strip()) for row in full) * 2 > len(full)]
    if len(carried) < 2 or key not in carried:
        return (), rows
    carried.sort(key=lambda at: at != key)
    found: list[list[str]] = []
    for row in rows:
        if found and not row[carried[0]].strip():
            row = [found[-1][at] if at in carried and not cell.strip() else cell for at, cell in enumerate(row)]
        found.append(row)
    return tuple(names[at] for at in carried), found
