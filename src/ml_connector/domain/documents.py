"""Canonical documents (operator contract, section 4) both ways: approved invoices and payments as plain objects.

Amounts and quantities are decimal texts, days ISO, absent values None. Parsing is for what was rendered here; a text
that is no such value is a ValueError, never guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, get_args

from ml_connector.domain.canonical import render_decimal
from ml_connector.domain.invoice import ApprovedInvoice, Attachment, InvoiceLine, InvoiceTax, Kind, LineKind
from ml_connector.domain.money import UNSTATED, Money
from ml_connector.domain.payment import PaymentApplication, PaymentStatus, StampliPayment
from ml_connector.numerals import Fault, parse_amount, parse_day, parse_instant, parse_price, render_instant

Document = dict[str, object]
T = TypeVar("T")
_LINE_TEXTS = (
    "line_number",
    "description",
    "account",
    "subaccount",
    "branch",
    "project",
    "task",
    "cost_code",
    "inventory_id",
    "unit",
    "tax_category",
    "tax_id",
    "po_type",
    "po_number",
    "po_line",
    "receipt_number",
    "receipt_line",
)
_LINE_NUMBERS = ("quantity", "unit_price", "retainage_percent")
_LINE_MONEYS = ("retainage_amount", "previously_billed")
_HEADER_TEXTS = (
    "vendor_id",
    "vendor_name",
    "invoice_number",
    "external_id",
    "post_period",
    "terms",
    "branch",
    "description",
    "link",
    "status",
    "approved_by",
    "applies_to",
    "location",
)


def render_invoice(invoice: ApprovedInvoice) -> Document:
    """The invoice as an object with the members of the contract; all its amounts are in one currency (else
    ValueError)."""
    currency = _one_currency(invoice)
    texts: Document = {name: getattr(invoice, name) for name in _HEADER_TEXTS}
    return {
        **texts,
        "kind": invoice.kind,
        "invoice_date": invoice.invoice_date.isoformat(),
        "due_date": _render_day(invoice.due_date),
        "currency": currency,
        "total": invoice.total.render(),
        "tax_total": _render_money(invoice.tax_total),
        "lines": [_render_line(line) for line in invoice.lines],
        "taxes": [_render_tax(tax) for tax in invoice.taxes],
        "attachments": [_render_attachment(attachment) for attachment in invoice.attachments],
        "approved_at": None if invoice.approved_at is None else render_instant(invoice.approved_at),
        "custom": dict(invoice.custom),
    }


def parse_invoice(data: Mapping[str, object]) -> ApprovedInvoice:
    """The invoice an object of ``render_invoice`` was made from."""
    currency = _text(data, "currency")
    unit = currency or UNSTATED
    kind = _text(data, "kind")
    if kind not in get_args(Kind):
        raise ValueError(f"{kind!r} is no kind of invoice")
    return ApprovedInvoice(
        kind=kind,  # type: ignore[arg-type]
        invoice_date=_required(_day(data, "invoice_date"), "invoice_date"),
        due_date=_day(data, "due_date"),
        currency=currency,
        total=_required(_money(data, "total", unit), "total"),
        tax_total=_money(data, "tax_total", unit),
        lines=tuple(_parse_line(row, unit) for row in _rows(data, "lines")),
        taxes=tuple(_parse_tax(row, unit) for row in _rows(data, "taxes")),
        attachments=tuple(_parse_attachment(row) for row in _rows(data, "attachments")),
        approved_at=_instant(data, "approved_at"),
        custom=_custom(data),
        **{name: _text(data, name) for name in _HEADER_TEXTS},
    )


def render_payment(payment: StampliPayment) -> Document:
    """The payment as an object with the members of the contract."""
    currency = payment.amount.currency
    return {
        "payment_id": payment.payment_id,
        "status": payment.status,
        "status_word": payment.status_word,
        "method": payment.method,
        "reference": payment.reference,
        "payment_date": _render_day(payment.payment_date),
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
                "discount": _render_money(application.discount),
            }
            for application in payment.applications
        ],
    }


def parse_payment(data: Mapping[str, object]) -> StampliPayment:
    """The payment an object of ``render_payment`` was made from."""
    unit = _text(data, "currency") or UNSTATED
    status = _text(data, "status")
    if status is not None and status not in get_args(PaymentStatus):
        raise ValueError(f"{status!r} is no status of a payment")
    return StampliPayment(
        payment_id=_required(_text(data, "payment_id"), "payment_id"),
        status=status,  # type: ignore[arg-type]
        status_word=_text(data, "status_word") or "",
        amount=_required(_money(data, "amount", unit), "amount"),
        applications=tuple(_parse_application(row, unit) for row in _rows(data, "applications")),
        method=_text(data, "method"),
        reference=_text(data, "reference"),
        payment_date=_day(data, "payment_date"),
        vendor_id=_text(data, "vendor_id"),
        reason=_text(data, "reason"),
    )


def _one_currency(invoice: ApprovedInvoice) -> str | None:
    unit = invoice.currency or UNSTATED
    moneys = [invoice.total, invoice.tax_total, *(line.amount for line in invoice.lines)]
    if any(money is not None and money.currency != unit for money in moneys):
        raise ValueError(f"an invoice in {unit} holds amounts in another currency")
    return invoice.currency


def _render_line(line: InvoiceLine) -> Document:
    numbers: dict[str, Decimal | None] = {name: getattr(line, name) for name in _LINE_NUMBERS}
    return {
        **{name: getattr(line, name) for name in _LINE_TEXTS},
        **{name: None if number is None else render_decimal(number) for name, number in numbers.items()},
        **{name: _render_money(getattr(line, name)) for name in _LINE_MONEYS},
        "kind": line.kind,
        "amount": line.amount.render(),
        "custom": dict(line.custom),
    }


def _parse_line(row: Mapping[str, object], unit: str) -> InvoiceLine:
    kind = _text(row, "kind")
    if kind not in get_args(LineKind):
        raise ValueError(f"{kind!r} is no kind of line")
    fields: dict[str, Any] = {
        **{name: _text(row, name) for name in _LINE_TEXTS},
        **{name: _number(row, name) for name in _LINE_NUMBERS},
        **{name: _money(row, name, unit) for name in _LINE_MONEYS},
    }
    amount = _required(_money(row, "amount", unit), "amount")
    return InvoiceLine(kind=kind, amount=amount, custom=_custom(row), **fields)  # type: ignore[arg-type]


def _render_tax(tax: InvoiceTax) -> Document:
    return {
        "tax_id": tax.tax_id,
        "taxable_amount": _render_money(tax.taxable_amount),
        "amount": tax.amount.render(),
    }


def _parse_tax(row: Mapping[str, object], unit: str) -> InvoiceTax:
    amount = _required(_money(row, "amount", unit), "amount")
    return InvoiceTax(_text(row, "tax_id"), _money(row, "taxable_amount", unit), amount)


def _render_attachment(attachment: Attachment) -> Document:
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
    }


def _parse_attachment(row: Mapping[str, object]) -> Attachment:
    size = row.get("size")
    if size is not None and not isinstance(size, int):
        raise ValueError("the size of an attachment is a whole number")
    return Attachment(_required(_text(row, "name"), "name"), _text(row, "media_type"), size, _text(row, "sha256"))


def _parse_application(row: Mapping[str, object], unit: str) -> PaymentApplication:
    return PaymentApplication(
        invoice_number=_text(row, "invoice_number"),
        external_id=_text(row, "external_id"),
        vendor_id=_text(row, "vendor_id"),
        amount=_required(_money(row, "amount", unit), "amount"),
        discount=_money(row, "discount", unit),
    )


def _render_money(money: Money | None) -> str | None:
    return None if money is None else money.render()


def _render_day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _text(data: Mapping[str, object], name: str) -> str | None:
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} is a text")
    return value


def _rows(data: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    value = data.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        raise ValueError(f"{name} is a list of objects")
    return value


def _custom(data: Mapping[str, object]) -> Mapping[str, str]:
    value = data.get("custom")
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError("custom is an object")
    return {str(name): str(text) for name, text in value.items()}


def _money(data: Mapping[str, object], name: str, unit: str) -> Money | None:
    text = _text(data, name)
    return None if text is None else Money(_sound(parse_amount(text)), unit)


def _number(data: Mapping[str, object], name: str) -> Decimal | None:
    text = _text(data, name)
    return None if text is None else _sound(parse_price(text))


def _day(data: Mapping[str, object], name: str) -> date | None:
    text = _text(data, name)
    return None if text is None else _sound(parse_day(text))


def _instant(data: Mapping[str, object], name: str) -> datetime | None:
    text = _text(data, name)
    return None if text is None else _sound(parse_instant(text))


def _sound(value: T | Fault) -> T:
    if isinstance(value, Fault):
        raise ValueError(value.sentence)
    return value


def _required(value: T | None, name: str) -> T:
    if value is None:
        raise ValueError(f"{name} is missing")
    return value
