"""What an approver may pick stands in the files: jobs, phases, codes, tags, and which of them go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ml_connector_twins.stampli.incoming import list_received
from tests.firm import Firm, running_firm

HIDDEN = {"linked": {"VisibilitySettings": {"AP": False}}}


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """The fixture with the combinations feed on."""
    with running_firm(tmp_path, sections={"feeds.combinations": {"layout": "standard-csv"}}) as running:
        yield running


def rows_of(firm: Firm, feed: str, *columns: str) -> dict[tuple[str, ...], Mapping[str, str]]:
    """The rows of the newest file of that feed by these columns; no two share them."""
    *_, newest = sorted(
        (file for file in list_received(firm.twins.stampli.folders.inbound) if file.feed == feed),
        key=lambda file: file.name,
    )
    rows = {tuple(row[column] for column in columns): row for row in newest.rows}
    assert len(rows) == len(newest.rows)
    return rows


def test_lists_hold_what_may_be_picked_and_nothing_hidden_from_ap(firm: Firm) -> None:
    firm.people("put_record", entity="ProjectTask", fields={"ProjectID": "J2401", "ProjectTaskID": "16"}, **HIDDEN)
    firm.people("put_record", entity="Project", fields={"ProjectID": "J2405"}, **HIDDEN)
    for item, status in (("HAUL", "Active"), ("OLD", "Inactive")):
        fields = {"InventoryID": item, "Description": item.title(), "ItemStatus": status}
        firm.people("put_record", entity="NonStockItem", fields=fields)

    assert firm.sync("master-data").exit_code == 0

    rows = rows_of(firm, "dimensions", "Dimension", "Value")
    assert {(key, row["ParentDimension"], row["ParentValue"]) for key, row in rows.items()} == {
        *(((("BRANCH", code)), "", "") for code in ("MAIN", "NORTH", "EQUIP")),
        (("PROJECT", "J2401"), "BRANCH", "MAIN"),
        (("TASK", "J2401|01"), "PROJECT", "J2401"),
        (("TASK", "J2401|03"), "PROJECT", "J2401"),
        *((("COSTCODE", code), "", "") for code in ("01-540", "03-300", "26-050", "31-200")),
        *((("TERMS", code), "", "") for code in ("30D", "2%10N30")),
        *((("TAXCATEGORY", code), "", "") for code in ("TAXABLE", "EXEMPT")),
        (("ITEM", "HAUL"), "", ""),
    }
    combinations = rows_of(firm, "combinations", "Project", "Task", "CostCode", "AccountGroup")
    assert {key: row["Active"] for key, row in combinations.items()} == {
        ("J2401", "01", "31-200", "EQP"): "true",
        ("J2401", "03", "03-300", "EQP"): "true",
        ("J2401", "03", "03-300", "MAT"): "true",
        ("J2401", "03", "03-300", "SUB"): "true",
    }


def test_what_may_no_longer_be_picked_stays_and_takes_its_combinations_with_it(firm: Firm) -> None:
    firm.sync("master-data")
    firm.people(
        "put_record", entity="ProjectTask", fields={"ProjectID": "J2401", "ProjectTaskID": "16", "Status": "Completed"}
    )
    firm.people("put_record", entity="TaxCategory", fields={"TaxCategoryID": "EXEMPT", "Active": False})
    for path in firm.twins.stampli.folders.inbound.iterdir():
        path.unlink()

    outcome = firm.sync("master-data")

    dimensions = rows_of(firm, "dimensions", "Dimension", "Value")
    told = [dimensions["TASK", "J2401|16"], dimensions["TAXCATEGORY", "EXEMPT"]]
    assert [(row["Active"], row["InactiveReason"]) for row in told] == [("false", "completed"), ("false", "inactive")]
    assert all(row["InactiveOn"] for row in told)
    combinations = rows_of(firm, "combinations", "Project", "Task", "CostCode", "AccountGroup")
    assert [key for key, row in combinations.items() if row["Active"] == "false"] == [
        ("J2401", "16", "26-050", "EQP"),
        ("J2401", "16", "26-050", "SUB"),
    ]
    assert {feed["feed"]: feed["reason"] for feed in outcome.document["feeds"] if not feed["sent"]}.keys() >= {
        "vendors",
        "accounts",
        "subaccounts",
    }
