"""Columns without a heading: what cells, sums and the connection's records say of them. The rest is asked.

Nothing is taken from the order of columns alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from ml_connector.layouts.inference.arithmetic import balance, figure_value
from ml_connector.layouts.inference.assigning import Assigned, ask_for
from ml_connector.layouts.inference.building import style_of_fields
from ml_connector.layouts.inference.cells.days import infer_days, looks_like_day
from ml_connector.layouts.inference.cells.kinds import known_kinds
from ml_connector.layouts.inference.columns import Field, constant_within, known_bonus
from ml_connector.layouts.inference.interview import Interview, Known
from ml_connector.layouts.inference.wording.meanings import Slot
from ml_connector.layouts.layout import NumberStyle, Place

D: Place = "document"
_LINE_CODES = (
    "account",
    "subaccount",
    "branch",
    "project",
    "task",
    "cost_code",
    "inventory_id",
    "po_number",
    "receipt_number",
)
_COUNTS = ("line_number", "po_line", "receipt_line")
_TAX_CODES = ("tax_id",)
_NOTHING = "nothing we need"
_WHOLE_DIGITS_MAX = 4
Groups = Sequence[Sequence[int]]


def unnamed_groups(fields: Sequence[Field], count: int) -> list[list[int]]:
    """The rows of each document: by the first column under which one column is a total and another makes it up."""
    style = style_of_fields([each for each in fields if each.decimals])
    figures = [each for each in fields if each.decimals]
    for key in fields:
        if not key.filled or key.decimals or not key.code_like or looks_like_day(key.filled[0]):
            continue
        found: dict[str, list[int]] = {}
        for row in range(count):
            found.setdefault(key.cells[row], []).append(row)
        groups = list(found.values())
        if any(len(rows) > 1 for rows in groups) and any(
            constant_within(total, groups) and total is not part and balance(total, [part], groups, style) == 1
            for total in figures
            for part in figures
        ):
            return groups
    return [[row] for row in range(count)]


def assign_flat(fields: Sequence[Field], groups: Groups, interview: Interview, known: Known) -> Assigned:
    """Documents and lines in rows of one kind."""
    found: Assigned = {}
    figures = [each for each in fields if each.decimals]
    style = style_of_fields(figures)
    pairs = [
        (total, part)
        for total in figures
        for part in figures
        if total is not part and constant_within(total, groups) and balance(total, [part], groups, style) == 1
    ]
    if len(pairs) == 1:
        found[Slot(D, "total")], found[Slot("lines", "amount")] = pairs[0]
    elif len(figures) == 1 and all(len(rows) == 1 for rows in groups):
        found[Slot(D, "total")] = found[Slot("lines", "amount")] = figures[0]
    elif len(figures) > 1:
        for slot in (Slot(D, "total"), Slot("lines", "amount")):
            chosen = ask_for(slot, figures, interview, evidence=_shown(figures))
            if chosen is not None:
                found[slot] = chosen
    _take_plain(found, [each for each in fields if constant_within(each, groups)], D, interview, known=known)
    rest = _left(fields, found)
    header = [each for each in rest if constant_within(each, groups) and not each.decimals and not each.wordy]
    first_line = min((each.at for slot, each in found.items() if slot.place == "lines" and each.at), default=99_999)
    header = [each for each in header if each.at < _last_of_document(found, first_line)]
    _take_identity(found, header, groups, interview, known=known)
    rest = _left(rest, found)
    _take_plain(found, rest, "lines", interview, known=known)
    _take_codes(found, _left(rest, found), _LINE_CODES, "lines", interview=interview, known=known)
    _note_left(_left(rest, found), interview)
    return found


def assign_typed(
    fields: Sequence[Field],
    place: Place,
    interview: Interview,
    known: Known,
    *,
    ids: frozenset[str] = frozenset(),
    taxes: Decimal | None = None,
) -> Assigned:
    """One type of records; ``ids`` are cells that link records and say nothing else in a child, ``taxes``
    is what lines leave of the totals."""
    found: Assigned = {}
    rest = [each for each in fields if each.filled]
    if not rest:
        return found
    if place == D:
        link = next((each for each in rest if set(each.filled) <= ids), None)
        if link is not None:
            found[Slot(D, "external_id")] = link
        figures = [each for each in rest if each.decimals]
        chosen = figures[0] if len(figures) == 1 else None
        if len(figures) > 1:
            chosen = ask_for(Slot(D, "total"), figures, interview, evidence=_shown(figures))
        if chosen is not None:
            found[Slot(D, "total")] = chosen
        _take_plain(found, _left(rest, found), D, interview, known=known)
        left = [each for each in _left(rest, found) if not each.figures or each.filled[0].startswith("0")]
        _take_identity(found, left, [[row] for row in range(len(fields[0].cells))], interview, known=known)
    else:
        rest = [each for each in rest if not set(each.filled) <= ids]
        _take_figures(found, rest, place, interview, taxes=taxes)
        _take_plain(found, _left(rest, found), place, interview, known=known)
        codes = _TAX_CODES if place == "taxes" else _LINE_CODES
        _take_codes(found, _left(rest, found), codes, place, interview=interview, known=known)
    _note_left(_left(rest, found), interview)
    return found


def _left(fields: Sequence[Field], found: Assigned) -> list[Field]:
    used = {id(each) for each in found.values()}
    return [each for each in fields if id(each) not in used and each.filled]


def _shown(fields: Sequence[Field]) -> str:
    return "; ".join(f"{each.name}: {', '.join(dict.fromkeys(each.filled[:3]))}" for each in fields)


def _last_of_document(found: Assigned, first_line: int) -> int:
    """Columns behind the total and before the lines may be of either; those before the total are the document's."""
    total = found.get(Slot(D, "total"))
    own = found.get(Slot("lines", "amount"))
    return total.at if total is not None and total is not own else first_line


