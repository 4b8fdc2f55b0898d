"""From the documents a layout reads to approved invoices of the domain. Pure; it never looks anything up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from ml_connector.domain.values.arrivals import UnreadInvoice
from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment, InvoiceLine, InvoiceTax, Kind, LineKind
from ml_connector.domain.values.money import UNSTATED, Money
from ml_connector.problems import Problem

Values = Mapping[str, object]


def parse_invoice_values(values: Values) -> ApprovedInvoice:
    """One canonical document (operator contract, section 4) as an approved invoice; its amounts carry the stated
    currency."""
    currency = _text(values, "currency")
    money_in = currency or UNSTATED
    return ApprovedInvoice(
        kind=cast(Kind, values["kind"]),
        vendor_id=_text(values, "vendor_id"),
        invoice_number=_text(values, "invoice_number"),
        invoice_date=cast(date, values["invoice_date"]),
        total=Money(cast(Decimal, values["total"]), money_in),
        lines=tuple(_line(row, money_in) for row in _rows(values, "lines")),
        external_id=_text(values, "external_id"),
        vendor_name=_text(values, "vendor_name"),
        due_date=cast("date | None", values.get("due_date")),
        post_period=_text(values, "post_period"),
        currency=currency,
        terms=_text(values, "terms"),
        branch=_text(values, "branch"),
        description=_text(values, "description"),
        tax_total=_money(values, "tax_total", money_in),
        link=_text(values, "link"),
        status=_text(values, "status"),
        taxes=tuple(_tax(row, money_in) for row in _rows(values, "taxes")),
        attachments=tuple(_attachment(row) for row in _rows(values, "attachments")),
        approved_by=_text(values, "approved_by"),
        approved_at=cast("datetime | None", values.get("approved_at")),
        applies_to=_text(values, "applies_to"),
        location=_text(values, "location"),
        custom=_custom(values),
    )


def unread_invoice(record: int, values: Values, problems: tuple[Problem, ...]) -> UnreadInvoice:
    """What the rows of a document that cannot be read say of it; a member they leave out is None."""
    names = ("external_id", "vendor_id", "invoice_number")
    external_id, vendor_id, invoice_number = (_text(values, name) for name in names)
    return UnreadInvoice(record, external_id, vendor_id, invoice_number, problems)


def _line(row: Values, currency: str) -> InvoiceLine:
    return InvoiceLine(
        kind=cast(LineKind, row.get("kind") or "expense"),
        amount=Money(cast(Decimal, row["amount"]), currency),
        line_number=_text(row, "line_number"),
        description=_text(row, "description"),
        account=_text(row, "account"),
        subaccount=_text(row, "subaccount"),
        branch=_text(row, "branch"),
        project=_text(row, "project"),
        task=_text(row, "task"),
        cost_code=_text(row, "cost_code"),
        inventory_id=_text(row, "inventory_id"),
        quantity=_decimal(row, "quantity"),
        unit=_text(row, "unit"),
        unit_price=_decimal(row, "unit_price"),
        tax_category=_text(row, "tax_category"),
        tax_id=_text(row, "tax_id"),
        po_type=_text(row, "po_type"),
        po_number=_text(row, "po_number"),
        po_line=_text(row, "po_line"),
        receipt_number=_text(row, "receipt_number"),
        receipt_line=_text(row, "receipt_line"),
        retainage_percent=_decimal(row, "retainage_percent"),
        retainage_amount=_money(row, "retainage_amount", currency),
        previously_billed=_money(row, "previously_billed", currency),
        custom=_custom(row),
    )


def _tax(row: Values, currency: str) -> InvoiceTax:
    return InvoiceTax(
        tax_id=_text(row, "tax_id"),
        taxable_amount=_money(row, "taxable_amount", currency),
        amount=Money(cast(Decimal, row["amount"]), currency),
    )


def _attachment(row: Values) -> Attachment:
    return Attachment(
        name=str(row["name"]),
        media_type=_text(row, "media_type"),
        size=cast("int | None", row.get("size")),
        sha256=_text(row, "sha256"),
    )


def _rows(values: Values, name: str) -> Sequence[Values]:
    return cast("Sequence[Values]", values.get(name) or ())


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    return None if value is None else str(value)


def _decimal(values: Values, name: str) -> Decimal | None:
    return cast("Decimal | None", values.get(name))


def _money(values: Values, name: str, currency: str) -> Money | None:
    amount = _decimal(values, name)
    return None if amount is None else Money(amount, currency)


def _custom(values: Values) -> Mapping[str, str]:
    custom = cast("Mapping[str, object]", values.get("custom") or {})
    return {name: str(value) for name, value in custom.items() if value is not None}
