"""An amount of money with its currency, exact to the cent.

``Money`` never meets a float; text becomes a ``Decimal`` in ``numerals`` only. ``UNSTATED`` is the currency of a
document that names none (ISO 4217 calls it XXX); resolution replaces it before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

UNSTATED = "XXX"
_NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def minor_digits(currency: str) -> int:
    """How many decimals amounts of that currency have (ISO 4217); two where it is not listed."""
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def decimals_of(amount: Decimal) -> int:
    """How many decimals a finite amount needs, zeros at its end left out: 1 for 10.50."""
    return max(0, -int(amount.normalize().as_tuple().exponent))


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in whole units of ``currency``; two moneys of different currencies never mix (ValueError)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError("an amount of money must be a finite number")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and self.currency == other.currency and self.amount == other.amount

    def __hash__(self) -> int:
        return hash((self.amount, self.currency))

    def render(self) -> str:
        """The amount as text with a point and the currency's decimals, more where the amount has more: ``1284.50``."""
        digits = max(minor_digits(self.currency), decimals_of(self.amount))
        return f"{self.amount:.{digits}f}"

    def rounded(self) -> Money:
        """The same money, rounded half up to the currency's decimals."""
        step = Decimal(1).scaleb(-minor_digits(self.currency))
        return Money(self.amount.quantize(step, rounding=ROUND_HALF_UP), self.currency)

    def stated_in(self, currency: str) -> Money:
        """The same figure, in ``currency`` where it named none before; another stated currency is a ValueError."""
        if self.currency not in (UNSTATED, currency):
            raise ValueError(f"{self.currency} is not {currency}")
        return Money(self.amount, currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.amount


def total_of(moneys: Iterable[Money], currency: str) -> Money:
    """The sum of moneys, all in ``currency``; zero for none."""
    total = Money(Decimal(0), currency)
    for money in moneys:
        total = total + money
    return total
