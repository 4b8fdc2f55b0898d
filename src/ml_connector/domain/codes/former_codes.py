"""Vendors that were given another code: the code an invoice was approved under still names the record it named then
(``ap_domain.md`` 2.1: the record's id stays, only its code changes). Pure.

A code that is a vendor's today is that vendor's, whatever it was before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from ml_connector.domain.codes import resolve_code
from ml_connector.domain.values.master_data import FormerCode, Snapshot, Vendor

# Queued invoices resolve that long.
_KEPT = timedelta(days=366)


def trace_former_vendors(last: Snapshot | None, vendors: Mapping[str, Vendor], today: date) -> Mapping[str, FormerCode]:
    """The codes that vendors had before, by what the last snapshot held: those known then, kept for a year, and those
    whose record has another code now."""
    if last is None:
        return {}
    now = {vendor.record_id: code for code, vendor in vendors.items()}
    known = {
        code: (former.record_id, former.replaced_on)
        for code, former in last.former_vendors.items()
        if today - former.replaced_on <= _KEPT
    }
    replaced = {code: (vendor.record_id, today) for code, vendor in last.vendors.items()}
    return {
        code: FormerCode(record_id, replaced_on, now[record_id])
        for code, (record_id, replaced_on) in {**known, **replaced}.items()
        if code not in vendors and record_id in now
    }


def find_vendor(code: str | None, snapshot: Snapshot | None) -> Vendor | None:
    """The vendor that has this code, or had it before; None where there is none."""
    if not code or snapshot is None:
        return None
    found = snapshot.vendors.get(current_code(code, snapshot)) or resolve_code(code, snapshot.vendors)
    former = None if found is not None else resolve_code(code, snapshot.former_vendors)
    return found if former is None else snapshot.vendors.get(former.code)


def current_code(code: str, snapshot: Snapshot) -> str:
    """The code of the vendor that had exactly this one before; any other stays as it is."""
    former = None if code in snapshot.vendors else snapshot.former_vendors.get(code)
    return code if former is None else former.code


def vendor_record_of(code: str | None, snapshot: Snapshot | None) -> str | None:
    """The id of the record that has exactly this code, or had it before."""
    vendor = snapshot.vendors.get(current_code(code, snapshot)) if code and snapshot is not None else None
    return None if vendor is None else vendor.record_id
