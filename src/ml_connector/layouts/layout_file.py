"""Parses a layout from its TOML text; every fault names the key it is about.

Reads no file: the text is given. A layout that parses is sound in itself, whether it fits a customer's file is for
``reading`` to say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Literal, NoReturn, TypeVar, get_args

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.layout import (
    INVOICE_KINDS,
    LINE_KINDS,
    MEMBERS,
    PLACES,
    REQUIRED_MEMBERS,
    Column,
    ColumnType,
    CsvDialect,
    Direction,
    DocumentKind,
    FeedLayout,
    Layout,
    NumberLimits,
    Place,
    Required,
)

Word = TypeVar("Word", bound=str)
_MEMBER = re.compile(r"[a-z][a-z0-9_]*")
_DELIMITERS = (",", ";", "\t", "|")
_KIND_WORDS: Mapping[Place, tuple[str, ...]] = {"document": INVOICE_KINDS, "lines": LINE_KINDS}
_FIELD_CHARACTERS_LIMIT = 65_536
_DECIMALS_LIMIT = 6


def parse_layout(text: str, name: str) -> Layout:
    """The layout of that TOML text; ``name`` is what messages call it. Raises ConfigurationError (``layout.*``)."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"Layout {name}: this is no TOML: {error}"
        fix = "Mend the text at that place."
        raise ConfigurationError(message, fix=fix, code="layout.not_toml", at="settings") from error
    table = _Table(name, "", content)
    own_name = table.text("name")
    version = table.whole("version", least=1, most=1_000_000)
    table.choice("format", Literal["csv"])
    dialect = _parse_dialect(table.table("csv"))
    limits = _parse_limits(table.table("numbers"))
    feed_tables = table.table("feeds")
    feeds = {each: _parse_feed(each, feed_tables.table(each)) for each in feed_tables.keys_of_any_name()}
    table.refuse_unknown()
    if not feeds:
        feed_tables.refuse("", "holds no feed", fix="Add a table such as [feeds.approved_invoices].")
    return Layout(own_name, version, feeds, dialect, limits)


