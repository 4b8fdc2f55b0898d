"""What sums say of columns: the one whose cells make up another is the line's amount, a constant sum is a control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

from ml_connector.layouts.cells.figures import compile_figures
from ml_connector.layouts.inference.assigning import NONE, Assigned
from ml_connector.layouts.inference.building import style_of_fields
from ml_connector.layouts.inference.columns import Field, constant_within
from ml_connector.layouts.inference.interview import Interview
from ml_connector.layouts.inference.wording.meanings import Slot, meanings_of
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import NumberStyle
from ml_connector.numerals import parse_amount

TOTAL, AMOUNT = Slot("document", "total"), Slot("lines", "amount")
TAX_TOTAL = Slot("document", "tax_total")
_MOST = 0.8
_DECIMALS_MAX = 6
_SURE = 9.0
Groups = Sequence[Sequence[int]]


def settle_amounts(
    assigned: Assigned, fields: Sequence[Field], groups: Groups, *, interview: Interview, shares: bool
) -> None:
    """Total and line amount by wording, held against their sums; what contradicts is asked."""
    figures = [each for each in fields if each.figures and not _is_count(each, assigned)]
    style = style_of_fields(figures)
    total, amount = assigned.get(TOTAL), assigned.get(AMOUNT)
    if total is None and amount is None and not shares:
        totals, parts = summed(figures, groups)
        if len(totals) == 1:
            total, amount = totals[0], parts[0]
    if total is not None and amount is None and not shares:
        amount = _other(assigned, figures, total, groups=groups, style=style)
        if amount is None and all(len(rows) == 1 for rows in groups):
            amount = total
    elif total is None and amount is not None:
        total = _total_of(assigned, figures, amount, groups=groups, style=style)
        if total is None and all(len(rows) == 1 for rows in groups):
            total = amount
    if total is None or (amount is None and not shares):
        _ask_both(assigned, figures, groups, interview=interview)
        return
    assigned[TOTAL] = total
    if amount is None:
        # Shares of a line that the file does not state are shares of the whole document.
        if all(len(rows) == 1 for rows in groups):
            assigned[AMOUNT] = total
        else:
            interview.notes.append("No column of the sample states the amount of a line that has shares.")
        return
    assigned[AMOUNT] = amount
    if amount is not total and _most_add_up(assigned, groups, style) < _MOST:
        _rebalance(assigned, figures, groups, style=style, interview=interview)


def summed(fields: Sequence[Field], groups: Groups) -> tuple[list[Field], list[Field]]:
    """Columns that other columns make up in every document, and those others; nothing where each document is a row."""
    figures = [each for each in fields if each.decimals]
    style = style_of_fields(figures)
    totals: list[Field] = []
    parts: list[Field] = []
    if all(len(rows) == 1 for rows in groups):
        return totals, parts
    for total in figures:
        for part in figures if constant_within(total, groups) else ():
            if part is not total and balance(total, [part], groups, style) == 1:
                totals.append(total)
                parts.append(part)
    return totals, parts


def _most_add_up(assigned: Assigned, groups: Groups, style: NumberStyle) -> float:
    """The share of documents whose lines make up the total, alone or with the tax that is stated once a document."""
    total, amount, tax = assigned[TOTAL], assigned[AMOUNT], assigned.get(TAX_TOTAL)
    once = (tax,) if tax is not None and constant_within(tax, groups) else ()
    shares = [balance(total, [amount], groups, style), balance(total, [amount], groups, style, once=once)]
    return max(shares)


def balance(
    total: Field, parts: Sequence[Field], groups: Groups, style: NumberStyle, *, once: Sequence[Field] = ()
) -> float:
    """In what share of the documents the parts, and what stands ``once`` in each document, make up the total."""
    good = counted = 0
    for rows in groups:
        wanted = figure_value(total.cells[rows[0]], style)
        values = [figure_value(each.cells[row], style) for each in parts for row in rows]
        values += [figure_value(each.cells[rows[0]], style) for each in once]
        if wanted is None or any(each is None for each in values):
            continue
        counted += 1
        good += wanted == sum((each for each in values if each is not None), Decimal(0))
    return good / counted if counted else 0.0


def adds_up(values: Mapping[str, object]) -> bool:
    """Whether the lines and taxes of a document, or the applications of a payment, make up what it states."""
    if "applications" in values:
        stated, lists = values.get("amount"), (values["applications"],)
    else:
        stated, lists = values.get("total"), (values.get("lines"), values.get("taxes"))  # type: ignore[assignment]
    parts = [each.get("amount") for found in lists if isinstance(found, list) for each in found]
    whole = sum((each for each in parts if isinstance(each, Decimal)), Decimal(0))
    tax = values.get("tax_total")
    with_tax = whole + tax if isinstance(tax, Decimal) and not values.get("taxes") else whole
    return bool(parts) and stated in (whole, with_tax)


def control_slots(fields: Sequence[Field], groups: Groups) -> Assigned:
    """Columns that state how many lines, documents or what sum there are: by wording, and because it is so."""
    found: Assigned = {}
    for field in fields:
        meant = meanings_of(field.label, "approved_invoice") if field.filled and field.figures else {}
        best = max(meant.values(), default=0.0)
        control = {
            slot: score
            for slot, score in meant.items()
            if slot.place == "control"
            and score >= max(best, _SURE)
            and (slot.member != "total" or "batch" in notions_of(field.label)[0])
        }
        slot = next((each for each in control if _is_true(each.member, field, fields, groups)), None)
        if slot and slot not in found:
            found[slot] = field
    return found


def _is_true(member: str, field: Field, fields: Sequence[Field], groups: Groups) -> bool:
    """Whether the column states what is so."""
    style = style_of_fields([field])
    counts = [figure_value(field.cells[rows[0]], style) for rows in groups]
    same = len(set(field.cells)) == 1
    if member == "lines":
        return all(count == len(rows) for count, rows in zip(counts, groups, strict=True))
    if member in ("documents", "rows"):
        return (
            same and counts[0] == (len(groups) if member == "documents" else len(field.cells)) and len(field.cells) > 1
        )
    sums = [
        sum((value for rows in groups if (value := figure_value(each.cells[rows[0]], style)) is not None), Decimal(0))
        for each in fields
        if each.figures and each is not field and constant_within(each, groups)
    ]
    return member == "total" and same and counts[0] in sums


def _is_count(field: Field, assigned: Assigned) -> bool:
    """Whether the column is taken for something that is no amount."""
    return any(each is field and slot not in (TOTAL, AMOUNT, TAX_TOTAL) for slot, each in assigned.items())


def _other(
    assigned: Assigned, figures: Sequence[Field], total: Field, *, groups: Groups, style: NumberStyle
) -> Field | None:
    found = [
        each for each in figures if each is not total and each.decimals and balance(total, [each], groups, style) == 1
    ]
    return found[0] if len(found) == 1 else None


def _total_of(
    assigned: Assigned, figures: Sequence[Field], amount: Field, *, groups: Groups, style: NumberStyle
) -> Field | None:
    found = [
        each
        for each in figures
        if each is not amount
        and each.decimals
        and constant_within(each, groups)
        and balance(each, [amount], groups, style) == 1
    ]
    return found[0] if len(found) == 1 else None


def _rebalance(
    assigned: Assigned, figures: Sequence[Field], groups: Groups, *, style: NumberStyle, interview: Interview
) -> None:
    """The wording is contradicted by the sums: lines and taxes together may make up the total, or another column."""
    total, amount = assigned[TOTAL], assigned[AMOUNT]
    used = {id(each) for slot, each in assigned.items() if slot not in (TOTAL, AMOUNT, TAX_TOTAL)}
    others = [each for each in figures if each not in (total, amount) and id(each) not in used]
    taxes = [each for each in others if Slot("taxes", "amount") in meanings_of(each.label, "approved_invoice")]
    for tax in taxes:
        if balance(total, [amount, tax], groups, style) >= _MOST:
            assigned.pop(TAX_TOTAL, None)
            assigned[Slot("taxes", "amount")] = tax
            return
    fitting = [each for each in others if balance(total, [each], groups, style) == 1]
    names = [each.name for each in (amount, *fitting)]
    evidence = f"The sums of {amount.name} do not make up {total.name}."
    if fitting:
        evidence += f" Those of {', '.join(each.name for each in fitting)} do."
    answer = interview.ask("amount", "Which column holds the amount of a line?", evidence, choices=[*names, NONE])
    assigned[AMOUNT] = next((each for each in (amount, *fitting) if each.name == answer), amount)


def _ask_both(assigned: Assigned, figures: Sequence[Field], groups: Groups, *, interview: Interview) -> None:
    """No wording tells total and amount apart."""
    candidates = [
        each
        for each in figures
        if each.decimals or "amount" in "".join(m.member for m in meanings_of(each.label, "approved_invoice"))
    ]
    for slot, words in ((TOTAL, "the total of the invoice"), (AMOUNT, "the amount of a line")):
        if slot in assigned or not candidates:
            continue
        fitting = [each for each in candidates if slot == AMOUNT or constant_within(each, groups)]
        if not fitting:
            interview.notes.append(f"No column of the sample can be {words}.")
            continue
        shown = "; ".join(f"{each.name}: {', '.join(each.filled[:3])}" for each in fitting)
        answer = interview.ask(
            slot.member,
            f"Which column holds {words}?",
            f"No heading names it. {shown}",
            choices=[*(f.name for f in fitting), NONE],
        )
        chosen = next((each for each in fitting if each.name == answer), None)
        if chosen is not None:
            assigned[slot] = chosen


def figure_value(cell: str, style: NumberStyle) -> Decimal | None:
    """The figure in that style, zero for a blank cell, None for what is none."""
    if not cell.strip():
        return Decimal(0)
    found = compile_figures(style, partial(parse_amount, decimals_max=_DECIMALS_MAX))(cell.strip())
    return found if isinstance(found, Decimal) else None
