"""Cells that are read many at once have exactly the values that the grammar of their column gives them one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.layouts.cells.usual import compile_usual
from ml_connector.layouts.fields import compile_parser
from ml_connector.layouts.layout import Column, ColumnType, Extraction, NumberLimits, NumberStyle, Required
from tests.layouts.builders import STANDARD

GUARDED = replace(STANDARD, dialect=replace(STANDARD.dialect, twice_encoded="refuse"))
TYPES: tuple[ColumnType, ...] = ("text", "code", "amount", "price")
ODD = (
    "-0.00",
    "0.00",
    "-0.50",
    "00.00",
    "1.00\n2.00",
    "1e5",
    "12345678901234567.00",
    "\u0661.00",
    "1.5",
    "",
    " ",
    "Ã¼",
)
ODD_TEXTS = ("1.23457E+11", "a b", " a", "\u200b", "\u00a0", "a\nb", "é")
CELLS = st.lists(st.sampled_from((*ODD, *ODD_TEXTS)) | st.from_regex(r"\A-?[0-9]{0,16}\.[0-9]{0,3}\Z"), max_size=4)


@settings(max_examples=400)
@given(cells=CELLS, column_type=st.sampled_from(TYPES), needed=st.booleans(), guarded=st.booleans())
def test_usual_cells_have_the_values_of_their_grammar(
    cells: list[str], column_type: ColumnType, needed: bool, guarded: bool
) -> None:
    layout = GUARDED if guarded else STANDARD
    required: Required = "value" if needed else "no"
    column = Column("x", "x", column_type, required=required)
    usual = compile_usual(column, layout, inward=True)
    parse = compile_parser(column, layout.limits, layout, inward=True)
    assert usual is not None

    found = usual(cells)
    if found is not None:
        assert list(map(repr, found)) == [repr(parse(each)) for each in cells]
        assert not (needed and None in found)


def test_plain_figures_and_codes_are_usual() -> None:
    amounts = compile_usual(Column("x", "x", "amount"), STANDARD, inward=True)
    codes = compile_usual(Column("x", "x", "code"), STANDARD, inward=True)
    assert amounts is not None
    assert codes is not None

    assert [amounts([each, "1.00"]) for each in ("-0.00", "1.00\n2.00", "1.5", " 1.00")] == [None] * 4
    assert [codes([each]) for each in ("1.23457E+11", " a", "\u200b")] == [None] * 3
    assert list(map(str, amounts(["1284.50", "", "-3.00", "0.99"]) or ())) == ["1284.50", "None", "-3.00", "0.99"]
    assert codes(["V10005", ""]) == ["V10005", None]


@pytest.mark.parametrize(
    "column",
    [
        Column("x", "x", "text", nulls=("NULL",)),
        Column("x", "x", "code", extraction=Extraction(before="-")),
        Column("x", "x", "amount", numbers=NumberStyle(decimal=",")),
        Column("x", "x", "day"),
    ],
)
def test_a_column_with_rules_of_its_own_is_read_cell_by_cell(column: Column) -> None:
    assert compile_usual(column, STANDARD, inward=True) is None


def test_fewer_decimals_than_usual_are_judged_cell_by_cell() -> None:
    strict = replace(STANDARD, limits=NumberLimits(amount_decimals_max=1))
    assert compile_usual(Column("x", "x", "amount"), strict, inward=True) is None
