"""Days and periods in the written forms a layout lists; none is guessed, the first that fits whole counts.

A form is built of ``YYYY YY MM M DD D Mon Month Q`` and plain characters; a language in brackets at its end says whose
month names are meant: ``D month YYYY (fr)``. ``excel`` is a day number of the 1900 system, ``instant`` an ISO instant
whose calendar day is taken in the layout's zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ml_connector.layouts.layout import DayStyle
from ml_connector.numerals import Fault, parse_day, parse_period, shown_text

FORMAT_TOKENS = ("YYYY", "YY", "MM", "M", "DD", "D", "Mon", "Month", "excel", "instant")
_TOKEN = re.compile(r"YYYY|YY|Month|month|Mon|MM|M|DD|D")
_LANGUAGE = re.compile(r"(.*) \(([a-z]{2})\)")
_PARTS: Mapping[str, str] = {
    "YYYY": "(?P<year>[0-9]{4})",
    "YY": "(?P<short>[0-9]{2})",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
}
MONTHS: Mapping[str, str] = {
    "en": "january february march april may june july august september october november december",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
}
_SHORT: Mapping[str, str] = {
    "fr": "janv févr mars avr mai juin juil août sept oct nov déc",
    "de": "jan feb mär apr mai jun jul aug sep okt nov dez",
}
_EXCEL = re.compile(r"([0-9]{1,6})(?:\.[0-9]+)?")
_EXCEL_EPOCH = date(1899, 12, 30)
# Day number 60 is the 29th of February 1900, which never was; below it the count is one off.
_EXCEL_FIRST, _EXCEL_LAST = 61, 2_958_465
_CENTURY = 100


@dataclass(frozen=True, slots=True)
class DayFormat:
    """A written form, compiled; ``names`` maps month names to their numbers."""

    text: str
    pattern: re.Pattern[str]
    names: Mapping[str, int]


def compile_day_format(text: str) -> DayFormat | str:
    """The form, or a sentence about why it is none."""
    if text in ("excel", "instant"):
        return DayFormat(text, re.compile(""), {})
    language = _LANGUAGE.fullmatch(text)
    body, code = (language[1], language[2]) if language else (text, "en")
    if code not in MONTHS:
        return f"month names of {code!r} are not known"
    tokens = _TOKEN.findall(body)
    kinds = ["m" if each[0] in "Mm" else each[0] for each in tokens]
    if sorted(kinds) not in (["D", "Y", "m"], ["Y", "m"]):
        return "it needs one year, one month and, for a day, one day"
    names = _month_names(code)
    alternatives = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    pattern = "".join(
        f"(?P<name>{alternatives})" if each in ("Mon", "Month", "month") else _PARTS.get(each) or re.escape(each)
        for each in _pieces(body)
    )
    return DayFormat(text, re.compile(pattern, re.IGNORECASE), names)


def _pieces(body: str) -> list[str]:
    found: list[str] = []
    end = 0
    for match in _TOKEN.finditer(body):
        found += [body[end : match.start()], match.group()]
        end = match.end()
    return [each for each in (*found, body[end:]) if each]


def _month_names(code: str) -> Mapping[str, int]:
    whole = {name: number for number, name in enumerate(MONTHS[code].split(), start=1)}
    short = _SHORT.get(code, " ".join(name[:3] for name in MONTHS[code].split()))
    return {name: number for number, name in enumerate(short.split(), start=1)} | whole


def compile_days(formats: tuple[str, ...], style: DayStyle) -> Callable[[str], object]:
    """The function from a text to a ``date``, None for a text that means none, or a ``Fault``."""
    compiled = [each for each in map(compile_day_format, formats) if isinstance(each, DayFormat)]
    plain = not compiled
    zone = ZoneInfo(style.zone)
    rule = f"a date {' or '.join(formats)}" if formats else "a date YYYY-MM-DD"

    def parse(text: str) -> object:
        if text in style.nulls:
            return None
        if plain:
            return parse_day(text)
        for each in compiled:
            found = _read(each, text, zone, style.pivot)
            if found is not None:
                return found
        return Fault("value.not_a_date", rule, f"{shown_text(text)} is not a valid date {' or '.join(formats)}")

    return parse


def compile_periods(formats: tuple[str, ...], style: DayStyle) -> Callable[[str], object]:
    """The function from a text to a period ``YYYY-MM``, or a ``Fault``."""
    compiled = [each for each in map(compile_day_format, formats) if isinstance(each, DayFormat)]

    def parse(text: str) -> object:
        if not compiled:
            return parse_period(text)
        for each in compiled:
            match = each.pattern.fullmatch(text)
            if match:
                found = parse_period("{:04d}-{:02d}".format(*_year_and_month(each, match, style.pivot)))
                if isinstance(found, str):
                    return found
        listed = " or ".join(formats)
        return Fault("value.not_a_period", f"a period {listed}", f"{shown_text(text)} is not a valid period {listed}")

    return parse


def _read(form: DayFormat, text: str, zone: ZoneInfo, pivot: int) -> date | None:
    if form.text == "excel":
        return _excel_day(text)
    if form.text == "instant":
        return _instant_day(text, zone)
    match = form.pattern.fullmatch(text)
    if match is None:
        return None
    year, month = _year_and_month(form, match, pivot)
    try:
        return date(year, month, int(match["day"]))
    except ValueError:
        return None


def _year_and_month(form: DayFormat, match: re.Match[str], pivot: int) -> tuple[int, int]:
    parts = match.groupdict()
    short = parts.get("short")
    year = int(parts.get("year") or 0) if short is None else int(short) + (2000 if int(short) < pivot else 1900)
    name = parts.get("name")
    month = form.names[name.casefold()] if name else int(parts["month"] or 0)
    return year, month


def _excel_day(text: str) -> date | None:
    match = _EXCEL.fullmatch(text)
    number = int(match[1]) if match else 0
    return _EXCEL_EPOCH + timedelta(days=number) if _EXCEL_FIRST <= number <= _EXCEL_LAST else None


def _instant_day(text: str, zone: ZoneInfo) -> date | None:
    if not text.isascii() or "T" not in text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(zone).date() if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def render_day_in(value: date, text: str) -> str:
    """The day in a written form; ValueError for a form that can only be read."""
    form = compile_day_format(text)
    if isinstance(form, str) or text in ("excel", "instant"):
        raise ValueError(f"no day can be written as {text!r}")
    body = text.partition(" (")[0]
    names = {number: name for name, number in form.names.items()}
    parts = {
        "YYYY": f"{value.year:04d}",
        "YY": f"{value.year % _CENTURY:02d}",
        "MM": f"{value.month:02d}",
        "M": str(value.month),
        "DD": f"{value.day:02d}",
        "D": str(value.day),
        "Mon": names[value.month][:3].capitalize(),
        "Month": names[value.month].capitalize(),
        "month": names[value.month],
    }
    return "".join(parts.get(each, each) for each in _pieces(body))
