"""What the names and times of files say of those that did not come: a number left out of a series, a day on which a
file usually comes. Pure; it never says what is in a file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

# Days and times of day move on by leaps of their own: their digits are no series.
_DATES = re.compile(
    r"\d{4}[-_.]\d{2}[-_.]\d{2}|\d{2}[-_.]\d{2}[-_.]\d{4}"
    r"|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:T\d{4}(?:\d{2})?|[_-]?\d{6})(?!\d))?"
    r"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d{2}"
    r"|\d{2}[-_.:]\d{2}[-_.:]\d{2}"
)
_DIGITS = re.compile(r"\d+")
_DIGITS_MAX = 9
_DAY = "\0"
_GAP_MAX = 10
_LAST = 50
_HOLES_SHARE_MAX = 0.2
_DAYS_MIN = 4
_DAYS_LAST = 30


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A number that a series of names leaves out; ``name`` is how the file would be called, None where a day in it
    cannot be known. ``before`` and ``after`` are the numbers on both sides, as written."""

    number: str
    before: str
    after: str
    name: str | None

    def render(self) -> str:
        """For people."""
        return f"File {self.number} is missing ({self.before}, {self.after} are here)"


@dataclass(frozen=True, slots=True)
class _Numbered:
    number: int
    digits: str
    start: int
    name: str
    dated: bool


def find_missing(fresh: Iterable[str], known: Iterable[str]) -> tuple[MissingFile, ...]:
    """The numbers that are left out beside a ``fresh`` name, in the series it makes with the ``known`` ones. What has
    many holes is no series but a number of another kind, and nothing is said of it."""
    new = list(dict.fromkeys(fresh))
    series: dict[tuple[str, str], dict[int, _Numbered]] = defaultdict(dict)
    for name in new:
        for key, each in _numbers_of(name):
            series[key][each.number] = each
    touched = {key: set(found) for key, found in series.items()}
    for name in known:
        for key, each in _numbers_of(name):
            if key in touched:
                series[key].setdefault(each.number, each)
    found = (missing for key, numbers in touched.items() for missing in _holes(series[key], numbers))
    return tuple(dict.fromkeys(found))


def _numbers_of(name: str) -> Iterable[tuple[tuple[str, str], _Numbered]]:
    """Each run of digits that may count files, with the name around it, days left out."""
    dates = [match.span() for match in _DATES.finditer(name)]
    for match in _DIGITS.finditer(name):
        inside = any(start < match.end() and match.start() < end for start, end in dates)
        if not inside and len(match[0]) <= _DIGITS_MAX:
            head, tail = _DATES.sub(_DAY, name[: match.start()]), _DATES.sub(_DAY, name[match.end() :])
            yield (head, tail), _Numbered(int(match[0]), match[0], match.start(), name, bool(dates))


def _holes(series: dict[int, _Numbered], fresh: set[int]) -> Iterable[MissingFile]:
    numbers = sorted(series)[-_LAST:]
    pairs = [(one, other) for one, other in pairwise(numbers) if other - one > 1]
    missing = sum(other - one - 1 for one, other in pairs)
    if len(pairs) > 1 and missing > _HOLES_SHARE_MAX * len(numbers):
        return
    for one, other in pairs:
        if other - one - 1 > min(_GAP_MAX, len(numbers) - 1) or not {one, other} & fresh:
            continue
        before, after = series[one], series[other]
        for number in range(one + 1, other):
            text = str(number).zfill(len(before.digits))
            end = before.start + len(before.digits)
            called = None if before.dated else f"{before.name[: before.start]}{text}{before.name[end:]}"
            yield MissingFile(text, before.digits, after.digits, called)


def tell_silence(seen: Sequence[datetime], now: datetime) -> str | None:
    """Why a file should have come by now, as files came before; None where none is due. ``seen`` is when each was first
    seen, in the zone of the people who are told, as is ``now``. Weekends count where files come on them."""
    days = sorted({each.date() for each in seen})[-_DAYS_LAST:]
    if len(days) < _DAYS_MIN:
        return None
    weekends = any(each.weekday() >= 5 for each in days)
    steps = sorted(_days_between(one, other, weekends=weekends) for one, other in pairwise(days))
    usual = max(1, round(median(steps)))
    # One late file in ten is no news.
    patience = max(usual, steps[(len(steps) * 9) // 10 - (len(steps) * 9 % 10 == 0)])
    if _days_between(days[-1], now.date(), weekends=weekends) <= patience:
        return None
    rhythm = {1: "daily", 7: "weekly", 5: "daily" if weekends else "weekly"}.get(usual, f"every {usual} days")
    return f"No file since {max(seen):%A %Y-%m-%d %H:%M} (usually {rhythm})"


def _days_between(one: date, other: date, *, weekends: bool) -> int:
    """Days from one to the other; without Saturdays and Sundays where files never come on them."""
    days = (other - one).days
    if weekends:
        return days
    return sum((one + timedelta(days=each)).weekday() < 5 for each in range(1, min(days, 400) + 1))
