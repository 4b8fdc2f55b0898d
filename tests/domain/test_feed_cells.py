"""Rows of a feed held small are the rows they were."""

from __future__ import annotations

import pytest

from ml_connector.domain.values.feed_cells import CellsPacker, FeedCells


def test_a_packed_row_says_what_the_row_says() -> None:
    row = {"VendorID": "V1", "City": "", "VendorName": "Ärger & Co"}
    packed = CellsPacker().pack(row)
    assert isinstance(packed, FeedCells)
    assert (dict(packed), list(packed), len(packed), "City" in packed) == (row, list(row), 3, True)
    assert (packed["VendorName"], packed.get("None"), {**packed, "City": "x"}["City"]) == ("Ärger & Co", None, "x")
    assert packed == row == packed
    assert packed == CellsPacker().pack(dict(row))
    assert packed != {**row, "City": "Albany"}
    assert packed != CellsPacker().pack({**row, "City": "Albany"})
    assert packed != CellsPacker().pack({"VendorName": "Ärger & Co", "City": "V1", "VendorID": ""})


@pytest.mark.parametrize("row", [{}, {"A": "x\x00y"}, {"A": "x\x00y", "B": "z"}])
def test_a_row_that_cannot_be_packed_stays_as_it_is(row: dict[str, str]) -> None:
    assert CellsPacker().pack(row) is row


def test_columns_in_another_order_say_the_same() -> None:
    packer = CellsPacker()
    assert packer.pack({"A": "1", "B": "2"}) == packer.pack({"B": "2", "A": "1"})


def test_a_column_that_is_not_there_is_missed() -> None:
    with pytest.raises(KeyError):
        CellsPacker().pack({"A": "1"})["B"]
