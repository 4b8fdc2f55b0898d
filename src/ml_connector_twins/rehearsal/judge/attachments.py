"""How the attachment of an approved invoice must end: as one file on its one bill, with all its bytes. Pure."""

from __future__ import annotations

from ml_connector_twins.rehearsal.judge.evidence import Evidence, Expectation, Found
from ml_connector_twins.rehearsal.product import rows
from ml_connector_twins.stampli.outgoing import ApprovedInvoice


def attached(case: str, invoice: ApprovedInvoice, content: bytes) -> Expectation:
    """The bill of the invoice has its attachment, once and whole."""
    wanted = [(invoice.attachment, len(content))]

    def find(evidence: Evidence) -> Found:
        bills = evidence.books.bills_of(invoice.vendor_id, invoice.invoice_number)
        files = [
            (str(file.get("name")).rpartition("\\")[2], file.get("size"))
            for bill in bills
            for file in rows(bill.get("files"))
        ]
        words = ", ".join(f"{name} of {size} bytes" for name, size in files) or "no file on the bill"
        return Found(words, len(bills) == 1 and files == wanted)

    return Expectation(case, f"{invoice.attachment} of {len(content)} bytes on the bill", find)