class _Table:
    """One table of the text under its full key; it remembers which keys were asked for, to refuse the others."""

    def __init__(self, layout: str, path: str, content: Mapping[str, object]) -> None:
        self._layout = layout
        self._path = path
        self._content = content
        self._asked: list[str] = []

    def keys_of_any_name(self) -> tuple[str, ...]:
        return tuple(self._content)

    def has(self, key: str) -> bool:
        self._asked.append(key)
        return key in self._content

    def text(self, key: str) -> str:
        value = self._value(key)
        if not isinstance(value, str) or not value:
            self.refuse(key, f"must be a text in quotes, not {value!r}")
        return value

    def whole(self, key: str, *, least: int, most: int) -> int:
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(key, f"must be a whole number from {least} to {most}, not {value!r}")
        return value

    def choice(self, key: str, kind: object) -> str:
        """One word of a ``Literal``."""
        return self.one_of(key, get_args(kind))

    def one_of(self, key: str, words: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in words:
            near = get_close_matches(value, words, n=1)
            hint = f"; {near[0]!r} is near" if near else ""
            self.refuse(key, f"must be one of {', '.join(map(repr, words))}, not {value!r}{hint}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._value(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
            self.refuse(key, f"must be a list of texts, not {value!r}")
        return tuple(value)

    def lists_of_texts(self, key: str) -> tuple[tuple[str, ...], ...]:
        value = self._value(key)
        if not isinstance(value, list) or not value:
            self.refuse(key, f"must be a list of lists of texts, not {value!r}")
        return tuple(
            _Table(self._layout, f"{self._key(key)}[{index}]", {"": each}).texts("") for index, each in enumerate(value)
        )

    def table(self, key: str) -> _Table:
        value = self._value(key)
        if not isinstance(value, dict):
            self.refuse(key, f"must be a table, not {value!r}")
        return _Table(self._layout, self._key(key), value)

    def tables(self, key: str) -> tuple[_Table, ...]:
        value = self._value(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            self.refuse(key, "must be a list of tables")
        return tuple(_Table(self._layout, f"{self._key(key)}[{index}]", each) for index, each in enumerate(value))

    def refuse_unknown(self) -> None:
        for key in self._content:
            if key not in self._asked:
                near = get_close_matches(key, self._asked, n=1, cutoff=0.0)
                self.refuse(
                    key,
                    "is not known",
                    fix=f"Did you mean {near[0]!r}? Otherwise take it out." if near else "Take it out.",
                    code="layout.unknown_key",
                )

    def refuse(self, key: str, sentence: str, *, fix: str = "", code: str = "layout.wrong_value") -> NoReturn:
        message = f"Layout {self._layout}: {self._key(key)} {sentence}."
        raise ConfigurationError(message, fix=fix or "Mend that key of the layout.", code=code, at="settings")

    def _value(self, key: str) -> object:
        if not self.has(key):
            self.refuse(key, "is missing", fix="Add that key.", code="layout.missing_key")
        return self._content[key]

    def _key(self, key: str) -> str:
        return f"{self._path}.{key}".strip(".") or "the text"


def _parse_dialect(table: _Table) -> CsvDialect:
    table.choice("encoding", Literal["utf-8"])
    delimiter = table.one_of("delimiter", _DELIMITERS)
    most = table.whole("field_characters_max", least=1, most=_FIELD_CHARACTERS_LIMIT)
    table.refuse_unknown()
    return CsvDialect(delimiter, most)


def _parse_limits(table: _Table) -> NumberLimits:
    amount = table.whole("amount_decimals_max", least=0, most=_DECIMALS_LIMIT)
    quantity = table.whole("quantity_decimals_max", least=0, most=_DECIMALS_LIMIT)
    table.refuse_unknown()
    return NumberLimits(amount, quantity)


def _parse_feed(name: str, table: _Table) -> FeedLayout:
    direction: Direction = _word(table.choice("direction", Direction), get_args(Direction))
    document: DocumentKind = _word(table.choice("document", DocumentKind), get_args(DocumentKind))
    noun = table.text("noun")
    columns = tuple(_parse_column(document, each) for each in table.tables("columns"))
    _refuse_twice(table, columns)
    _refuse_without(table, document, columns)
    names = tuple(each.name for each in columns)
    label = _known_names(table, "label", names)
    group_by: tuple[tuple[str, ...], ...] = ()
    if document != "row" or table.has("group_by"):
        group_by = table.lists_of_texts("group_by")
    line_key = _known_names(table, "line_key", names)
    for alternative in group_by:
        _refuse_unlisted(table, "group_by", alternative, names)
    table.refuse_unknown()
    return FeedLayout(name, direction, document, noun, columns, label, group_by, line_key)


def _parse_column(document: DocumentKind, table: _Table) -> Column:
    name = table.text("name")
    column_type: ColumnType = _word(table.choice("type", ColumnType), get_args(ColumnType))
    place: Place = "document"
    if table.has("place"):
        place = _word(table.one_of("place", PLACES[document]), PLACES[document])
    required: Required = "no"
    if table.has("required"):
        required = _word(table.choice("required", Required), get_args(Required))
    member = _parse_member(document, place, table)
    words = _parse_words(place, table) if column_type == "word" else {}
    table.refuse_unknown()
    return Column(name, member, column_type, place, required, words)


def _parse_member(document: DocumentKind, place: Place, table: _Table) -> str:
    known = MEMBERS.get(document, {}).get(place)
    if known is not None:
        return table.one_of("member", known)
    member = table.text("member")
    if not _MEMBER.fullmatch(member):
        table.refuse("member", f"must be a name in small letters such as vendor_id, not {member!r}")
    return member


def _parse_words(place: Place, table: _Table) -> Mapping[str, str]:
    words = table.table("words")
    return {each: words.one_of(each, _KIND_WORDS.get(place, ())) for each in words.keys_of_any_name()}


def _known_names(table: _Table, key: str, names: tuple[str, ...]) -> tuple[str, ...]:
    if not table.has(key):
        return ()
    found = table.texts(key)
    _refuse_unlisted(table, key, found, names)
    return found


def _refuse_unlisted(table: _Table, key: str, found: tuple[str, ...], names: tuple[str, ...]) -> None:
    for each in found:
        if each not in names:
            near = get_close_matches(each, names, n=1, cutoff=0.0)
            table.refuse(key, f"names the column {each!r}, which is not listed; {near[0]!r} is near")


def _refuse_twice(table: _Table, columns: tuple[Column, ...]) -> None:
    names: set[str] = set()
    members: set[tuple[Place, str]] = set()
    for each in columns:
        if each.name in names:
            table.refuse("columns", f"lists the column {each.name!r} twice")
        if (each.place, each.member) in members:
            table.refuse("columns", f"fills {each.member!r} of {each.place} twice")
        names.add(each.name)
        members.add((each.place, each.member))


def _refuse_without(table: _Table, document: DocumentKind, columns: tuple[Column, ...]) -> None:
    """A document whose date or amount nothing fills could not be told from a wrong one."""
    filled = {(each.place, each.member) for each in columns if each.required == "value"}
    for place, member in REQUIRED_MEMBERS.get(document, ()):
        if (place, member) not in filled:
            table.refuse("columns", f'has none that fills {member!r} of {place} with required = "value"')


def _word(value: str, words: tuple[Word, ...]) -> Word:
    """``value`` as the member of a ``Literal`` it is known to be."""
    return next(each for each in words if each == value)
