"""The table of a layout that says how figures are written; a column may have one of its own."""

from __future__ import annotations

from typing import get_args

from ml_connector.layouts.language.tables import Table
from ml_connector.layouts.layout import NegativeForm, NumberStyle

GROUPINGS = ("", ",", ".", "'", " ", "\u00a0", "\u202f")
_NEGATIVE: tuple[NegativeForm, ...] = get_args(NegativeForm)
_MINOR_UNITS_LIMIT = 4


def parse_numbers(table: Table) -> NumberStyle:
    """Decimal sign, grouping, forms of a negative figure, currency signs and minor units of that table."""
    decimal = table.one_of_or("decimal", ".", (".", ","))
    grouping = table.one_of_or("grouping", "", GROUPINGS)
    if grouping == decimal:
        table.refuse("grouping", f"must differ from the decimal sign {decimal!r}")
    return NumberStyle(
        decimal=decimal,
        grouping=grouping,
        negative=table.words_or("negative", _NEGATIVE, ("before",)),
        signs=table.text_map_or_none("signs"),
        minor_units=table.whole_or("minor_units", 0, most=_MINOR_UNITS_LIMIT),
    )
