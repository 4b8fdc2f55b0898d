"""One table of a settings file, read key by key: each read names its type, its rule and its default.

A key nobody read is an unknown key. Faults are gathered, not raised, so that a person mends a file once; a key at fault
reads as its default or as an empty value of its type, and the whole is thrown away in the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar, get_args

from ml_connector.settings.faults import SECRET_KEYS, Fault, nearest_name, shown_value

Table = Mapping[str, object]
# What is wrong with a text, as a sentence without the value; None where nothing is.
Rule = Callable[[str], str | None]

T = TypeVar("T", bound=str | None)
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_WHOLE_MAX = 10**9
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class NumberText(str):
    """A TOML float as it is written: made a Decimal only after our own grammar has seen it."""

    __slots__ = ()


class Section:
    """One table under its dotted name; ``faults`` is shared by all tables of a file."""

    def __init__(self, name: str, table: Table, faults: list[Fault]) -> None:
        self.name = name
        self._table = table
        self._faults = faults
        self._known: list[str] = []

    def text(self, key: str, default: str, *, rule: Rule | None = None) -> str:
        """Text, or the default where the key is absent or its text empty."""
        found = self.optional_text(key, rule=rule)
        return default if found is None else found

    def required_text(self, key: str, *, rule: Rule | None = None, why: str = "") -> str:
        """Text that must be there and not be empty; ``why`` ends the sentence where a fault says so."""
        found = self.optional_text(key, rule=rule)
        if not self.has(key):
            self.missing(key, why=why)
        return found or ""

    def optional_text(self, key: str, *, rule: Rule | None = None) -> str | None:
        """Text, or None where the key is absent, empty or at fault."""
        value = self._take(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or isinstance(value, NumberText):
            self.wrong_type(key, value, "text in quotes")
            return None
        broken = "must not be blank" if not value.strip() else (rule(value) if rule else None)
        if broken:
            self.bad_value(key, value, broken)
            return None
        return value

    def choice(self, key: str, kind: object, default: T) -> T:
        """One of the words of a ``Literal``; ``default`` where the key is absent or at fault."""
        words: tuple[Any, ...] = get_args(kind)
        value = self.optional_text(key, rule=lambda text: _one_of(text, words))
        return next((word for word in words if word == value), default)

    def whole(self, key: str, default: int, *, least: int = 0, most: int = _WHOLE_MAX) -> int:
        """A whole number between two bounds, both allowed."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong_type(key, value, f"a whole number such as {default}")
        elif not least <= value <= most:
            self.bad_value(key, value, f"must be from {least} to {most}")
        else:
            return value
        return default

    def seconds(self, key: str, default: float, *, most: int = 86_400) -> float:
        """A span of time in seconds, fractions allowed."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | NumberText):
            self.wrong_type(key, value, f"a number of seconds such as {default:g}")
        elif not _AMOUNT.fullmatch(str(value)) or Decimal(str(value)) > most:
            self.bad_value(key, value, f"must be from 0 to {most} seconds")
        else:
            return float(value)
        return default

    def amount(self, key: str, default: str) -> Decimal:
        """An amount of money, not negative: text such as ``"0.05"``; a bare number is exact here too."""
        return self._decimal(key, default, most=None)

    def percent(self, key: str, default: str) -> Decimal:
        """A percentage from 0 to 100."""
        return self._decimal(key, default, most=Decimal(100))

    def flag(self, key: str, default: Literal[False] = False) -> bool:
        """True or false; every flag of ours is false unless the file says otherwise."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong_type(key, value, "true or false, without quotes")
            return default
        return value

    def day(self, key: str) -> date | None:
        """A calendar day such as ``2026-01-01``, or None."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                self.bad_value(key, value, "is no day of the calendar")
                return None
        self.wrong_type(key, value, "a day such as 2026-01-01, without a time")
        return None

    def text_or_texts(self, key: str, default: str, *, rule: Rule | None = None) -> tuple[str, ...]:
        """One text, or a list of at least one."""
        if isinstance(self._table.get(key), list):
            return self.texts(key, (default,), rule=rule) or (default,)
        return (self.text(key, default, rule=rule),)

    def texts(self, key: str, default: Sequence[str] = (), *, rule: Rule | None = None) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key)
        if value is None:
            return tuple(default)
        if not isinstance(value, list) or not all(type(each) is str for each in value):
            self.wrong_type(key, value, 'a list of texts such as ["one", "two"]')
            return tuple(default)
        for each in value:
            broken = "must not hold a blank text" if not each.strip() else (rule(each) if rule else None)
            if broken:
                self.bad_value(key, each, broken)
        return tuple(value)

    def required_texts(self, key: str, *, rule: Rule | None = None) -> tuple[str, ...]:
        """A list of texts that must be there; it may be empty."""
        if key not in self._table:
            self.missing(key)
        return self.texts(key, rule=rule)

    def wholes(self, key: str, *, least: int, most: int) -> tuple[int, ...]:
        """A list of whole numbers, empty where the key is absent."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(type(each) is int for each in value):
            self.wrong_type(key, value, "a list of whole numbers such as [2, 3, 2]")
            return ()
        if not all(least <= each <= most for each in value):
            self.bad_value(key, value, f"must hold numbers from {least} to {most} only")
            return ()
        return tuple(value)

    def words(self, key: str, allowed: Sequence[str]) -> dict[str, str]:
        """A table of text to one of the allowed words, empty where the key is absent."""
        value = self._take(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(type(each) is str for each in value.values()):
            self.wrong_type(key, value, f'a table such as {{ "their word" = "{allowed[0]}" }}')
            return {}
        for theirs, ours in value.items():
            broken = _one_of(ours, tuple(allowed))
            if broken:
                Section(self._full(key), value, self._faults).bad_value(theirs, ours, broken)
        return dict(value)

    def section(self, key: str, *, required: bool = False) -> Section:
        """A table within this one, empty where it is absent."""
        value = self._take(key)
        if value is None and required:
            self.missing(key, what="table")
        if value is not None and not isinstance(value, dict):
            self.wrong_type(key, value, f"a table: [{self._full(key)}]")
        return Section(self._full(key), value if isinstance(value, dict) else {}, self._faults)

    def sections(self) -> list[tuple[str, Section]]:
        """Every table within this one by its name, for tables whose names are the customer's own."""
        return [(key, self.section(key)) for key in self._table]

    def has(self, key: str) -> bool:
        """Does the file give this key, with more than an empty text?"""
        return self._table.get(key, "") != ""

    def close(self) -> list[str]:
        """Report every key nobody read; returns the known keys in the order of reading."""
        for key in self._table:
            if key not in self._known:
                self._unknown(key)
        return self._known

    def missing(self, key: str, *, why: str = "", what: str = "setting") -> None:
        """Report that a key is not there."""
        message = f"this {what} is missing{' ' + why if why else ''}."
        where = f"[{self._full(key)}]" if what == "table" else f"{key} = ... under [{self.name}]"
        self._report("settings.missing_key", key, message, f"Add {where}.")

    def wrong_type(self, key: str, value: object, wanted: str) -> None:
        """Report a value of another type; only its type is shown, since it may be anything."""
        self._report("settings.wrong_type", key, f"is {_kind_of(value)}, not {wanted}.", f"Write {wanted}.")

    def bad_value(self, key: str, value: object, rule: str, *, fix: str = "") -> None:
        """Report a value that breaks a rule; the rule is a sentence without its subject."""
        self._report("settings.bad_value", key, f"{shown_value(value)} {rule}.", fix or "Change this value.")

    def report(self, code: str, key: str, message: str, *, fix: str) -> None:
        """Report any other fault, message and fix as whole sentences."""
        self._report(code, key, message, fix)

    def _decimal(self, key: str, default: str, *, most: Decimal | None) -> Decimal:
        value = self._take(key)
        if value is None:
            return Decimal(default)
        if isinstance(value, bool) or not isinstance(value, int | str):
            self.wrong_type(key, value, f'a decimal number in quotes such as "{default}"')
        elif not _AMOUNT.fullmatch(str(value)):
            self.bad_value(key, value, "must be digits with at most one point and six decimals, and not negative")
        elif most is not None and Decimal(str(value)) > most:
            self.bad_value(key, value, f"must be from 0 to {most}")
        else:
            return Decimal(str(value))
        return Decimal(default)

    def _take(self, key: str) -> object | None:
        self._known.append(key)
        return self._table.get(key)

    def _full(self, key: str) -> str:
        shown = key if _BARE_KEY.fullmatch(key) else shown_value(key)
        return f"{self.name}.{shown}" if self.name else shown

    def _report(self, code: str, key: str, message: str, fix: str) -> None:
        self._faults.append(Fault(code, self._full(key), message, fix))

    def _unknown(self, key: str) -> None:
        if key in SECRET_KEYS:
            self._report(
                "settings.secret_in_file",
                key,
                "secrets are never in this file.",
                "Remove it, have a new secret issued, and give that one with `ml-connector secret set`.",
            )
            return
        near = nearest_name(key, self._known)
        known = ", ".join(dict.fromkeys(self._known))
        self._report(
            "settings.unknown_key",
            key,
            f"there is no such setting{f'; the nearest known one is {self._full(near)}' if near else ''}.",
            f"Rename it to {near}, or remove it." if near else f"Remove it; known here: {known}.",
        )


def _one_of(text: str, words: Sequence[str]) -> str | None:
    if text in words:
        return None
    near = nearest_name(text, words)
    listed = ", ".join(words[:-1]) + f" or {words[-1]}" if len(words) > 1 else words[0]
    return f"must be {listed}{f' (nearest: {near})' if near else ''}"


def _kind_of(value: object) -> str:
    kinds: list[tuple[type, str]] = [
        (bool, "true or false"),
        (NumberText, "a number"),
        (str, "text"),
        (int, "a whole number"),
        (list, "a list"),
        (dict, "a table"),
        (datetime, "a date with a time"),
        (date, "a day"),
    ]
    return next((words for kind, words in kinds if isinstance(value, kind)), "something else")
