"""Tables of a layout's TOML text, read key by key; every fault names the full key. Knows no key of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import NoReturn, TypeVar, get_args

from ml_connector.errors import ConfigurationError

Word = TypeVar("Word", bound=str)


def as_word(value: str, words: tuple[Word, ...]) -> Word:
    """``value`` as the member of a ``Literal`` it is known to be."""
    return next(each for each in words if each == value)


class Table:
    """One table of the text under its full key; it remembers which keys were asked for, to refuse the others."""

    def __init__(self, layout: str, path: str, content: Mapping[str, object]) -> None:
        self._layout = layout
        self._path = path
        self._content = content
        self._asked: list[str] = []

    def keys_of_any_name(self) -> tuple[str, ...]:
        """The keys there are; none of them counts as asked for."""
        return tuple(self._content)

    def has(self, key: str) -> bool:
        """Whether the key is there; it counts as asked for."""
        self._asked.append(key)
        return key in self._content

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self._value(key)
        if not isinstance(value, str) or not value:
            self.refuse(key, f"must be a text in quotes, not {value!r}")
        return value

    def whole(self, key: str, *, least: int, most: int) -> int:
        """A whole number between the two."""
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(key, f"must be a whole number from {least} to {most}, not {value!r}")
        return value

    def choice(self, key: str, kind: object) -> str:
        """One word of a ``Literal``."""
        return self.one_of(key, get_args(kind))

    def one_of(self, key: str, words: tuple[str, ...]) -> str:
        """One of the words."""
        value = self.text(key)
        if value not in words:
            near = get_close_matches(value, words, n=1)
            hint = f"; {near[0]!r} is near" if near else ""
            self.refuse(key, f"must be one of {', '.join(map(repr, words))}, not {value!r}{hint}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none empty."""
        value = self._value(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
            self.refuse(key, f"must be a list of texts, not {value!r}")
        return tuple(value)

    def lists_of_texts(self, key: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts."""
        value = self._value(key)
        if not isinstance(value, list) or not value:
            self.refuse(key, f"must be a list of lists of texts, not {value!r}")
        return tuple(
            Table(self._layout, f"{self._key(key)}[{index}]", {"": each}).texts("") for index, each in enumerate(value)
        )

    def table(self, key: str) -> Table:
        """The table under that key."""
        value = self._value(key)
        if not isinstance(value, dict):
            self.refuse(key, f"must be a table, not {value!r}")
        return self._inner(key, value)

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables, one at least."""
        value = self._value(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            self.refuse(key, "must be a list of tables")
        return tuple(self._inner(f"{key}[{index}]", each) for index, each in enumerate(value))

    def text_or(self, key: str, default: str) -> str:
        """The text, which may be empty, or the default where the key is absent."""
        if not self.has(key):
            return default
        value = self._content[key]
        if not isinstance(value, str):
            self.refuse(key, f"must be a text in quotes, not {value!r}")
        return value

    def whole_or(self, key: str, default: int, *, least: int = 0, most: int) -> int:
        """The whole number, or the default where the key is absent."""
        return self.whole(key, least=least, most=most) if self.has(key) else default

    def flag_or(self, key: str, *, default: bool) -> bool:
        """true or false, or the default where the key is absent."""
        if not self.has(key):
            return default
        value = self._content[key]
        if not isinstance(value, bool):
            self.refuse(key, f"must be true or false, not {value!r}")
        return value

    def one_of_or(self, key: str, default: Word, words: tuple[Word, ...]) -> Word:
        """One of the words, or the default where the key is absent."""
        if not self.has(key):
            return default
        return as_word(self.one_of(key, words), words)

    def texts_or(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The list of texts, or the default where the key is absent."""
        return self.texts(key) if self.has(key) else default

    def words_or(self, key: str, words: tuple[Word, ...], default: tuple[Word, ...] = ()) -> tuple[Word, ...]:
        """The list of words, each one of those given, or the default where the key is absent."""
        if not self.has(key):
            return default
        found = self.texts(key)
        for each in found:
            if each not in words:
                self.refuse(key, f"must list some of {', '.join(map(repr, words))}, not {each!r}")
        return tuple(as_word(each, words) for each in found)

    def text_map_or_none(self, key: str) -> Mapping[str, str]:
        """The table of texts by text, empty where the key is absent."""
        if not self.has(key):
            return {}
        table = self.table(key)
        return {each: table.text_or(each, "") for each in table.keys_of_any_name()}

    def day_or_none(self, key: str) -> date | None:
        """The day, None where the key is absent."""
        if not self.has(key):
            return None
        value = self._content[key]
        if not isinstance(value, date) or isinstance(value, datetime):
            self.refuse(key, f"must be a day such as 2026-01-31 without quotes, not {value!r}")
        return value

    def table_or_none(self, key: str) -> Table | None:
        """The table, None where the key is absent."""
        return self.table(key) if self.has(key) else None

    def tables_or(self, key: str) -> tuple[Table, ...]:
        """The list of tables, empty where the key is absent."""
        return self.tables(key) if self.has(key) else ()

    def refuse_unknown(self) -> None:
        """Refuses a key that nobody asked for."""
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
        """Raises ConfigurationError about that key."""
        message = f"Layout {self._layout}: {self._key(key)} {sentence}."
        raise ConfigurationError(message, fix=fix or "Mend that key of the layout.", code=code, at="settings")

    def _inner(self, key: str, content: Mapping[str, object]) -> Table:
        """The table under that key, which may be one of a list."""
        return Table(self._layout, self._key(key), content)

    def _value(self, key: str) -> object:
        if not self.has(key):
            self.refuse(key, "is missing", fix="Add that key.", code="layout.missing_key")
        return self._content[key]

    def _key(self, key: str) -> str:
        return f"{self._path}.{key}".strip(".") or "the text"
