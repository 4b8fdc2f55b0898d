"""Many cells of one column at once, where all of them have the usual form; a column of others is read cell by cell.

Only what the column's grammar would read to the same values is taken here; whatever is odd is left to that grammar,
which alone judges.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

from ml_connector.layouts.layout import Column, Layout, NumberStyle

UsualCells = Callable[[Sequence[str]], "Sequence[object] | None"]

_FIGURES = re.compile(r"(?:(?:-?[1-9][0-9]{0,14}+|0)\.[0-9]{2}\n)*+")
_DECIMALS = 2


def compile_usual(column: Column, layout: Layout, *, inward: bool) -> UsualCells | None:
    """The function from cells of that column to their values, or to None where one is not of the usual form; None where
    the column has no usual form."""
    rules = layout.xml.clean if layout.format == "xml" else layout.dialect.clean
    if rules or column.extraction.changes or column.nulls:
        return None
    needed = column.required == "value"
    once = inward and layout.dialect.twice_encoded == "refuse"
    match column.type:
        case "text":
            return partial(_texts, needed=needed, once=once)
        case "code":
            return partial(_codes, needed=needed, once=once)
        case "amount" if layout.limits.amount_decimals_max >= _DECIMALS and _is_plain(column, layout):
            return partial(_figures, needed=needed)
        case "price" if layout.limits.quantity_decimals_max >= _DECIMALS and _is_plain(column, layout):
            return partial(_figures, needed=needed)
        case _:
            return None


def _is_plain(column: Column, layout: Layout) -> bool:
    return (column.numbers or layout.numbers) == NumberStyle()


def _texts(cells: Sequence[str], *, needed: bool, once: bool) -> Sequence[object] | None:
    if once and not "".join(cells).isascii():
        return None
    return _filled(cells, needed=needed)


def _codes(cells: Sequence[str], *, needed: bool, once: bool) -> Sequence[object] | None:
    joined = "".join(cells)
    if " " in joined or "E+" in joined or not joined.isprintable() or (once and not joined.isascii()):
        return None
    return _filled(cells, needed=needed)


def _filled(cells: Sequence[str], *, needed: bool) -> Sequence[object] | None:
    if "" not in cells:
        return cells
    return None if needed else [each or None for each in cells]


def _figures(cells: Sequence[str], *, needed: bool) -> Sequence[object] | None:
    filled = [each for each in cells if each] if "" in cells else cells
    if needed and len(filled) < len(cells):
        return None
    lines = "\n".join(filled)
    # A cell may hold a line end of its own.
    if filled and (lines.count("\n") >= len(filled) or not _FIGURES.fullmatch(f"{lines}\n")):
        return None
    values = map(Decimal, filled)
    return list(values) if len(filled) == len(cells) else [next(values) if each else None for each in cells]
