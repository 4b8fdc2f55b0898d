"""Values of the contract: what a request may carry for each type, and how an answer shows it.

Pure; knows the wire's scalars only (``acumatica_api.md`` 4.1, 5.1), nothing of entities.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Value = str | Decimal | bool | int | date | datetime | None
"""One stored value; ``date`` is a day without a time, ``datetime`` an aware instant."""

ZERO = Decimal(0)
CENT = Decimal("0.01")
_SLASHED = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})$")
_WHOLE = re.compile(r"^-?\d+$")
_SCALES = (1, 2, 4, 6)


class BadValue(Exception):
    """A request value that does not fit its type: 400 with ``modelState`` (``acumatica_api.md`` 5.3)."""


def parse_day(text: str) -> date:
    """A day from ``2025-03-04``, an ISO instant, or ``10/18/2021`` (month first); raises BadValue."""
    slashed = _SLASHED.match(text)
    try:
        if slashed:
            return date(int(slashed[3]), int(slashed[1]), int(slashed[2]))
        return date.fromisoformat(text[:10])
    except ValueError as fault:
        raise BadValue(f"'{text}' is not a date.") from fault


def parse_instant(text: str) -> datetime:
    """An aware instant; one without an offset counts as UTC; raises BadValue."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BadValue(f"'{text}' is not a date and time.") from fault
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def parse_decimal(raw: Any) -> Decimal:
    """A finite number from a JSON number or a string; raises BadValue."""
    if isinstance(raw, bool) or raw is None:
        raise BadValue(f"'{raw}' is not a number.")
    try:
        found = Decimal(str(raw).strip())
    except InvalidOperation as fault:
        raise BadValue(f"'{raw}' is not a number.") from fault
    if not found.is_finite():
        raise BadValue(f"'{raw}' is not a number.")
    return found


def _parse_boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    text = str(raw).strip().lower()
    if text in ("true", "false"):
        return text == "true"
    raise BadValue(f"'{raw}' is not a boolean.")


def _parse_whole(raw: Any) -> int:
    text = str(raw).strip()
    if isinstance(raw, bool) or not _WHOLE.match(text):
        raise BadValue(f"'{raw}' is not an integer.")
    return int(text)


def parse_value(kind: str, raw: Any) -> Value:
    """The stored value for a request's ``value`` of that contract type; strings are accepted for every type."""
    if raw is None:
        return None
    if isinstance(raw, (dict, list)):
        raise BadValue("An object is not a value.")
    match kind:
        case "BooleanValue":
            return _parse_boolean(raw)
        case "IntValue" | "LongValue" | "ShortValue" | "ByteValue":
            return _parse_whole(raw)
        case "DecimalValue" | "DoubleValue":
            return parse_decimal(raw)
        case "DateTimeValue":
            return parse_day(str(raw))
        case _:
            return str(raw)


def render_instant(at: datetime) -> str:
    """``2024-07-15T10:31:28.4+00:00``: zero to three fraction digits, trailing zeros dropped (4.1)."""
    moment = at.astimezone(UTC)
    fraction = f"{moment.microsecond // 1000:03d}".rstrip("0")
    tail = f".{fraction}" if fraction else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + tail + "+00:00"


def render_decimal(value: Decimal, salt: int) -> Decimal:
    """The same number in one of several scales chosen by ``salt``: answers mix them (4.1)."""
    exponent = value.normalize().as_tuple().exponent
    needed = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    scale = max(needed, _SCALES[salt % len(_SCALES)])
    return value.quantize(Decimal(1).scaleb(-scale))


def render_value(value: Value, salt: int) -> Any:
    """The JSON scalar of a stored value; the caller renders None and empty text as ``{}``."""
    if isinstance(value, Decimal):
        return render_decimal(value, salt)
    if isinstance(value, datetime):
        return render_instant(value)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00+00:00"
    return value


def cents(value: Decimal) -> Decimal:
    """Half up to the cent, as ``scenarios.md`` counts."""
    sign = -1 if value < 0 else 1
    return sign * (abs(value) + Decimal("0.005")).quantize(CENT, rounding="ROUND_DOWN")
