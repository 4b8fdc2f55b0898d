"""Several shares of a line in one cell: ``64100/MAIN=500.00;64100/EAST=500.00`` or percents of the line.

Percents are rounded half up to the cent, the last share takes what is left. Shares that do not add up to the line, or
percents that do not add up to 100, are a fault: nothing is spread by guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple

from ml_connector.layouts.layout import Column
from ml_connector.numerals import Fault, shown_text

Share = dict[str, object]
_FIELD = re.compile(r"\{([a-z_]+)\}")
_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)
_PRECISION = 60


class Packed(NamedTuple):
    """A cell with the shares it holds."""

    text: str
    shares: tuple[Share, ...]


def compile_packed(column: Column, parse_amount: Callable[[str], object]) -> Callable[[str], object]:
    """The function from a cell to its shares (``percent`` among their members), or a ``Fault``."""
    forms = [_compile_form(each) for each in column.formats]
    separator = column.split or ";"
    rule = f"shares like {' or '.join(column.formats)}, separated by {separator!r}"

    def parse(cell: str) -> object:
        shares: list[Share] = []
        for text in cell.split(separator):
            match = next((found for form in forms if (found := form.fullmatch(text.strip()))), None)
            share = _typed(match.groupdict(), parse_amount) if match else None
            if share is None:
                return Fault("value.not_shares", rule, f"{shown_text(text)} is no share of a line")
            shares.append(share)
        return Packed(cell, tuple(shares))

    return parse


def _compile_form(text: str) -> re.Pattern[str]:
    literal = {each for each in _FIELD.sub("", text) if not each.isspace()}
    stop = re.escape("".join(sorted(literal)))
    pieces = _FIELD.split(text)
    return re.compile(
        "".join(f"(?P<{each}>[^{stop}]*)" if at % 2 else re.escape(each) for at, each in enumerate(pieces))
    )


def _typed(parts: dict[str, str], parse_amount: Callable[[str], object]) -> Share | None:
    share: Share = {}
    for name, text in parts.items():
        if name in ("amount", "percent"):
            value = parse_amount(text.strip())
            if not isinstance(value, Decimal):
                return None
            share[name] = value
        else:
            share[name] = text.strip() or None
    return share


def spread_shares(shares: tuple[Share, ...], amount: Decimal | None) -> tuple[Share, ...] | str:
    """The shares with their amounts, or a sentence about why they do not make up the line."""
    with localcontext() as context:
        context.prec = _PRECISION
        if any("percent" in each for each in shares):
            return _spread_percents(shares, amount)
        amounts = [value for each in shares if isinstance(value := each.get("amount"), Decimal)]
        if len(amounts) < len(shares):
            return "holds a share without an amount"
        total = sum(amounts, Decimal(0))
        if amount is not None and total != amount:
            return f"adds up to {total}, the line to {amount}"
        return shares


def _spread_percents(shares: tuple[Share, ...], amount: Decimal | None) -> tuple[Share, ...] | str:
    percents = [each.get("percent") for each in shares]
    if amount is None or not all(isinstance(each, Decimal) for each in percents):
        return "mixes percents and amounts, or its line has no amount"
    known = [each for each in percents if isinstance(each, Decimal)]
    if sum(known) != _HUNDRED:
        return f"adds up to {sum(known)}%, not to 100%"
    spread = [(amount * each / _HUNDRED).quantize(_CENT, ROUND_HALF_UP) for each in known]
    spread[-1] = amount - sum(spread[:-1], Decimal(0))
    return tuple(
        {name: value for name, value in each.items() if name != "percent"} | {"amount": part}
        for each, part in zip(shares, spread, strict=True)
    )
