"""Our strict grammar of numbers, days and instants: text to value and back, nothing guessed, nothing rounded.

``parse_`` functions answer with the value or with a ``Fault``; they never raise, whatever the text. ASCII alone counts:
no full-width digit, underscore, exponent, NaN, thousands separator or leading plus passes. Equal values come out equal
in writing too (``1284.5`` and ``1284.50`` are one amount). ``render_`` functions are the inverse and raise ValueError
for a value that the grammar could not read back. This module knows no other room.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

INTEGER_DIGITS_MAX = 15
MONEY_DECIMALS_MAX = 4  # ISO 4217 knows no currency with more
QUANTITY_DECIMALS_MAX = 6
_MONEY_DECIMALS_MIN = 2
_SHOWN_CHARACTERS_MAX = 60
# Longer texts are no number of ours; the bound keeps a hostile one from costing time.
_NUMBER_CHARACTERS_MAX = 64

_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_WHOLE = re.compile(r"[0-9]+")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_PERIOD = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?Z",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text is not the value asked for: a stable code, the rule it breaks, and a sentence that starts with the
    text."""

    code: str
    rule: str
    sentence: str


def shown_text(text: str) -> str:
    """The text in quotes for a message: characters nobody could see written as escapes, long texts cut."""
    cut = text[:_SHOWN_CHARACTERS_MAX]
    safe = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in cut)
    return f"'{safe}{'…' if len(text) > len(cut) else ''}'"


def parse_amount(text: str, *, decimals_max: int = MONEY_DECIMALS_MAX) -> Decimal | Fault:
    """An amount of money, negative with a leading minus: ``1284.50``; zeros past ``decimals_max`` change nothing and
    pass."""
    rule = f"an amount like 1234.56, with at most {decimals_max} decimals"
    return _parse_number(text, decimals_max, (_MONEY_DECIMALS_MIN, "value.not_an_amount", "1234.56", rule))


def parse_quantity(text: str, *, decimals_max: int = QUANTITY_DECIMALS_MAX) -> Decimal | Fault:
    """A quantity or a percentage: ``12.5``."""
    rule = f"a number like 12.5, with at most {decimals_max} decimals"
    return _parse_number(text, decimals_max, (0, "value.not_a_quantity", "12.5", rule))


def parse_price(text: str, *, decimals_max: int = QUANTITY_DECIMALS_MAX) -> Decimal | Fault:
    """A price of one unit: ``65.2125``."""
    rule = f"a price like 1234.56, with at most {decimals_max} decimals"
    return _parse_number(text, decimals_max, (_MONEY_DECIMALS_MIN, "value.not_a_price", "1234.56", rule))


def parse_whole(text: str) -> int | Fault:
    """A whole number without a sign; leading zeros carry no value."""
    if len(text) <= INTEGER_DIGITS_MAX and _WHOLE.fullmatch(text):
        return int(text)
    rule = f"a whole number of at most {INTEGER_DIGITS_MAX} digits"
    return Fault("value.not_a_whole_number", rule, f"{shown_text(text)} is not a whole number")


def parse_day(text: str) -> date | Fault:
    """A calendar day ``YYYY-MM-DD``."""
    found = _DAY.fullmatch(text)
    if found:
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
    return Fault("value.not_a_date", "a date YYYY-MM-DD", f"{shown_text(text)} is not a valid date YYYY-MM-DD")


def parse_period(text: str) -> str | Fault:
    """A month ``YYYY-MM``, given back as it is."""
    if _PERIOD.fullmatch(text):
        return text
    return Fault("value.not_a_period", "a period YYYY-MM", f"{shown_text(text)} is not a valid period YYYY-MM")


