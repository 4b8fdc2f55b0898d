"""Vendors with their default contact and address. Tax and bank identifiers are asked for and kept only where the
customer opts in (``ap_domain.md 2.1``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain

from ml_connector.acumatica import values
from ml_connector.acumatica.master_data.changed_vendors import CHANGED_AT, refresh_vendors
from ml_connector.acumatica.ports import Wanted
from ml_connector.acumatica.reading import Collection, Reader, Shape
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.master_data import Vendor

_FIELDS = (
    "VendorID",
    "VendorName",
    "Status",
    "VendorClass",
    "Terms",
    "CurrencyID",
    "EnableCurrencyOverride",
    "TaxZone",
    "PaymentMethod",
    "F1099Vendor",
    "APAccount",
    "VendorIsTaxAgency",
    "VendorIsLaborUnion",
    "LastModifiedDateTime",
)
_CONTACT = ("DisplayName", "Email", "Phone1")
_ADDRESS = ("AddressLine1", "AddressLine2", "City", "State", "PostalCode", "Country")


def _contact_fields(link: str) -> tuple[str, ...]:
    return (*(f"{link}/{field}" for field in _CONTACT), *(f"{link}/Address/{field}" for field in _ADDRESS))


_MAIN = ("MainContact", "MainContact/Address")
_REMIT = ("RemittanceContact", "RemittanceContact/Address")
_READ = (*_FIELDS, *_contact_fields("MainContact"), *_contact_fields("RemittanceContact"))
# Not in the contract, which tells the AP account only; elements of the form, of the vendor's default location (4.2).
_EXPENSE_ACCOUNT = "DefLocation.VExpenseAcctID"
_EXPENSE_SUBACCOUNT = "DefLocation.VExpenseSubID"
_DEFAULTS = (_EXPENSE_ACCOUNT, _EXPENSE_SUBACCOUNT)
_LEAN = (*_READ, *(f"custom/{element.replace('.', '/')}" for element in _DEFAULTS))
# From the richest way to ask to the poorest; a site whose optimiser refuses contacts in lists gives none (4.3).
_LIST = (
    Shape((*_MAIN, *_REMIT), _READ, _DEFAULTS),
    Shape((*_MAIN, *_REMIT), _READ),
    Shape((*_MAIN, *_REMIT)),
    Shape(_MAIN),
    Shape((), _FIELDS),
    Shape(),
)
_VENDORS = Collection("Vendor", "VendorID", 1_000, _LIST, _LEAN)
# Up to so many answers it is no gain to look for what changed.
_RANGES_TO_SPARE = 3
_SINGLE = (Shape((*_MAIN, *_REMIT), custom=_DEFAULTS), Shape((*_MAIN, *_REMIT)), Shape(_MAIN), Shape())
_USUAL = Wanted()


def _asks_more(wanted: Wanted) -> bool:
    return wanted.bank_details or bool(wanted.vendor_attributes)


def _more(wanted: Wanted) -> tuple[str, ...]:
    instructions = ("PaymentInstructions",) if wanted.bank_details else ()
    return (*instructions, *(("Attributes",) if wanted.vendor_attributes else ()))


def _shapes(wanted: Wanted) -> tuple[Shape, ...]:
    """The ways to ask for a vendor with more than the usual; a lean row has no room for rows of its own."""
    more = _more(wanted)
    return (*(replace(shape, expand=(*shape.expand, *more)) for shape in _SINGLE), *_SINGLE) if more else _SINGLE


def fetch_vendors(
    reader: Reader, held: Mapping[str, Vendor] | None = None, wanted: Wanted = _USUAL
) -> tuple[Vendor, ...]:
    """All vendors of every status. Of a long list, those of ``held`` that did not change since are not read again,
    unless more than the usual is wanted of them, or was."""
    is_short = held is None or len(held) <= _VENDORS.rows_per_range * _RANGES_TO_SPARE
    if held is None or is_short or _asks_more(wanted) or any(map(_holds_more, held.values())):
        return tuple(stream_vendors(reader, wanted=wanted))
    known = frozenset(vendor.record_id for vendor in held.values())
    keys = reader.fetch_keys("Vendor", (CHANGED_AT,), known)
    refreshed = refresh_vendors(reader, _VENDORS, keys, held, parse=parse_vendor)
    return tuple(stream_vendors(reader, keys)) if refreshed is None else refreshed


def _holds_more(vendor: Vendor) -> bool:
    return bool(vendor.tax_registration_id or vendor.payment_instructions or vendor.attributes)


def stream_vendors(reader: Reader, keys: list[Row] | None = None, wanted: Wanted = _USUAL) -> Iterator[Vendor]:
    """All vendors one by one as they come, never more than one answer held; an error on the way means that not all
    came."""
    whole = replace(_VENDORS, shapes=_shapes(wanted), fields=()) if _asks_more(wanted) else _VENDORS
    parse = partial(_parse_vendors, wanted=wanted)
    return chain.from_iterable(map(parse, reader.stream_in_ranges(whole, keys)))


def fetch_vendor(reader: Reader, vendor_id: str, wanted: Wanted = _USUAL) -> Vendor | None:
    """One vendor by its id; None where it is not there."""
    row = reader.fetch_record("Vendor", (vendor_id,), _shapes(wanted))
    return None if row is None else parse_vendor(row, wanted)


def _parse_vendors(rows: Iterable[Row], *, wanted: Wanted) -> Iterator[Vendor]:
    return (parse_vendor(row, wanted) for row in rows)


def parse_vendor(row: Row, wanted: Wanted = _USUAL) -> Vendor:
    """A vendor (AP303000). Name and address of the remittance contact where it has any, else of the main contact. The
    AP account is never taken for a default of coding."""
    main, remit = values.linked(row, "MainContact"), values.linked(row, "RemittanceContact")
    address = values.linked(remit, "Address")
    if not any(values.text(address, field) for field in _ADDRESS):
        address = values.linked(main, "Address")
    return Vendor(
        vendor_id=values.required_text(row, "VendorID"),
        name=values.text(row, "VendorName") or "",
        status=values.text(row, "Status") or "",
        record_id=values.record_id(row),
        vendor_class=values.text(row, "VendorClass"),
        terms=values.text(row, "Terms"),
        currency=values.text(row, "CurrencyID"),
        currency_override=values.flag(row, "EnableCurrencyOverride") or False,
        tax_zone=values.text(row, "TaxZone"),
        payment_method=values.text(row, "PaymentMethod"),
        is_1099=values.flag(row, "F1099Vendor") or False,
        ap_account=values.text(row, "APAccount"),
        remit_name=values.text(remit, "DisplayName") or values.text(main, "DisplayName"),
        address_line_1=values.text(address, "AddressLine1"),
        address_line_2=values.text(address, "AddressLine2"),
        city=values.text(address, "City"),
        state=values.text(address, "State"),
        postal_code=values.text(address, "PostalCode"),
        country=values.text(address, "Country"),
        email=values.text(main, "Email"),
        phone=values.text(main, "Phone1"),
        modified_at=values.instant(row, "LastModifiedDateTime"),
        default_account=values.text(values.custom(row, _EXPENSE_ACCOUNT), "value"),
        default_subaccount=values.text(values.custom(row, _EXPENSE_SUBACCOUNT), "value"),
        other_kind=_other_kind(row),
        tax_registration_id=values.text(row, "TaxRegistrationID") if wanted.bank_details else None,
        payment_instructions=_pairs(row, "PaymentInstructions", "Description") if wanted.bank_details else (),
        attributes=tuple(
            (name, value)
            for name, value in _pairs(row, "Attributes", "AttributeID")
            if name in wanted.vendor_attributes
        )
        if wanted.vendor_attributes
        else (),
    )


def _pairs(row: Row, field: str, name: str) -> tuple[tuple[str, str], ...]:
    """The rows of a collection that say something, by name, in a stable order."""
    rows = values.details(row, field) or []
    told = ((values.text(each, name), values.text(each, "Value")) for each in rows)
    return tuple(sorted((label, value) for label, value in told if label and value))


def _other_kind(row: Row) -> str | None:
    if values.flag(row, "VendorIsTaxAgency"):
        return "tax agency"
    return "labor union" if values.flag(row, "VendorIsLaborUnion") else None
