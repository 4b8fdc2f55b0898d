"""From the bytes of a sample to its rows: encoding, delimiter, quotes, lines before the heading.

A dialect is taken only where it makes a table of the whole sample; an encoding that the bytes do not decide is asked.
"""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ml_connector.layouts.csv_format import Record, read_records
from ml_connector.layouts.inference.interview import Interview
from ml_connector.layouts.layout import CsvDialect
from ml_connector.problems import Problem

_LEGACY = ("cp1252", "iso-8859-1", "iso-8859-15", "cp1250", "iso-8859-2", "cp850", "cp437")
_DELIMITERS = (",", ";", "\t", "|", "||", "~|~", "|~|", "^|^", "~", "^", ":", "::", "#", "\x1f")
_ESCAPED = re.compile(r'\\["\\|;,\t~^]')
_SKIPPED_MAX = 30
_UTF8_PAIR = re.compile(rb"[\xc3\xc2][\x80-\xbf]|\xe2\x80[\x90-\xbf]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a delimited sample under the dialect they were read by; widths may differ from row to row."""

    dialect: CsvDialect
    rows: tuple[Record, ...]
    width: int

    @property
    def ragged(self) -> bool:
        """Whether rows have different numbers of cells."""
        return len({len(each.cells) for each in self.rows}) > 1


def infer_encoding(content: bytes, interview: Interview, *, file: str) -> str | Problem:
    """The encoding of the bytes by a layout's name for it; asked where only a person can know."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    even, odd = content[0:4096:2].count(0), content[1:4096:2].count(0)
    if content and max(even, odd) * 5 > len(content[:4096]):
        return "utf-16-le" if odd > even else "utf-16-be"
    body = content.removeprefix(BOM_UTF8)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return "utf-8"
        return _ask_encoding(body, error, interview, file=file)
    return "utf-8"


def _ask_encoding(body: bytes, error: UnicodeDecodeError, interview: Interview, *, file: str) -> str | Problem:
    if _UTF8_PAIR.search(body):
        row = body[: error.start].count(b"\n") + 1
        message = (
            f"Byte 0x{body[error.start]:02x} at row {row} is not UTF-8, other rows are: two encodings in one file."
        )
        return Problem("file.not_utf8", message, file, line=row, rule="one encoding", scope="file")
    texts = {name: text for name in _LEGACY if (text := _decoded(body, name)) is not None}
    line = next((each for each in body.splitlines() if any(byte > 127 for byte in each)), b"")
    shown = "; ".join(f"{name}: {line.decode(name, 'replace').strip()[:80]!r}" for name in texts)
    about = "In which encoding does the file stand?"
    answer = interview.ask("encoding", about, f"It is not UTF-8. One row reads as {shown}.", choices=tuple(texts))
    return answer or next(iter(texts), "cp1252")


def _decoded(body: bytes, encoding: str) -> str | None:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return None
    controls = any(ord(each) < 32 and each not in "\t\r\n\x1f" or 127 <= ord(each) < 160 for each in text)
    return None if controls else text


def infer_sheet(text: str) -> Sheet | None:
    """The table the text is under the dialect that fits it best, None where no dialect makes a table of it."""
    found = [sheet for dialect in _dialects(text) if (sheet := _sheet(text, dialect)) is not None]
    return max(found, key=_merit, default=None)


def _dialects(text: str) -> Iterator[CsvDialect]:
    escapes = bool(_ESCAPED.search(text))
    for delimiter in _DELIMITERS:
        if delimiter not in text:
            continue
        yield CsvDialect(delimiter=delimiter)
        yield CsvDialect(delimiter=delimiter, quote="")
        if escapes:
            yield CsvDialect(delimiter=delimiter, quote="", escape="\\")
            yield CsvDialect(delimiter=delimiter, escape="\\")
        if re.search(rf"(?:^|{re.escape(delimiter)})'[^'\n]*'(?:{re.escape(delimiter)}|\r?$)", text, re.MULTILINE):
            yield CsvDialect(delimiter=delimiter, quote="'")


def _sheet(text: str, dialect: CsvDialect) -> Sheet | None:
    """The rows, from the first line on that begins a table."""
    whole = _rows(text, dialect)
    skipped = 0
    while whole and skipped < _SKIPPED_MAX and _is_title(whole, dialect):
        skipped = whole[1].line - 1
        whole = whole[1:]
    if not whole:
        return None
    dialect = replace(dialect, skip_lines=skipped)
    widths = Counter(len(each.cells) for each in whole)
    width = widths.most_common(1)[0][0]
    if len(whole[0].cells) > 1 and len(widths) > 1 and widths[len(whole[0].cells)] * 2 >= len(whole):
        width = len(whole[0].cells)
    if width < 2:
        return None
    if width > 2 and all(not each.cells[-1].strip() for each in whole if len(each.cells) == width) and len(widths) == 1:
        trailing = replace(dialect, trailing_delimiter=True)
        return Sheet(trailing, tuple(Record(r.number, r.line, r.cells[:-1]) for r in whole), width - 1)
    return Sheet(dialect, tuple(whole), width)


def _rows(text: str, dialect: CsvDialect) -> list[Record] | None:
    if not text.endswith(("\n", "\r")):
        text += "\n"
    try:
        found = list(read_records(text, dialect, file=""))
    except csv.Error:
        return None
    rows = [each for each in found if isinstance(each, Record)]
    return rows if len(rows) == len(found) else None


def _is_title(rows: list[Record], dialect: CsvDialect) -> bool:
    """Whether the first row is no row of the table that follows: one cell alone, or nothing but one text."""
    first = [each for each in rows[0].cells if each.strip()]
    if len(rows) < 2:
        return False
    usual = Counter(len(each.cells) for each in rows[1:]).most_common(1)[0][0]
    return usual > 2 and len(first) <= 1 and not (dialect.comment and first)


def _merit(sheet: Sheet) -> tuple[float, int, int, int]:
    """Rows of one width first, then the number of columns, then the plainer dialect."""
    same = sum(len(each.cells) == sheet.width for each in sheet.rows)
    share = same / len(sheet.rows)
    dialect = sheet.dialect
    leftover = 0
    if not dialect.quote:
        leftover = sum(cell.startswith('"') for each in sheet.rows[:200] for cell in each.cells)
    escaped = sum("\\" in cell for each in sheet.rows[:200] for cell in each.cells)
    plain = -leftover - 2 * escaped - (not dialect.quote and not dialect.escape) - bool(dialect.escape)
    plain -= bool(dialect.quote and dialect.escape)
    multi = len(dialect.delimiter)
    width = sheet.width if multi == 1 else sheet.width * multi + multi
    return (round(share, 2), width, plain, multi)
