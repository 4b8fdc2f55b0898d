"""Parses the feeds of a layout: columns, record types, grouping and row filters, each held against what the feed makes.

Part of ``layout_file``; every fault names the key it is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import get_args

import re2

from ml_connector.layouts.cells.days import FORMAT_TOKENS, compile_day_format
from ml_connector.layouts.language.numbers import parse_numbers
from ml_connector.layouts.language.tables import Table, as_word
from ml_connector.layouts.layout import (
    INVOICE_KINDS,
    LINE_KINDS,
    MEMBERS,
    PLACES,
    REQUIRED_MEMBERS,
    Column,
    ColumnType,
    Direction,
    DocumentKind,
    Extraction,
    FeedLayout,
    FileFormat,
    NumberStyle,
    Place,
    RecordHeading,
    RecordPlace,
    Records,
    RecordType,
    Required,
    SkipRule,
    SkipTest,
    Written,
)

_MEMBER = re.compile(r"[a-z][a-z0-9_]*")
_KIND_WORDS: Mapping[Place, tuple[str, ...]] = {"document": INVOICE_KINDS, "lines": LINE_KINDS, "shares": LINE_KINDS}
_FLAG_WORDS = ("true", "false")
_CELLS_LIMIT = 10_000
_DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
_DOCUMENTS: tuple[DocumentKind, ...] = get_args(DocumentKind)
_TYPES: tuple[ColumnType, ...] = get_args(ColumnType)
_REQUIRED: tuple[Required, ...] = get_args(Required)
_TESTS: tuple[SkipTest, ...] = get_args(SkipTest)
_RECORD_PLACES: tuple[RecordPlace, ...] = get_args(RecordPlace)
_HEADINGS: tuple[RecordHeading, ...] = get_args(RecordHeading)
SIDE = "side"


def parse_feed(name: str, table: Table, file_format: FileFormat) -> FeedLayout:
    """One feed of the layout; ConfigurationError (``layout.*``) where a key is wrong."""
    direction = as_word(table.choice("direction", Direction), _DIRECTIONS)
    document = as_word(table.choice("document", DocumentKind), _DOCUMENTS)
    noun = table.text("noun")
    columns = tuple(_parse_column(document, each) for each in table.tables("columns"))
    records = _parse_records(table.table_or_none("records"), file_format)
    _refuse_twice(table, columns)
    _refuse_without(table, document, columns)
    names = tuple(each.name for each in columns)
    label = _known_names(table, "label", names)
    group_by: tuple[tuple[str, ...], ...] = ()
    if (document != "row" and records is None) or table.has("group_by"):
        group_by = table.lists_of_texts("group_by")
    line_key = _known_names(table, "line_key", names)
    for alternative in group_by:
        _refuse_unlisted(table, "group_by", alternative, names)
    feed = FeedLayout(
        name=name,
        direction=direction,
        document=document,
        noun=noun,
        columns=columns,
        label=label,
        group_by=group_by,
        line_key=line_key,
        carry_down=_known_names(table, "carry_down", names),
        skip=tuple(_parse_skip(each) for each in table.tables_or("skip")),
        records=records,
        sign=table.one_of_or("sign", "as_is", ("as_is", "reversed")),
        mode=table.one_of_or("mode", "delta", ("delta", "snapshot")),
        balanced=table.flag_or("balanced", default=False),
        attachments=table.texts_or("attachments"),
        side_file=table.text_or("side_file", ""),
        elements=table.texts_or("elements"),
        keep_together=_known_names(table, "keep_together", names),
    )
    _refuse_loose_records(table, feed)
    table.refuse_unknown()
    return feed


def _parse_column(document: DocumentKind, table: Table) -> Column:
    name = table.text("name")
    column_type = as_word(table.choice("type", ColumnType), _TYPES)
    place: Place = table.one_of_or("place", "document", PLACES[document])
    required = table.one_of_or("required", "no", _REQUIRED)
    member = _parse_member(document, place, table)
    column = Column(
        name=name,
        member=member,
        type=column_type,
        place=place,
        required=required,
        words=_parse_words(place, column_type, table),
        aliases=table.texts_or("aliases"),
        position=table.whole_or("position", 0, least=1, most=_CELLS_LIMIT),
        path=table.text_or("path", ""),
        record=table.text_or("record", ""),
        formats=_parse_formats(column_type, table),
        nulls=table.texts_or("nulls"),
        split=table.text_or("split", ""),
        minus=table.text_or("minus", ""),
        numbers=_parse_own_numbers(table),
        extraction=_parse_extraction(table),
        written=tuple(_parse_written(each) for each in table.tables_or("written")),
        undecided=table.text_or("undecided", ""),
    )
    table.refuse_unknown()
    return column


def _parse_own_numbers(table: Table) -> NumberStyle | None:
    own = table.table_or_none("numbers")
    if own is None:
        return None
    style = parse_numbers(own)
    own.refuse_unknown()
    return style


def _parse_formats(column_type: ColumnType, table: Table) -> tuple[str, ...]:
    formats = table.texts_or("formats")
    if column_type in ("day", "period"):
        for each in formats:
            fault = compile_day_format(each)
            if isinstance(fault, str):
                table.refuse("formats", f"holds {each!r}: {fault}", fix=f"Build it of {', '.join(FORMAT_TOKENS)}.")
    elif column_type == "packed":
        if not formats:
            table.refuse("formats", "is missing: how one share is written, such as {account}/{branch}={amount}")
    elif formats:
        table.refuse("formats", f"means nothing for the type {column_type!r}")
    return formats


def _parse_extraction(table: Table) -> Extraction:
    pattern = table.text_or("pattern", "")
    if pattern:
        _refuse_pattern(table, "pattern", pattern)
    substring = (0, 0)
    own = table.table_or_none("substring")
    if own is not None:
        substring = (own.whole("from", least=1, most=_CELLS_LIMIT), own.whole("length", least=1, most=_CELLS_LIMIT))
        own.refuse_unknown()
    return Extraction(
        before=table.text_or("before", ""),
        after=table.text_or("after", ""),
        substring=substring,
        pattern=pattern,
        lookup=table.text_map_or_none("lookup"),
        default=table.text_or("default", ""),
        constant=table.text_or("constant", ""),
    )


def _refuse_pattern(table: Table, key: str, pattern: str) -> None:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        table.refuse(key, f"is no pattern that can be run in bounded time: {error}")


def _parse_written(table: Table) -> Written:
    written = Written(table.text("member"), table.text("equals"), table.text_or("text", ""))
    table.refuse_unknown()
    return written


def _parse_skip(table: Table) -> SkipRule:
    test = as_word(table.choice("test", SkipTest), _TESTS)
    text = table.text_or("text", "")
    if test == "matches":
        _refuse_pattern(table, "text", text)
    rule = SkipRule(table.text("column"), test, text)
    table.refuse_unknown()
    return rule


def _parse_records(table: Table | None, file_format: FileFormat) -> Records | None:
    if table is None:
        return None
    types = tuple(_parse_record_type(each) for each in table.tables("types"))
    records = Records(
        types=types,
        position=table.whole_or("position", 0, least=1, most=_CELLS_LIMIT),
        column=table.text_or("column", ""),
        heading=table.one_of_or("heading", "none", _HEADINGS),
        others=table.one_of_or("others", "refuse", ("refuse", "ignore")),
    )
    for each in types:
        if file_format == "xml" and not each.path:
            table.refuse("types", f"has {each.name!r} without the path of its element")
        if file_format == "csv" and not (each.word or each.match):
            table.refuse("types", f"has {each.name!r} without the word or the file name it is known by")
    table.refuse_unknown()
    return records


def _parse_record_type(table: Table) -> RecordType:
    found = RecordType(
        name=table.text("name"),
        place=as_word(table.one_of("place", _RECORD_PLACES), _RECORD_PLACES),
        word=table.text_or("word", ""),
        match=table.text_or("match", ""),
        path=table.text_or("path", ""),
        within=table.text_or("within", ""),
        key=table.texts_or("key"),
    )
    table.refuse_unknown()
    return found


def _parse_member(document: DocumentKind, place: Place, table: Table) -> str:
    known = MEMBERS.get(document, {}).get(place)
    if known is not None:
        return table.one_of("member", known)
    member = table.text("member")
    if not _MEMBER.fullmatch(member):
        table.refuse("member", f"must be a name in small letters such as vendor_id, not {member!r}")
    return member


def _parse_words(place: Place, column_type: ColumnType, table: Table) -> Mapping[str, str]:
    if column_type == "flag" and not table.has("words"):
        return {}
    if column_type not in ("word", "flag"):
        return {}
    words = table.table("words")
    known = _FLAG_WORDS if column_type == "flag" else _KIND_WORDS.get(place, ())
    return {each: words.one_of(each, known) for each in words.keys_of_any_name()}


def _known_names(table: Table, key: str, names: tuple[str, ...]) -> tuple[str, ...]:
    if not table.has(key):
        return ()
    found = table.texts(key)
    _refuse_unlisted(table, key, found, names)
    return found


def _refuse_unlisted(table: Table, key: str, found: tuple[str, ...], names: tuple[str, ...]) -> None:
    for each in found:
        if each not in names:
            near = get_close_matches(each, names, n=1, cutoff=0.0)
            table.refuse(key, f"names the column {each!r}, which is not listed; {near[0]!r} is near")


def _refuse_twice(table: Table, columns: tuple[Column, ...]) -> None:
    members: set[tuple[str, Place, str]] = set()
    for each in columns:
        if (each.record, each.place, each.member) in members:
            table.refuse("columns", f"fills {each.member!r} of {each.place} twice")
        members.add((each.record, each.place, each.member))


def _refuse_without(table: Table, document: DocumentKind, columns: tuple[Column, ...]) -> None:
    """A document whose date or amount nothing fills could not be told from a wrong one."""
    filled = {(each.place, each.member) for each in columns if each.required == "value"}
    if any(each.place == "shares" and each.member in ("amount", "packed") for each in columns):
        filled.add(("lines", "amount"))
    for place, member in REQUIRED_MEMBERS.get(document, ()):
        if (place, member) not in filled:
            table.refuse("columns", f'has none that fills {member!r} of {place} with required = "value"')


def _refuse_loose_records(table: Table, feed: FeedLayout) -> None:
    """Columns name a record type there is, and types one another."""
    known = {each.name for each in feed.records.types} if feed.records else set()
    for index, column in enumerate(feed.columns):
        if column.record and column.record not in known | {SIDE}:
            table.refuse(f"columns[{index}].record", f"names the record {column.record!r}, which is not listed")
        if known and not column.record:
            table.refuse(f"columns[{index}].record", "is missing: which of the record types has this column")
    for each in feed.records.types if feed.records else ():
        if each.within and each.within not in known:
            table.refuse("records.types", f"has {each.name!r} within {each.within!r}, which is not listed")
        for key in each.key:
            if not any(column.record == each.name and column.name == key for column in feed.columns):
                table.refuse("records.types", f"has {each.name!r} with the key {key!r}, which is no column of its own")
