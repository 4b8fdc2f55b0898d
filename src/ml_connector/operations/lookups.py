"""What people look up: invoices, one invoice's story, files. Reads our own records only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from ml_connector.domain.values.bill import BillKey, parse_bill_key
from ml_connector.domain.values.posting import Finish, InvoiceState, invoice_state
from ml_connector.domain.values.records import InvoiceRecord, PaymentRecord
from ml_connector.errors import ConfigurationError
from ml_connector.operations.views import JsonObject, render_file, render_record, render_story
from ml_connector.store.files import FileRepository
from ml_connector.store.invoices.repository import InvoiceRepository
from ml_connector.store.payments import PaymentRepository

STATES: tuple[InvoiceState, ...] = get_args(InvoiceState)


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one connection."""

    invoices: InvoiceRepository
    files: FileRepository
    payments: PaymentRepository


def list_invoices(records: Records, finish: Finish, state: str | None) -> list[JsonObject]:
    """Every approved invoice, or those in one state of the operator contract; another word is a ConfigurationError."""
    if state is not None and state not in STATES:
        raise ConfigurationError(
            f"There is no invoice state {state!r}",
            fix="Use one of: " + ", ".join(STATES) + ".",
            code="cli.unknown_state",
            at="settings",
        )
    return [
        render_record(record, finish)
        for record in records.invoices.load_in()
        if state in (None, invoice_state(record.posting, finish, paid=record.paid))
    ]


def parse_bill_name(text: str) -> BillKey:
    """``TYPE/NUMBER`` as a person writes it; ConfigurationError ``cli.usage`` for anything else."""
    key = parse_bill_key(text)
    if key is None:
        raise ConfigurationError(
            f"{text!r} names no bill",
            fix="Give type and number as Acumatica shows them, for example --bill Bill/000123.",
            stage="arguments",
            code="cli.usage",
            at="settings",
        )
    return key


def find_invoice(records: Records, name: str) -> InvoiceRecord:
    """The invoice a person means by our id, the external id or a bill number; ConfigurationError where there is
    none."""
    record = records.invoices.load_record(name)
    if record is None:
        raise ConfigurationError(
            f"No invoice is known as {name!r}",
            fix="Give an id from `invoice list`, the external id, or a bill number.",
            code="cli.unknown_invoice",
            at="settings",
        )
    return record


def show_invoice(records: Records, finish: Finish, name: str) -> JsonObject:
    """The whole story of the invoice a person means."""
    record = find_invoice(records, name)
    return render_story(
        record,
        finish,
        history=records.invoices.load_history(record.posting.id, finish=finish),
        requests=records.invoices.load_requests(record.posting.id),
        payments=[payment for payment in records.payments.load_payments() if _pays(payment, record)],
    )


def list_files(records: Records) -> list[JsonObject]:
    """Every file seen, the first seen first."""
    return [render_file(record) for record in records.files.load_files()]


def _pays(payment: PaymentRecord, record: InvoiceRecord) -> bool:
    invoice = record.invoice
    return any(
        (application.external_id is not None and application.external_id == invoice.external_id)
        or (
            application.external_id is None
            and (application.vendor_id, application.invoice_number) == (invoice.vendor_id, invoice.invoice_number)
        )
        for application in payment.payment.applications
    )
