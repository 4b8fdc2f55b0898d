"""Finding the record a code names, and the codes nearest to one that names none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.codes import nearest_codes, resolve_code, same_code, similar_names

CODES = {"01-100-00": 1, "0110001": 2, "ab": 3, "AB ": 4, "Cd": 5}


@pytest.mark.parametrize(
    ("code", "segmented", "found"),
    [
        ("01-100-00", False, 1),
        ("0110000", False, None),
        ("0110000", True, 1),
        ("01-100-01", True, 2),
        ("ab", False, 3),
        ("AB", False, None),
        (" cD  ", False, 5),
        ("zz", True, None),
        ("", True, None),
    ],
)
def test_a_code_is_found_and_never_guessed(code: str, segmented: bool, found: int | None) -> None:
    assert resolve_code(code, CODES, segmented=segmented) == found


def test_none_is_no_code() -> None:
    assert not same_code(None, None)
    assert not same_code("a", None)
    assert same_code("a ", "A")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("3300", ("03-300", "31-200")),
        ("03300", ("03-300",)),
        ("03-30", ("03-300",)),
        ("zzzz", ()),
        ("", ()),
    ],
)
def test_lost_zeros_and_separators_are_the_nearest(code: str, expected: tuple[str, ...]) -> None:
    assert nearest_codes(code, ["26-050", "03-300", "31-200"]) == expected


def test_among_very_many_codes_the_nearest_still_come() -> None:
    many = [f"{number:02}-{number:03}" for number in range(3000)]
    assert nearest_codes("7007", many)[0] == "07-007"
    assert "29-029" in nearest_codes("29-092", many)


@given(st.text(max_size=6), st.lists(st.text(max_size=6), max_size=8), st.randoms(use_true_random=False))
def test_suggestions_are_valid_few_and_the_same_in_any_order(code: str, valid: list[str], random: object) -> None:
    found = nearest_codes(code, valid)
    assert set(found) <= set(valid)
    assert len(found) == len(set(found)) <= 3
    assert nearest_codes(code, valid[::-1]) == found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Granite Co", ("V2",)),
        ("Tidewater Freigth", ("V3",)),
        ("The Co. Inc", ()),
        ("", ()),
    ],
)
def test_names_are_alike_by_their_first_telling_word(name: str, expected: tuple[str, ...]) -> None:
    assert (
        similar_names(name, {"V1": "Metro Rentals", "V2": "Granite Northeast", "V3": "Tidewater Freight"}) == expected
    )
