"""Column types that keep amounts and instants exact on every database. Nothing here knows a table.

SQLite has neither decimals nor instants: both are kept as text there, in one fixed form that also sorts.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

# A whole number that may pass two thousand millions; SQLite's own are as wide.
WIDE = BigInteger().with_variant(Integer, "sqlite")
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Amount(TypeDecorator[Decimal]):
    """An exact decimal: text with a point on SQLite, NUMERIC elsewhere. A float is refused (TypeError)."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, NUMERIC without a fixed scale elsewhere."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | Decimal | None:
        """The value as the database takes it; ValueError where it is not a finite number."""
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError("an amount is a Decimal")
        if not value.is_finite():
            raise ValueError("an amount must be a finite number")
        return format(value, "f") if dialect.name == "sqlite" else value

    def process_result_value(self, value: str | Decimal | None, dialect: Dialect) -> Decimal | None:
        """The decimal with exactly the digits that were saved; ValueError where the text is no plain number."""
        if value is None or isinstance(value, Decimal):
            return value
        if not _AMOUNT.fullmatch(value):
            raise ValueError("a stored amount is not a plain decimal number")
        return Decimal(value)


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC, to the microsecond; one without a zone is refused (ValueError)."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, a timestamp with zone elsewhere."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | datetime | None:
        """ISO 8601 with six decimals on SQLite, so that texts sort as the instants do."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        in_utc = value.astimezone(UTC)
        return in_utc.isoformat(timespec="microseconds") if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: str | datetime | None, dialect: Dialect) -> datetime | None:
        """The same instant, in UTC."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
