"""Spans of the week in which nothing is posted: reading them from the settings, and asking whether one is open. Pure.

``Mon-Fri 06:00-06:30`` or hours alone, in the connection's time zone. A span over midnight belongs to the day it
begins on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ml_connector.errors import ConfigurationError

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = "|".join(_DAYS)
_WINDOW = re.compile(rf"(?:({_DAY})(?:-({_DAY}))? )?([0-9][0-9]):([0-5][0-9])-([0-9][0-9]):([0-5][0-9])")
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """One span: the days it begins on (0 is Monday), its first minute of the day and the first one after it. ``end``
    before ``begin`` is on the next day."""

    text: str
    days: frozenset[int]
    begin: int
    end: int

    def holds(self, local: datetime) -> bool:
        """Does the span hold this wall-clock time?"""
        day, minute = local.weekday(), local.hour * 60 + local.minute
        if self.begin < self.end:
            return day in self.days and self.begin <= minute < self.end
        return (day in self.days and minute >= self.begin) or ((day - 1) % 7 in self.days and minute < self.end)


def parse_window(text: str) -> Window:
    """The span a text of the settings means; ConfigurationError ``settings.bad_window`` where it means none."""
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise _bad_window(text)
    first, last, *hours = found.groups()
    begin, end = _minutes(hours[0], hours[1]), _minutes(hours[2], hours[3])
    if begin >= _DAY_MINUTES or end > _DAY_MINUTES or begin == end:
        raise _bad_window(text)
    return Window(text.strip(), _days(first, last), begin, end)


def open_window(windows: Iterable[Window], at: datetime, time_zone: str) -> Window | None:
    """The first span that holds the instant in that zone, None where none does."""
    local = at.astimezone(ZoneInfo(time_zone))
    return next((window for window in windows if window.holds(local)), None)


def _days(first: str | None, last: str | None) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    begin = _DAYS.index(first)
    length = (_DAYS.index(last or first) - begin) % 7
    return frozenset((begin + number) % 7 for number in range(length + 1))


def _minutes(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute)


def _bad_window(text: str) -> ConfigurationError:
    return ConfigurationError(
        f"policy.blackout holds {text!r}, which is no span of the week",
        fix="Use days and hours such as Mon-Fri 06:00-06:30, or hours alone.",
        stage="settings",
        code="settings.bad_window",
        at="settings",
    )
