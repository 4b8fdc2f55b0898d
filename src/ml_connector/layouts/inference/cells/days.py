"""In which written forms the days and periods of a sample stand; what can be read two ways is said, never chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from ml_connector.layouts.cells.days import MONTHS, compile_day_format, compile_days, compile_periods
from ml_connector.layouts.layout import DayStyle

NULLS = frozenset(
    {"0", "-", "--", "n/a", "na", "null", "none", "not assigned", "0000-00-00", "1900-01-01", "9999-12-31"}
) | {
    "00000000",
    "00/00/0000",
    "00.00.0000",
    "19000101",
    "99991231",
    "01/01/1900",
    "01.01.1900",
    "31.12.9999",
    "12/31/9999",
    "31/12/9999",
}
_NUMERIC = re.compile(r"([0-9]{1,4})([./ -])([0-9]{1,2})\2([0-9]{1,4})")
_NAMED = re.compile(
    r"(?:([0-9]{1,2})(\.? |-|/|)([^\W\d_]+)\.?([ ,/-]+|)([0-9]{4}|[0-9]{2})"
    r"|([^\W\d_]+)(\.? )([0-9]{1,2})(,? )([0-9]{4}))"
)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})")
_LOCAL_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([ T])[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?")
_EXCEL_DAYS = (36_526, 73_050)
_REMEMBERED_MAX = 100_000
_YEARS = (1990, 2099)
_ORDERS: Mapping[str, str] = {"month first": "MDY", "day first": "DMY", "year first": "YMD"}


@dataclass(slots=True)
class Days:
    """The forms of one column, those still open by their alternatives, and what else its cells say."""

    formats: list[str] = field(default_factory=list)
    open: dict[str, tuple[str, ...]] = field(default_factory=dict)
    nulls: set[str] = field(default_factory=set)
    instants: bool = False
    before: str = ""
    bad: int = 0

    def plain(self) -> bool:
        """Whether every cell is as we write days ourselves."""
        return self.formats == ["YYYY-MM-DD"]


def looks_like_day(cell: str) -> bool:
    """Whether a cell can be a day by its shape alone (a plain number is none)."""
    text = cell.strip()
    if _INSTANT.fullmatch(text) or _LOCAL_TIME.fullmatch(text):
        return True
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        return any(_fits(each, text) for each in _numeric_forms(numeric))
    return bool(_named_forms(text))


def infer_days(cells: Sequence[str], *, numbers: bool) -> Days | None:
    """The forms of a column of days, None where its cells are none; with ``numbers`` eight digits and spreadsheet day
    numbers count too."""
    found = Days()
    shapes: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    filled = list(dict.fromkeys(each.strip() for each in cells if each.strip()))
    for text in filled:
        if text.casefold() in NULLS and len(set(filled)) > 1:
            found.nulls.add(text)
            continue
        shape, forms = _forms_of(text, numbers=numbers)
        if not forms:
            found.bad += 1
            continue
        shapes.setdefault(shape, []).append((text, forms))
    if not shapes or found.bad * 5 > len(filled):
        return None
    for shape, entries in shapes.items():
        _settle(shape, entries, found)
    return found if found.formats or found.open else None


def infer_periods(cells: Sequence[str]) -> tuple[str, ...] | None:
    """The forms a period may have, the only one where it is decided; None where the cells are none."""
    filled = [each.strip() for each in cells if each.strip()]
    fitting = [
        form
        for form in ("YYYY-MM", "MM-YYYY", "YYYYMM", "MM/YYYY", "YYYY/MM", "MM.YYYY", "MMYYYY", "MM-YY", "YY-MM")
        if filled and all(isinstance(compile_periods((form,), DayStyle())(each), str) for each in filled)
    ]
    plausible = [form for form in fitting if all(_period_year(form, each) for each in filled)]
    return tuple(plausible) or None


def _period_year(form: str, text: str) -> bool:
    found = compile_periods((form,), DayStyle())(text)
    return isinstance(found, str) and _YEARS[0] <= int(found[:4]) <= _YEARS[1]


def order_of(form: str) -> str:
    """``DMY``, ``MDY`` or ``YMD``."""
    return "".join(dict.fromkeys(each for each in form if each in "YMD"))


def with_order(alternatives: Sequence[str], answer: str) -> str | None:
    """The alternative that an answer means: itself, or ``month first``, ``day first``, ``year first``."""
    wanted = _ORDERS.get(answer.casefold(), order_of(answer.upper()))
    return next((each for each in alternatives if order_of(each) == wanted), None)


def _forms_of(text: str, *, numbers: bool) -> tuple[str, tuple[str, ...]]:
    """The shape of a cell, and the forms of which it may be."""
    if _INSTANT.fullmatch(text):
        return "instant", ("instant",)
    local = _LOCAL_TIME.fullmatch(text)
    if local:
        return f"time{local[2]}", ("YYYY-MM-DD",)
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        long = 4 in (len(numeric[1]), len(numeric[4]))
        return f"{len(numeric[1]) == 4}{numeric[2]}{long}", _numeric_forms(numeric)
    if numbers and text.isdigit() and text.isascii() and len(text) in (6, 8):
        year = "YYYY" if len(text) == 8 else "YY"
        return f"digits{len(text)}", (f"{year}MMDD", f"DDMM{year}", f"MMDD{year}")
    if numbers and re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", text) and _EXCEL_DAYS[0] <= int(text[:5]) <= _EXCEL_DAYS[1]:
        return "excel", ("excel",)
    named = _named_forms(text)
    return (f"named{named[0].partition('(')[0]}", named) if named else ("", ())


def _numeric_forms(match: re.Match[str]) -> tuple[str, ...]:
    first, sign, last = match[1], match[2], match[4]
    if len(first) == 4:
        orders = ["YMD"] if len(last) <= 2 else []
    elif len(last) == 4 and len(first) <= 2:
        orders = ["DMY"] if sign == "." else ["MDY", "DMY"]
    elif len(first) <= 2 and len(last) == 2:
        orders = ["DMY"] if sign == "." else ["MDY", "DMY", "YMD"]
    else:
        orders = []
    year = "YYYY" if 4 in (len(first), len(last)) else "YY"
    return tuple(sign.join({"Y": year, "M": "MM", "D": "DD"}[each] for each in order) for order in orders)


def _named_forms(text: str) -> tuple[str, ...]:
    match = _NAMED.fullmatch(text)
    if match is None:
        return ()
    word = match[3] or match[6]
    found = []
    for language in MONTHS:
        for token in ("Mon", "Month"):
            if match[3]:
                dot = "." if text[match.end(3) : match.end(3) + 1] == "." else ""
                year = "YYYY" if len(match[5]) == 4 else "YY"
                form = f"D{match[2]}{token}{dot}{match[4]}{year} ({language})"
            else:
                form = f"{token}{match[7]}D{match[9]}YYYY ({language})"
            if _fits(form, text):
                found.append(form)
                break
    short = len(word) <= 4
    return tuple(each.replace("Month", "Mon" if short else "Month") for each in found)


@lru_cache(maxsize=_REMEMBERED_MAX)
def _fits(form: str, text: str) -> bool:
    found = compile_days((_loose(form),), DayStyle())(text)
    return isinstance(found, date) and _YEARS[0] <= found.year <= _YEARS[1]


def _loose(form: str) -> str:
    return form.replace("MM", "M").replace("DD", "D") if re.search(r"[./ -]", form.partition("(")[0].strip()) else form


def _settle(shape: str, entries: list[tuple[str, tuple[str, ...]]], found: Days) -> None:
    """The form of all cells of one shape, or the forms between which they leave the choice."""
    if shape == "instant":
        found.instants = True
    if shape.startswith("time"):
        found.before = shape[-1]
    candidates = list(dict.fromkeys(form for _, forms in entries for form in forms))
    special = [form for form in candidates if form in ("instant", "excel")]
    if special or shape.startswith("time"):
        found.formats += special or candidates
        return
    fitting = [form for form in candidates if any(_fits(form, text) for text, _ in entries)]
    # A cell that is no day in any form is bad in itself and decides nothing.
    sound = [text for text, _ in entries if any(_fits(form, text) for form in fitting)]
    found.bad += len(entries) - len(sound)
    whole = [form for form in fitting if all(_fits(form, text) for text in sound)]
    whole = [_padded(form, sound) for form in whole]
    if shape.startswith("named") and whole or len(whole) == 1:
        found.formats.append(whole[0])
    elif sound:
        found.open[shape] = tuple(whole or (_padded(form, sound) for form in fitting))


def _padded(form: str, texts: Sequence[str]) -> str:
    """The form with single letters where a day or a month stands without its zero."""
    loose = _loose(form)
    strict = compile_day_format(form)
    if isinstance(strict, str) or all(strict.pattern.fullmatch(each) for each in texts):
        return form
    return loose


def resolve_open(columns: Sequence[Days]) -> None:
    """A shape that one column leaves open is decided by another column of the file that has it decided one way."""
    orders: dict[str, set[str]] = {}
    for each in columns:
        for form in each.formats:
            text = form.partition("(")[0]
            match = re.search(r"[./ -]", text)
            if match and "on" not in text:
                orders.setdefault(f"{match.group()}{'YYYY' in text}", set()).add(order_of(text))
    for each in columns:
        for shape, alternatives in list(each.open.items()):
            sample = alternatives[0]
            match = re.search(r"[./ -]", sample)
            known = orders.get(f"{match.group()}{'YYYY' in sample}", set()) if match else set()
            if len(known) == 1:
                wanted = next(iter(known))
                found = next((form for form in alternatives if order_of(form) == wanted), None)
                if found:
                    each.formats.append(found)
                    del each.open[shape]
