"""Bills of Acumatica that an invoice could be a repeat of (posting protocol, 8): read once for all invoices of a check.

It warns before anything is sent; what proves that there is no bill is the look-up of the protocol. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ml_connector.domain.codes.renames import find_vendor
from ml_connector.domain.keys import fold_reference
from ml_connector.domain.rules.ledger import LedgerBill, typed_bills
from ml_connector.domain.values.bill import Bill
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.flows.context import FlowContext

# As far back as a look-alike counts, and a little more for the zone the server reads a day in.
_DAYS = 402


def fetch_look_alikes(
    context: FlowContext, due: Sequence[InvoiceRecord], snapshot: Snapshot, known: Sequence[InvoiceRecord]
) -> tuple[LedgerBill, ...]:
    """The bills of the vendors of these invoices, and those with their numbers at other vendors, that are none of
    ours."""
    numbered = [record.invoice for record in due if record.invoice.vendor_id and record.invoice.invoice_number]
    if not numbered:
        return ()
    vendors: dict[str, None] = {}
    references: dict[str, str] = {}
    for invoice in numbered:
        vendor = find_vendor(invoice.vendor_id, snapshot)
        if vendor is not None and (invoice.invoice_number or "").strip():
            vendors[vendor.vendor_id] = None
            references.setdefault(fold_reference(invoice.invoice_number or ""), invoice.invoice_number or "")
    if not vendors:
        return ()
    since = min(invoice.invoice_date for invoice in numbered) - timedelta(days=_DAYS)

    def read() -> tuple[Bill, ...]:
        witness = context.invoices.load_last_bill() or context.erp.fetch_any_bill()
        return context.erp.fetch_bills_like(tuple(vendors), tuple(references.values()), since=since, witness=witness)

    return tuple(typed_bills(context.steps.step("read look-alikes", read, repeatable=True), known))
