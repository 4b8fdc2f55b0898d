"""Parses a layout from its TOML text; every fault names the key it is about.

Reads no file: the text is given. A layout that parses is sound in itself, whether it fits a customer's file is for
``reading`` to say. What the keys mean: ``docs/reference/layouts.md``.
"""

from __future__ import annotations

import tomllib
from typing import get_args
from zoneinfo import ZoneInfo

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.language.feeds import parse_feed
from ml_connector.layouts.language.numbers import parse_numbers
from ml_connector.layouts.language.tables import Table
from ml_connector.layouts.layout import (
    CleanUp,
    CsvDialect,
    DayStyle,
    FileFormat,
    FileRules,
    Layout,
    NumberLimits,
    NumberStyle,
    Wrapping,
    XmlDialect,
)

ENCODINGS = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    *(f"cp{number}" for number in (437, 850, *range(1250, 1259))),
    *(f"iso-8859-{number}" for number in (*range(1, 12), *range(13, 17))),
    "us-ascii",
)
_FIELD_CHARACTERS_LIMIT = 65_536
_DECIMALS_LIMIT = 6
_FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)
_CLEAN_UPS: tuple[CleanUp, ...] = get_args(CleanUp)
_WRAPPINGS: tuple[Wrapping, ...] = get_args(Wrapping)


def parse_layout(text: str, name: str) -> Layout:
    """The layout of that TOML text; ``name`` is what messages call it. Raises ConfigurationError (``layout.*``)."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"Layout {name}: this is no TOML: {error}"
        fix = "Mend the text at that place."
        raise ConfigurationError(message, fix=fix, code="layout.not_toml", at="settings") from error
    return parse_layout_table(Table(name, "", content))


def parse_layout_table(table: Table) -> Layout:
    """The layout of that table, the whole text of one; ConfigurationError (``layout.*``)."""
    own_name = table.text("name")
    version = table.whole("version", least=1, most=1_000_000)
    table.one_of("format", _FORMATS)
    file_format = table.one_of_or("format", "csv", _FORMATS)
    dialect = _parse_csv(table.table_or_none("csv"))
    xml = _parse_xml(table.table_or_none("xml"))
    limits, numbers = _parse_numbers(table.table_or_none("numbers"))
    days = _parse_days(table.table_or_none("days"))
    files = _parse_files(table.table_or_none("files"))
    effective = table.day_or_none("effective_from"), table.day_or_none("effective_until")
    open_questions = table.texts_or("undecided")
    feed_tables = table.table("feeds")
    feeds = {each: parse_feed(each, feed_tables.table(each), file_format) for each in feed_tables.keys_of_any_name()}
    table.refuse_unknown()
    if not feeds:
        feed_tables.refuse("", "holds no feed", fix="Add a table such as [feeds.approved_invoices].")
    return Layout(
        own_name, version, feeds, dialect, limits, file_format, xml, numbers, days, files, *effective, open_questions
    )


def _parse_csv(table: Table | None) -> CsvDialect:
    if table is None:
        return CsvDialect()
    plain = CsvDialect()
    delimiter = table.text_or("delimiter", ",")
    if not delimiter or any(each in '"\r\n\0\\' for each in delimiter):
        table.refuse("delimiter", f"must be one or more characters, no quote and no line end, not {delimiter!r}")
    dialect = CsvDialect(
        delimiter=delimiter,
        field_characters_max=table.whole_or("field_characters_max", 65_536, least=1, most=_FIELD_CHARACTERS_LIMIT),
        encoding=table.one_of_or("encoding", "utf-8", ENCODINGS),
        quote=table.one_of_or("quote", '"', ('"', "'", "none")).replace("none", ""),
        escape=table.one_of_or("escape", "double", ("double", "backslash"))
        .replace("double", "")
        .replace("backslash", "\\"),
        heading=table.flag_or("heading", default=True),
        skip_lines=table.whole_or("skip_lines", 0, most=1000),
        skip_rows=table.whole_or("skip_rows", 0, most=1000),
        trailing_delimiter=table.flag_or("trailing_delimiter", default=False),
        comment=table.text_or("comment", ""),
        clean=table.words_or("clean", _CLEAN_UPS),
        repeated_heading=table.flag_or("repeated_heading", default=False),
        twice_encoded=table.one_of_or("twice_encoded", "refuse", ("refuse", "keep")),
        line_end=table.one_of_or("line_end", plain.line_end, ("\r\n", "\n")),
        quote_all=table.flag_or("quote_all", default=False),
        byte_order_mark=table.flag_or("byte_order_mark", default=False),
        escape_formulas=table.flag_or("escape_formulas", default=False),
    )
    table.refuse_unknown()
    return dialect


def _parse_xml(table: Table | None) -> XmlDialect:
    if table is None:
        return XmlDialect()
    dialect = XmlDialect(
        doctype=table.one_of_or("doctype", "refuse", ("refuse", "ignore")),
        namespaces=table.text_map_or_none("namespaces"),
        ignore_namespaces=table.flag_or("ignore_namespaces", default=False),
        encoding=table.one_of_or("encoding", "", ENCODINGS),
        depth_max=table.whole_or("depth_max", 50, least=2, most=200),
        elements_max=table.whole_or("elements_max", 100_000, least=1, most=10_000_000),
        clean=table.words_or("clean", _CLEAN_UPS),
    )
    table.refuse_unknown()
    return dialect


def _parse_numbers(table: Table | None) -> tuple[NumberLimits, NumberStyle]:
    if table is None:
        return NumberLimits(), NumberStyle()
    amount = table.whole_or("amount_decimals_max", 4, most=_DECIMALS_LIMIT)
    quantity = table.whole_or("quantity_decimals_max", 6, most=_DECIMALS_LIMIT)
    style = parse_numbers(table)
    table.refuse_unknown()
    return NumberLimits(amount, quantity), style


def _parse_days(table: Table | None) -> DayStyle:
    if table is None:
        return DayStyle()
    zone = table.text_or("zone", "UTC")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError):
        table.refuse("zone", f"must be a time zone such as America/New_York, not {zone!r}")
    style = DayStyle(zone, table.whole_or("pivot", 50, most=99), table.texts_or("nulls"))
    table.refuse_unknown()
    return style


def _parse_files(table: Table | None) -> FileRules:
    plain = FileRules()
    if table is None:
        return plain
    rules = FileRules(
        match=table.text_or("match", plain.match),
        marker=table.text_or("marker", ""),
        temporary=table.texts_or("temporary", plain.temporary),
        unwrap=table.words_or("unwrap", _WRAPPINGS),
        signed=table.flag_or("signed", default=True),
        rows_max=table.whole_or("rows_max", 0, most=10_000_000),
        bytes_max=table.whole_or("bytes_max", 0, most=1_000_000_000),
        done_marker=table.text_or("done_marker", ""),
        control_file=table.text_or("control_file", ""),
    )
    table.refuse_unknown()
    return rules
