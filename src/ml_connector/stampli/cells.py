"""How values stand in the rows we write: text by the rules of ``standard-csv`` (operator contract, section 3). Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal


def text_cell(value: str | None) -> str:
    """The text itself, empty for none."""
    return value or ""


def flag_cell(value: bool | None) -> str:
    """``true`` or ``false``, empty where it is not known."""
    return "" if value is None else ("true" if value else "false")


def amount_cell(value: Decimal | None) -> str:
    """A point and two decimals, more where the figure has more."""
    if value is None:
        return ""
    own = -int(value.normalize().as_tuple().exponent)
    return f"{value:.{max(2, own)}f}"


def quantity_cell(value: Decimal | None) -> str:
    """As many decimals as needed, six at most, no trailing zeros."""
    if value is None:
        return ""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def day_cell(value: date | None) -> str:
    """``YYYY-MM-DD``."""
    return "" if value is None else value.isoformat()


def instant_cell(value: datetime | None) -> str:
    """ISO 8601 in UTC with Z, to the second."""
    return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
