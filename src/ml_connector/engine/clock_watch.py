"""Notices where the machine's clock was set while we run, against seconds that never go back. Tells, decides nothing:
leases and rows are fenced by epochs, whatever a clock says (``fault_catalogue.md 242``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# Less is what a clock that is kept right does all the time.
_JUMP_LEAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """The wall clock and the seconds that never go back, read together."""

    at: datetime
    monotonic: float


def tell_jump(before: Moment, now: Moment) -> str | None:
    """By how much the clock was set between two moments, in words; None where it was not, or by less than a minute."""
    jump = (now.at - before.at) - timedelta(seconds=now.monotonic - before.monotonic)
    if abs(jump) < _JUMP_LEAST:
        return None
    minutes = round(abs(jump) / timedelta(minutes=1))
    days, hours = minutes // 1440, minutes % 1440 // 60
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes % 60, "min")) if count]
    return f"Clock jumped {'back ' if jump < timedelta() else ''}by {' '.join(parts)}"
