"""The tables of one database, every row bound to its connection. Declares only; ``migrations`` makes them.

One schema for SQLite and PostgreSQL. Bodies are JSON texts; amounts and instants have column types of their own.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Named,
    Table,
    Text,
    TypedColumns,
    and_,
)

from ml_connector.store.rows.types import WIDE, Amount, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class _ConnectionColumns(TypedColumns):
    name: Named[str] = Column(Text, primary_key=True)
    url: Named[str | None] = Column(Text)
    tenant: Named[str | None] = Column(Text)
    company: Named[str | None] = Column(Text)
    canary_vendor: Named[str | None] = Column(Text)
    canary_record_id: Named[str | None] = Column(Text)
    confirmed: Named[str | None] = Column(Text)
    ways: Named[str | None] = Column(Text)
    refusals: Named[str | None] = Column(Text)
    updated_at: Named[datetime] = Column(Instant, nullable=False)


class _FileColumns(TypedColumns):
    id: Named[str] = Column(Text, primary_key=True)
    connection: Named[str] = Column(Text, nullable=False)
    feed: Named[str] = Column(Text, nullable=False)
    name: Named[str] = Column(Text, nullable=False)
    size_bytes: Named[int] = Column(WIDE, nullable=False)
    modified_at: Named[datetime | None] = Column(Instant)
    first_seen_at: Named[datetime] = Column(Instant, nullable=False)
    state: Named[str] = Column(Text, nullable=False)
    sha256: Named[str | None] = Column(Text)
    documents: Named[int] = Column(nullable=False)
    problems: Named[str] = Column(Text, nullable=False)
    repeat_of: Named[str | None] = Column(Text, ForeignKey("file.id"))
    layout: Named[str | None] = Column(Text)
    reason: Named[str | None] = Column(Text)
    set_sha256: Named[str] = Column(Text, nullable=False, server_default="")
    belongs_to: Named[str | None] = Column(Text)


class _InvoiceColumns(TypedColumns):
    number: Named[int] = Column(WIDE, primary_key=True, autoincrement=True)
    id: Named[str] = Column(Text, nullable=False, unique=True)
    connection: Named[str] = Column(Text, nullable=False)
    # The posting.
    key: Named[str] = Column(Text, nullable=False)
    marker: Named[str] = Column(Text, nullable=False)
    state: Named[str] = Column(Text, nullable=False)
    epoch: Named[int] = Column(nullable=False)
    payload_hash: Named[str | None] = Column(Text)
    plan: Named[str | None] = Column(Text)
    plan_before: Named[str | None] = Column(Text)
    attempts: Named[int] = Column(nullable=False)
    ref_type: Named[str | None] = Column(Text)
    ref_number: Named[str | None] = Column(Text)
    verified_type: Named[str | None] = Column(Text)
    verified_number: Named[str | None] = Column(Text)
    verified_at: Named[datetime | None] = Column(Instant)
    bill_id: Named[str | None] = Column(Text)
    bill_status: Named[str | None] = Column(Text)
    reason: Named[str | None] = Column(Text)
    uncertain_cause: Named[str | None] = Column(Text)
    sent_at: Named[datetime | None] = Column(Instant)
    holder: Named[str | None] = Column(Text)
    lease_until: Named[datetime | None] = Column(Instant)
    updated_at: Named[datetime | None] = Column(Instant)
    # What is known of the newest document.
    version: Named[int] = Column(nullable=False)
    external_id: Named[str | None] = Column(Text)
    vendor_id: Named[str | None] = Column(Text)
    invoice_number: Named[str | None] = Column(Text)
    currency: Named[str] = Column(Text, nullable=False)
    total: Named[Decimal] = Column(Amount, nullable=False)
    findings: Named[str] = Column(Text, nullable=False)
    received_at: Named[datetime] = Column(Instant, nullable=False)
    validated_at: Named[datetime | None] = Column(Instant)
    paid: Named[bool] = Column(nullable=False)


class _DocumentColumns(TypedColumns):
    invoice_id: Named[str] = Column(Text, ForeignKey("invoice.id"), primary_key=True)
    version: Named[int] = Column(primary_key=True, autoincrement=False)
    content_hash: Named[str] = Column(Text, nullable=False)
    body: Named[str] = Column(Text, nullable=False)
    file_id: Named[str] = Column(Text, ForeignKey("file.id"), nullable=False)
    file_name: Named[str] = Column(Text, nullable=False)
    sha256: Named[str] = Column(Text, nullable=False)
    record: Named[int] = Column(nullable=False)
    lines: Named[str] = Column(Text, nullable=False)
    received_at: Named[datetime] = Column(Instant, nullable=False)


class _DecisionColumns(TypedColumns):
    number: Named[int] = Column(primary_key=True, autoincrement=True)
    connection: Named[str] = Column(Text, nullable=False)
    invoice_id: Named[str] = Column(Text, ForeignKey("invoice.id"), nullable=False)
    act: Named[str] = Column(Text, nullable=False)
    actor: Named[str] = Column(Text, nullable=False)
    reason: Named[str] = Column(Text, nullable=False)
    at: Named[datetime] = Column(Instant, nullable=False)
    content_hash: Named[str] = Column(Text, nullable=False)
    payload_hash: Named[str | None] = Column(Text)
    findings: Named[str] = Column(Text, nullable=False)
    bills: Named[str] = Column(Text, nullable=False)
    restarts: Named[str | None] = Column(Text)


class _RequestColumns(TypedColumns):
    number: Named[int] = Column(WIDE, primary_key=True, autoincrement=True)
    connection: Named[str] = Column(Text, nullable=False)
    invoice_id: Named[str | None] = Column(Text)
    at: Named[datetime] = Column(Instant, nullable=False)
    method: Named[str] = Column(Text, nullable=False)
    path: Named[str] = Column(Text, nullable=False)
    status: Named[int | None]


class _PaymentColumns(TypedColumns):
    number: Named[int] = Column(WIDE, primary_key=True, autoincrement=True)
    id: Named[str] = Column(Text, nullable=False, unique=True)
    connection: Named[str] = Column(Text, nullable=False)
    payment_id: Named[str] = Column(Text, nullable=False)
    content_hash: Named[str] = Column(Text, nullable=False)
    body: Named[str] = Column(Text, nullable=False)
    file_id: Named[str] = Column(Text, ForeignKey("file.id"), nullable=False)
    file_name: Named[str] = Column(Text, nullable=False)
    sha256: Named[str] = Column(Text, nullable=False)
    record: Named[int] = Column(nullable=False)
    lines: Named[str] = Column(Text, nullable=False)
    received_at: Named[datetime] = Column(Instant, nullable=False)
    result: Named[str] = Column(Text, nullable=False)
    code: Named[str | None] = Column(Text)


class _ErpCheckColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    type: Named[str] = Column(Text, primary_key=True)
    number: Named[str] = Column(Text, primary_key=True)
    body: Named[str] = Column(Text, nullable=False)


class _SnapshotColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    collection: Named[str] = Column(Text, primary_key=True)
    body: Named[str] = Column(Text, nullable=False)


class _SentFeedColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    feed: Named[str] = Column(Text, primary_key=True)
    sha256: Named[str] = Column(Text, nullable=False)
    file_name: Named[str] = Column(Text, nullable=False)
    sent_at: Named[datetime] = Column(Instant, nullable=False)


class _SentRowColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    feed: Named[str] = Column(Text, primary_key=True)
    key: Named[str] = Column(Text, primary_key=True)
    position: Named[int] = Column(nullable=False)
    body: Named[str] = Column(Text, nullable=False)


class _FeedStateColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    feed: Named[str] = Column(Text, primary_key=True)
    body: Named[str] = Column(Text, nullable=False)


class _LeaseColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    flow: Named[str] = Column(Text, primary_key=True)
    holder: Named[str | None] = Column(Text)
    epoch: Named[int] = Column(nullable=False)
    until: Named[datetime] = Column(Instant, nullable=False)


class _RunColumns(TypedColumns):
    number: Named[int] = Column(WIDE, primary_key=True, autoincrement=True)
    id: Named[str] = Column(Text, nullable=False, unique=True)
    connection: Named[str] = Column(Text, nullable=False)
    flow: Named[str] = Column(Text, nullable=False)
    started_at: Named[datetime] = Column(Instant, nullable=False)
    ended_at: Named[datetime | None] = Column(Instant)
    outcome: Named[str | None] = Column(Text)
    summary: Named[str] = Column(Text, nullable=False)


class _SweepColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    body: Named[str] = Column(Text, nullable=False)


class _KnownBillColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    type: Named[str] = Column(Text, primary_key=True)
    number: Named[str] = Column(Text, primary_key=True)
    vendor: Named[str] = Column(Text, nullable=False)
    mark: Named[str | None] = Column(Text)
    first_seen_at: Named[datetime] = Column(Instant, nullable=False)
    body: Named[str] = Column(Text, nullable=False)


class _RestoredColumns(TypedColumns):
    number: Named[int] = Column(WIDE, primary_key=True, autoincrement=True)
    backup_at: Named[datetime] = Column(Instant, nullable=False)
    restored_at: Named[datetime] = Column(Instant, nullable=False)


class _ProcessColumns(TypedColumns):
    name: Named[str] = Column(Text, primary_key=True)
    # What the names of all its leases begin with.
    process: Named[str] = Column(Text, nullable=False)
    kind: Named[str] = Column(Text, nullable=False)
    started_at: Named[datetime] = Column(Instant, nullable=False)
    beat_at: Named[datetime] = Column(Instant, nullable=False)
    beats: Named[int] = Column(nullable=False)
    dead: Named[bool] = Column(nullable=False)
    ended_at: Named[datetime | None] = Column(Instant)


class _ScheduleColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    flow: Named[str] = Column(Text, primary_key=True)
    last_at: Named[datetime] = Column(Instant, nullable=False)
    open_key: Named[str | None] = Column(Text)
    failures: Named[int] = Column(nullable=False)
    rest_until: Named[datetime | None] = Column(Instant)


class _SecretColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    key: Named[str] = Column(Text, primary_key=True)
    version: Named[int] = Column(nullable=False)
    key_id: Named[str] = Column(Text, nullable=False)
    wrapped_key: Named[bytes] = Column(nullable=False)
    sealed: Named[bytes] = Column(nullable=False)
    set_at: Named[datetime] = Column(Instant, nullable=False)
    set_by: Named[str] = Column(Text, nullable=False)


class _AuditEntryColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    sequence: Named[int] = Column(primary_key=True, autoincrement=False)
    at: Named[datetime] = Column(Instant, nullable=False)
    event: Named[str] = Column(Text, nullable=False)
    subject: Named[str] = Column(Text, nullable=False)
    actor: Named[str] = Column(Text, nullable=False)
    note: Named[str] = Column(Text, nullable=False)
    data: Named[str] = Column(Text, nullable=False)
    previous_hash: Named[str] = Column(Text, nullable=False)
    hash: Named[str] = Column(Text, nullable=False)


class _AuditHeadColumns(TypedColumns):
    connection: Named[str] = Column(Text, primary_key=True)
    sequence: Named[int] = Column(nullable=False)
    hash: Named[str] = Column(Text, nullable=False)


connection_row = Table("connection", metadata, _ConnectionColumns)
file = Table("file", metadata, _FileColumns)
invoice = Table("invoice", metadata, _InvoiceColumns)
document = Table("document", metadata, _DocumentColumns)
decision = Table("decision", metadata, _DecisionColumns)
request = Table("request", metadata, _RequestColumns)
payment = Table("payment", metadata, _PaymentColumns)
erp_check = Table("erp_check", metadata, _ErpCheckColumns)
snapshot = Table("snapshot", metadata, _SnapshotColumns)
sent_feed = Table("sent_feed", metadata, _SentFeedColumns)
sent_row = Table(
    "sent_row",
    metadata,
    _SentRowColumns,
    ForeignKeyConstraint(["connection", "feed"], ["sent_feed.connection", "sent_feed.feed"]),
)
feed_state = Table("feed_state", metadata, _FeedStateColumns)
lease = Table("lease", metadata, _LeaseColumns)
run = Table("run", metadata, _RunColumns)
sweep = Table("sweep", metadata, _SweepColumns)
known_bill = Table("known_bill", metadata, _KnownBillColumns)
restored = Table("restored", metadata, _RestoredColumns)
process = Table("process", metadata, _ProcessColumns)
schedule = Table("schedule", metadata, _ScheduleColumns)
secret = Table("secret", metadata, _SecretColumns)
audit_entry = Table("audit_entry", metadata, _AuditEntryColumns)
audit_head = Table("audit_head", metadata, _AuditHeadColumns)

# One original a content, be it of one file or of a set; a later name for the same bytes is a repeat of it.
_original = and_(file.c.repeat_of.is_(None), file.c.sha256.is_not(None), file.c.belongs_to.is_(None))
Index(
    "uq_file_content",
    file.c.connection,
    file.c.feed,
    file.c.sha256,
    file.c.set_sha256,
    unique=True,
    sqlite_where=_original,
    postgresql_where=_original,
)
Index(None, file.c.connection, file.c.first_seen_at)
Index("uq_invoice_key", invoice.c.connection, invoice.c.key, unique=True)
Index(None, invoice.c.connection, invoice.c.state)
Index(None, invoice.c.connection, invoice.c.external_id)
Index(None, invoice.c.connection, invoice.c.ref_number)
Index(None, invoice.c.connection, invoice.c.verified_at)
Index("ix_invoice_marker", invoice.c.marker)
Index(None, document.c.file_id)
Index(None, decision.c.connection, decision.c.invoice_id)
Index(None, request.c.invoice_id)
Index("uq_payment_payment_id", payment.c.connection, payment.c.payment_id, unique=True)
Index(None, run.c.connection, run.c.flow)
Index(None, known_bill.c.connection, known_bill.c.vendor)
Index(None, known_bill.c.connection, known_bill.c.mark)
Index(None, process.c.process)
Index(None, audit_entry.c.connection, audit_entry.c.subject)
