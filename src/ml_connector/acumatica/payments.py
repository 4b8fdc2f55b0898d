"""AP payments (the entity Check): headers by date of change, applications one record at a time.

A list does not show applications reliably (``acumatica_api.md 4.3, 7``), so each check is read by its key.
"""

from __future__ import annotations

from datetime import datetime

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.reading import Collection, Reader, Shape
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import Check, CheckApplication

_CHECKS = Collection("Check", "ReferenceNbr", 2_000)
_SINGLE = (Shape(expand=("Details", "History")),)


def fetch_check_headers(reader: Reader, modified_since: datetime | None) -> tuple[Check, ...]:
    """Payments of all types and statuses without applications, changed after that instant (None: all)."""
    if modified_since is None:
        rows = reader.fetch_collection(_CHECKS)
    else:
        rows = reader.fetch_all("Check", where=filters.modified_after("LastModifiedDateTime", modified_since))
    return tuple(parse_check(row) for row in rows)


def fetch_check(reader: Reader, check_type: str, number: str) -> Check | None:
    """One payment with what it paid, released and entered; None where it is not there."""
    row = reader.fetch_record("Check", (check_type, number), _SINGLE)
    return None if row is None else parse_check(row)


def parse_check(row: Row) -> Check:
    """A payment (AP302000); its type is the label as the build has it (Payment or Check, 7)."""
    released = [_application(each, released=True) for each in values.details(row, "History") or []]
    entered = [_application(each, released=False) for each in values.details(row, "Details") or []]
    return Check(
        type=values.required_text(row, "Type"),
        number=values.required_text(row, "ReferenceNbr"),
        status=values.text(row, "Status") or "",
        vendor=values.text(row, "Vendor") or "",
        amount=values.amount(row, "PaymentAmount"),
        currency=values.text(row, "CurrencyID"),
        applications=(*released, *entered),
        dated_on=values.day(row, "ApplicationDate"),
        method=values.text(row, "PaymentMethod"),
        payment_ref=values.text(row, "PaymentRef"),
        description=values.text(row, "Description"),
        modified_at=values.instant(row, "LastModifiedDateTime"),
    )


def _application(row: Row, *, released: bool) -> CheckApplication:
    return CheckApplication(
        document=BillKey(values.required_text(row, "DocType"), values.required_text(row, "ReferenceNbr")),
        amount=values.amount(row, "AmountPaid"),
        discount=values.amount(row, "CashDiscountTaken"),
        vendor_ref=values.text(row, "VendorRef"),
        released=released,
    )
