"""The one source of now: aware UTC instants and a monotonic count of seconds.

Nobody else asks the operating system for the time, so tests can simulate it. This module knows no other room.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        time.sleep(seconds)


class SimulatedClock:
    """A clock for tests and rehearsals: it stands still until told to sleep or move."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._passed = timedelta()

    def now(self) -> datetime:
        """The simulated instant."""
        return self._start + self._passed

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self._passed.total_seconds()

    def sleep(self, seconds: float) -> None:
        """Move forward by that many seconds, at once."""
        self._passed += timedelta(seconds=seconds)


def day_in_zone(instant: datetime, time_zone: str) -> date:
    """The calendar day of an instant in a zone such as ``America/New_York``."""
    return instant.astimezone(ZoneInfo(time_zone)).date()
