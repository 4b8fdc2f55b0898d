"""The rows of combinations, tax categories and items: what may be picked, and what was and may no longer be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.values.master_data import (
    AttributeValue,
    Combination,
    InventoryItem,
    TaxCategory,
    VendorLocation,
)
from tests.builders import a_snapshot, a_vendor
from tests.stampli.test_master_rows import FIRST, SECOND, THIRD, cells, texts

HAUL = InventoryItem("HAUL", "Hauling by the load", "Active", "id-HAUL")
GOODS = TaxCategory("TAXABLE", "Taxable goods", active=True, record_id="id-TAXABLE")
SLAB = Combination("J2401", "03", "03-300", "SUB")
SLAB_KEY = "J2401|03|03-300|SUB"


def tags(sent: Any = None, *, today: str = FIRST, **members: Any) -> Mapping[str, Any]:
    """The dimensions of a tenant with nothing but these lists."""
    none: dict[str, Any] = {"branches": {}, "projects": {}, "tasks": {}, "cost_codes": {}}
    return texts("dimensions", a_snapshot(**none, **members), sent, today=today)


def test_a_tax_category_and_an_item_are_values_of_their_dimensions() -> None:
    rows = tags(items={"HAUL": HAUL}, tax_categories={"TAXABLE": GOODS})
    assert {
        key: cells(row, "Dimension", "Value", "Description", "Active", "RecordID") for key, row in rows.items()
    } == {
        "ITEM|HAUL": ("ITEM", "HAUL", "Hauling by the load", "true", "id-HAUL"),
        "TAXCATEGORY|TAXABLE": ("TAXCATEGORY", "TAXABLE", "Taxable goods", "true", "id-TAXABLE"),
    }


@pytest.mark.parametrize("status", ["Active", "No Sales", "No Request"])
def test_an_item_that_may_be_bought_is_offered(status: str) -> None:
    assert list(tags(items={"HAUL": replace(HAUL, status=status)})) == ["ITEM|HAUL"]


@pytest.mark.parametrize("status", ["Inactive", "No Purchases", "Marked for Deletion"])
def test_an_item_that_may_no_longer_be_bought_says_why_and_since_when(status: str) -> None:
    gone: dict[str, Any] = {"items": {"HAUL": replace(HAUL, status=status)}}
    assert tags(**gone) == {}
    second = tags(tags(items={"HAUL": HAUL}), today=SECOND, **gone)
    assert cells(second["ITEM|HAUL"], "Active", "InactiveReason", "InactiveOn") == ("false", status.lower(), SECOND)


def test_a_tax_category_that_is_closed_or_cannot_be_read() -> None:
    first = tags(tax_categories={"TAXABLE": GOODS})
    assert tags(first, today=SECOND, tax_categories=None) == first
    closed = tags(first, today=SECOND, tax_categories={"TAXABLE": replace(GOODS, active=False)})
    assert cells(closed["TAXCATEGORY|TAXABLE"], "Active", "InactiveReason") == ("false", "inactive")


NORTH = AttributeValue("REGION", "01", "North", active=True)


def test_an_attribute_is_a_dimension_of_its_own() -> None:
    first = tags(attribute_values=(NORTH, AttributeValue("REGION", "02", "South", active=False)))
    assert {key: cells(row, "Dimension", "Value", "Description", "Active") for key, row in first.items()} == {
        "REGION|01": ("REGION", "01", "North", "true")
    }
    assert tags(first, today=SECOND, attribute_values=None) == first
    closed = tags(first, today=SECOND, attribute_values=(replace(NORTH, active=False),))
    assert cells(closed["REGION|01"], "Active", "InactiveReason", "InactiveOn") == ("false", "inactive", SECOND)
    gone = tags(first, today=SECOND, attribute_values=())
    assert cells(gone["REGION|01"], "Active", "InactiveReason") == ("false", "no longer in Acumatica")


def test_what_was_asked_of_a_vendor_stands_at_the_end_of_its_row_and_goes_with_it() -> None:
    vendor = a_vendor(
        "V1",
        "One",
        tax_registration_id="98-7654321",
        payment_instructions=(("Account number", "000123"), ("Routing number", "011")),
        attributes=(("TRADE", "Concrete"),),
    )
    first = texts("vendors", a_snapshot(vendors={"V1": vendor}))
    assert cells(first["V1"], "TaxRegistrationID", "PaymentInstructions", "Attributes") == (
        "98-7654321",
        "Account number=000123; Routing number=011",
        "TRADE=Concrete",
    )
    gone = texts("vendors", a_snapshot(vendors={}), first, today=SECOND)
    assert cells(gone["V1"], "TaxRegistrationID", "PaymentInstructions", "Attributes") == ("", "", "TRADE=Concrete")


def test_a_combination_is_a_row_and_turns_inactive_with_its_phase() -> None:
    first = texts("combinations", a_snapshot(combinations=(SLAB, Combination("J2401", "99", None, "SUB"))))
    assert first == {
        SLAB_KEY: {
            "Project": "J2401",
            "Task": "03",
            "CostCode": "03-300",
            "AccountGroup": "SUB",
            "Active": "true",
        }
    }
    tasks = dict(a_snapshot().tasks or {})
    tasks["J2401", "03"] = replace(tasks["J2401", "03"], status="Completed")
    second = texts("combinations", a_snapshot(combinations=(SLAB,), tasks=tasks), first, today=SECOND)
    assert second == {SLAB_KEY: {**first[SLAB_KEY], "Active": "false"}}
    assert texts("combinations", a_snapshot(combinations=(SLAB,)), second, today=THIRD) == first


WEST = VendorLocation("V1", "WEST", "One, west yard", active=True, address_line_1="2 Mill Road", city="Utica")


def located(
    *locations: VendorLocation, sent: Any = None, status: str = "Active", today: str = FIRST
) -> Mapping[str, Any]:
    """The rows of one vendor with these locations."""
    vendor = a_vendor("V1", "One", status, remit_name="One Inc", address_line_1="1 Quay Street", city="Riverton")
    return texts("vendors", a_snapshot(vendors={"V1": vendor}, vendor_locations=locations), sent, today=today)


def test_a_location_is_a_row_of_its_vendor_with_an_address_of_its_own() -> None:
    rows = located(WEST, VendorLocation("V1", "SAME", "Same", active=True), VendorLocation("V9", "X", "X", active=True))
    names = ("VendorID", "Location", "RemitName", "AddressLine1", "City", "TaxZone", "Status")
    assert {key: cells(row, *names) for key, row in rows.items()} == {
        "V1": ("V1", "", "One Inc", "1 Quay Street", "Riverton", "RVR", "Active"),
        "V1|SAME": ("V1", "SAME", "Same", "1 Quay Street", "Riverton", "RVR", "Active"),
        "V1|WEST": ("V1", "WEST", "One, west yard", "2 Mill Road", "Utica", "RVR", "Active"),
    }


def test_a_location_that_closes_or_whose_vendor_may_not_be_picked_may_not_either() -> None:
    first = located(WEST)
    closed = located(replace(WEST, active=False), sent=first, today=SECOND)
    assert cells(closed["V1|WEST"], "Status", "InactiveReason", "InactiveOn") == (
        "Inactive",
        "location inactive",
        SECOND,
    )
    assert located(replace(WEST, active=False), sent=closed, today=THIRD) == closed
    held = located(WEST, sent=first, status="On Hold", today=SECOND)
    assert [cells(row, "Status", "InactiveReason") for row in held.values()] == [("Inactive", "on hold")] * 2
    gone = located(sent=first, today=SECOND)
    assert cells(gone["V1|WEST"], "Status", "InactiveReason") == ("Inactive", "no longer in Acumatica")


def test_locations_that_cannot_be_read_now_stay_as_they_were_sent() -> None:
    first = located(WEST)
    unread = texts("vendors", a_snapshot(vendors={"V1": a_vendor("V1", "One")}, vendor_locations=None), first)
    assert unread["V1|WEST"] == first["V1|WEST"]
