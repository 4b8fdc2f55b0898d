"""When a flow is due: in the connection's own zone, once for each time, caught up once where it was missed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ml_connector.engine.schedule import Schedule, next_due
from ml_connector.errors import ConfigurationError

NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_schedule(cron: str, zone: str = NEW_YORK, flow: str = "invoices") -> Schedule:
    """A schedule of one flow."""
    return Schedule("harbor", flow, cron, zone)


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("*/15 * * * *", "2026-10-14 12:00", "2026-10-14 12:15"),
        ("*/15 * * * *", "2026-10-14 12:07", "2026-10-14 12:15"),
        ("0 6 * * *", "2026-10-14 09:59", "2026-10-14 10:00"),
        ("0 6 * * *", "2026-10-14 10:00", "2026-10-15 10:00"),
        ("0 6 * * MON-FRI", "2026-10-16 12:00", "2026-10-19 10:00"),
        # The clock goes back on 2026-11-01 and forward on 2027-03-14.
        ("0 6 * * *", "2026-10-31 12:00", "2026-11-01 11:00"),
        ("0 6 * * *", "2027-03-13 12:00", "2027-03-14 10:00"),
    ],
)
def test_the_next_time_is_told_in_the_zone_of_the_connection(cron: str, after: str, due: str) -> None:
    assert next_due(a_schedule(cron), at(after)) == at(due)


@pytest.mark.parametrize("cron", ["", "every hour", "61 * * * *", "* * * *"])
def test_what_is_no_cron_line_is_a_fault_of_the_settings(cron: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        next_due(a_schedule(cron), at("2026-10-14 12:00"))
    assert (raised.value.code, raised.value.at) == ("settings.bad_schedule", "settings")
    assert "schedule.invoices of connection harbor" in raised.value.message


@pytest.mark.parametrize(
    ("cron", "after", "times"),
    [
        # 01:30 is there twice on 2026-11-01: at 05:30 and at 06:30 UTC.
        ("30 1 * * *", "2026-10-31 12:00", ["2026-11-01 05:30", "2026-11-02 06:30"]),
        ("15 1,2 * * *", "2026-11-01 03:30", ["2026-11-01 05:15", "2026-11-01 07:15", "2026-11-02 06:15"]),
        ("30 1 * * *", "2026-11-01 05:30", ["2026-11-02 06:30"]),
        ("0 * * * *", "2026-11-01 04:30", ["2026-11-01 05:00", "2026-11-01 06:00", "2026-11-01 07:00"]),
        # 02:30 is missing on 2027-03-14.
        ("30 2 * * *", "2027-03-13 12:00", ["2027-03-14 07:00", "2027-03-15 06:30"]),
        ("*/30 * * * *", "2027-03-14 06:15", ["2027-03-14 06:30", "2027-03-14 07:00", "2027-03-14 07:30"]),
    ],
)
def test_each_run_is_due_once_where_the_clock_is_changed(cron: str, after: str, times: list[str]) -> None:
    found, now = [], at(after)
    for _ in times:
        now = next_due(a_schedule(cron), now)
        found.append(now)
    assert found == [at(text) for text in times]
