"""A layout as TOML text, so that ``layout_file`` parses it to the same layout again. Only what differs from the default
is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from ml_connector.layouts.layout import (
    Column,
    CsvDialect,
    DayStyle,
    Extraction,
    FeedLayout,
    FileRules,
    Layout,
    NumberLimits,
    NumberStyle,
    RecordType,
    XmlDialect,
)

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def render_layout(layout: Layout, notes: Sequence[str] = ()) -> str:
    """The TOML text of the layout; notes stand above it as comments."""
    lines = [f"# {_comment(each)}" for each in notes]
    lines += [""] if lines else []
    lines += [f"name = {_text(layout.name)}", f"version = {layout.version}", f"format = {_text(layout.format)}"]
    if layout.open_questions:
        lines.append(f"undecided = {_list(layout.open_questions)}")
    numbers = _pairs(layout.limits, NumberLimits()) | _pairs(layout.numbers, NumberStyle())
    tables = (
        ("csv", _dialect(layout.dialect)),
        ("xml", _pairs(layout.xml, XmlDialect())),
        ("numbers", numbers),
        ("days", _pairs(layout.days, DayStyle())),
        ("files", _pairs(layout.files, FileRules())),
    )
    for name, pairs in tables:
        if pairs:
            lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in pairs.items())]
    for feed in layout.feeds.values():
        lines += _feed(feed)
    return "\n".join(lines) + "\n"


def _comment(note: str) -> str:
    """A note on one line, without what a comment may not hold."""
    return "".join(each if each.isprintable() else "?" for each in " ".join(note.split()))


def _dialect(dialect: CsvDialect) -> dict[str, str]:
    pairs = _pairs(dialect, CsvDialect())
    if "quote" in pairs and not dialect.quote:
        pairs["quote"] = '"none"'
    if dialect.escape:
        pairs["escape"] = '"backslash"'
    return pairs


def _feed(feed: FeedLayout) -> Iterator[str]:
    plain = FeedLayout(feed.name, feed.direction, feed.document, feed.noun, ())
    yield ""
    yield f"[feeds.{feed.name}]"
    for key in ("direction", "document", "noun"):
        yield f"{key} = {_text(getattr(feed, key))}"
    skipped = ("name", "direction", "document", "noun", "columns", "skip", "records")
    for key, value in _pairs(feed, plain, skipped).items():
        yield f"{key} = {value}"
    if not feed.group_by and feed.records is None and feed.document != "row":
        yield "group_by = []"
    if feed.skip:
        rules = (_table(_pairs(each, None)) for each in feed.skip)
        yield f"skip = [{', '.join(rules)}]"
    yield "columns = ["
    for column in feed.columns:
        yield f"    {_column(column)},"
    yield "]"
    if feed.records:
        yield ""
        yield f"[feeds.{feed.name}.records]"
        for key in ("position", "column", "heading", "others"):
            value = getattr(feed.records, key)
            if value not in (0, "", "none", "refuse"):
                yield f"{key} = {_value(value)}"
        yield "types = ["
        for kind in feed.records.types:
            known = {"name": _text(kind.name), "place": _text(kind.place)}
            yield f"    {_table(known | _pairs(kind, RecordType(kind.name, kind.place)))},"
        yield "]"


def _column(column: Column) -> str:
    pairs = {"name": _text(column.name), "member": _text(column.member), "type": _text(column.type)}
    plain = Column(column.name, column.member, column.type)
    pairs |= _pairs(column, plain, ("name", "member", "type", "numbers", "extraction", "written"))
    if column.numbers is not None:
        pairs["numbers"] = _table(_pairs(column.numbers, NumberStyle()))
    extraction = _pairs(column.extraction, Extraction(), ("substring",))
    if column.extraction.substring != (0, 0):
        first, length = column.extraction.substring
        extraction["substring"] = f"{{ from = {first}, length = {length} }}"
    if column.written:
        rules = (_table(_pairs(each, None)) for each in column.written)
        pairs["written"] = f"[{', '.join(rules)}]"
    return _table(pairs | extraction)


def _pairs(value: object, plain: object, skipped: tuple[str, ...] = ()) -> dict[str, str]:
    """The members that differ from the plain value, as TOML."""
    found: dict[str, str] = {}
    for each in fields(value):  # type: ignore[arg-type]
        own = getattr(value, each.name)
        if each.name not in skipped and (plain is None or own != getattr(plain, each.name)):
            found[each.name] = _value(own)
    return found


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return _table({str(key): _text(str(each)) for key, each in value.items()})
    assert isinstance(value, tuple)
    return _list(value)


def _list(values: Sequence[object]) -> str:
    return f"[{', '.join(_value(each) for each in values)}]"


def _table(pairs: Mapping[str, str]) -> str:
    inside = ", ".join(f"{key if _BARE.fullmatch(key) else _text(key)} = {value}" for key, value in pairs.items())
    return f"{{ {inside} }}" if inside else "{}"


def _text(value: str) -> str:
    plain = "".join(
        _ESCAPES.get(each)
        or (each if each.isprintable() else f"\\u{ord(each):04x}" if ord(each) < 65536 else f"\\U{ord(each):08x}")
        for each in value
    )
    return f'"{plain}"'