def _take_plain(found: Assigned, fields: Sequence[Field], place: Place, interview: Interview, *, known: Known) -> None:
    """What cells tell by themselves: days, currencies, kinds, addresses, words, line numbers."""
    days = [each for each in _left(fields, found) if _is_day(each)] if place == D else []
    if len(days) == 1:
        found[Slot(D, "invoice_date")] = days[0]
    elif days:
        chosen = _first_of_two(days) or ask_for(Slot(D, "invoice_date"), days, interview, evidence=_shown(days))
        if chosen is not None:
            found[Slot(D, "invoice_date")] = chosen
        if len(days) == 2 and chosen is not None:
            found[Slot(D, "due_date")] = next(each for each in days if each is not chosen)
    for field in _left(fields, found):
        slot = _plain_slot(field, place)
        if slot is not None and slot not in found:
            found[slot] = field
    wordy = [each for each in _left(fields, found) if each.wordy and not each.figures]
    if place in ("lines", "shares") and len(wordy) == 1:
        found[Slot(place, "description")] = wordy[0]
    elif place == D:
        names = [each for each in wordy if known_bonus(Slot(D, "vendor_name"), each, known) > 0]
        for each in names[:1]:
            found[Slot(D, "vendor_name")] = each


def _first_of_two(days: Sequence[Field]) -> Field | None:
    """Of two days the one that every document has and the other never comes before; None where that tells nothing."""
    if len(days) != 2 or any(re.search(r"[^0-9-]", cell) for each in days for cell in each.filled):
        return None
    full = [each for each in days if all(cell.strip() for cell in each.cells)]
    other = next((each for each in days if full and each is not full[0]), None)
    if len(full) != 1 or other is None or any(len(cell) < 8 or cell[:2] not in ("19", "20") for cell in other.filled):
        return None
    later = all(b.strip() >= a.strip() for a, b in zip(full[0].cells, other.cells, strict=True) if b.strip())
    return full[0] if later else None


def _is_day(field: Field) -> bool:
    if all(looks_like_day(each) for each in field.filled):
        return True
    eight = all(re.fullmatch(r"(?:19|20)[0-9]{6}", each) for each in field.filled)
    return eight and infer_days(field.cells, numbers=True) is not None


def _plain_slot(field: Field, place: Place) -> Slot | None:
    if (
        place == D
        and all(re.fullmatch(r"[A-Z]{3}", each) for each in field.filled)
        and known_kinds(D, field.filled) is None
    ):
        return Slot(D, "currency")
    if place == D and all("://" in each for each in field.filled):
        return Slot(D, "link")
    if place == D and (known_kinds(D, field.filled) or 0) >= 3:
        return Slot(D, "kind")
    if place == "lines" and (known_kinds("lines", field.filled) or 0) >= 2 and len(set(field.filled)) > 1:
        return Slot("lines", "kind")
    whole = all(each.isdigit() and len(each) <= _WHOLE_DIGITS_MAX and not each.startswith("0") for each in field.filled)
    if place == "lines" and whole and _counts_up(field):
        return Slot("lines", "line_number")
    return None


def _counts_up(field: Field) -> bool:
    """Whether the cells are 1, 2, 3 ..., begun again for each document."""
    before = 0
    for each in field.cells:
        if not each.strip().isdigit() or int(each) not in (1, before + 1):
            return False
        before = int(each)
    return True


