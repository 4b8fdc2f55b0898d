"""Writes rows of a feed by a layout: same rows, same bytes, and never a byte our own reader would refuse.

UTF-8 without a mark, heading row, CRLF, quotes only where RFC 4180 needs them, columns in the layout's order, rows in
the order given. A value that does not fit its column is a ValueError: a fault of the program, not of a customer.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256

from ml_connector.layouts.cells.days import render_day_in
from ml_connector.layouts.cells.figures import render_figure
from ml_connector.layouts.fields import CellParser, compile_parser, loose_word
from ml_connector.layouts.layout import Column, Extraction, FeedLayout, Layout
from ml_connector.layouts.reading import find_feed
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.wrapping.names import named_after
from ml_connector.layouts.wrapping.parts import PartLimits, split_rows
from ml_connector.layouts.xml.writing import write_xml
from ml_connector.numerals import (
    Fault,
    render_amount,
    render_day,
    render_flag,
    render_instant,
    render_period,
    render_price,
    render_quantity,
    render_whole,
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Rows = Iterable[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class OutFile:
    """One file to hand over: its name and bytes; ``data`` is false for a control file or a marker."""

    name: str
    content: bytes
    data: bool = True


def write_rows(layout: Layout, feed: str, rows: Rows) -> bytes:
    """The bytes of a file of that feed; a row maps column names to values (Decimal, date, datetime, bool, int, str,
    None) or to texts in our own grammar, absent columns being empty. The names are the layout's or, where
    ``standard-csv`` has the feed, its names; those the layout does not write are left out."""
    feed_layout = find_feed(layout, feed)
    cells = _CellWriter(layout, feed_layout)
    return _write_cells(layout, feed_layout, (cells.render(row) for row in rows))


def _write_cells(layout: Layout, feed: FeedLayout, rendered: Iterable[Mapping[str, str]]) -> bytes:
    return write_xml(feed, rendered) if layout.format == "xml" else _write_csv(layout, feed, rendered)


def write_files(
    layout: Layout, feed: str, rows: Rows, *, stem: str, rendered: Iterable[Mapping[str, str]] | None = None
) -> tuple[OutFile, ...]:
    """The files of that feed in the order they are handed over: parts of at most ``files.rows_max`` rows and
    ``files.bytes_max`` bytes, numbered from 1 where there are several, each followed by its control file and its
    done-marker where the layout asks for them. Rows that ``keep_together`` binds are in one part. ``rendered`` are the
    rows where they are this layout's own cells already."""
    rules, feed_layout = layout.files, find_feed(layout, feed)
    limits = PartLimits(
        rows_max=rules.rows_max,
        bytes_max=rules.bytes_max,
        together=feed_layout.keep_together,
        size_of=lambda cells: len(_write_cells(layout, feed_layout, cells)),
    )
    rendered = render_rows(layout, feed, rows) if rendered is None else rendered
    if not (rules.rows_max or rules.bytes_max or rules.control_file or rules.done_marker):
        return (OutFile(f"{stem}.{layout.format}", _write_cells(layout, feed_layout, rendered)),)
    parts = list(split_rows(list(rendered), limits))
    found: list[OutFile] = []
    for number, part in enumerate(parts, start=1):
        own = f"{stem}_{number:03d}" if len(parts) > 1 else stem
        data = OutFile(f"{own}.{layout.format}", _write_cells(layout, feed_layout, part))
        found.append(data)
        if rules.control_file:
            text = f"file={data.name}\nrows={len(part)}\nsha256={sha256(data.content).hexdigest()}\n"
            found.append(OutFile(named_after(rules.control_file, data.name), text.encode(), data=False))
        if rules.done_marker:
            found.append(OutFile(named_after(rules.done_marker, data.name), b"", data=False))
    return tuple(found)


def render_row(layout: Layout, feed: str, row: Mapping[str, object]) -> dict[str, str]:
    """The cells of one row as ``write_rows`` would write them, by column name, all columns, empty ones as ``""``."""
    return next(render_rows(layout, feed, [row]))


def render_rows(layout: Layout, feed: str, rows: Rows) -> Iterator[dict[str, str]]:
    """``render_row`` for many rows, one after the other."""
    cells = _CellWriter(layout, find_feed(layout, feed))
    return (cells.render(row) for row in rows)


def _write_csv(layout: Layout, feed: FeedLayout, rows: Iterable[Mapping[str, str]]) -> bytes:
    dialect = layout.dialect
    encoding = "utf-8-sig" if dialect.byte_order_mark and dialect.encoding == "utf-8" else dialect.encoding
    # Encoded as it is written: a text of many megabytes is not held beside its bytes.
    content = io.BytesIO()
    text = io.TextIOWrapper(content, encoding=encoding, newline="")
    writer = csv.writer(
        text,
        delimiter=dialect.delimiter,
        lineterminator=f"{dialect.delimiter if dialect.trailing_delimiter else ''}{dialect.line_end}",
        quoting=csv.QUOTE_ALL if dialect.quote_all else csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        quotechar=dialect.quote or None,
        escapechar=dialect.escape or None,
        doublequote=not dialect.escape,
    )
    columns = written_columns(feed)
    guarded = {each.name for each in columns if dialect.escape_formulas and each.type in ("text", "code", "word")}
    try:
        if dialect.heading:
            writer.writerow(each.name for each in columns)
        for row in rows:
            writer.writerow(_guarded(cell) if name in guarded else cell for name, cell in row.items())
        text.flush()
        return content.getvalue()
    except UnicodeEncodeError as error:
        raise ValueError(f"feed {feed.name}: {error.object[error.start]!r} cannot be written in {encoding}") from error


