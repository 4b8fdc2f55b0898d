"""Payments, checks and invoices as both systems tell them, short to write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ml_connector.domain.matching import InvoiceLink, MatchPolicy, PaymentLine, match_payments
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import Check, CheckApplication, PaymentApplication, StampliPayment
from tests.builders import usd

POLICY = MatchPolicy(date(2026, 10, 26))
PAID_ON = date(2026, 10, 20)


def a_link(number: str, amount: str, vendor: str = "V10004", bill: str | None = "000001") -> InvoiceLink:
    """An invoice of ours and its bill."""
    key = BillKey("Bill", bill) if bill else None
    return InvoiceLink(f"i-{number}", f"ST-{number}", vendor, number, Decimal(amount), "USD", key)


def a_payment(number: str, amount: str, status: Any = "cleared", **members: Any) -> StampliPayment:
    """A payment of one invoice."""
    vendor = members.pop("vendor", "V10004")
    application = PaymentApplication(number, f"ST-{number}", vendor, usd(amount), members.pop("discount", None))
    values: dict[str, Any] = {"payment_id": f"P-{number}", "payment_date": PAID_ON, "vendor_id": vendor}
    return StampliPayment(
        status=status, status_word=str(status), amount=usd(amount), applications=(application,), **{**values, **members}
    )


def a_check(number: str, amount: str, bill: str | None = "000001", **members: Any) -> Check:
    """A payment of Acumatica, applied whole to one bill."""
    discount, applied = Decimal(members.pop("discount", "0")), Decimal(members.pop("applied", amount))
    reference, released = members.pop("vendor_ref", None), members.pop("released", True)
    applications = (CheckApplication(BillKey("Bill", bill), applied, discount, reference, released),) if bill else ()
    values: dict[str, Any] = {
        "type": "Payment",
        "status": "Closed",
        "vendor": "V10004",
        "currency": "USD",
        "dated_on": PAID_ON,
    }
    values = {**values, **members}
    return Check(number=number, amount=Decimal(amount), applications=applications, **values)


def match(payment: StampliPayment, *checks: Check, link: InvoiceLink | None = None) -> PaymentLine:
    """The line of one payment of one invoice."""
    number = payment.applications[0].invoice_number or ""
    (line,) = match_payments([payment], checks, [link or a_link(number, "9600.00")], POLICY)
    return line
