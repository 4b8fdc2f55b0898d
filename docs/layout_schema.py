"""The JSON Schema of a layout, made by watching the language itself read layouts: what it asks of each key is what the
schema says. ``make_reference`` writes it.

It says less than the language: what one key means for another (a position where there is no heading) is not in it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from ml_connector.layouts import shipped
from ml_connector.layouts.language.layout_file import parse_layout_table
from ml_connector.layouts.language.tables import Table

Schema = dict[str, object]
Word = TypeVar("Word", bound=str)
Answer = TypeVar("Answer")
_TEXT: Schema = {"type": "string", "minLength": 1}
# What no shipped layout has: the same questions are asked of it.
_RARE = """
name = "rare"
version = 1
format = "csv"
undecided = ["which"]
[csv]
[xml]
[numbers]
[days]
[files]
[feeds.rows]
direction = "in"
document = "row"
noun = "row"
columns = [
    { name = "A", member = "a", type = "flag", words = { Y = "true" }, numbers = {} },
    { name = "C", member = "c", type = "text", substring = { from = 1, length = 2 } },
    { name = "B", member = "b", type = "text", written = [{ member = "a", equals = "x" }] },
]
skip = [{ column = "A", test = "empty" }]
"""


class Node:
    """What was asked of one table so far: its keys, which of them always, and of keys of any name."""

    def __init__(self) -> None:
        self.visits = 0
        self.known: dict[str, Schema | Node | list[Node]] = {}
        self.needed: dict[str, int] = {}
        self.any_name: Node | None = None
        self.any_value: Schema | None = None

    def render(self) -> Schema:
        """The schema of the table."""
        if self.any_name is not None and not self.known:
            inner = self.any_value if self.any_value is not None else self.any_name.render()
            return {"type": "object", "additionalProperties": inner}
        shown: Schema = {"type": "object", "additionalProperties": False}
        shown["properties"] = {key: _render(self.known[key]) for key in sorted(self.known)}
        required = sorted(key for key, count in self.needed.items() if count == self.visits)
        return shown | ({"required": required} if required else {})


def _render(value: Schema | Node | list[Node]) -> Schema:
    if isinstance(value, Node):
        return value.render()
    if isinstance(value, list):
        return {"type": "array", "minItems": 1, "items": value[0].render()}
    return value


class WatchedTable(Table):
    """A table that tells a node what it is asked."""

    def __init__(self, layout: str, path: str, content: Mapping[str, object], node: Node) -> None:
        super().__init__(layout, path, content)
        self._place = path
        self._name = layout
        self._node = node
        self._named = False
        self._within = False
        node.visits += 1

    def keys_of_any_name(self) -> tuple[str, ...]:
        """The keys there are."""
        self._named = True
        self._node.any_name = self._node.any_name or Node()
        return super().keys_of_any_name()

    def text(self, key: str) -> str:
        """A text that is not empty."""
        return self._watched(key, _TEXT, partial(super().text, key), needed=True)

    def text_or(self, key: str, default: str) -> str:
        """A text."""
        return self._watched(key, {"type": "string"}, partial(super().text_or, key, default))

    def whole(self, key: str, *, least: int, most: int) -> int:
        """A whole number."""
        schema: Schema = {"type": "integer", "minimum": least, "maximum": most}
        return self._watched(key, schema, partial(super().whole, key, least=least, most=most), needed=True)

    def whole_or(self, key: str, default: int, *, least: int = 0, most: int) -> int:
        """A whole number."""
        schema: Schema = {"type": "integer", "minimum": least, "maximum": most}
        return self._watched(key, schema, partial(super().whole_or, key, default, least=least, most=most))

    def flag_or(self, key: str, *, default: bool) -> bool:
        """true or false."""
        return self._watched(key, {"type": "boolean"}, partial(super().flag_or, key, default=default))

    def one_of(self, key: str, words: tuple[str, ...]) -> str:
        """One of the words."""
        return self._watched(key, {"enum": list(words)}, partial(super().one_of, key, words), needed=True)

    def one_of_or(self, key: str, default: Word, words: tuple[Word, ...]) -> Word:
        """One of the words."""
        return self._watched(key, {"enum": list(words)}, partial(super().one_of_or, key, default, words))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return self._watched(key, _list_of(_TEXT), partial(super().texts, key), needed=True)

    def texts_or(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts."""
        return self._watched(key, _list_of(_TEXT), partial(super().texts_or, key, default))

    def words_or(self, key: str, words: tuple[Word, ...], default: tuple[Word, ...] = ()) -> tuple[Word, ...]:
        """A list of words."""
        schema = _list_of({"enum": list(words)})
        return self._watched(key, schema, partial(super().words_or, key, words, default))

    def lists_of_texts(self, key: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts."""
        return self._watched(key, _list_of(_list_of(_TEXT)), partial(super().lists_of_texts, key), needed=True)

    def text_map_or_none(self, key: str) -> Mapping[str, str]:
        """Texts by text."""
        schema: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
        return self._watched(key, schema, partial(super().text_map_or_none, key))

    def day_or_none(self, key: str) -> date | None:
        """A day, which TOML writes without quotes."""
        return self._watched(key, {"type": "string", "format": "date"}, partial(super().day_or_none, key))

    def table(self, key: str) -> Table:
        """A table, always there."""
        self._count(key)
        return super().table(key)

    def table_or_none(self, key: str) -> Table | None:
        """A table."""
        return super().table(key) if self.has(key) else None

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables, always there."""
        self._count(key)
        return super().tables(key)

    def tables_or(self, key: str) -> tuple[Table, ...]:
        """A list of tables."""
        return super().tables(key) if self.has(key) else ()

    def _watched(self, key: str, schema: Schema, answer: Callable[[], Answer], *, needed: bool = False) -> Answer:
        """The answer; what was asked is kept, unless one question asks another."""
        if self._within:
            return answer()
        if self._named:
            self._node.any_value = _merged(self._node.any_value, schema)
        else:
            known = self._node.known.get(key)
            self._node.known[key] = _merged(known if isinstance(known, dict) else None, schema)
            if needed:
                self._count(key)
        self._within = True
        try:
            return answer()
        finally:
            self._within = False

    def _count(self, key: str) -> None:
        if not self._within and not self._named:
            self._node.needed[key] = self._node.needed.get(key, 0) + 1

    def _inner(self, key: str, content: Mapping[str, object]) -> Table:
        if self._within:
            return super()._inner(key, content)
        name, bracket, _ = key.partition("[")
        if self._named:
            assert self._node.any_name is not None
            node = self._node.any_name
        else:
            known = self._node.known.get(name)
            found = known[0] if isinstance(known, list) else known
            node = found if isinstance(found, Node) else Node()
            self._node.known[name] = [node] if bracket else node
        return WatchedTable(self._name, f"{self._place}.{key}".strip("."), content, node)


def _list_of(schema: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": schema}


def _merged(before: Schema | None, schema: Schema) -> Schema:
    """What allows both."""
    if before is None or before == schema:
        return schema
    words, others = before.get("enum"), schema.get("enum")
    if isinstance(words, list) and isinstance(others, list):
        return {"enum": [*words, *(each for each in others if each not in words)]}
    return dict(_TEXT)


def layout_schema() -> Schema:
    """The schema of the TOML text of a layout."""
    node = Node()
    for name, text in (("rare", _RARE), *sorted(_shipped(files(shipped)))):
        parse_layout_table(WatchedTable(name, "", tomllib.loads(text), node))
    head: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Layout of ml-connector",
        "description": "Made from the program by `make docs`. What the keys mean: layouts.md.",
    }
    return head | node.render()


def _shipped(folder: Traversable) -> Iterator[tuple[str, str]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _shipped(each)
        elif each.name.endswith(".toml"):
            yield each.name, each.read_text("utf-8")
