"""When a flow is next due: cron in the connection's time zone, daylight saving included.

The parser is croniter, the same the durable variant uses. Pure but for the parser; it starts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from croniter import croniter

from ml_connector.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Schedule:
    """One flow of one connection with its cron expression and zone."""

    connection: str
    flow: str
    cron: str
    time_zone: str


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """The first instant (UTC) after ``after`` at which the schedule is due; ConfigurationError where the cron is not
    readable.

    Where the clock goes back, a line with fixed hours is due at the first of the two times, one for every hour in both
    (``fault_catalogue.md 243``); where it goes forward, a time that is missing is due at the hour that follows."""
    zone = ZoneInfo(schedule.time_zone)
    try:
        times = croniter(schedule.cron, after.astimezone(zone))
        due: datetime = times.get_next(datetime).astimezone(zone)
        while due.fold and not _every_hour(schedule.cron):
            due = times.get_next(datetime).astimezone(zone)
    except (ValueError, KeyError) as error:
        raise ConfigurationError(
            f"schedule.{schedule.flow} of connection {schedule.connection} is no cron expression: {schedule.cron!r}",
            fix="Use five fields: minute hour day month weekday, for example */15 * * * *.",
            code="settings.bad_schedule",
            at="settings",
        ) from error
    return due.astimezone(UTC)


def _every_hour(cron: str) -> bool:
    return cron.split()[1].startswith("*")
