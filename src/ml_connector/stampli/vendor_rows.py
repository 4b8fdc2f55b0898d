"""The vendors feed: every vendor, with the status that coding allows it (``ap_domain.md`` 2.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.domain.coding_lists import vendor_coding
from ml_connector.domain.values.master_data import Snapshot, Vendor
from ml_connector.domain.values.records import FeedRow
from ml_connector.stampli.cells import flag_cell, instant_cell, text_cell


def vendor_rows(snapshot: Snapshot, before: Mapping[str, FeedRow], today: str) -> Mapping[str, FeedRow]:
    """One row a vendor by vendor id; the day of an inactivation is the day it was first seen so."""
    return {vendor.vendor_id: _row(vendor, before.get(vendor.vendor_id), today) for vendor in snapshot.vendors.values()}


def _row(vendor: Vendor, before: FeedRow | None, today: str) -> FeedRow:
    coding = vendor_coding(vendor)
    inactive_on = ""
    if not coding.active:
        known = before is not None and before.get("Status") == "Inactive"
        inactive_on = before.get("InactiveOn", "") if known and before is not None else today
    return {
        "VendorID": vendor.vendor_id,
        "VendorName": vendor.name,
        "Status": "Active" if coding.active else "Inactive",
        "PaymentsOnHold": flag_cell(coding.payments_on_hold),
        "Class": text_cell(vendor.vendor_class),
        "Terms": text_cell(vendor.terms),
        "Currency": text_cell(vendor.currency),
        "TaxZone": text_cell(vendor.tax_zone),
        "PaymentMethod": text_cell(vendor.payment_method),
        # The stock contract tells the AP account only, which must never be offered as a default for coding.
        "DefaultAccount": "",
        "DefaultSubaccount": "",
        "Is1099": flag_cell(vendor.is_1099),
        "RemitName": text_cell(vendor.remit_name),
        "AddressLine1": text_cell(vendor.address_line_1),
        "AddressLine2": text_cell(vendor.address_line_2),
        "City": text_cell(vendor.city),
        "State": text_cell(vendor.state),
        "PostalCode": text_cell(vendor.postal_code),
        "Country": text_cell(vendor.country),
        "Email": text_cell(vendor.email),
        "Phone": text_cell(vendor.phone),
        "RecordID": vendor.record_id,
        "LastModified": instant_cell(vendor.modified_at),
        "InactiveReason": text_cell(coding.reason),
        "InactiveOn": inactive_on,
        "Location": text_cell(vendor.location),
    }
