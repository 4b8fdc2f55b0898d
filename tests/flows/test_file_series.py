"""Names and times that tell of files that did not come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ml_connector.flows.files.file_series import MissingFile, find_missing, tell_silence

FRIDAY = datetime(2026, 10, 16, 18, tzinfo=UTC)


def test_a_number_left_out_is_told_with_its_neighbours_and_the_name_it_would_have() -> None:
    (found,) = find_missing(["inv_0043.csv"], ["inv_0041.csv", "pay_0042.csv"])
    assert found == MissingFile("0042", "0041", "0043", "inv_0042.csv")
    assert found.render() == "File 0042 is missing (0041, 0043 are here)"


def test_a_day_in_the_name_is_left_out_of_the_series() -> None:
    found = find_missing(["inv_20261016_0043.csv"], ["inv_20261015_0040.csv", "inv_20261014_0041.csv"])
    assert found == (MissingFile("0042", "0041", "0043", None),)


@pytest.mark.parametrize(
    ("fresh", "known"),
    [
        (["inv_0042.csv"], ["inv_0041.csv"]),
        (["inv_0043.csv"], []),
        (["inv_20261019.csv"], ["inv_20261016.csv"]),
        (["inv_2026-10-19.csv"], ["inv_2026-10-16.csv", "inv_2026-10-15.csv"]),
        (["inv_20261016T0930.csv"], ["inv_20261016T0928.csv"]),
        (["inv_20261016_093002.csv"], ["inv_20261016_093000.csv"]),
        (["inv_1000.csv"], ["inv_0930.csv"]),
        (["ST-900111.csv"], ["ST-900101.csv", "ST-900104.csv", "ST-900109.csv"]),
        (["a.csv"], ["b.csv"]),
        (["inv_0050.csv"], ["inv_0041.csv", "inv_0043.csv", "inv_0044.csv", "inv_0049.csv"]),
    ],
)
def test_nothing_is_missing_where_no_series_says_so(fresh: list[str], known: list[str]) -> None:
    assert find_missing(fresh, known) == ()


def days(*before: int, until: datetime = FRIDAY) -> list[datetime]:
    """So many days before the last file, at its time of day."""
    return [until - timedelta(days=each) for each in (*before, 0)]


def test_a_file_that_usually_comes_daily_is_missed_on_the_second_working_day() -> None:
    seen = days(11, 10, 9, 8, 7, 4, 3, 2, 1)
    assert tell_silence(seen, FRIDAY + timedelta(days=3, hours=5)) is None
    told = tell_silence(seen, FRIDAY + timedelta(days=4, hours=-8))
    assert told == "No file since Friday 2026-10-16 18:00 (usually daily)"


def test_where_files_come_on_weekends_too_one_is_missed_then() -> None:
    assert tell_silence(days(6, 5, 4, 3, 2, 1), FRIDAY + timedelta(days=1, hours=5)) is None
    assert tell_silence(days(6, 5, 4, 3, 2, 1), FRIDAY + timedelta(days=2)) is not None


def test_a_weekly_file_is_missed_a_day_after_its_day() -> None:
    seen = days(28, 21, 14, 7)
    assert tell_silence(seen, FRIDAY + timedelta(days=7)) is None
    assert tell_silence(seen, FRIDAY + timedelta(days=10)) == "No file since Friday 2026-10-16 18:00 (usually weekly)"


def test_too_few_files_make_no_rhythm() -> None:
    assert tell_silence(days(2, 1), FRIDAY + timedelta(days=90)) is None
    assert tell_silence([], FRIDAY) is None
