"""From the documents a layout reads to Stampli payments of the domain. Pure; status words are the connection's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import cast

from ml_connector.domain.values.money import UNSTATED, Money
from ml_connector.domain.values.payment import PaymentApplication, PaymentStatus, StampliPayment
from ml_connector.layouts.document import resolve_payment_status

Values = Mapping[str, object]


def parse_payment_values(values: Values, status_words: Mapping[str, str]) -> StampliPayment:
    """One canonical payment. ``status_words`` are the customer's words for the five states; the states themselves are
    always understood; any other word leaves ``status`` None, so that reconciliation can say so."""
    currency = _text(values, "currency") or UNSTATED
    word = _text(values, "status") or ""
    return StampliPayment(
        payment_id=str(values["payment_id"]),
        status=cast("PaymentStatus | None", resolve_payment_status(word, status_words)),
        status_word=word,
        amount=Money(cast(Decimal, values["amount"]), currency),
        applications=tuple(_application(row, currency, values) for row in _rows(values)),
        method=_text(values, "method"),
        reference=_text(values, "reference"),
        payment_date=cast("date | None", values.get("payment_date")),
        vendor_id=_text(values, "vendor_id"),
        reason=_text(values, "reason"),
    )


def _application(row: Values, currency: str, payment: Values) -> PaymentApplication:
    discount = cast("Decimal | None", row.get("discount"))
    return PaymentApplication(
        invoice_number=_text(row, "invoice_number"),
        external_id=_text(row, "external_id"),
        vendor_id=_text(row, "vendor_id") or _text(payment, "vendor_id"),
        amount=Money(cast(Decimal, row["amount"]), currency),
        discount=None if discount is None else Money(discount, currency),
    )


def _rows(values: Values) -> Sequence[Values]:
    return cast("Sequence[Values]", values.get("applications") or ())


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    return None if value is None else str(value)
