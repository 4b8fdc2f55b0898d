"""Writes rows of a feed by a layout: same rows, same bytes, and never a byte our own reader would refuse.

UTF-8 without a mark, heading row, CRLF, quotes only where RFC 4180 needs them, columns in the layout's order, rows in
the order given. A value that does not fit its column is a ValueError: a fault of the program, not of a customer.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from ml_connector.layouts.fields import CellParser, compile_parser, loose_word
from ml_connector.layouts.layout import Column, FeedLayout, Layout, NumberLimits
from ml_connector.layouts.reading import find_feed
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


def write_rows(layout: Layout, feed: str, rows: Iterable[Mapping[str, object]]) -> bytes:
    """The bytes of a file of that feed; a row maps column names to values (Decimal, date, datetime, bool, int, str,
    None) or to texts in the column's own grammar, absent columns being empty."""
    feed_layout = find_feed(layout, feed)
    cells = _CellWriter(feed_layout, layout.limits)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=layout.dialect.delimiter, lineterminator="\r\n")
    writer.writerow(each.name for each in feed_layout.columns)
    for row in rows:
        writer.writerow(cells.render(row).values())
    return text.getvalue().encode("utf-8")


def render_row(layout: Layout, feed: str, row: Mapping[str, object]) -> dict[str, str]:
    """The cells of one row as ``write_rows`` would write them, by column name, all columns, empty ones as ``""``."""
    return next(render_rows(layout, feed, [row]))


def render_rows(layout: Layout, feed: str, rows: Iterable[Mapping[str, object]]) -> Iterator[dict[str, str]]:
    """``render_row`` for many rows, one after the other."""
    cells = _CellWriter(find_feed(layout, feed), layout.limits)
    return (cells.render(row) for row in rows)


class _CellWriter:
    """Renders the rows of one feed."""

    def __init__(self, feed: FeedLayout, limits: NumberLimits) -> None:
        self._feed = feed
        self._limits = limits
        self._parsers: dict[str, CellParser] = {each.name: compile_parser(each, limits) for each in feed.columns}

    def render(self, row: Mapping[str, object]) -> dict[str, str]:
        unknown = [key for key in row if key not in self._parsers]
        if unknown:
            raise ValueError(f"feed {self._feed.name} has no column {unknown[0]!r}")
        return {each.name: self._cell(each, row.get(each.name)) for each in self._feed.columns}

    def _cell(self, column: Column, value: object) -> str:
        parse = self._parsers[column.name]
        if isinstance(value, str) and column.type not in ("text", "word"):
            value = parse(value)
        try:
            text = _render_value(column, value, self._limits)
        except (TypeError, ValueError) as error:
            raise ValueError(f"feed {self._feed.name}, column {column.name}: {error}") from error
        if not text and column.required == "value":
            raise ValueError(f"feed {self._feed.name}, column {column.name}: a value must be there")
        return text


def _render_value(column: Column, value: object, limits: NumberLimits) -> str:
    """The cell of a value, ``""`` for None; TypeError or ValueError where it does not fit the column."""
    if isinstance(value, Fault):
        raise ValueError(value.sentence)
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
            return render_amount(value, decimals_max=limits.amount_decimals_max)
        case "quantity", Decimal():
            return render_quantity(value, decimals_max=limits.quantity_decimals_max)
        case "price", Decimal():
            return render_price(value, decimals_max=limits.quantity_decimals_max)
        case "flag", bool():
            return render_flag(value)
        case "whole", int() if not isinstance(value, bool):
            return render_whole(value)
        case "instant", datetime():
            return render_instant(value)
        case "day", date() if not isinstance(value, datetime):
            return render_day(value)
        case _:
            raise TypeError(f"a {type(value).__name__} is no {column.type}")


def _written_text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("a text holds a zero byte")
    value.encode("utf-8")
    return value


def _written_word(words: Mapping[str, str], value: str) -> str:
    """The file's word for a canonical one, or for one of its own spelt otherwise."""
    for word, meaning in words.items():
        if value == meaning or loose_word(value) == loose_word(word):
            return word
    raise ValueError(f"{value!r} is none of {', '.join(words)}")
