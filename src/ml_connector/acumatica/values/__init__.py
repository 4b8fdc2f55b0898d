"""Acumatica's wrapped values, both ways: text, decimals, flags, days, instants, periods, custom elements (pure).

``{"value": x}`` is a value and ``{}`` none (``acumatica_api.md 4.1``). Decimals never pass through a float. A value of
a wrong shape is an answer that cannot be read: TransientError ``acumatica.unreadable``, uncertain to a writer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import cast

import msgspec

from ml_connector.acumatica.values.lean_rows import LeanRow, Wrapped, lean_type
from ml_connector.errors import TransientError

Row = Mapping[str, object]
"""One record as answered: wrapped fields, system members, expanded links and collections."""

_NUMBER = re.compile(r"-?[0-9]{1,28}(\.[0-9]{1,28})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_PERIOD = re.compile(r"([0-9]{2})-?([0-9]{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"([0-9]{4})-?([0-9]{2})", re.ASCII)
_MONTHS_MAX = 13
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class UnreadableJson(ValueError):
    """The bytes are no JSON we accept."""


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("a number out of bounds")
    return Decimal(text)


_DECODER = msgspec.json.Decoder(float_hook=_number)


def decode_json(content: bytes) -> object:
    """JSON with exact decimals; raises UnreadableJson for anything cut, too deep or not JSON at all."""
    try:
        return _DECODER.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise UnreadableJson(str(error)) from None


@cache
def lean_decoder(paths: tuple[str, ...]) -> Callable[[bytes], object]:
    """Decodes a list of records into lean rows of these fields, or, where one is not of their shape, into whole rows,
    which say what is wrong with it. Raises UnreadableJson as ``decode_json`` does."""
    decoder = msgspec.json.Decoder(list[lean_type(paths)], float_hook=_number)  # type: ignore[misc]

    def decode(content: bytes) -> object:
        try:
            return decoder.decode(content)
        except (ValueError, RecursionError):
            return decode_json(content)

    return decode


def encode_json(body: object) -> bytes:
    """JSON with decimals as plain numbers, digit by digit."""
    return _ENCODER.encode(body)


def unreadable(what: str) -> TransientError:
    """The error of an answer whose shape is not the documented one."""
    return TransientError(
        f"Acumatica's answer cannot be read: {what}.",
        fix="Run it again; if it stays, the endpoint answers otherwise than documented.",
        code="acumatica.unreadable",
    )


def parse_rows(answer: object) -> list[Row]:
    """The rows of a list answer, a bare array of objects (``acumatica_api.md 4.1``)."""
    if not isinstance(answer, list):
        raise unreadable("a list was expected")
    return [parse_row(row) for row in answer]


def parse_row(answer: object) -> Row:
    """One record."""
    if not isinstance(answer, dict | LeanRow):
        raise unreadable("a record was expected")
    return cast(Row, answer)


def linked(row: Row, field: str) -> Row:
    """An expanded link; empty where it was not expanded or is null."""
    found = row.get(field)
    return cast(Row, found) if isinstance(found, dict | LeanRow) else {}


def details(row: Row, field: str) -> list[Row] | None:
    """An expanded collection; None where the answer does not show it."""
    found = row.get(field)
    return None if found is None or found == {} else parse_rows(found)


def _value(row: Row, field: str) -> object:
    wrapped = row.get(field)
    if isinstance(wrapped, Wrapped):
        return wrapped.value
    if wrapped is None:
        return None
    if not isinstance(wrapped, dict):
        raise unreadable(f"{field} is not wrapped")
    return wrapped.get("value")


def custom(row: Row, element: str) -> Row:
    """A ``$custom`` element such as ``Transactions.BilledQty`` as a row with the field ``value`` wrapped in it."""
    view, _, field = element.partition(".")
    return {"value": linked(linked(row, "custom"), view).get(field)}


def text(row: Row, field: str) -> str | None:
    """A text without trailing padding, None where empty; numbers come as their digits, a whole one without a point."""
    value = _value(row, field)
    if isinstance(value, str):
        return value.rstrip() or None
    if value is None or isinstance(value, bool):
        return None
    if not isinstance(value, (int, Decimal)):
        raise unreadable(f"{field} is no text")
    return str(int(value) if value == int(value) else value)


def required_text(row: Row, field: str) -> str:
    """A text that a record cannot be without."""
    found = text(row, field)
    if found is None:
        raise unreadable(f"{field} is empty")
    return found


def record_id(row: Row) -> str:
    """The record's GUID in lower case."""
    found = row.get("id")
    if not isinstance(found, str) or not found:
        raise unreadable("a record has no id")
    lowered = found.lower()
    # Mostly it is in lower case: then no second text of it is kept.
    return found if found == lowered else lowered


def decimal(row: Row, field: str) -> Decimal | None:
    """An exact number of any scale, also where it comes as text."""
    value = _value(row, field)
    if value is None or value == "":
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise unreadable(f"{field} is no number")
    return Decimal(value)


def amount(row: Row, field: str) -> Decimal:
    """A number, zero where empty."""
    return decimal(row, field) or Decimal(0)


def whole(row: Row, field: str) -> int | None:
    """A whole number, None where empty."""
    found = decimal(row, field)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise unreadable(f"{field} is no whole number")
    return int(found)


def flag(row: Row, field: str) -> bool | None:
    """True or false, also where it comes as text; None where empty."""
    value = _value(row, field)
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def day(row: Row, field: str) -> date | None:
    """The calendar day of ``2023-12-14T00:00:00+00:00``: its date part, never moved between zones."""
    value = text(row, field)
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise unreadable(f"{field} is no date") from None


def instant(row: Row, field: str) -> datetime | None:
    """An instant in UTC; one without an offset is read as UTC (``acumatica_api.md 4.4``)."""
    value = text(row, field)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise unreadable(f"{field} is no instant") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def parse_period(value: str | None) -> str | None:
    """``102026`` or ``10-2026`` as ``2026-10``; the database's own ``202610`` too, told apart by its month."""
    if value is None:
        return None
    month_first = _PERIOD.fullmatch(value)
    if month_first and 1 <= int(month_first[1]) <= _MONTHS_MAX:
        return f"{month_first[2]}-{month_first[1]}"
    year_first = _YEAR_FIRST.fullmatch(value)
    if year_first and 1 <= int(year_first[2]) <= _MONTHS_MAX:
        return f"{year_first[1]}-{year_first[2]}"
    raise unreadable("a period is no period")


def render_period(period: str) -> str:
    """``2026-10`` as ``102026`` (``acumatica_api.md 8.1``)."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", period, re.ASCII)
    if not found or not 1 <= int(found[2]) <= _MONTHS_MAX:
        raise ValueError(f"{period} is no period")
    return found[2] + found[1]


def wrap(value: str | bool | int | Decimal | date) -> dict[str, object]:
    """A value as it is sent."""
    if isinstance(value, Decimal):
        # Plain digits: an exponent is a number too, but no document shows one.
        return {"value": Decimal(f"{value:f}")}
    return {"value": value.isoformat() if isinstance(value, date) else value}


def wrap_all(fields: Mapping[str, str | bool | int | Decimal | date | None]) -> dict[str, object]:
    """The fields that have a value; None is not sent, which leaves a field untouched (``acumatica_api.md 5.1``)."""
    return {name: wrap(value) for name, value in fields.items() if value is not None}
