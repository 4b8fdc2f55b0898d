"""The vendors of the fixture (scenarios.md). Data only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ml_connector_twins.acumatica.firm.entering import ENTERED_AT, enter, filled
from ml_connector_twins.acumatica.firm.setup import PAYABLE
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value


@dataclass(frozen=True, slots=True)
class VendorPlan:
    """One vendor to enter."""

    code: str
    name: str
    status: str = "Active"
    terms: str = "30D"
    currency: str = "USD"
    tax_zone: str | None = None
    is_1099: bool = False
    box_1099: str | None = None
    retainage_percent: Decimal = Decimal(0)
    city: str = "Riverton"
    street: str = "1 Quay Street"


_FIXTURE = (
    VendorPlan("V10001", "Kestrel Concrete LLC", is_1099=True, box_1099="NEC-1", retainage_percent=Decimal(10)),
    VendorPlan("V10002", "Blue Heron Supply Inc", terms="2%10N30", tax_zone="RVR"),
    VendorPlan("V10003", "Northstar Electric", retainage_percent=Decimal(5)),
    VendorPlan("V10004", "Metro Rentals"),
    VendorPlan("V10005", "City Water & Power"),
    VendorPlan("V10006", "Old Mill Trucking", status="On Hold"),
    VendorPlan("V10007", "Pine State Lumber", status="Hold Payments"),
    VendorPlan("V10008", "Granite Co", status="Inactive"),
    VendorPlan("V10009", "Acier Erable Ltee", currency="CAD"),
    VendorPlan("V10010", "Tidewater Fasteners", tax_zone="USETAX"),
    VendorPlan("V10012", "Granite Northeast"),
    VendorPlan("V10013", "Tidewater Freight"),
)


def contact_row(books: Books, plan: VendorPlan) -> Row:
    """A contact with its address, as MainContact and RemittanceContact show it."""
    address = filled(
        books,
        {
            "AddressLine1": plan.street,
            "City": plan.city,
            "State": "ME",
            "PostalCode": "04101",
            "Country": "CA" if plan.currency == "CAD" else "US",
            "Validated": False,
        },
    )
    handle = plan.code.lower()
    contact = filled(
        books,
        {
            "CompanyName": plan.name,
            "FullName": plan.name,
            "DisplayName": plan.name,
            "Email": f"ap@{handle}.example",
            "Phone1": "+1 207 555 0100",
            "Phone1Type": "Business 1",
            "Active": True,
            "LastModifiedDateTime": ENTERED_AT,
        },
    )
    contact.linked["Address"] = address
    return contact


def enter_vendor(books: Books, plan: VendorPlan) -> Row:
    """Stores one vendor; its expense account stands on the form only (``acumatica_api.md`` 7)."""
    fields: dict[str, Value] = {
        "VendorID": plan.code,
        "VendorName": plan.name,
        "LegalName": plan.name,
        "LocationName": "Primary Location",
        "Status": plan.status,
        "VendorClass": "TRADE",
        "Terms": plan.terms,
        "CurrencyID": plan.currency,
        "CurrencyRateType": "SPOT" if plan.currency != books.base_currency else None,
        "EnableCurrencyOverride": False,
        "EnableRateOverride": False,
        "F1099Vendor": plan.is_1099,
        "F1099Box": plan.box_1099,
        "TaxZone": plan.tax_zone,
        "TaxCalculationMode": "Tax Settings",
        "PaymentMethod": "CHECK",
        "CashAccount": "10200",
        "PaymentBy": "Due Date",
        "PaySeparately": False,
        "APAccount": PAYABLE,
        "APSubaccount": "0110000",
        "ForeignEntity": False,
        "LandedCostVendor": False,
        "VendorIsLaborUnion": False,
        "VendorIsTaxAgency": False,
        "ReceiptAction": "Accept but Warn",
        "MaxReceipt": Decimal(100),
        "MinReceipt": Decimal(0),
        "ThresholdReceipt": Decimal(100),
        "RemittanceAddressOverride": False,
        "RemittanceContactOverride": False,
        "ShippingAddressOverride": False,
        "ShippingContactOverride": False,
    }
    form: dict[str, Value] = {
        "CurrentVendor.RetainageApply": plan.retainage_percent > 0,
        "CurrentVendor.RetainagePct": plan.retainage_percent,
        "DefLocation.VExpenseAcctID": None,
        "DefLocation.VExpenseSubID": None,
        "DefLocation.VAllowAPBillBeforeReceipt": False,
    }
    contact = contact_row(books, plan)
    linked = {"MainContact": contact, "RemittanceContact": contact.copied()}
    return enter(books, "Vendor", fields, custom=form, linked=linked)


def add_vendors(books: Books) -> None:
    """Enters the vendors of the fixture."""
    for plan in _FIXTURE:
        enter_vendor(books, plan)
