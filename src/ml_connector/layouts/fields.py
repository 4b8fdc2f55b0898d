"""Cells to typed values by the grammar of their column; a bad cell is a problem that names row, column and value.

Blanks around a cell count in a ``text`` alone. An empty cell is None, whatever its type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache, partial

from ml_connector.layouts.cells.days import compile_days, compile_periods
from ml_connector.layouts.cells.figures import compile_figures
from ml_connector.layouts.cells.packed import compile_packed
from ml_connector.layouts.cells.parts import compile_cleaning, compile_extraction, was_encoded_twice
from ml_connector.layouts.layout import Column, ColumnType, Layout, NumberLimits, NumberStyle
from ml_connector.numerals import (
    Fault,
    parse_amount,
    parse_flag,
    parse_instant,
    parse_price,
    parse_quantity,
    parse_whole,
    shown_text,
)

CellParser = Callable[[str], object]

MISSING = Fault("value.missing", "a value that must be there", "must not be empty")
# What a spreadsheet makes of a long number: 1.23457E+11.
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2,3}")
_USUAL = re.compile(r"[1-9][0-9]{0,14}\.[0-9]{2}")
_USUAL_DECIMALS = 2
_GRAMMARS: Mapping[ColumnType, CellParser] = {
    "whole": parse_whole,
    "instant": parse_instant,
    "flag": parse_flag,
}
_PLAIN = Layout("", 1, {})


def compile_parser(
    column: Column, limits: NumberLimits, layout: Layout = _PLAIN, *, inward: bool = False
) -> CellParser:
    """The function that makes a cell of that column a value, None for an empty one, or a ``Fault``."""
    grammar = _parse_text if column.type == "text" else _trimming(_grammar(column, limits, layout))
    if column.type in ("amount", "price") and (column.numbers or layout.numbers) == NumberStyle():
        grammar = _usual_first(grammar, limits)
    rules = layout.xml.clean if layout.format == "xml" else layout.dialect.clean
    steps: list[Callable[[str], str]] = []
    if rules:
        steps.append(compile_cleaning(rules))
    if column.extraction.changes:
        steps.append(compile_extraction(column.extraction))
    checked = inward and column.type in ("text", "code") and layout.dialect.twice_encoded == "refuse"
    if not steps and not column.nulls and not checked:
        return grammar
    return _stepping(grammar, tuple(steps), column.nulls, checked=checked)


def _usual_first(grammar: CellParser, limits: NumberLimits) -> CellParser:
    """The same grammar; the usual form of an amount needs no second look."""
    if min(limits.amount_decimals_max, limits.quantity_decimals_max) < _USUAL_DECIMALS:
        return grammar
    usual = _USUAL.fullmatch

    def parse(cell: str) -> object:
        return Decimal(cell) if usual(cell) else grammar(cell)

    return parse


def _stepping(
    grammar: CellParser, steps: tuple[Callable[[str], str], ...], nulls: tuple[str, ...], *, checked: bool
) -> CellParser:
    def parse(cell: str) -> object:
        if checked and not cell.isascii() and was_encoded_twice(cell):
            return Fault("file.encoded_twice", "text that was encoded once", f"{shown_text(cell)} was encoded twice")
        for step in steps:
            cell = step(cell)
        return None if cell.strip() in nulls else grammar(cell)

    return parse


def loose_word(word: str) -> str:
    """A word as it is compared: case, blanks and signs do not count."""
    return _loose_name(word) if len(word) <= _NAME_MAX else _loose(word)


def _loose(word: str) -> str:
    return "".join(each for each in word.casefold() if each.isalnum())


# The names of columns are the same in every file.
_NAME_MAX = 64
_loose_name = lru_cache(maxsize=2048)(_loose)


def parse_code(text: str) -> str | Fault:
    """A text that identifies something: nothing hidden in it, and not spoilt by a spreadsheet."""
    if not text.isprintable():
        hidden = next(each for each in text if not each.isprintable())
        sentence = f"{shown_text(text)} holds the hidden character U+{ord(hidden):04X}"
        return Fault("value.hidden_character", "visible characters only", sentence)
    if "E" in text and _SCIENTIFIC.fullmatch(text):
        sentence = f"{shown_text(text)} is a number that was changed by a spreadsheet"
        return Fault("value.changed_by_spreadsheet", "the number in full", sentence)
    return text


def _grammar(column: Column, limits: NumberLimits, layout: Layout) -> CellParser:
    style = column.numbers or layout.numbers
    amount = compile_figures(style, partial(parse_amount, decimals_max=limits.amount_decimals_max))
    words = {loose_word(word): meaning for word, meaning in column.words.items()}
    match column.type:
        case "amount":
            return amount
        case "quantity":
            return compile_figures(style, partial(parse_quantity, decimals_max=limits.quantity_decimals_max))
        case "price":
            return compile_figures(style, partial(parse_price, decimals_max=limits.quantity_decimals_max))
        case "word":
            return partial(_parse_word, words, ", ".join(column.words))
        case "flag" if words:
            return partial(_parse_own_flag, words, ", ".join(column.words))
        case "day":
            return compile_days(column.formats, layout.days)
        case "period":
            return compile_periods(column.formats, layout.days)
        case "packed":
            return compile_packed(column, amount)
        case "code":
            return parse_code
        case "base64":
            return _parse_text
        case _:
            return _GRAMMARS[column.type]


def _parse_own_flag(words: Mapping[str, str], listed: str, text: str) -> object:
    meaning = _parse_word(words, listed, text)
    return meaning if isinstance(meaning, Fault) else meaning == "true"


def _parse_text(cell: str) -> object:
    return cell or None


def _trimming(grammar: CellParser) -> CellParser:
    def parse(cell: str) -> object:
        trimmed = cell.strip(" ")
        return grammar(trimmed) if trimmed else None

    return parse


def _parse_word(words: Mapping[str, str], listed: str, text: str) -> str | Fault:
    meaning = words.get(loose_word(text))
    if meaning is not None:
        return meaning
    return Fault("value.unknown_word", f"one of {listed}", f"{shown_text(text)} is none of {listed}")
