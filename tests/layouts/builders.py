"""Small files of approved invoices and payments: valid defaults, only what matters shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ml_connector.layouts.document import Reading
from ml_connector.layouts.layout import APPLICATION_MEMBERS, INVOICE_MEMBERS, LINE_MEMBERS, PAYMENT_MEMBERS
from ml_connector.layouts.reading import read_document_file
from ml_connector.layouts.shipped import load_shipped_layout

STANDARD = load_shipped_layout("standard-csv")
INVOICE_ROW = {
    "StampliID": "900101",
    "Type": "Invoice",
    "VendorID": "V10005",
    "InvoiceNumber": "INV-8841",
    "InvoiceDate": "2026-10-05",
    "Total": "100.00",
    "LineNumber": "1",
    "Amount": "100.00",
}
PAYMENT_ROW = {
    "PaymentID": "P-1",
    "Status": "Cleared",
    "PaymentDate": "2026-10-20",
    "PaymentAmount": "100.00",
    "VendorID": "V10005",
    "InvoiceNumber": "INV-8841",
    "AppliedAmount": "100.00",
}


def csv_text(rows: Sequence[Mapping[str, str]], columns: tuple[str, ...]) -> str:
    """The rows as a file: every cell must be one that needs no quotes or has them already."""
    table = [columns, *(tuple(row.get(each, "") for each in columns) for row in rows)]
    return "".join(",".join(cells) + "\r\n" for cells in table)


def invoice_text(*rows: Mapping[str, str], without: tuple[str, ...] = ()) -> str:
    """A file of approved invoices; each row says what differs from ``INVOICE_ROW``."""
    whole = [{**INVOICE_ROW, **row} for row in rows]
    columns = tuple(dict.fromkeys(key for row in (INVOICE_ROW, *whole) for key in row if key not in without))
    return csv_text(whole, columns)


def payment_text(*rows: Mapping[str, str], without: tuple[str, ...] = ()) -> str:
    """A file of payments; each row says what differs from ``PAYMENT_ROW``."""
    whole = [{**PAYMENT_ROW, **row} for row in rows]
    columns = tuple(dict.fromkeys(key for row in (PAYMENT_ROW, *whole) for key in row if key not in without))
    return csv_text(whole, columns)


def read_invoices(content: str | bytes) -> Reading:
    """What a file of approved invoices named ``invoices.csv`` says."""
    whole = content.encode() if isinstance(content, str) else content
    return read_document_file(STANDARD, "approved_invoices", name="invoices.csv", content=whole)


def read_payments(content: str) -> Reading:
    """What a file of payments named ``payments.csv`` says."""
    return read_document_file(STANDARD, "payments", name="payments.csv", content=content.encode())


def an_invoice(*lines: Mapping[str, object], **members: object) -> dict[str, object]:
    """The canonical invoice with these lines and members, all others absent."""
    empty: dict[str, object] = dict.fromkeys(INVOICE_MEMBERS, None)
    lists: dict[str, object] = {"lines": list(lines), "taxes": [], "attachments": [], "custom": {}}
    return empty | {"kind": "invoice"} | lists | members


def a_line(**members: object) -> dict[str, object]:
    """The canonical line with these members, all others absent."""
    return dict.fromkeys(LINE_MEMBERS, None) | {"kind": "expense", "custom": {}} | members


def a_payment(*applications: Mapping[str, object], **members: object) -> dict[str, object]:
    """The canonical payment with these applications and members, all others absent."""
    empty: dict[str, object] = dict.fromkeys(PAYMENT_MEMBERS, None)
    return empty | {"applications": list(applications)} | members


def an_application(**members: object) -> dict[str, object]:
    """The canonical application with these members, all others absent."""
    return dict.fromkeys(APPLICATION_MEMBERS, None) | members
