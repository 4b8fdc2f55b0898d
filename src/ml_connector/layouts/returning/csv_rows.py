"""Rows of a CSV file as they came, with one cell more that says why they are refused.

What stands in a row is not touched: it is cut out of the text of the file, so that columns the layout does not know and
the customer's own way of writing stay. Nothing is judged here.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ml_connector.layouts.csv_format import LINE, Record, read_records
from ml_connector.layouts.fields import loose_word
from ml_connector.layouts.layout import CsvDialect, FeedLayout, Layout
from ml_connector.layouts.wrapping.decode import Decoded, decode_text

_LINE_END = re.compile(r"(?:\r\n|\r|\n)\Z")
_MARKS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class _Raw:
    """A row with its text, line end included."""

    record: Record
    text: str


@dataclass(frozen=True, slots=True)
class CsvFile:
    """One file of a set: the record type its name tells, or empty; its name and bytes."""

    type_name: str
    name: str
    content: bytes


def return_rows(
    layout: Layout, feed: FeedLayout, file: CsvFile, reasons: Mapping[int, str], *, heading: str
) -> bytes | None:
    """The file with its heading, what stands in it once, and those of its rows whose line has a reason, which is
    written behind them under ``heading``; None where it holds none of them."""
    dialect = layout.dialect
    decoded = decode_text(file.content, file=file.name, encoding=dialect.encoding)
    if not isinstance(decoded, Decoded):
        return None
    rows, preamble = _raw_rows(decoded.text, dialect, file.name)
    if not any(each.record.line in reasons for each in rows):
        return None
    marks, at = _headings(layout, feed, file.type_name, rows), _place_of_type(feed, rows)
    again = any(each.record.cells[-1:] == [heading] for each in rows if each.record.line in marks)
    written = [preamble]
    for each in rows:
        line = each.record.line
        cell = heading if line in marks else reasons.get(line)
        if cell is not None:
            written.append(_with_cell(each, cell, dialect, instead=again))
        elif _stands_once(layout, feed, each.record, at):
            written.append(each.text)
    return _encoded("".join(written), file.content, dialect.encoding)


def _raw_rows(text: str, dialect: CsvDialect, name: str) -> tuple[list[_Raw], str]:
    """The rows of the text with what each looks like, and the lines before the first of them."""
    lines = LINE.findall(text)
    records = [each for each in read_records(text, dialect, file=name) if isinstance(each, Record)]
    ends = [*(each.line for each in records[1:]), len(lines) + 1]
    rows = [
        _Raw(each, _own_text(lines[each.line - 1 : end - 1], dialect)) for each, end in zip(records, ends, strict=True)
    ]
    return rows, "".join(lines[: records[0].line - 1]) if records else ""


def _own_text(lines: Sequence[str], dialect: CsvDialect) -> str:
    """The lines of a row without the blank ones and the comments behind it."""
    last = len(lines)
    while last > 1 and (not lines[last - 1].strip("\r\n") or _is_comment(lines[last - 1], dialect)):
        last -= 1
    return "".join(lines[:last])


def _is_comment(line: str, dialect: CsvDialect) -> bool:
    return bool(dialect.comment) and line.startswith(dialect.comment)


def _headings(layout: Layout, feed: FeedLayout, type_name: str, rows: Sequence[_Raw]) -> frozenset[int]:
    """The lines that name columns."""
    records, first = feed.records, frozenset({rows[0].record.line})
    if records is None or type_name:
        return first if layout.dialect.heading else frozenset()
    if records.heading == "each":
        words = [each.word for each in records.types]
        return frozenset(_first_of_each(words, _place_of_type(feed, rows), rows))
    return first if records.heading == "one" else frozenset()


def _first_of_each(words: Sequence[str], at: int, rows: Sequence[_Raw]) -> Iterator[int]:
    for word in words:
        found = (
            each.record.line for each in rows if [cell.strip() for cell in each.record.cells[at : at + 1]] == [word]
        )
        yield from list(found)[:1]


def _place_of_type(feed: FeedLayout, rows: Sequence[_Raw]) -> int:
    """Where a row's type stands, -1 where no cell tells it."""
    if feed.records is None or not feed.records.column:
        return feed.records.position - 1 if feed.records else -1
    names = [loose_word(each) for each in rows[0].record.cells]
    wanted = loose_word(feed.records.column)
    return names.index(wanted) if wanted in names else -1


def _stands_once(layout: Layout, feed: FeedLayout, record: Record, at: int) -> bool:
    """Whether the row belongs to the file and to no document: what opens and ends it, and rows passed over by count."""
    if feed.records is None:
        behind_heading = record.number - layout.dialect.heading
        return 0 <= behind_heading < layout.dialect.skip_rows
    word = record.cells[at].strip() if 0 <= at < len(record.cells) else ""
    return any(each.word == word and each.place in ("opening", "trailer") for each in feed.records.types if each.word)


def _with_cell(row: _Raw, cell: str, dialect: CsvDialect, *, instead: bool) -> str:
    """The row's text with that cell behind it, ``instead`` of its last one where an earlier reason stands there."""
    found = _LINE_END.search(row.text)
    end = found.group() if found else dialect.line_end
    text = row.text[: found.start()] if found else row.text
    last = dialect.delimiter if dialect.trailing_delimiter else ""
    text = text.removesuffix(last)
    if instead:
        text = _without_last(text, row.record.cells[-1], dialect)
    return f"{text}{dialect.delimiter}{_quoted(cell, dialect)}{last}{end}"


def _without_last(text: str, cell: str, dialect: CsvDialect) -> str:
    forms = (cell, f"{dialect.quote}{_doubled(cell, dialect)}{dialect.quote}")
    found = next((f"{dialect.delimiter}{each}" for each in forms if text.endswith(f"{dialect.delimiter}{each}")), "")
    return text.removesuffix(found)


def _quoted(cell: str, dialect: CsvDialect) -> str:
    plain = " ".join("".join(each if each.isprintable() else " " for each in cell).split())
    if not dialect.quote:
        return plain.replace(dialect.delimiter, " ").replace(dialect.escape or dialect.delimiter, " ")
    special = (dialect.delimiter, dialect.quote, dialect.escape)
    if not dialect.quote_all and not any(each and each in plain for each in special):
        return plain
    return f"{dialect.quote}{_doubled(plain, dialect)}{dialect.quote}"


def _doubled(cell: str, dialect: CsvDialect) -> str:
    if not dialect.escape:
        return cell.replace(dialect.quote, dialect.quote * 2) if dialect.quote else cell
    cell = cell.replace(dialect.escape, dialect.escape * 2)
    return cell.replace(dialect.quote, f"{dialect.escape}{dialect.quote}") if dialect.quote else cell


def _encoded(text: str, content: bytes, encoding: str) -> bytes:
    """The text in the encoding and with the mark that the file had; what that encoding lacks becomes a question
    mark."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return mark + text.encode(name)
    return text.encode(encoding, errors="replace")


def reason_heading(feed: FeedLayout) -> str:
    """The name of the reason, one that no column of the layout has."""
    taken = {loose_word(name) for each in feed.columns for name in (each.name, *each.aliases)}
    return "Reason" if "reason" not in taken else "RefusedBecause"
