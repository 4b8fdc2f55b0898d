"""Approved invoices as plain objects, both ways (operator contract, section 4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

from ml_connector.domain.documents.canonical import render_decimal
from ml_connector.domain.documents.members import (
    day_of,
    instant_of,
    money_of,
    number_of,
    render_day_or_none,
    render_money,
    required,
    rows_of,
    text_of,
    texts_of,
)
from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment, InvoiceLine, InvoiceTax, Kind, LineKind
from ml_connector.domain.values.money import UNSTATED
from ml_connector.numerals import render_instant

Document = dict[str, object]
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
        "due_date": render_day_or_none(invoice.due_date),
        "currency": currency,
        "total": invoice.total.render(),
        "tax_total": render_money(invoice.tax_total),
        "lines": [_render_line(line) for line in invoice.lines],
        "taxes": [_render_tax(tax) for tax in invoice.taxes],
        "attachments": [_render_attachment(attachment) for attachment in invoice.attachments],
        "approved_at": None if invoice.approved_at is None else render_instant(invoice.approved_at),
        "custom": dict(invoice.custom),
    }


def parse_invoice(data: Mapping[str, object]) -> ApprovedInvoice:
    """The invoice an object of ``render_invoice`` was made from."""
    currency = text_of(data, "currency")
    unit = currency or UNSTATED
    kind = text_of(data, "kind")
    if kind not in get_args(Kind):
        raise ValueError(f"{kind!r} is no kind of invoice")
    return ApprovedInvoice(
        kind=kind,  # type: ignore[arg-type]
        invoice_date=required(day_of(data, "invoice_date"), "invoice_date"),
        due_date=day_of(data, "due_date"),
        currency=currency,
        total=required(money_of(data, "total", unit), "total"),
        tax_total=money_of(data, "tax_total", unit),
        lines=tuple(_parse_line(row, unit) for row in rows_of(data, "lines")),
        taxes=tuple(_parse_tax(row, unit) for row in rows_of(data, "taxes")),
        attachments=tuple(_parse_attachment(row) for row in rows_of(data, "attachments")),
        approved_at=instant_of(data, "approved_at"),
        custom=texts_of(data),
        **{name: text_of(data, name) for name in _HEADER_TEXTS},
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
        **{name: render_money(getattr(line, name)) for name in _LINE_MONEYS},
        "kind": line.kind,
        "amount": line.amount.render(),
        "custom": dict(line.custom),
    }


def _parse_line(row: Mapping[str, object], unit: str) -> InvoiceLine:
    kind = text_of(row, "kind")
    if kind not in get_args(LineKind):
        raise ValueError(f"{kind!r} is no kind of line")
    fields: dict[str, Any] = {
        **{name: text_of(row, name) for name in _LINE_TEXTS},
        **{name: number_of(row, name) for name in _LINE_NUMBERS},
        **{name: money_of(row, name, unit) for name in _LINE_MONEYS},
    }
    amount = required(money_of(row, "amount", unit), "amount")
    return InvoiceLine(kind=kind, amount=amount, custom=texts_of(row), **fields)  # type: ignore[arg-type]


def _render_tax(tax: InvoiceTax) -> Document:
    return {
        "tax_id": tax.tax_id,
        "taxable_amount": render_money(tax.taxable_amount),
        "amount": tax.amount.render(),
    }


def _parse_tax(row: Mapping[str, object], unit: str) -> InvoiceTax:
    amount = required(money_of(row, "amount", unit), "amount")
    return InvoiceTax(text_of(row, "tax_id"), money_of(row, "taxable_amount", unit), amount)


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
    return Attachment(required(text_of(row, "name"), "name"), text_of(row, "media_type"), size, text_of(row, "sha256"))
