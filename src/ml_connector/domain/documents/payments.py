"""Payments as plain objects, both ways (operator contract, section 4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from ml_connector.domain.documents.members import (
    day_of,
    money_of,
    render_day_or_none,
    render_money,
    required,
    rows_of,
    text_of,
)
from ml_connector.domain.values.money import UNSTATED
from ml_connector.domain.values.payment import PaymentApplication, PaymentStatus, StampliPayment


def render_payment(payment: StampliPayment) -> dict[str, object]:
    """The payment as an object with the members of the contract."""
    currency = payment.amount.currency
    return {
        "payment_id": payment.payment_id,
        "status": payment.status,
        "status_word": payment.status_word,
        "method": payment.method,
        "reference": payment.reference,
        "payment_date": render_day_or_none(payment.payment_date),
        "currency": None if currency == UNSTATED else currency,
        "amount": payment.amount.render(),
        "vendor_id": payment.vendor_id,
        "reason": payment.reason,
        "applications": [
            {
                "invoice_number": application.invoice_number,
                "external_id": application.external_id,
                "vendor_id": application.vendor_id,
                "amount": application.amount.render(),
                "discount": render_money(application.discount),
            }
            for application in payment.applications
        ],
    }


def parse_payment(data: Mapping[str, object]) -> StampliPayment:
    """The payment an object of ``render_payment`` was made from."""
    unit = text_of(data, "currency") or UNSTATED
    status = text_of(data, "status")
    if status is not None and status not in get_args(PaymentStatus):
        raise ValueError(f"{status!r} is no status of a payment")
    return StampliPayment(
        payment_id=required(text_of(data, "payment_id"), "payment_id"),
        status=status,  # type: ignore[arg-type]
        status_word=text_of(data, "status_word") or "",
        amount=required(money_of(data, "amount", unit), "amount"),
        applications=tuple(_parse_application(row, unit) for row in rows_of(data, "applications")),
        method=text_of(data, "method"),
        reference=text_of(data, "reference"),
        payment_date=day_of(data, "payment_date"),
        vendor_id=text_of(data, "vendor_id"),
        reason=text_of(data, "reason"),
    )


def _parse_application(row: Mapping[str, object], unit: str) -> PaymentApplication:
    return PaymentApplication(
        invoice_number=text_of(row, "invoice_number"),
        external_id=text_of(row, "external_id"),
        vendor_id=text_of(row, "vendor_id"),
        amount=required(money_of(row, "amount", unit), "amount"),
        discount=money_of(row, "discount", unit),
    )
