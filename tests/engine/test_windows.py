"""Blackout windows: read strictly, held in the connection's own wall-clock time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.engine.windows import Window, open_window, parse_window
from ml_connector.errors import ConfigurationError

ALL_DAYS = frozenset(range(7))


@pytest.mark.parametrize(
    ("text", "days", "begin", "end"),
    [
        ("Mon-Fri 06:00-06:30", frozenset({0, 1, 2, 3, 4}), 360, 390),
        ("Sat 00:00-24:00", frozenset({5}), 0, 1440),
        ("Fri-Mon 22:00-23:59", frozenset({4, 5, 6, 0}), 1320, 1439),
        ("22:00-05:00", ALL_DAYS, 1320, 300),
        ("Mon-Sun 00:00-00:01", ALL_DAYS, 0, 1),
    ],
)
def test_a_window_is_days_and_hours(text: str, days: frozenset[int], begin: int, end: int) -> None:
    assert parse_window(text) == Window(text, days, begin, end)


@pytest.mark.parametrize(
    "text",
    ["", "Mon", "Monday 06:00-06:30", "Mon-Fri 6:00-6:30", "06:00", "06:00-06:00", "24:00-24:00", "06:60-07:00"]
    + ["06:00-24:01", "25:00-26:00", "Mon,Tue 06:00-07:00", "mon 06:00-07:00", "06:00-07:00 Mon", "٠٦:00-07:00"],
)
def test_what_is_no_window_is_a_fault_of_the_settings(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_window(text)
    assert (raised.value.code, raised.value.at) == ("settings.bad_window", "settings")
    assert repr(text) in raised.value.message


@pytest.mark.parametrize(
    ("hour", "minute", "open_"), [(5, 59, False), (6, 0, True), (6, 29, True), (6, 30, False), (18, 15, False)]
)
def test_a_window_holds_its_first_minute_and_not_its_last(hour: int, minute: int, open_: bool) -> None:
    wednesday = datetime(2026, 10, 14, hour, minute, tzinfo=UTC)
    assert parse_window("Mon-Fri 06:00-06:30").holds(wednesday) is open_


def test_a_window_is_of_its_days_only() -> None:
    window = parse_window("Mon-Fri 06:00-06:30")
    assert [window.holds(datetime(2026, 10, day, 6, 10, tzinfo=UTC)) for day in range(12, 19)] == [True] * 5 + [
        False
    ] * 2


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    window = parse_window("Fri 22:00-05:00")
    assert window.holds(datetime(2026, 10, 16, 23, 0, tzinfo=UTC))
    assert window.holds(datetime(2026, 10, 17, 4, 59, tzinfo=UTC))
    assert not window.holds(datetime(2026, 10, 17, 5, 0, tzinfo=UTC))
    assert not window.holds(datetime(2026, 10, 16, 4, 0, tzinfo=UTC))
    assert not window.holds(datetime(2026, 10, 17, 23, 0, tzinfo=UTC))


def test_the_connections_own_clock_counts_in_summer_and_in_winter() -> None:
    windows = [parse_window("06:00-06:30")]
    zone = "America/New_York"
    assert open_window(windows, datetime(2026, 7, 1, 10, 15, tzinfo=UTC), zone) == windows[0]
    assert open_window(windows, datetime(2026, 12, 1, 10, 15, tzinfo=UTC), zone) is None
    assert open_window(windows, datetime(2026, 12, 1, 11, 15, tzinfo=UTC), zone) == windows[0]


def test_without_a_window_none_is_open() -> None:
    assert open_window([], datetime(2026, 7, 1, tzinfo=UTC), "UTC") is None


@given(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440), st.integers(0, 7 * 1440 - 1))
def test_a_window_holds_exactly_the_minutes_from_its_begin_on(day: int, begin: int, length: int, minute: int) -> None:
    """Against the plain meaning: so many minutes from that minute of the week on."""
    end = begin + length
    text_end = end if end <= 1440 else end - 1440
    if text_end == begin:
        return
    window = Window("", frozenset({day}), begin, text_end)
    local = datetime(2026, 10, 12 + minute // 1440, minute % 1440 // 60, minute % 60, tzinfo=UTC)
    into = (minute - day * 1440 - begin) % (7 * 1440)
    assert window.holds(local) is (into < length)
