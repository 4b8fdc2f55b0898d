"""Members of a plain object as typed values. Pure; a member that is no such value is a ValueError, never guessed at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from ml_connector.domain.values.money import Money
from ml_connector.numerals import Fault, parse_amount, parse_day, parse_instant, parse_price

T = TypeVar("T")


def text_of(data: Mapping[str, object], name: str) -> str | None:
    """A text, None where absent."""
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} is a text")
    return value


def rows_of(data: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    """A list of objects, empty where absent."""
    value = data.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        raise ValueError(f"{name} is a list of objects")
    return value


def texts_of(data: Mapping[str, object]) -> Mapping[str, str]:
    """The customer's own members as texts."""
    value = data.get("custom")
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError("custom is an object")
    return {str(name): str(text) for name, text in value.items()}


def money_of(data: Mapping[str, object], name: str, unit: str) -> Money | None:
    """An amount in the currency ``unit``, None where absent."""
    text = text_of(data, name)
    return None if text is None else Money(_sound(parse_amount(text)), unit)


def number_of(data: Mapping[str, object], name: str) -> Decimal | None:
    """A quantity, price or percentage, None where absent."""
    text = text_of(data, name)
    return None if text is None else _sound(parse_price(text))


def day_of(data: Mapping[str, object], name: str) -> date | None:
    """A calendar day, None where absent."""
    text = text_of(data, name)
    return None if text is None else _sound(parse_day(text))


def instant_of(data: Mapping[str, object], name: str) -> datetime | None:
    """An instant, None where absent."""
    text = text_of(data, name)
    return None if text is None else _sound(parse_instant(text))


def _sound(value: T | Fault) -> T:
    if isinstance(value, Fault):
        raise ValueError(value.sentence)
    return value


def required(value: T | None, name: str) -> T:
    """The value, which must be there."""
    if value is None:
        raise ValueError(f"{name} is missing")
    return value


def render_money(money: Money | None) -> str | None:
    """The amount as text, None for none."""
    return None if money is None else money.render()


def render_day_or_none(day: date | None) -> str | None:
    """The day in ISO form, None for none."""
    return None if day is None else day.isoformat()
