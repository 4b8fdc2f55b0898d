"""Values for the tests of the store: valid by default, only what matters is named."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment, InvoiceLine, InvoiceTax
from ml_connector.domain.values.money import Money
from ml_connector.domain.values.payment import PaymentApplication, StampliPayment
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import FileRecord, InvoiceRecord, PaymentRecord, RecordSource
from ml_connector.problems import Finding, Problem

NOW = datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)
NAME = "harbor"


def hash_of(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def a_file(
    file_id: str = "faaaaaaaa",
    *,
    name: str = "invoices_1.csv",
    content: str | None = "content 1",
    state: str = "taken",
    connection: str = NAME,
    feed: str = "approved_invoices",
) -> FileRecord:
    """A file seen on the exchange."""
    return FileRecord(
        id=file_id,
        connection=connection,
        feed=feed,
        name=name,
        size_bytes=1234,
        modified_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
        first_seen_at=NOW,
        state=state,  # type: ignore[arg-type]
        sha256=None if content is None else hash_of(content),
        documents=1,
        problems=(
            Problem("csv.bad_row", "row 3 has too few cells", name, record=2, line=3, column="Total", value="1,"),
        ),
        layout="standard-csv",
    )


def an_invoice(*, external_id: str | None = "ST-1", total: str = "1284.50") -> ApprovedInvoice:
    """An approved invoice with everything in it."""
    return ApprovedInvoice(
        kind="invoice",
        vendor_id="V000000012",
        invoice_number="INV-8841",
        invoice_date=date(2026, 11, 1),
        total=Money(Decimal(total), "USD"),
        lines=(
            InvoiceLine(
                kind="expense",
                amount=Money(Decimal(total), "USD"),
                description="Gruß, «Beton» 10 €",
                account="6100",
                quantity=Decimal("3.000000"),
                unit_price=Decimal("428.166667"),
                custom={"Cost Type": "L"},
            ),
        ),
        external_id=external_id,
        currency="USD",
        taxes=(InvoiceTax("NYSALES", None, Money(Decimal("0.00"), "USD")),),
        attachments=(Attachment("scan.pdf", "application/pdf", 12, hash_of("scan")),),
        approved_at=datetime(2026, 11, 2, 8, 0, tzinfo=UTC),
        custom={"Job": "17"},
    )


def a_record(
    invoice_id: str = "iaaaaaaaa",
    *,
    external_id: str = "ST-1",
    total: str = "1284.50",
    state: PostingState = PostingState.RECEIVED,
    file: FileRecord | None = None,
    connection: str = NAME,
) -> InvoiceRecord:
    """An invoice just read from a file."""
    source = file or a_file()
    return InvoiceRecord(
        posting=Posting(
            id=invoice_id,
            connection=connection,
            key=f"key of {external_id}",
            marker="SX" + hash_of(external_id)[:13].upper(),
            state=state,
            epoch=0,
        ),
        invoice=an_invoice(external_id=external_id, total=total),
        content_hash=hash_of(total),
        source=RecordSource(source.id, source.name, source.sha256 or "", 1, (2, 3)),
        received_at=NOW,
    )


def a_finding(code: str = "A02", severity: str = "stop") -> Finding:
    """A finding about an account."""
    return Finding(
        code=code,
        severity=severity,  # type: ignore[arg-type]
        field="lines[1].account",
        expected="an active account",
        found="6199",
        message="Account 6199 is not active.",
        fix="Choose another account in Stampli.",
        who="ap",
        suggestions=("6100", "6200"),
    )


def a_payment(payment_id: str = "PAY-1", *, record_id: str = "paaaaaaaa", amount: str = "1284.50") -> PaymentRecord:
    """A payment just read from a file."""
    money = Money(Decimal(amount), "USD")
    source = a_file("fpppppppp", name="payments_1.csv", content="payments", feed="payments")
    return PaymentRecord(
        id=record_id,
        payment=StampliPayment(
            payment_id=payment_id,
            status="cleared",
            status_word="Cleared",
            amount=money,
            applications=(PaymentApplication("INV-8841", "ST-1", "V000000012", money, None),),
            payment_date=date(2026, 11, 20),
        ),
        content_hash=hash_of(amount),
        source=RecordSource(source.id, source.name, source.sha256 or "", 1, (2,)),
        received_at=NOW,
    )


def a_note(event: str = "posting.moved", subject: str = "iaaaaaaaa", note: str = "moved") -> AuditNote:
    """A note with a fact."""
    return AuditNote(event, subject, note, "connector", {"total": "1284.50", "none": None})
