"""What Stampli sends us in `standard-csv`: approved invoices and payments, as exact bytes.

Renders what it is told, wrong sums included: a rehearsal plants its mistakes here. Must not judge or correct anything.
Source of every column and format: `operator_contract.md` 3.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ml_connector_twins.stampli.columns import FEED_COLUMNS


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an approved invoice; amounts in the invoice's currency, quantities in ``unit``."""

    amount: Decimal
    kind: str = "Expense"
    description: str = ""
    account: str = ""
    subaccount: str = ""
    branch: str = ""
    project: str = ""
    task: str = ""
    cost_code: str = ""
    inventory_id: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    unit_price: Decimal | None = None
    tax_category: str = ""
    tax_id: str = ""
    po_type: str = ""
    po_number: str = ""
    po_line: str = ""
    receipt_number: str = ""
    receipt_line: str = ""


@dataclass(frozen=True, slots=True)
class ApprovedInvoice:
    """One invoice as Stampli exports it; a credit memo may carry negative amounts."""

    stampli_id: str
    vendor_id: str
    invoice_number: str
    invoice_date: date
    total: Decimal
    lines: Sequence[InvoiceLine]
    kind: str = "Invoice"
    vendor_name: str = ""
    due_date: date | None = None
    post_period: str = ""
    currency: str = "USD"
    terms: str = ""
    branch: str = ""
    description: str = ""
    tax_total: Decimal | None = None
    status: str = "Authorized for Payment"
    approved_by: str = ""
    approved_at: datetime | None = None
    applies_to: str = ""
    attachment: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """Money of one payment put against one invoice; a credit is negative."""

    vendor_id: str
    invoice_number: str
    amount: Decimal
    stampli_id: str = ""
    discount: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment as Stampli exports it, a row an application."""

    payment_id: str
    payment_date: date
    amount: Decimal
    applications: Sequence[Application] = field(default_factory=tuple)
    status: str = "Cleared"
    method: str = "ACH"
    reference: str = ""
    currency: str = "USD"
    reason: str = ""


def render_invoices(invoices: Iterable[ApprovedInvoice]) -> bytes:
    """The bytes of an `approved_invoices` file: a row a line, the header repeated on each."""
    return render_feed("approved_invoices", (row for invoice in invoices for row in _invoice_rows(invoice)))


def render_payments(payments: Iterable[Payment]) -> bytes:
    """The bytes of a `payments` file: a row an application, the payment repeated on each."""
    return render_feed("payments", (row for payment in payments for row in _payment_rows(payment)))


def render_feed(feed: str, rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows of texts as `standard-csv`: UTF-8, CRLF, RFC 4180 quotes, heading row; a missing cell is empty."""
    columns = FEED_COLUMNS[feed]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    for row in rows:
        unknown = set(row) - set(columns)
        if unknown:
            raise ValueError(f"feed {feed} has no column {', '.join(sorted(unknown))}")
        writer.writerow([row.get(column, "") for column in columns])
    return text.getvalue().encode("utf-8")


def _invoice_rows(invoice: ApprovedInvoice) -> Iterable[dict[str, str]]:
    header = {
        "StampliID": invoice.stampli_id,
        "Type": invoice.kind,
        "VendorID": invoice.vendor_id,
        "VendorName": invoice.vendor_name,
        "InvoiceNumber": invoice.invoice_number,
        "InvoiceDate": invoice.invoice_date.isoformat(),
        "DueDate": _day(invoice.due_date),
        "PostPeriod": invoice.post_period,
        "Currency": invoice.currency,
        "Terms": invoice.terms,
        "Branch": invoice.branch,
        "Description": invoice.description,
        "Total": _money(invoice.total),
        "TaxTotal": _money(invoice.tax_total),
        "Link": f"https://stampli.example/i/{invoice.stampli_id}" if invoice.stampli_id else "",
        "Status": invoice.status,
        "ApprovedBy": invoice.approved_by,
        "ApprovedAt": _instant(invoice.approved_at),
        "AppliesTo": invoice.applies_to,
        "Attachment": invoice.attachment,
    }
    return [header | _line_cells(number, line) for number, line in enumerate(invoice.lines, start=1)]


def _line_cells(number: int, line: InvoiceLine) -> dict[str, str]:
    return {
        "LineNumber": str(number),
        "LineKind": line.kind,
        "LineDescription": line.description,
        "Account": line.account,
        "Subaccount": line.subaccount,
        "LineBranch": line.branch,
        "Project": line.project,
        "Task": line.task,
        "CostCode": line.cost_code,
        "InventoryID": line.inventory_id,
        "Quantity": _quantity(line.quantity),
        "Unit": line.unit,
        "UnitPrice": _quantity(line.unit_price),
        "Amount": _money(line.amount),
        "TaxCategory": line.tax_category,
        "TaxID": line.tax_id,
        "POType": line.po_type,
        "PONumber": line.po_number,
        "POLine": line.po_line,
        "ReceiptNumber": line.receipt_number,
        "ReceiptLine": line.receipt_line,
    }


def _payment_rows(payment: Payment) -> Iterable[dict[str, str]]:
    header = {
        "PaymentID": payment.payment_id,
        "Status": payment.status,
        "Method": payment.method,
        "Reference": payment.reference,
        "PaymentDate": payment.payment_date.isoformat(),
        "Currency": payment.currency,
        "PaymentAmount": _money(payment.amount),
        "Reason": payment.reason,
    }
    for application in payment.applications:
        yield header | {
            "VendorID": application.vendor_id,
            "InvoiceNumber": application.invoice_number,
            "StampliID": application.stampli_id,
            "AppliedAmount": _money(application.amount),
            "DiscountTaken": _money(application.discount),
        }


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else format(amount.quantize(Decimal("0.01")), "f")


def _quantity(value: Decimal | None) -> str:
    """Up to six decimals, no exponent, no needless zeros beyond two decimals."""
    if value is None:
        return ""
    digits = min(6, max(2, -int(value.normalize().as_tuple().exponent)))
    return format(value.quantize(Decimal(1).scaleb(-digits)), "f")


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def _instant(value: datetime | None) -> str:
    return "" if value is None else value.strftime("%Y-%m-%dT%H:%M:%SZ")
