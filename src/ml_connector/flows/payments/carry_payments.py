"""Payments back, as one pass: take in Stampli's payments - read Acumatica's - match - record what it came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.codes.renames import follow_invoice, follow_payment
from ml_connector.domain.matching import MatchPolicy, PaymentLine, invoice_link, match_payments, payment_results
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import Check
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord, PaymentRecord
from ml_connector.errors import ConnectorError
from ml_connector.flows.catalog import PassReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.files.settle_files import settle_files
from ml_connector.flows.payments.read_checks import ChecksRead, refresh_checks
from ml_connector.flows.payments.take_payments import FEED, take_payments

_BOOKED = (PostingState.DONE, PostingState.LINKED, PostingState.PERSON)
_TOLD_STATUSES = frozenset({"Open", "Closed", "Voided"})


def carry_payments(context: FlowContext) -> PassReport:
    """One pass. What stops one of its parts stands in the report; what was done before it stands."""
    started_at = context.clock.now()
    taken = take_payments(context)
    errors: list[ConnectorError] = [*taken.errors, *settle_files(context, FEED, taken.lying)]
    try:
        read = refresh_checks(context)
        if read.error is None:
            _record_results(context, match_all(context, read.checks))
        else:
            # Half of what changed proves no break; but what was read now is no news the next time.
            errors.append(read.error)
        _record_paid(context, read)
    except ConnectorError as error:
        errors.append(error)
    return PassReport(
        flow="payments",
        started_at=started_at,
        ended_at=context.clock.now(),
        files=taken.files,
        payments=context.payments.load_payments(),
        errors=tuple(errors),
        notices=taken.notices,
    )


def match_all(context: FlowContext, checks: Sequence[Check]) -> tuple[PaymentLine, ...]:
    """Every payment of Stampli against every AP payment, by the identity of our invoices."""
    renames = context.master_data.load_renames()
    records = context.invoices.load_in()
    links = [invoice_link(replace(each, invoice=follow_invoice(each.invoice, renames))) for each in records]
    payments = [follow_payment(record.payment, renames) for record in context.payments.load_payments()]
    return match_payments(payments, checks, links, MatchPolicy(context.today(), context.terms.payment_days))


def _record_results(context: FlowContext, lines: Sequence[PaymentLine]) -> None:
    results = payment_results(lines)
    changed: list[PaymentRecord] = []
    for record in context.payments.load_payments():
        result, code = results.get(record.payment.payment_id, ("waiting", None))
        if (result, code) != (record.result, record.code):
            changed.append(replace(record, result=result, code=code))
    notes = [
        AuditNote(
            event=f"payment.{record.result}",
            subject=record.id,
            note=f"payment {record.payment.payment_id}: {record.result} {record.code or ''}".rstrip(),
        )
        for record in changed
    ]
    if changed:
        context.steps.step("record results", lambda: context.payments.save_results(changed, notes))


def _record_paid(context: FlowContext, read: ChecksRead) -> None:
    """Bills that a new or changed payment is about, and those that payments cover and that do not stand as paid yet,
    are read once more: Closed means paid, Open that a payment was taken back, Voided is told as that."""
    paid = _paid_amounts(read.checks)
    touched = {_same(key) for key in read.touched}
    for record in context.invoices.load_in(_BOOKED):
        ref = record.posting.bill
        if ref is None:
            continue
        covered = paid[_same(ref)] >= record.invoice.total.amount
        if _same(ref) in touched or (covered and not record.paid):
            _read_paid(context, record, ref)


def _read_paid(context: FlowContext, record: InvoiceRecord, ref: BillKey) -> None:
    bill = context.steps.step("read bill", lambda: context.erp.fetch_bill(ref), repeatable=True)
    if bill is None or (bill.status == record.posting.bill_status and record.paid == (bill.status == "Closed")):
        return
    if bill.status in _TOLD_STATUSES:
        event = "invoice.paid" if bill.status == "Closed" else "invoice.bill_changed"
        note = AuditNote(event, record.posting.id, f"bill {ref} is {bill.status}", data={"bill": str(ref)})
        context.invoices.save_paid(record.posting.id, bill.status, note)


def _paid_amounts(checks: Sequence[Check]) -> dict[BillKey, Decimal]:
    amounts: dict[BillKey, Decimal] = defaultdict(Decimal)
    for check in checks:
        for application in check.applications:
            if application.released:
                amounts[_same(application.document)] += application.amount + application.discount
    return amounts


def _same(key: BillKey) -> BillKey:
    return BillKey(key.type.casefold(), key.number.strip().casefold())