def parse_instant(text: str) -> datetime | Fault:
    """An instant in UTC, ISO 8601 with ``Z`` and at most six decimals of a second: ``2026-03-06T18:21:04Z``."""
    found = _INSTANT.fullmatch(text)
    if found:
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        try:
            return datetime(year, month, day, hour, minute, second, int((found[7] or "").ljust(6, "0")), tzinfo=UTC)
        except ValueError:
            pass
    rule = "an instant like 2026-03-06T18:21:04Z"
    return Fault("value.not_an_instant", rule, f"{shown_text(text)} is not a valid instant YYYY-MM-DDTHH:MM:SSZ")


def parse_flag(text: str) -> bool | Fault:
    """``true`` or ``false``."""
    if text in ("true", "false"):
        return text == "true"
    return Fault("value.not_a_flag", "true or false", f"{shown_text(text)} is neither true nor false")


def render_amount(value: Decimal, *, decimals_max: int = MONEY_DECIMALS_MAX) -> str:
    """Money with a point and two decimals, more where the value has more."""
    return _render_number(value, _MONEY_DECIMALS_MIN, decimals_max)


def render_quantity(value: Decimal, *, decimals_max: int = QUANTITY_DECIMALS_MAX) -> str:
    """A quantity or percentage with as few decimals as it needs."""
    return _render_number(value, 0, decimals_max)


def render_price(value: Decimal, *, decimals_max: int = QUANTITY_DECIMALS_MAX) -> str:
    """A unit price with two decimals, more where the value has more."""
    return _render_number(value, _MONEY_DECIMALS_MIN, decimals_max)


def render_whole(value: int) -> str:
    """A whole number in digits."""
    if not 0 <= value < 10**INTEGER_DIGITS_MAX:
        raise ValueError(f"{value} is not a whole number of at most {INTEGER_DIGITS_MAX} digits")
    return str(value)


def render_day(value: date) -> str:
    """``YYYY-MM-DD``."""
    return value.isoformat()


def render_period(value: str) -> str:
    """``YYYY-MM``, as it is."""
    if not _PERIOD.fullmatch(value):
        raise ValueError(f"{value!r} is not a period YYYY-MM")
    return value


def render_instant(value: datetime) -> str:
    """ISO 8601 with ``Z``, decimals of a second only where there are some; a naive time is a ValueError."""
    if value.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def render_flag(value: bool) -> str:
    """``true`` or ``false``."""
    return "true" if value else "false"


def _parse_number(text: str, decimals_max: int, form: tuple[int, str, str, str]) -> Decimal | Fault:
    decimals_min, code, sample, rule = form
    found = _NUMBER.fullmatch(text) if len(text) <= _NUMBER_CHARACTERS_MAX else None
    if found is None:
        return Fault(code, rule, f"{shown_text(text)} does not fit format {sample}")
    sign, whole, fraction = found[1], found[2], (found[3] or "").rstrip("0")
    if len(whole) > INTEGER_DIGITS_MAX:
        return Fault("value.too_many_digits", rule, f"{shown_text(text)} has more than {INTEGER_DIGITS_MAX} digits")
    if len(fraction) > decimals_max:
        sentence = f"{shown_text(text)} has {len(fraction)} decimals, at most {decimals_max} are allowed"
        return Fault("value.too_many_decimals", rule, sentence)
    fraction = fraction.ljust(decimals_min, "0")
    value = Decimal(f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}")
    return value if value else abs(value)


def _render_number(value: Decimal, decimals_min: int, decimals_max: int) -> str:
    # format() needs no context, so no precision can round the value on its way.
    if value.is_zero():
        value = Decimal(0)
    if not value.is_finite() or value.adjusted() >= INTEGER_DIGITS_MAX:
        raise ValueError(f"{value} is not a number of at most {INTEGER_DIGITS_MAX} digits before the point")
    whole, _, fraction = format(value, "f").partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals_max:
        raise ValueError(f"{value} has more than {decimals_max} decimals; nothing is rounded here")
    fraction = fraction.ljust(decimals_min, "0")
    return f"{whole}.{fraction}" if fraction else whole
