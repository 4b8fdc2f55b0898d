"""Vendors' locations by their data classes, for a customer who picks one: no contract tells them
(``acumatica_api.md 7``).

The default location is left out: the vendor itself stands for it. A location without an address of its own has the
vendor's.
"""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.acumatica import values
from ml_connector.acumatica.master_data.dac.classes import ADDRESS, LOCATION, VENDOR
from ml_connector.acumatica.master_data.dac.reading import DacReader
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.master_data import Gap, VendorLocation


def fetch_locations(reader: DacReader) -> tuple[VendorLocation, ...] | Gap:
    """All locations of all vendors but the default ones."""
    vendors = reader.fetch(VENDOR)
    if isinstance(vendors, Gap):
        return vendors
    locations = reader.fetch(LOCATION)
    if isinstance(locations, Gap):
        return locations
    addresses = reader.fetch(ADDRESS)
    known = {} if isinstance(addresses, Gap) else {values.whole(row, "AddressID"): row for row in addresses}
    codes = {values.whole(row, "BAccountID"): values.required_text(row, "AcctCD") for row in vendors}
    defaults = {values.whole(row, "DefLocationID") for row in vendors}
    return tuple(
        _location(codes[account], row, known)
        for row in locations
        if (account := values.whole(row, "BAccountID")) in codes and values.whole(row, "LocationID") not in defaults
    )


def _location(vendor_id: str, row: Row, addresses: Mapping[int | None, Row]) -> VendorLocation:
    address = addresses.get(values.whole(row, "DefAddressID"), {})
    code = values.required_text(row, "LocationCD")
    return VendorLocation(
        vendor_id=vendor_id,
        location_id=code,
        name=values.text(row, "Descr") or code,
        active=values.flag(row, "IsActive") is not False,
        tax_zone=values.text(row, "VTaxZoneID"),
        address_line_1=values.text(address, "AddressLine1"),
        address_line_2=values.text(address, "AddressLine2"),
        city=values.text(address, "City"),
        state=values.text(address, "State"),
        postal_code=values.text(address, "PostalCode"),
        country=values.text(address, "CountryID"),
    )
