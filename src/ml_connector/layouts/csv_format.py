"""Text to rows of cells: RFC 4180 by the standard library's strict reader, with true row numbers.

Row numbers in messages are physical lines, the heading being row 1, so that an editor shows the same; a cell may hold
line ends, a row then takes several lines. Lines end in CR, LF or CRLF, mixed as they like. Empty lines say nothing and
are passed over. A last line without an end was cut. What was cut exactly at a row end cannot be seen here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ml_connector.layouts.layout import CsvDialect
from ml_connector.numerals import Fault
from ml_connector.problems import Problem

# A delimiter of several characters is read as this one, which stands for nothing.
# str.splitlines() knows more line ends than a CSV file has.
_STAND_IN = "\ue000"
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its number among the rows that hold anything (the heading is 0), the line it starts on, its cells."""

    number: int
    line: int
    cells: list[str]
    faults: tuple[tuple[int, Fault], ...] = ()


def read_records(text: str, dialect: CsvDialect, *, file: str) -> Iterator[Record | Problem]:
    """The rows of the text; the first problem (scope ``file``) ends them."""
    if len(dialect.delimiter) > 1:
        text = text.replace(_STAND_IN, " ").replace(dialect.delimiter, _STAND_IN)
    lines = _Lines(text)
    for _ in range(dialect.skip_lines):
        next(lines, None)
    reader = csv.reader(lines, **reader_options(dialect))
    number = 0
    while True:
        line = lines.taken + 1
        lines.characters = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _unreadable(file, line, lines, dialect)
            return
        if lines.cut:
            yield _cut_short(file, line)
            return
        if lines.characters > dialect.field_characters_max:
            longest = max(map(len, cells))
            if longest > dialect.field_characters_max:
                yield _too_long(file, line, dialect)
                return
        if not cells or (dialect.comment and cells[0].startswith(dialect.comment)):
            continue
        cells = _own_cells(cells, dialect)
        if dialect.trailing_delimiter and cells.pop():
            yield _no_last_delimiter(file, line, dialect)
            return
        yield Record(number, line, cells)
        number += 1


def reader_options(dialect: CsvDialect) -> dict[str, Any]:
    """What the standard library's reader is told of the dialect."""
    delimiter = dialect.delimiter if len(dialect.delimiter) == 1 else _STAND_IN
    options: dict[str, Any] = {"delimiter": delimiter, "strict": True, "escapechar": dialect.escape or None}
    if not dialect.quote:
        return options | {"quoting": csv.QUOTE_NONE, "quotechar": None}
    return options | {"quotechar": dialect.quote, "doublequote": not dialect.escape}


def _own_cells(cells: list[str], dialect: CsvDialect) -> list[str]:
    """A delimiter of several characters that stood inside quotes is put back."""
    return [each.replace(_STAND_IN, dialect.delimiter) for each in cells] if len(dialect.delimiter) > 1 else cells


def _no_last_delimiter(file: str, line: int, dialect: CsvDialect) -> Problem:
    message = f"Row {line} does not end with {dialect.delimiter!r}."
    rule = f"each row ends with {dialect.delimiter!r}"
    return Problem("row.ragged", message, file, line=line, rule=rule, scope="file")


class _Lines(Iterator[str]):
    """The physical lines of a text with their ends; counts what the reader has taken."""

    def __init__(self, text: str) -> None:
        self._matches = LINE.finditer(text)
        self.taken = 0
        self.characters = 0
        self.cut = False
        self.ended = False

    def __next__(self) -> str:
        for match in self._matches:
            line = match.group()
            self.taken += 1
            self.characters += len(line)
            self.cut = line[-1] not in "\r\n"
            return line
        self.ended = True
        raise StopIteration


def _unreadable(file: str, line: int, lines: _Lines, dialect: CsvDialect) -> Problem:
    if lines.ended:
        sentence = f"Quote opened in row {line} never closes"
        if lines.cut:
            return _cut_short(file, line, because=f"{sentence}. ")
        rule = "every quote that opens a cell closes it"
        return Problem("file.open_quote", f"{sentence}.", file, line=line, rule=rule, scope="file")
    if lines.characters > dialect.field_characters_max:
        return _too_long(file, line, dialect)
    where = f"Row {line}" if lines.taken == line else f"Row {line}, line {lines.taken}"
    message = f"{where}: text follows a closing quote; a quote before it is missing or is not doubled."
    rule = "a quote inside a quoted cell is doubled"
    return Problem("row.stray_quote", message, file, line=line, rule=rule, scope="file")


def _cut_short(file: str, line: int, *, because: str = "") -> Problem:
    message = f"{because}File ends in the middle of row {line}."
    return Problem("file.cut_short", message, file, line=line, rule="the last row ends with a line end", scope="file")


def _too_long(file: str, line: int, dialect: CsvDialect) -> Problem:
    most = f"{dialect.field_characters_max:,} characters"
    message = f"Row {line}: field too long, more than {most}; perhaps a quote never closes."
    return Problem("row.field_too_long", message, file, line=line, rule=f"at most {most} in a cell", scope="file")
