"""Handled: an invoice that people booked themselves. The bill they name is read, compared and kept with the invoice,
which is never posted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ml_connector.domain.codes import same_code
from ml_connector.domain.codes.renames import find_vendor
from ml_connector.domain.findings import render_figure
from ml_connector.domain.keys import same_reference
from ml_connector.domain.protocol import carries_mark, matching_bills
from ml_connector.domain.protocol.people.acceptance import refuse_closing
from ml_connector.domain.protocol.sweeping import query_of
from ml_connector.domain.values.bill import Bill, BillKey, BillQuery
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import RejectedError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.create_bills import find_witness, look_proven, read_bill
from ml_connector.flows.people.instruction import Decided, Instruction, Outcome, decide, decision_of, refused

_KINDS = {"invoice": "Bill", "credit_memo": "Debit Adj.", "prepayment": "Prepayment"}


def handle_invoice(context: FlowContext, record: InvoiceRecord, named: BillKey | None, by: Instruction) -> Decided:
    """LINKED with the named bill, or with the one there is of this vendor and number.

    RejectedError where it is not there, belongs to another invoice, or differs and no reason is given."""
    posting = record.posting
    if posting.state is PostingState.LINKED and named in (None, posting.ref):
        return Decided(record, f"Handled already as {posting.ref}; nothing was changed.")
    no = refuse_closing(posting)
    if no is not None:
        raise refused(*no)
    there = _look(context, record)
    key = named or _only(there)
    _require_free(context, record, key)
    bill = _read(context, key)
    _require_no_other(there, record, key)
    differences = tuple(_differences(context, record, bill))
    if differences and not by.reason.strip():
        raise RejectedError(
            f"{bill.key.type} {bill.key.number} differs from the invoice: {'; '.join(differences)}.",
            fix="Name the right bill, or give --reason if it is this invoice all the same.",
            stage="decision",
            code="invoice.bill_differs",
        )
    after = replace(
        posting, state=PostingState.LINKED, reason=None, ref=bill.key, bill_id=bill.id, bill_status=bill.status
    )
    told = f"it is {bill.key} ({bill.status}, {render_figure(bill.amount)})"
    told += f", which differs: {'; '.join(differences)}." if differences else "."
    notes = tuple(finding for finding in record.findings if finding.severity == "note")
    made = decision_of(context, record, by, "handled", bills=[bill.key])
    return decide(context, record, made, Outcome(after, notes, told))


def _require_free(context: FlowContext, record: InvoiceRecord, key: BillKey) -> None:
    """One bill stands for one invoice."""
    own = record.posting.id
    others = [other for other in context.invoices.load_of_bill(key) if other.posting.id != own]
    for other in others:
        if other.posting.state is not PostingState.CLOSED:
            name = other.invoice.external_id or other.invoice.invoice_number
            raise refused(f"{key} is the bill of another invoice, {name} ({other.posting.id})", "Name another bill.")


def _read(context: FlowContext, key: BillKey) -> Bill:
    bill = read_bill(context, key)
    if bill is None:
        raise refused(
            f"{key} is not in Acumatica",
            "Give type and number as Acumatica shows them, for example --bill Bill/000123.",
        )
    if bill.status == "Voided":
        raise refused(f"{key} is voided in Acumatica", "Name a bill that stands.")
    return bill


def _look(context: FlowContext, record: InvoiceRecord) -> tuple[Bill, ...]:
    """The bills that count of this vendor and number, and those that carry our mark."""
    query = _query(context, record)
    found = look_proven(context, [query], find_witness(context))
    return matching_bills(found, query)[0]


def _query(context: FlowContext, record: InvoiceRecord) -> BillQuery:
    if record.posting.plan is not None:
        return query_of(record, context.master_data.load_renames())
    return BillQuery(_vendor_code(context, record) or "", record.invoice.invoice_number or "", record.posting.marker)


def _only(there: Sequence[Bill]) -> BillKey:
    if len(there) == 1:
        return there[0].key
    names = ", ".join(f"{bill.key} ({bill.status}, {render_figure(bill.amount)})" for bill in there)
    raise refused(
        f"Acumatica has {names} of this vendor and number"
        if there
        else "Acumatica has no bill of this vendor and number",
        "Name the bill, for example --bill Bill/000123.",
    )


def _require_no_other(there: Iterable[Bill], record: InvoiceRecord, key: BillKey) -> None:
    """A bill that we made for this invoice must be gone first, or there would be two."""
    left = [bill for bill in there if carries_mark(bill, record.posting.marker) and bill.key != key]
    if left:
        names = ", ".join(f"{bill.key} ({bill.status})" for bill in left)
        raise refused(
            f"For this invoice we made {names}, which is still there",
            "Name that bill, or delete it in Acumatica while it is on hold (reverse it if it is released) and run this "
            "again.",
        )


def _vendor_code(context: FlowContext, record: InvoiceRecord) -> str | None:
    """The vendor's code as Acumatica has it, where it is known."""
    snapshot, code = context.master_data.load_snapshot(), record.invoice.vendor_id
    vendor = find_vendor(code, snapshot)
    return vendor.vendor_id if vendor else code


def _differences(context: FlowContext, record: InvoiceRecord, bill: Bill) -> Iterator[str]:
    """What the bill says otherwise than the invoice, in words."""
    invoice, marked = record.invoice, carries_mark(bill, record.posting.marker)
    code = _vendor_code(context, record)
    if not same_code(code, bill.vendor):
        yield f"its vendor is {bill.vendor}, the invoice is of {code}"
    if not marked and not same_reference(invoice.invoice_number, bill.vendor_ref):
        yield f"its reference is {bill.vendor_ref or 'empty'}, the invoice number {invoice.invoice_number}"
    if bill.key.type != _KINDS[invoice.kind]:
        yield f"it is a {bill.key.type}, the invoice would be a {_KINDS[invoice.kind]}"
    if bill.amount != invoice.total.amount:
        yield f"its amount is {render_figure(bill.amount)}, the invoice's {render_figure(invoice.total.amount)}"
    if invoice.currency and bill.currency and not same_code(invoice.currency, bill.currency):
        yield f"its currency is {bill.currency}, the invoice's {invoice.currency}"
