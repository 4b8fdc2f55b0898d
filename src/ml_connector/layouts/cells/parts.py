"""The part of a cell that a layout means: a closed list of functions, each in time bounded by the cell's length."""

from __future__ import annotations

import re
from collections.abc import Callable

import re2

from ml_connector.layouts.layout import CleanUp, Extraction

_ZERO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")
_LINE_ENDS = re.compile(r"\r\n?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def compile_extraction(extraction: Extraction) -> Callable[[str], str]:
    """The function from the cell to the part that is meant; an empty text where there is none."""
    if extraction.constant:
        return lambda cell: extraction.constant
    pattern = re2.compile(extraction.pattern) if extraction.pattern else None
    start, length = extraction.substring

    def extract(cell: str) -> str:
        text = cell
        if extraction.before:
            text = text.partition(extraction.before)[0]
        if extraction.after:
            text = text.partition(extraction.after)[2]
        if length:
            text = text[start - 1 : start - 1 + length]
        if pattern is not None:
            found = pattern.search(text)
            text = (found.group(1 if pattern.groups else 0) or "") if found else ""
        if extraction.lookup:
            text = extraction.lookup.get(text, text)
        return text or extraction.default

    return extract


def compile_cleaning(rules: tuple[CleanUp, ...]) -> Callable[[str], str]:
    """The function that takes odd characters out of a text as the layout says."""

    def clean(text: str) -> str:
        if "line_ends" in rules:
            text = _LINE_ENDS.sub("\n", text)
        if "no_break_space" in rules:
            text = text.replace("\u00a0", " ").replace("\u202f", " ")
        if "zero_width" in rules:
            text = _ZERO_WIDTH.sub("", text)
        if "control" in rules:
            text = _CONTROL.sub("", text)
        return text.translate(_QUOTES) if "smart_quotes" in rules else text

    return clean


def was_encoded_twice(text: str) -> bool:
    """Whether a text was UTF-8, read as cp1252 or Latin-1 and written as UTF-8 again (``stampli_files.md`` L9)."""
    if text.isascii():
        return False
    try:
        raw = b"".join(_western_byte(each) for each in text)
        return not raw.decode("utf-8").isascii()
    except (UnicodeDecodeError, UnicodeEncodeError):
        return False


def _western_byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")
