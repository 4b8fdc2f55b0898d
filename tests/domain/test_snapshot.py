"""What changed in a feed since it was sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.snapshot import Difference, compare_rows

ROWS = st.dictionaries(
    st.sampled_from("abcde"), st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["", "1", "2"]))
)


def test_rows_are_added_changed_and_removed_by_key() -> None:
    before = {"a": {"x": "1"}, "b": {"x": "1"}, "c": {"x": "1"}}
    after = {"d": {"x": "1"}, "b": {"x": "2"}, "c": {"x": "1", "new": ""}}
    assert compare_rows(before, after) == Difference(added=("d",), changed=("b",), removed=("a",))
    assert not compare_rows(before, before)
    assert compare_rows(before, after)


@given(ROWS, ROWS)
def test_the_way_back_is_the_same_difference_turned_round(
    one: dict[str, dict[str, str]], other: dict[str, dict[str, str]]
) -> None:
    there, back = compare_rows(one, other), compare_rows(other, one)
    assert (there.added, there.changed, there.removed) == (back.removed, back.changed, back.added)
