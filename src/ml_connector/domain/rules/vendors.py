"""Rules about the vendor (``ap_domain.md`` 4.1). Pure."""

from __future__ import annotations

from datetime import timedelta

from ml_connector.domain.codes import (
    is_disguised,
    name_skeleton,
    nearest_codes,
    plain_name,
    resolve_code,
    similar_names,
)
from ml_connector.domain.codes.renames import renamed
from ml_connector.domain.coding_lists import vendor_coding, vendor_status
from ml_connector.domain.findings import finding_of
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import vendor_of
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.master_data import Vendor
from ml_connector.problems import Finding

_SUGGESTIONS_MAX = 3
# By then the approver saw a list with the new code.
_RELISTED = timedelta(days=2)


def check_vendor(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """V01, V03 to V06, V12 and V13: is the vendor there and meant, and does its status let the bill post?"""
    vendor = vendor_of(invoice, facts)
    if vendor is None:
        return [_unknown(invoice, facts)]
    return [*_check_status(vendor, facts), *_check_name(invoice.vendor_name or "", vendor, facts)]


def check_renamed(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """V02: the invoice names a code the vendor had before. A note, unless another vendor has that code today and the
    approver may have meant either: ``approved_at`` may be older than the list he would need."""
    code = invoice.vendor_id or ""
    rename = renamed("vendor", code, facts.snapshot.renames) if code else None
    if rename is None:
        return []
    if not rename.reused:
        message = f"Vendor {code} is {rename.now} in Acumatica now; the bill is booked under {rename.now}."
        return [finding_of("V02", "vendor_id", expected=rename.now, found=code, message=message)]
    other = resolve_code(code, facts.snapshot.vendors)
    named = other is not None and plain_name(other.name) == plain_name(invoice.vendor_name or "")
    if other is None or named or (invoice.approved_at is not None and invoice.approved_at - rename.seen_at > _RELISTED):
        return []
    return [
        finding_of(
            "V02",
            "vendor_id",
            expected=rename.now,
            found=code,
            severity="review",
            message=f"The vendor that was {code} is {rename.now} now, and {code} is {other.name}.",
            fix=f"See which of the two sent the invoice: accept it for {other.name}, or recode it in Stampli.",
            suggestions=(rename.now,),
        )
    ]


def _check_name(name: str, vendor: Vendor, facts: Facts) -> list[Finding]:
    """A name that a reader takes for another vendor's and that is not (``fault_catalogue.md 201``)."""
    if not is_disguised(name):
        return []
    looks = name_skeleton(name)
    others = [each for each in facts.snapshot.vendors.values() if each.vendor_id != vendor.vendor_id]
    return [
        finding_of(
            "V12",
            "vendor_name",
            expected=vendor.name,
            found=name,
            message=f"The vendor's name looks like {each.name} ({each.vendor_id}) but is not; the bill is for "
            f"{vendor.vendor_id} {vendor.name}.",
            suggestions=(each.vendor_id,),
        )
        for each in others
        if name_skeleton(each.name) == looks
    ][:1]


def _check_status(vendor: Vendor, facts: Facts) -> list[Finding]:
    status = vendor_status(vendor)
    name = f"{vendor.vendor_id} {vendor.name}".strip()
    if vendor.other_kind is not None:
        message = f"Vendor {name} is a {vendor.other_kind}, not a trade vendor."
        return [finding_of("V13", "vendor_id", found=vendor.other_kind, message=message)]
    if status == "active":
        return []
    if status == "on_hold":
        message = f"Vendor {name} is on hold; its bills are stopped."
        return [finding_of("V04", "vendor_id", expected="Active", found=vendor.status, message=message)]
    if status == "hold_payments":
        message = f"Vendor {name} has its payments on hold: the bill posts, it cannot be paid."
        return [finding_of("V05", "vendor_id", expected="Active", found=vendor.status, message=message)]
    if status == "one_time":
        message = f"Vendor {name} is a one-time vendor and will go inactive after payment."
        return [finding_of("V06", "vendor_id", expected="Active", found=vendor.status, message=message)]
    words = "is inactive" if status == "inactive" else f"has the status '{vendor.status}', which is not known here"
    return [
        finding_of(
            "V03",
            "vendor_id",
            expected="Active",
            found=vendor.status,
            message=f"Vendor {name} {words}.",
            suggestions=_like(vendor.name, facts, leaving_out=vendor.vendor_id),
        )
    ]


def _unknown(invoice: ApprovedInvoice, facts: Facts) -> Finding:
    by_name = _like(invoice.vendor_name, facts) if invoice.vendor_name else ()
    if not invoice.vendor_id:
        named = f" for {invoice.vendor_name}" if invoice.vendor_name else ""
        return finding_of("V01", "vendor_id", message=f"No vendor is given{named}.", suggestions=by_name)
    usable = (vendor.vendor_id for vendor in facts.snapshot.vendors.values() if vendor_coding(vendor).active)
    suggestions = tuple(dict.fromkeys([*by_name, *nearest_codes(invoice.vendor_id, usable)]))
    return finding_of(
        "V01",
        "vendor_id",
        found=invoice.vendor_id,
        message=f"Vendor {invoice.vendor_id} does not exist in Acumatica.",
        suggestions=suggestions[:_SUGGESTIONS_MAX],
    )


def _like(name: str, facts: Facts, *, leaving_out: str | None = None) -> tuple[str, ...]:
    """Vendors that may be coded and whose name is like that one."""
    others: dict[str, str] = {
        vendor.vendor_id: vendor.name for vendor in facts.snapshot.vendors.values() if _offered(vendor, leaving_out)
    }
    return similar_names(name, others)


def _offered(vendor: Vendor, leaving_out: str | None) -> bool:
    return vendor.vendor_id != leaving_out and vendor_coding(vendor).active
