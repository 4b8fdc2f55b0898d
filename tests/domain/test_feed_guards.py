"""What holds a file: rows that would be lost, an empty column, names that all changed; and what a person said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from ml_connector.domain.coding_lists import GONE
from ml_connector.domain.snapshot.guards import judge_feed, tell_alarms
from ml_connector.domain.values.feeds import Alarm

Row = dict[str, str]
Rows = Mapping[str, Row]
LIMIT = Decimal(20)


def vendors(count: int, first: int = 0, **cells: str) -> dict[str, Row]:
    """That many vendors that may be picked."""
    return {
        f"V{number:03}": {"VendorName": f"Name {number}", "Status": "Active", "Terms": "30D", **cells}
        for number in range(first, first + count)
    }


def values(dimension: str, count: int) -> dict[str, Row]:
    """That many values of a dimension."""
    return {
        f"{dimension}|{number:03}": {"Dimension": dimension, "Description": f"Text {number}", "Active": "true"}
        for number in range(count)
    }


def lost(rows: Rows, count: int, reason: str = "inactive") -> dict[str, Row]:
    """The rows, the first of them marked."""
    marks = {"Status": "Inactive", "Active": "false", "InactiveReason": reason}
    return {key: {**row, **marks} if place < count else dict(row) for place, (key, row) in enumerate(rows.items())}


def kinds(before: Rows, after: Rows, accepted: Sequence[Alarm] = ()) -> list[tuple[str, str]]:
    """Kind and part of each alarm."""
    return [(alarm.kind, alarm.part) for alarm in judge_feed(before, after, LIMIT, accepted)]


@pytest.mark.parametrize(("count", "held"), [(2, False), (3, True), (10, True)])
def test_a_file_may_lose_as_many_rows_as_the_policy_says(count: int, held: bool) -> None:
    before = vendors(10)
    assert bool(kinds(before, lost(before, count))) is held
    assert bool(kinds(before, dict(list(before.items())[count:]))) is held


def test_the_first_file_and_rows_that_come_back_are_never_held() -> None:
    assert kinds({}, vendors(10)) == []
    assert kinds(lost(vendors(10), 10), vendors(10)) == []


@pytest.mark.parametrize(
    ("count", "reason", "held"), [(2, "inactive", False), (1, GONE, False), (2, GONE, True), (4, GONE, True)]
)
def test_of_few_rows_only_those_count_that_are_gone(count: int, reason: str, held: bool) -> None:
    before = vendors(4)
    assert bool(kinds(before, lost(before, count, reason))) is held


def test_each_list_of_a_file_is_guarded_by_itself() -> None:
    projects, tasks = values("PROJECT", 62), values("TASK", 1_054)
    assert kinds({**projects, **tasks}, {**lost(projects, 12), **tasks}) == []
    assert kinds({**projects, **tasks}, {**lost(projects, 13), **tasks}) == [("rows", "PROJECT")]


def test_a_column_that_was_filled_and_is_empty_holds_the_file() -> None:
    before = vendors(10)
    assert kinds(before, vendors(10, Terms="")) == [("column", "Terms")]
    assert kinds(before, {**vendors(9, Terms=""), **vendors(1, first=9)}) == []
    assert kinds(vendors(4), vendors(4, Terms="")) == []
    assert kinds(vendors(10, InactiveReason="x", InactiveOn="y"), before) == []


def test_names_that_all_changed_hold_the_file_and_another_spelling_does_not() -> None:
    before = vendors(10)
    assert kinds(before, vendors(10, VendorName="Name")) == [("names", "")]
    assert (
        kinds(before, {key: {**row, "VendorName": f" {row['VendorName'].upper()}"} for key, row in before.items()})
        == []
    )
    four = {key: {**row, "VendorName": "x"} if key < "V004" else row for key, row in before.items()}
    assert kinds(before, four) == []


def test_what_a_person_let_pass_holds_no_more_but_what_goes_beyond_it_does() -> None:
    before = vendors(20, Phone="1")
    seen = lost(vendors(20, VendorName="x"), 8)
    accepted = judge_feed(before, seen, LIMIT)
    assert [(alarm.kind, alarm.part, len(alarm.rows)) for alarm in accepted] == [
        ("rows", "", 8),
        ("column", "Phone", 0),
        ("names", "", 12),
    ]
    assert kinds(before, seen, accepted) == []
    assert kinds(before, lost(seen, 12), accepted) == []
    assert kinds(before, lost(seen, 13), accepted) == [("rows", "")]


def test_the_reason_says_what_would_be_lost_and_who_can_let_it_pass() -> None:
    before = vendors(10)
    alarms = judge_feed(before, lost(vendors(10, Terms=""), 3), LIMIT)
    assert tell_alarms(alarms, "vendors") == (
        "held: 3 of 10 usable rows would disappear, more than 20 %; column Terms would be empty, it was filled in 7 "
        "rows; see feed list, and let it pass with feed accept ... vendors if that is right"
    )