def _take_identity(
    found: Assigned, fields: Sequence[Field], groups: Groups, interview: Interview, *, known: Known
) -> None:
    """Vendor, invoice number and id of a document among columns of codes."""
    left = _left(fields, found)
    for each in left:
        if known_bonus(Slot(D, "vendor_id"), each, known) > 0:
            found[Slot(D, "vendor_id")] = each
            break
    vendor, number = Slot(D, "vendor_id"), Slot(D, "invoice_number")
    left = _left(fields, found)
    is_open = False
    if vendor not in found and left:
        chosen = ask_for(vendor, left, interview, evidence=_shown(left))
        is_open = any(each.id == "vendor_id" for each in interview.questions)
        if chosen is not None:
            found[vendor] = chosen
    rest = _left(fields, found)
    if len(rest) == 1 and len(left) <= 2:
        # Every invoice has a number: the one column of codes that is left is it.
        found[number] = rest[0]
    elif rest:
        chosen = ask_for(number, left if is_open else rest, interview, evidence=_shown(left if is_open else rest))
        if chosen is not None:
            found[number] = chosen if any(chosen is each for each in rest) else rest[0]
    left = _left(fields, found)
    if Slot(D, "external_id") not in found and left:
        distinct = [each for each in left if len({each.cells[rows[0]] for rows in groups}) == len(groups)]
        if len(distinct) == 1:
            found[Slot(D, "external_id")] = distinct[0]


def _take_figures(
    found: Assigned, fields: Sequence[Field], place: Place, interview: Interview, *, taxes: Decimal | None
) -> None:
    """Amount, quantity and price of a line by their product; the amount of a share or a tax."""
    figures = [each for each in fields if each.figures and (each.decimals or place == "lines")]
    decimals = [each for each in figures if each.decimals]
    amount = Slot(place, "amount")
    product = _product(figures) if place == "lines" else None
    if product is not None:
        found[Slot("lines", "quantity")], found[Slot("lines", "unit_price")], found[amount] = product
    elif len(decimals) == 1:
        found[amount] = decimals[0]
    elif decimals:
        style = style_of_fields(decimals)
        fitting = [each for each in decimals if place == "taxes" and sum_of(each, style) == taxes]
        chosen = fitting[0] if len(fitting) == 1 else ask_for(amount, decimals, interview, evidence=_shown(decimals))
        if chosen is not None:
            found[amount] = chosen
            if place == "taxes" and len(decimals) == 2:
                found[Slot("taxes", "taxable_amount")] = next(each for each in decimals if each is not chosen)


def _product(figures: Sequence[Field]) -> tuple[Field, Field, Field] | None:
    """Quantity, price and amount, where one figure times another is a third in every row that has all three."""
    style = style_of_fields(figures)
    found = []
    for amount in figures:
        for price in figures:
            for quantity in figures:
                if len({id(amount), id(price), id(quantity)}) == 3 and price.decimals and amount.decimals:
                    rows = [
                        values
                        for row in range(len(amount.cells))
                        if all(each.cells[row].strip() for each in (quantity, price, amount))
                        and None
                        not in (values := tuple(figure_value(f.cells[row], style) for f in (quantity, price, amount)))
                    ]
                    good = all(q * p == a for q, p, a in rows if q is not None and p is not None)
                    plain = not quantity.decimals or price.decimals
                    if rows and good and plain and any(q not in (0, 1) for q, _, _ in rows):
                        found.append((quantity, price, amount))
    whole = [each for each in found if not each[0].decimals] or found
    return whole[0] if len(whole) == 1 else None


def _take_codes(
    found: Assigned,
    fields: Sequence[Field],
    members: Sequence[str],
    place: Place,
    *,
    interview: Interview,
    known: Known,
) -> None:
    """Codes of a line: those the connection knows, the others asked one by one."""
    for field in fields:
        free = [each for each in members if Slot(place, each) not in found]
        own = [each for each in free if known_bonus(Slot(place, each), field, known) > 0]
        if len(own) == 1:
            found[Slot(place, own[0])] = field
            continue
        small = all(each.isdigit() and len(each) <= _WHOLE_DIGITS_MAX and each[0] != "0" for each in field.filled)
        if not free or not field.code_like or field.decimals or (small and place != "lines"):
            continue
        if members == _TAX_CODES and len(fields) == 1:
            found[Slot(place, free[0])] = field
            continue
        record = f"{field.record.removeprefix('#')} " if field.record.removeprefix("#") else ""
        name = f"{record}{field.name}"
        evidence = f"Its cells: {', '.join(dict.fromkeys(field.filled[:4]))}."
        answer = interview.ask(
            name.replace(" ", "-"),
            f"What stands in {name}?",
            evidence,
            choices=[*free, *(_COUNTS if small else ()), _NOTHING],
        )
        if answer is not None and answer != _NOTHING:
            found[Slot(place, answer)] = field


def _note_left(fields: Sequence[Field], interview: Interview) -> None:
    for each in fields:
        interview.notes.append(f"{each.record.removeprefix('#')} {each.name} was left out.".strip())


def sum_of(field: Field, style: NumberStyle) -> Decimal:
    """The sum of a column's figures."""
    values = (figure_value(each, style) for each in field.cells)
    return sum((each for each in values if each is not None), Decimal(0))


def totals_of(found: Mapping[Slot, Field]) -> list[Decimal]:
    """The totals of the documents, as far as they can be read."""
    total = found.get(Slot(D, "total"))
    if total is None:
        return []
    style = style_of_fields([total])
    return [value for each in total.cells if (value := figure_value(each, style)) is not None]
