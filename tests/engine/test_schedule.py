"""When a flow is due: in the connection's own zone, once for each time, caught up once where it was missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ml_connector.engine.schedule import Schedule, due_now, next_due
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


def test_a_schedule_is_due_once_for_each_time() -> None:
    schedule = a_schedule("*/15 * * * *")
    start = at("2026-10-14 12:00")
    last = {("harbor", "invoices"): start}
    due = []
    for minute in range(61):
        now = start + timedelta(minutes=minute)
        if due_now((schedule,), last, now):
            due.append(minute)
            last[("harbor", "invoices")] = now
    assert due == [15, 30, 45, 60]


def test_times_missed_are_caught_up_once() -> None:
    schedule = a_schedule("*/15 * * * *")
    last = {("harbor", "invoices"): at("2026-10-14 12:00")}
    now = at("2026-10-14 14:07")
    assert due_now((schedule,), last, now) == (schedule,)
    assert due_now((schedule,), {("harbor", "invoices"): now}, now) == ()


def test_flows_are_due_each_by_its_own_line_and_in_their_order() -> None:
    schedules = (
        a_schedule("0 * * * *", flow="master-data"),
        a_schedule("*/15 * * * *"),
        a_schedule("0 6 * * *", flow="payments"),
    )
    last = {(each.connection, each.flow): at("2026-10-14 11:59") for each in schedules}
    assert due_now(schedules, last, at("2026-10-14 12:00")) == schedules[:2]


def test_a_schedule_that_never_ran_counts_from_now() -> None:
    assert due_now((a_schedule("* * * * *"),), {}, at("2026-10-14 12:00")) == ()
