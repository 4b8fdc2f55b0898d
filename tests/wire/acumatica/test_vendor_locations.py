"""Vendors' locations by DAC OData, where a customer asks for them (acumatica_api.md 7, 9)."""

from __future__ import annotations

from typing import Any

import httpx2

from ml_connector.acumatica.ports import Wanted
from ml_connector.domain.values.master_data import Gap, VendorLocation
from tests.wire.acumatica.stub import Opened, Scripted, opened, said
from tests.wire.acumatica.test_dac_pages import BASE, listed

VENDORS = [
    {"AcctCD": "V10001   ", "BAccountID": 7000, "DefLocationID": 1},
    {"AcctCD": "V10002", "BAccountID": 7001, "DefLocationID": 4},
]
LOCATIONS: list[dict[str, Any]] = [
    {"LocationID": 1, "BAccountID": 7000, "LocationCD": "MAIN", "DefAddressID": 11},
    {"LocationID": 2, "BAccountID": 7000, "LocationCD": "WEST  ", "Descr": "West yard", "DefAddressID": 12},
    {"LocationID": 3, "BAccountID": 7000, "LocationCD": "OLD", "IsActive": False, "VTaxZoneID": "RVR"},
    {"LocationID": 4, "BAccountID": 7001, "LocationCD": "MAIN"},
    {"LocationID": 5, "BAccountID": 9999, "LocationCD": "CUSTOMER"},
]
ADDRESS = {"AddressID": 12, "AddressLine1": "2 Mill Road", "City": "Utica", "State": "NY", "CountryID": "US"}
LOCATION_FIELDS = ("LocationID", "BAccountID", "LocationCD", "Descr", "IsActive", "VTaxZoneID", "DefAddressID")
ADDRESS_FIELDS = ("AddressID", "AddressLine1", "AddressLine2", "City", "State", "PostalCode", "CountryID")


def served(*addresses: dict[str, Any], without: str = "") -> Opened:
    """An edge whose instance serves these classes, but the one that is left out."""
    wire = Scripted()
    for name, rows, fields in (
        ("AP_Vendor", VENDORS, ("AcctCD", "BAccountID", "DefLocationID")),
        ("CR_Location", LOCATIONS, LOCATION_FIELDS),
        ("CR_Address", list(addresses), ADDRESS_FIELDS),
    ):
        whole = [dict.fromkeys(fields) | row for row in rows]
        answers: list[httpx2.Response] = [said(404)] if name == without else [said(200, listed(*whole))] * 2
        wire.on("GET", f"{BASE}/PX_Objects_{name}", *answers)
    return opened(wire, wanted=Wanted(vendor_locations=True))


WEST = VendorLocation(
    "V10001", "WEST", "West yard", True, address_line_1="2 Mill Road", city="Utica", state="NY", country="US"
)
OLD = VendorLocation("V10001", "OLD", "OLD", False, tax_zone="RVR")


def test_every_location_but_the_default_one_is_told_with_its_address() -> None:
    assert served(ADDRESS).erp.fetch_vendor_locations() == (WEST, OLD)


def test_locations_are_told_without_addresses_where_these_cannot_be_read() -> None:
    found = served(without="CR_Address").erp.fetch_vendor_locations()
    assert not isinstance(found, Gap)
    assert [(each.location_id, each.city) for each in found] == [("WEST", None), ("OLD", None)]


def test_an_instance_that_does_not_serve_them_says_so() -> None:
    found = served(without="CR_Location").erp.fetch_vendor_locations()
    assert isinstance(found, Gap) and found.reason.startswith("Vendors' locations cannot be read: ")


def test_nothing_is_asked_where_nobody_wants_them() -> None:
    case = opened(Scripted())
    assert (case.erp.fetch_vendor_locations(), case.wire.sent) == ((), [])
