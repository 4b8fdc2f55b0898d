"""Currency rates: the rate of a day, and an amount in the base currency (``ap_domain.md`` 1.6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.values import cents


def rate_on(books: Books, currency: str, on: date) -> Decimal | None:
    """The last rate on or before the day, 1 for the base currency, None where there is none (H21)."""
    if currency == books.base_currency:
        return Decimal(1)
    known = [day for day in books.rates.get(currency, {}) if day <= on]
    return books.rates[currency][max(known)] if known else None


def in_base(amount: Decimal, rate: Decimal) -> Decimal:
    """The amount in the base currency, to the cent."""
    return cents(amount * rate)