def _guarded(cell: str) -> str:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


@cache
def standard_names(feed: str) -> Mapping[str, str]:
    """The columns of ``standard-csv`` by which the rows of a feed we write are made, with the members they fill; none
    for a feed of a layout's own."""
    found = load_shipped_layout("standard-csv").feeds.get(feed)
    return {each.name: each.member for each in found.columns} if found and found.direction == "out" else {}


def written_columns(feed: FeedLayout) -> list[Column]:
    """The columns that a file of the feed has, in their order."""
    return [each for each in feed.columns if each.place not in ("control", "key")]


class _CellWriter:
    """Renders the rows of one feed."""

    def __init__(self, layout: Layout, feed: FeedLayout) -> None:
        self._feed = feed
        self._layout = layout
        self._columns = written_columns(feed)
        self._own = {each.name: each for each in self._columns}
        self._parsers: dict[str, CellParser] = {
            each.name: compile_parser(
                replace(each, formats=(), numbers=None, words={}, extraction=Extraction()), layout.limits
            )
            for each in self._columns
            if each.type not in ("text", "word")
        }
        # Columns of which an empty value makes an empty cell.
        self._plain = {
            each.name
            for each in self._columns
            if not (each.written or each.extraction.constant or each.extraction.default or each.required == "value")
        }
        self._standard = standard_names(feed.name)

    def render(self, row: Mapping[str, object]) -> dict[str, str]:
        """The cells of a row, whose keys are all names of the layout, or all names of ``standard-csv``."""
        if row.keys() <= self._own.keys():
            cells = dict(row.items())
            members = {self._own[key].member: value for key, value in cells.items()}
            return {
                each.name: ""
                if each.name in self._plain and cells.get(each.name) is None
                else self._cell(each, cells.get(each.name), members)
                for each in self._columns
            }
        unknown = [key for key in row if key not in self._standard]
        if unknown:
            raise ValueError(f"feed {self._feed.name} has no column {unknown[0]!r}")
        members = {self._standard[key]: value for key, value in row.items()}
        return {each.name: self._cell(each, members.get(each.member), members) for each in self._columns}

    def _cell(self, column: Column, value: object, members: Mapping[str, object]) -> str:
        for each in column.written:
            if _plain_text(members.get(each.member)) == each.equals:
                return each.text
        if column.extraction.constant:
            return column.extraction.constant
        if isinstance(value, str) and column.name in self._parsers:
            value = self._parsers[column.name](value)
        try:
            text = _render_value(column, value, self._layout)
        except (TypeError, ValueError) as error:
            raise ValueError(f"feed {self._feed.name}, column {column.name}: {error}") from error
        if not text and column.required == "value":
            raise ValueError(f"feed {self._feed.name}, column {column.name}: a value must be there")
        return text or column.extraction.default


def _plain_text(value: object) -> str:
    return render_flag(value) if isinstance(value, bool) else "" if value is None else str(value)


def _render_value(column: Column, value: object, layout: Layout) -> str:
    """The cell of a value, ``""`` for None; TypeError or ValueError where it does not fit the column."""
    if isinstance(value, Fault):
        raise ValueError(value.sentence)
    limits, style = layout.limits, column.numbers or layout.numbers
    match column.type, value:
        case _, None:
            return ""
        case "text", str():
            return _written_text(value)
        case (("code" | "period"), str()):
            return value if column.type == "code" else render_period(value)
        case "word", str():
            return _written_word(column.words, value)
        case "amount", Decimal():
            return render_figure(render_amount(value, decimals_max=limits.amount_decimals_max), style)
        case "quantity", Decimal():
            return render_figure(render_quantity(value, decimals_max=limits.quantity_decimals_max), style)
        case "price", Decimal():
            return render_figure(render_price(value, decimals_max=limits.quantity_decimals_max), style)
        case "flag", bool():
            return _written_flag(column.words, value=value)
        case "whole", int() if not isinstance(value, bool):
            return render_whole(value)
        case "instant", datetime():
            return render_instant(value)
        case "day", date() if not isinstance(value, datetime):
            return render_day_in(value, column.formats[0]) if column.formats else render_day(value)
        case _:
            raise TypeError(f"a {type(value).__name__} is no {column.type}")


def _written_text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("a text holds a zero byte")
    value.encode("utf-8")
    return value


def _written_flag(words: Mapping[str, str], *, value: bool) -> str:
    text = render_flag(value)
    return next((word for word, meaning in words.items() if meaning == text), text)


def _written_word(words: Mapping[str, str], value: str) -> str:
    """The file's word for a canonical one, or for one of its own spelt otherwise."""
    for word, meaning in words.items():
        if value == meaning or loose_word(value) == loose_word(word):
            return word
    raise ValueError(f"{value!r} is none of {', '.join(words)}")
