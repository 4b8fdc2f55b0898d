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
    readable."""
    local = after.astimezone(ZoneInfo(schedule.time_zone))
    try:
        due: datetime = croniter(schedule.cron, local).get_next(datetime)
    except (ValueError, KeyError) as error:
        raise ConfigurationError(
            f"schedule.{schedule.flow} of connection {schedule.connection} is no cron expression: {schedule.cron!r}",
            fix="Use five fields: minute hour day month weekday, for example */15 * * * *.",
            code="settings.bad_schedule",
            at="settings",
        ) from error
    return due.astimezone(UTC)


def due_now(
    schedules: tuple[Schedule, ...], last: dict[tuple[str, str], datetime], now: datetime
) -> tuple[Schedule, ...]:
    """The schedules due since their last start (``last`` by connection and flow); a missed run is caught up once."""
    return tuple(
        schedule
        for schedule in schedules
        if next_due(schedule, last.get((schedule.connection, schedule.flow), now)) <= now
    )
