"""The results feed: what became of each approved invoice, for Stampli to read (operator contract, section 3). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.domain.results import InvoiceResult

Cells = Mapping[str, object]


def result_rows(results: Mapping[str, InvoiceResult]) -> Mapping[str, Cells]:
    """One row an invoice, under the key it is given by."""
    return {key: _row(result) for key, result in results.items()}


def _row(result: InvoiceResult) -> Cells:
    return {
        "ExternalID": result.external_id,
        "VendorID": result.vendor_id,
        "InvoiceNumber": result.invoice_number,
        "Result": result.result,
        "BillType": result.bill.type if result.bill else None,
        "BillNumber": result.bill.number if result.bill else None,
        "BillStatus": result.bill_status,
        "Code": result.code,
        "Message": result.message,
        "At": result.at.replace(microsecond=0),
        "PaymentBlocked": result.payment_blocked,
    }
