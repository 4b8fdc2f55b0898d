"""What people do in Acumatica during a rehearsal, as values; `people` carries them out on the twin. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ml_connector_twins.stampli.outgoing import ApprovedInvoice


@dataclass(frozen=True, slots=True)
class AddVendor:
    """A clerk enters a new vendor."""

    vendor_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ChangeVendor:
    """A clerk changes fields of a vendor; names are those of the contract (`VendorName`, `Status`)."""

    vendor_id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TypeBill:
    """A clerk types and releases the bill of an invoice by hand."""

    invoice: ApprovedInvoice


@dataclass(frozen=True, slots=True)
class Pay:
    """Treasury pays that amount on the bill of an invoice; a cash discount due that day is taken by the form."""

    invoice: ApprovedInvoice
    amount: Decimal
    on: date


Action = AddVendor | ChangeVendor | TypeBill | Pay
