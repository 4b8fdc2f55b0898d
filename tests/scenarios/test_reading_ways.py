"""Whole passes by each way of reading what no contract tells: the same rows reach Stampli (acumatica_api.md 9)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from ml_connector_twins.acumatica.switches import SwitchValue
from tests.firm import running_firm

Row = Mapping[str, str]
WAYS: dict[str, tuple[Mapping[str, SwitchValue], list[int]]] = {
    "everything by DAC OData": ({"custom_shown": "no"}, []),
    "figures with the order, lists by DAC OData": ({}, []),
    "figures with the order, segments by the settings": ({"odata_dac": "forbidden"}, [2, 3, 2]),
}


def received(folder: Path, feed: str) -> list[Row]:
    """The rows of the one file of a feed."""
    (path,) = folder.glob(f"{feed}_*.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("way", WAYS)
def test_the_same_rows_come_by_every_way(tmp_path: Path, way: str) -> None:
    switches, lengths = WAYS[way]
    with running_firm(tmp_path, switches=switches, sections={"acumatica": {"subaccount_segments": lengths}}) as firm:
        first = firm.sync("all")
        inbound = firm.twins.stampli.folders.inbound
        subaccounts, orders = received(inbound, "subaccounts"), received(inbound, "purchase_orders")
        dimensions = received(inbound, "dimensions")
        asked = len(firm.truth().requests)
        second = firm.sync("all")
        odata = [each["path"] for each in firm.truth().requests[asked:] if "odata" in each["path"]]

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert [(row["SubaccountID"], row["Segment1"], row["Segment2"], row["Segment3"]) for row in subaccounts] == [
        ("0110000", "01", "100", "00"),
        ("0120000", "01", "200", "00"),
        ("0210000", "02", "100", "00"),
    ]
    assert [(row["OrderNumber"], row["LineNumber"], row["OpenQuantity"], row["BillingBasis"]) for row in orders] == [
        ("PO-003120", "1", "300", "receipt"),
        ("PO-003120", "2", "250", "receipt"),
        ("PO-003120", "3", "1", "order"),
        ("PO-003135", "1", "3", "order"),
        ("SC-000045", "1", "0.6", "order"),
        ("SC-000045", "2", "1", "order"),
        ("SC-000052", "1", "1", "order"),
        ("SC-000052", "2", "1", "order"),
        ("SC-000052", "3", "1", "order"),
    ]
    by_odata = switches.get("odata_dac") is None
    assert [row["Value"] for row in dimensions if row["Dimension"] == "TERMS"] == (
        ["2%10N30", "30D"] if by_odata else []
    )
    reasons = {feed["feed"]: feed["reason"] for feed in first.document["feeds"]}
    not_allowed = "cannot be read: the Acumatica user may not read them over OData"
    assert reasons["dimensions"] == (None if by_odata else f"Payment terms {not_allowed}")
    assert reasons["subaccounts"] == (None if by_odata else f"Segments {not_allowed}")
    assert reasons["purchase_orders"] is None
    # Nothing is found out twice, and lists are not read again so soon: the figures where the order does not bring them.
    wanted = ["PX_Objects_PO_POLine"] * ("custom_shown" in switches)
    assert [path.rpartition("/")[2] for path in odata] == wanted


def test_figures_that_no_way_tells_are_left_empty_and_the_feed_says_why(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"odata_dac": "no", "custom_shown": "no"}) as firm:
        outcome = firm.sync("all")
        orders = received(firm.twins.stampli.folders.inbound, "purchase_orders")

    reason = next(feed["reason"] for feed in outcome.document["feeds"] if feed["feed"] == "purchase_orders")
    assert reason == ("Billed figures of order lines cannot be read: this instance does not serve them over OData")
    assert {(row["BilledQuantity"], row["OpenQuantity"]) for row in orders} == {("", "")}
