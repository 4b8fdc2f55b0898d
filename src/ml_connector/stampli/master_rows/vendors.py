"""The vendors feed: every vendor, with the status that coding allows it (``ap_domain.md`` 2.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector.domain.codes import bare_code
from ml_connector.domain.coding_lists import account_refusal, subaccount_refusal, vendor_coding
from ml_connector.domain.values.master_data import Snapshot, Vendor, VendorLocation
from ml_connector.domain.values.records import FeedRow
from ml_connector.stampli.master_rows.lazy import LazyRows

Cells = Mapping[str, object]
Rows = Mapping[str, Cells]


@dataclass(frozen=True, slots=True)
class _Codes:
    """What a default may be: accounts, and subaccounts by code without separators; None where they cannot be read."""

    accounts: frozenset[str] | None
    subaccounts: Mapping[str, str] | None


def vendor_rows(snapshot: Snapshot, before: Mapping[str, FeedRow], today: str) -> Mapping[str, Cells]:
    """One row a vendor by vendor id, and one a location; the day of an inactivation is the day it was first seen so."""
    codes = _codes(snapshot)
    vendors = {vendor.vendor_id: vendor for vendor in snapshot.vendors.values()}
    rows = LazyRows(vendors, lambda key: _row(vendors[key], before.get(key, {}), today, codes=codes))
    locations = _location_rows(snapshot, rows, before, today)
    if not locations:
        return rows
    return LazyRows((*rows, *locations), lambda key: locations[key] if key in locations else rows[key])


def _location_rows(snapshot: Snapshot, vendors: Mapping[str, Cells], before: Mapping[str, FeedRow], today: str) -> Rows:
    """One row a location beside the default one, by ``VendorID|Location``; it may be picked where its vendor may."""
    rows: dict[str, Cells] = {}
    for location in snapshot.vendor_locations or ():
        vendor = vendors.get(location.vendor_id)
        if vendor is None:
            continue
        key = f"{location.vendor_id}|{location.location_id}"
        rows[key] = {**vendor, **_own_cells(location, vendor)}
        if not location.active and vendor["Status"] == "Active":
            was = before.get(key, {})
            since = was.get("InactiveOn") if was.get("Status") == "Inactive" else today
            rows[key] = {**rows[key], "Status": "Inactive", "InactiveReason": "location inactive", "InactiveOn": since}
    return rows


def _own_cells(location: VendorLocation, vendor: Cells) -> Cells:
    address = {
        "AddressLine1": location.address_line_1,
        "AddressLine2": location.address_line_2,
        "City": location.city,
        "State": location.state,
        "PostalCode": location.postal_code,
        "Country": location.country,
    }
    return {
        **(address if any(address.values()) else {}),
        "Location": location.location_id,
        "RemitName": location.name,
        "TaxZone": location.tax_zone or vendor["TaxZone"],
    }


def _codes(snapshot: Snapshot) -> _Codes:
    accounts = frozenset(key for key, each in snapshot.accounts.items() if account_refusal(each) is None)
    subaccounts = snapshot.subaccounts
    return _Codes(
        accounts=accounts if snapshot.accounts else None,
        subaccounts=None
        if subaccounts is None
        else {bare_code(key): key for key, each in subaccounts.items() if subaccount_refusal(each) is None},
    )


def _defaults(vendor: Vendor, before: FeedRow, codes: _Codes) -> Cells:
    """The vendor's expense account and subaccount where they may be picked; what cannot be told now stays."""
    account, subaccount = vendor.default_account, vendor.default_subaccount
    usable = codes.accounts is not None and account in codes.accounts and account != vendor.ap_account
    known = codes.subaccounts
    return {
        "DefaultAccount": before.get("DefaultAccount") if codes.accounts is None else account if usable else None,
        "DefaultSubaccount": before.get("DefaultSubaccount")
        if known is None
        else known.get(bare_code(subaccount or "")),
    }


def _row(vendor: Vendor, before: FeedRow, today: str, *, codes: _Codes) -> Cells:
    coding = vendor_coding(vendor)
    inactive_on = None
    if not coding.active:
        inactive_on = before.get("InactiveOn") if before.get("Status") == "Inactive" else today
    return {
        "VendorID": vendor.vendor_id,
        "VendorName": vendor.name,
        "Status": "Active" if coding.active else "Inactive",
        "PaymentsOnHold": coding.payments_on_hold,
        "Class": vendor.vendor_class,
        "Terms": vendor.terms,
        "Currency": vendor.currency,
        "TaxZone": vendor.tax_zone,
        "PaymentMethod": vendor.payment_method,
        **_defaults(vendor, before, codes),
        "Is1099": vendor.is_1099,
        "RemitName": vendor.remit_name,
        "AddressLine1": vendor.address_line_1,
        "AddressLine2": vendor.address_line_2,
        "City": vendor.city,
        "State": vendor.state,
        "PostalCode": vendor.postal_code,
        "Country": vendor.country,
        "Email": vendor.email,
        "Phone": vendor.phone,
        "RecordID": vendor.record_id,
        "LastModified": vendor.modified_at,
        "InactiveReason": coding.reason,
        "InactiveOn": inactive_on,
        "Location": vendor.location,
        "TaxRegistrationID": vendor.tax_registration_id,
        "PaymentInstructions": _packed(vendor.payment_instructions),
        "Attributes": _packed(vendor.attributes),
    }


def _packed(pairs: tuple[tuple[str, str], ...]) -> str | None:
    return "; ".join(f"{name}={value}" for name, value in pairs) or None
