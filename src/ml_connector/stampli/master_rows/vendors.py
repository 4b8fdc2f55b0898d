"""The vendors feed: every vendor, with the status that coding allows it (``ap_domain.md`` 2.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.domain.coding_lists import vendor_coding
from ml_connector.domain.values.master_data import Snapshot, Vendor
from ml_connector.domain.values.records import FeedRow

Cells = Mapping[str, object]


def vendor_rows(snapshot: Snapshot, before: Mapping[str, FeedRow], today: str) -> Mapping[str, Cells]:
    """One row a vendor by vendor id; the day of an inactivation is the day it was first seen so."""
    return {vendor.vendor_id: _row(vendor, before.get(vendor.vendor_id), today) for vendor in snapshot.vendors.values()}


def _row(vendor: Vendor, before: FeedRow | None, today: str) -> Cells:
    coding = vendor_coding(vendor)
    inactive_on = None
    if not coding.active:
        known = before is not None and before.get("Status") == "Inactive"
        inactive_on = before.get("InactiveOn") if known and before is not None else today
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
        # The stock contract tells the AP account only, which must never be offered as a default for coding.
        "DefaultAccount": None,
        "DefaultSubaccount": None,
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
    }
