"""What is written in parts: no part too large, no document in two, nothing lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.layouts.layout import FileRules, Layout
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.writer import OutFile, write_files, write_rows

ORDERS = [
    {"OrderType": "Normal", "OrderNumber": order, "LineNumber": str(line), "Description": "x" * 40}
    for order, lines in (("PO-1", 3), ("PO-2", 1), ("PO-3", 4), ("PO-4", 2))
    for line in range(1, lines + 1)
]


def parts(name: str, **rules: int) -> tuple[Layout, tuple[OutFile, ...]]:
    """The files of the orders under those limits."""
    layout = replace(load_shipped_layout(name), files=FileRules(**rules))  # type: ignore[arg-type]
    return layout, write_files(layout, "purchase_orders", ORDERS, stem="purchase_orders_1")


def orders_in(file: OutFile) -> list[str]:
    return [order for order in ("PO-1", "PO-2", "PO-3", "PO-4") if order.encode() in file.content]


@pytest.mark.parametrize("name", ["standard-csv", "standard-xml"])
def test_an_order_is_never_in_two_parts_even_where_it_is_larger_than_one(name: str) -> None:
    _, files = parts(name, rows_max=3)
    assert [orders_in(file) for file in files] == [["PO-1"], ["PO-2"], ["PO-3"], ["PO-4"]]
    assert [file.name.rpartition(".")[0] for file in files] == [f"purchase_orders_1_{n:03d}" for n in range(1, 5)]
    assert [orders_in(file) for file in parts(name, rows_max=4)[1]] == [["PO-1", "PO-2"], ["PO-3"], ["PO-4"]]


@pytest.mark.parametrize("name", ["standard-csv", "standard-xml"])
def test_no_part_has_more_bytes_than_it_may_and_together_they_hold_every_row(name: str) -> None:
    layout, (whole,) = parts(name)
    assert whole.content == write_rows(layout, "purchase_orders", ORDERS)
    most = len(whole.content) * 2 // 3
    _, files = parts(name, bytes_max=most)
    assert (len(files) > 1, all(len(file.content) <= most for file in files)) == (True, True)
    assert [order for file in files for order in orders_in(file)] == ["PO-1", "PO-2", "PO-3", "PO-4"]
    assert sum(file.content.count(b"x" * 40) for file in files) == len(ORDERS)


def test_a_feed_without_rows_is_one_file() -> None:
    layout = replace(load_shipped_layout("standard-csv"), files=FileRules(rows_max=3, bytes_max=10))
    (file,) = write_files(layout, "purchase_orders", [], stem="purchase_orders_1")
    assert file.name == "purchase_orders_1.csv"
