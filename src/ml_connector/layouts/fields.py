"""Cells to typed values by the grammar of their column; a bad cell is a problem that names row, column and value.

Blanks around a cell count in a ``text`` alone. An empty cell is None, whatever its type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from ml_connector.layouts.layout import Column, ColumnType, NumberLimits
from ml_connector.numerals import (
    Fault,
    parse_amount,
    parse_day,
    parse_flag,
    parse_instant,
    parse_period,
    parse_price,
    parse_quantity,
    parse_whole,
    shown_text,
)

CellParser = Callable[[str], object]

MISSING = Fault("value.missing", "a value that must be there", "must not be empty")
# What a spreadsheet makes of a long number: 1.23457E+11.
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2,3}")
_GRAMMARS: Mapping[ColumnType, CellParser] = {
    "whole": parse_whole,
    "day": parse_day,
    "period": parse_period,
    "instant": parse_instant,
    "flag": parse_flag,
}


def compile_parser(column: Column, limits: NumberLimits) -> CellParser:
    """The function that makes a cell of that column a value, None for an empty one, or a ``Fault``."""
    if column.type == "text":
        return _parse_text
    return _trimming(_grammar(column, limits))


def loose_word(word: str) -> str:
    """A word as it is compared: case, blanks and signs do not count."""
    return "".join(each for each in word.casefold() if each.isalnum())


def parse_code(text: str) -> str | Fault:
    """A text that identifies something: nothing hidden in it, and not spoilt by a spreadsheet."""
    if not text.isprintable():
        hidden = next(each for each in text if not each.isprintable())
        sentence = f"{shown_text(text)} holds the hidden character U+{ord(hidden):04X}"
        return Fault("value.hidden_character", "visible characters only", sentence)
    if _SCIENTIFIC.fullmatch(text):
        sentence = f"{shown_text(text)} is a number that was changed by a spreadsheet"
        return Fault("value.changed_by_spreadsheet", "the number in full", sentence)
    return text


def _grammar(column: Column, limits: NumberLimits) -> CellParser:
    match column.type:
        case "amount":
            return partial(parse_amount, decimals_max=limits.amount_decimals_max)
        case "quantity":
            return partial(parse_quantity, decimals_max=limits.quantity_decimals_max)
        case "price":
            return partial(parse_price, decimals_max=limits.quantity_decimals_max)
        case "word":
            words = {loose_word(word): meaning for word, meaning in column.words.items()}
            return partial(_parse_word, words, ", ".join(column.words))
        case "code":
            return parse_code
        case _:
            return _GRAMMARS[column.type]


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
