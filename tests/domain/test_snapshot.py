"""What changed in a feed since it was sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.coding_lists import GONE
from ml_connector.domain.snapshot import Difference, compare_rows, describe_changes
from ml_connector.domain.values.feeds import CellChange, RowChange

ROWS = st.dictionaries(
    st.sampled_from("abcde"), st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["", "1", "2"]))
)


def test_rows_are_added_changed_and_removed_by_key() -> None:
    before = {"a": {"x": "1"}, "b": {"x": "1"}, "c": {"x": "1"}}
    after = {"d": {"x": "1"}, "b": {"x": "2"}, "c": {"x": "1", "new": ""}}
    assert compare_rows(before, after) == Difference(added=("d",), changed=("b",), removed=("a",))
    assert not compare_rows(before, before)
    assert compare_rows(before, after)


def test_a_row_whose_record_is_gone_is_removed_although_it_stays_in_the_file() -> None:
    before = {"a": {"Active": "true"}, "b": {"Status": "Active"}, "c": {"Active": "false"}}
    after = {
        "a": {"Active": "false", "InactiveReason": GONE},
        "b": {"Status": "Inactive", "InactiveReason": "on hold"},
        "c": {"Active": "false", "InactiveReason": GONE},
    }
    assert compare_rows(before, after) == Difference(changed=("b", "c"), removed=("a",))


def test_a_difference_is_told_cell_by_cell_and_what_is_gone_first() -> None:
    before = {"a": {"x": "1", "y": "1"}, "b": {"x": "1", "y": "0"}}
    after = {"b": {"x": "2", "y": "0", "z": "3"}, "c": {"x": "1"}}
    told = (
        RowChange("a", "removed", (CellChange("x", "1", ""), CellChange("y", "1", ""))),
        RowChange("b", "changed", (CellChange("x", "1", "2"), CellChange("z", "", "3"))),
        RowChange("c", "added", (CellChange("x", "", "1"),)),
    )
    assert describe_changes(compare_rows(before, after), before, after, rows_max=9) == told
    assert describe_changes(compare_rows(before, after), before, after, rows_max=2) == told[:2]


@given(ROWS, ROWS)
def test_the_way_back_is_the_same_difference_turned_round(
    one: dict[str, dict[str, str]], other: dict[str, dict[str, str]]
) -> None:
    there, back = compare_rows(one, other), compare_rows(other, one)
    assert (there.added, there.changed, there.removed) == (back.removed, back.changed, back.added)
