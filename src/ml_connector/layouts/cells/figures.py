"""Figures in a customer's own style: decimal sign, grouping, negative forms, currency signs, minor units.

A figure in another style is a fault, never a guess; what is understood is put into our own form and read by
``numerals``, so that the same limits hold for every style.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from ml_connector.layouts.layout import NegativeForm, NumberStyle
from ml_connector.numerals import Fault, shown_text

_CHARACTERS_MAX = 64
_SIGNS: Mapping[NegativeForm, tuple[str, str]] = {
    "before": ("-", ""),
    "unicode_minus": ("\N{MINUS SIGN}", ""),
    "after": ("", "-"),
    "parentheses": ("(", ")"),
    "angle": ("<", ">"),
    "cr_suffix": ("", "CR"),
}


def compile_figures(style: NumberStyle, parse: Callable[[str], object]) -> Callable[[str], object]:
    """``parse`` for texts in that style; the plain style is ``parse`` itself."""
    if style == NumberStyle():
        return parse
    group = re.escape(style.grouping)
    grouped = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|" if style.grouping else ""
    body = re.compile(rf"({grouped}[0-9]*)(?:{re.escape(style.decimal)}([0-9]+))?")
    sample = f"1{style.grouping}234{style.decimal}56"

    def read(text: str) -> object:
        rest, negative = _signed(text.strip(), style) if len(text) <= _CHARACTERS_MAX else ("", False)
        match = body.fullmatch(rest)
        if match is None or not (match[1] or match[2]):
            rule = f"a figure like {sample}"
            return Fault("value.not_an_amount", rule, f"{shown_text(text)} does not fit format {sample}")
        whole = match[1].replace(style.grouping, "") if style.grouping else match[1]
        plain = f"{'-' if negative else ''}{whole or '0'}{'.' + match[2] if match[2] else ''}"
        if style.minor_units:
            plain = _without_minor_units(plain, style.minor_units)
        found = parse(plain)
        if isinstance(found, Fault):
            return Fault(found.code, found.rule, found.sentence.replace(shown_text(plain), shown_text(text)))
        return found

    return read


def _signed(text: str, style: NumberStyle) -> tuple[str, bool]:
    """The figure without its sign and currency, and whether it is negative; one form of a sign at most."""
    text = _without_currency(text, style)
    inner = text
    for form in style.negative:
        opening, closing = _SIGNS[form]
        if text.startswith(opening) and text.upper().endswith(closing) and len(text) > len(opening + closing):
            inner = text[len(opening) : len(text) - len(closing)]
            break
    return (text, False) if inner == text else (_without_currency(inner.strip(), style), True)


def _without_currency(text: str, style: NumberStyle) -> str:
    for sign in sorted(style.signs, key=len, reverse=True):
        if text.startswith(sign):
            return text[len(sign) :].strip()
        if text.endswith(sign):
            return text[: -len(sign)].strip()
    return text


def _without_minor_units(plain: str, units: int) -> str:
    # A point in a figure of minor units contradicts the layout: it stays where it is and is too long or refused there.
    if "." in plain:
        return f"{plain}?"
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    digits = digits.rjust(units + 1, "0")
    return f"{sign}{digits[:-units]}.{digits[-units:]}"


def render_figure(text: str, style: NumberStyle) -> str:
    """A figure in our own form (``-1234.50``) in that style, without grouping, signs or minor units."""
    if style.minor_units:
        return str(int(Decimal(text).scaleb(style.minor_units)))
    return text.replace(".", style.decimal)
