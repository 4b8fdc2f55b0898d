"""How the figures of a sample are written: decimal sign, grouping, forms of a negative, signs of currency.

What the cells leave open (``1.234`` alone) is said, never chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from ml_connector.layouts.layout import NegativeForm, NumberStyle

_CODES = (
    "USD|EUR|GBP|CAD|AUD|NZD|CHF|JPY|CNY|HKD|SGD|INR|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|TRY|MXN|BRL|ARS|CLP|COP|PEN|ZAR"
    "|AED|SAR|ILS|KRW|THB|MYR|IDR|PHP|VND"
)
_CURRENCY = rf"(?:{_CODES}|(?:US|CA|A|C)?\$|€|£|¥|kr\.?|Fr\.?|zł)"
_SIGNED: tuple[tuple[NegativeForm, re.Pattern[str]], ...] = (
    ("before", re.compile(r"-\s?(.+)")),
    ("unicode_minus", re.compile("\N{MINUS SIGN}" + r"\s?(.+)")),
    ("after", re.compile(r"(.+?)\s?-")),
    ("parentheses", re.compile(r"\((.+)\)")),
    ("angle", re.compile(r"<(.+)>")),
    ("cr_suffix", re.compile(r"(.+?)\s?CR", re.IGNORECASE)),
)
_MARKED = re.compile(rf"(?P<before>{_CURRENCY})?\s*(?P<rest>.+?)\s*(?P<after>{_CURRENCY})?")
_BODY = re.compile("[0-9]*(?:[.,' \u00a0\u202f][0-9]+)*")
_SEPARATOR = re.compile("[.,' \u00a0\u202f]")
_GROUP = 3
_CHARACTERS_MAX = 40
_REMEMBERED_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell that looks like a figure: its digits with separators, how it is signed, the currency beside it."""

    body: str
    negative: NegativeForm | None
    sign: str


@dataclass(slots=True)
class Evidence:
    """What cells say about their style. ``ambiguous`` are those that could be read either way."""

    decimals: set[str] = field(default_factory=set)
    groupings: set[str] = field(default_factory=set)
    negative: set[NegativeForm] = field(default_factory=set)
    signs: set[str] = field(default_factory=set)
    ambiguous: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    contradictory: bool = False


@lru_cache(maxsize=_REMEMBERED_MAX)
def parse_figure(cell: str) -> Figure | None:
    """The cell as a figure, None where it is none."""
    text = cell.strip()
    if not text or len(text) > _CHARACTERS_MAX or not any(each.isdigit() for each in text):
        return None
    text, sign = _unmarked(text)
    negative: NegativeForm | None = None
    for form, pattern in _SIGNED:
        match = pattern.fullmatch(text)
        if match and not _BODY.fullmatch(text):
            text, negative = match[1].strip(), form
            break
    text, inner = _unmarked(text)
    if not text or not text.isascii() and not _BODY.fullmatch(text):
        return None
    return Figure(text, negative, sign or inner) if _BODY.fullmatch(text) and text[-1].isdigit() else None


def _unmarked(text: str) -> tuple[str, str]:
    match = _MARKED.fullmatch(text)
    if match is None or (match["before"] and match["after"]):
        return text, ""
    sign = match["before"] or match["after"] or ""
    rest = match["rest"]
    return (rest, sign) if sign and any(each.isdigit() for each in rest) else (text, "")


def weigh_figures(cells: Iterable[str]) -> Evidence:
    """What these cells say about how figures are written."""
    found = Evidence()
    for cell in cells:
        figure = parse_figure(cell)
        if figure is None:
            continue
        if figure.negative:
            found.negative.add(figure.negative)
        if figure.sign:
            found.signs.add(figure.sign)
        _weigh(figure.body, cell, found)
    if found.contradictory or found.decimals & found.groupings or len(found.decimals) > 1 or len(found.groupings) > 1:
        found.contradictory = True
    return found


def _weigh(body: str, cell: str, found: Evidence) -> None:
    kinds = _SEPARATOR.findall(body)
    if not kinds:
        found.whole.append(cell)
        return
    last = kinds[-1]
    tail = len(body) - body.rindex(last) - 1
    if len(set(kinds)) > 1:
        if last not in ".,":
            found.contradictory = True
            return
        found.decimals.add(last)
        found.groupings.update(kinds[:-1])
    elif len(kinds) > 1 or last not in ".,":
        found.groupings.add(last)
    elif tail != _GROUP or body.index(last) > _GROUP or body.startswith(("0", last)):
        found.decimals.add(last)
    else:
        found.ambiguous.append(cell)


def style_of(found: Evidence, *, decimal: str = "") -> NumberStyle | None:
    """The style the evidence decides, None where it is open; ``decimal`` is an answer that a person gave."""
    if found.contradictory:
        return None
    sign = decimal or next(iter(found.decimals), "")
    grouping = next(iter(found.groupings), "")
    if not sign and grouping:
        sign = "." if grouping == "," else ","
        sign = "." if grouping not in ".," else sign
    if not sign and found.ambiguous:
        return None
    sign = sign or "."
    if found.ambiguous and not grouping:
        other = next(iter({_SEPARATOR.findall(each)[0] for each in found.ambiguous} - {sign}), "")
        grouping = other
    negative: tuple[NegativeForm, ...] = tuple(sorted(found.negative - {"before"}))
    signs = {each: (each if len(each) == _GROUP and each.isalpha() else "") for each in sorted(found.signs)}
    return NumberStyle(sign, grouping, ("before", *negative), signs)
