"""The first tables. The audit trail and a verified bill number are guarded by the database itself as well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ml_connector.store.rows.types import Amount, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables, their indices and, on SQLite, their triggers."""
    _make_files()
    _make_invoices()
    _make_documents()
    _make_payments()
    _make_feeds()
    _make_house_tables()
    _make_trail()
    if op.get_context().dialect.name == "sqlite":
        _guard_on_sqlite()


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _integer(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=null)


def _instant(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, Instant(), nullable=null)


def _number() -> sa.Column[int]:
    return sa.Column("number", sa.Integer(), autoincrement=True, nullable=False)


def _source() -> list[sa.Column[object]]:
    columns: list[sa.Column[object]] = [_text("file_id"), _text("file_name"), _text("sha256")]  # type: ignore[list-item]
    return [*columns, _integer("record"), _text("lines"), _instant("received_at")]  # type: ignore[list-item]


def _make_files() -> None:
    op.create_table(
        "file",
        _text("id"),
        _text("connection"),
        _text("feed"),
        _text("name"),
        _integer("size_bytes"),
        _instant("modified_at", null=True),
        _instant("first_seen_at"),
        _text("state"),
        _text("sha256", null=True),
        _integer("documents"),
        _text("problems"),
        _text("repeat_of", null=True),
        _text("layout", null=True),
        _text("reason", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_file"),
        sa.ForeignKeyConstraint(["repeat_of"], ["file.id"], name="fk_file_repeat_of"),
    )
    original = sa.text("repeat_of IS NULL AND sha256 IS NOT NULL")
    op.create_index(
        "uq_file_content",
        "file",
        ["connection", "feed", "sha256"],
        unique=True,
        sqlite_where=original,
        postgresql_where=original,
    )
    op.create_index("ix_file_connection_first_seen_at", "file", ["connection", "first_seen_at"])


def _make_invoices() -> None:
    op.create_table(
        "invoice",
        _number(),
        _text("id"),
        _text("connection"),
        _text("key"),
        _text("marker"),
        _text("state"),
        _integer("epoch"),
        _text("payload_hash", null=True),
        _text("plan", null=True),
        _integer("attempts"),
        _text("ref_type", null=True),
        _text("ref_number", null=True),
        _text("verified_type", null=True),
        _text("verified_number", null=True),
        _instant("verified_at", null=True),
        _text("bill_id", null=True),
        _text("bill_status", null=True),
        _text("reason", null=True),
        _text("uncertain_cause", null=True),
        _instant("sent_at", null=True),
        _text("holder", null=True),
        _instant("lease_until", null=True),
        _instant("updated_at", null=True),
        _integer("version"),
        _text("external_id", null=True),
        _text("vendor_id", null=True),
        _text("invoice_number", null=True),
        _text("currency"),
        sa.Column("total", Amount(), nullable=False),
        _text("findings"),
        _instant("received_at"),
        _instant("validated_at", null=True),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_invoice"),
        sa.UniqueConstraint("id", name="uq_invoice_id"),
    )
    op.create_index("uq_invoice_key", "invoice", ["connection", "key"], unique=True)
    for column in ("state", "external_id", "ref_number", "verified_at"):
        op.create_index(f"ix_invoice_connection_{column}", "invoice", ["connection", column])


def _make_documents() -> None:
    op.create_table(
        "document",
        _text("invoice_id"),
        _integer("version"),
        _text("content_hash"),
        _text("body"),
        *_source(),
        sa.PrimaryKeyConstraint("invoice_id", "version", name="pk_document"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name="fk_document_invoice_id"),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name="fk_document_file_id"),
    )
    op.create_index("ix_document_file_id", "document", ["file_id"])
    op.create_table(
        "request",
        _number(),
        _text("connection"),
        _text("invoice_id", null=True),
        _instant("at"),
        _text("method"),
        _text("path"),
        _integer("status", null=True),
        sa.PrimaryKeyConstraint("number", name="pk_request"),
    )
    op.create_index("ix_request_invoice_id", "request", ["invoice_id"])


def _make_payments() -> None:
    op.create_table(
        "payment",
        _number(),
        _text("id"),
        _text("connection"),
        _text("payment_id"),
        _text("content_hash"),
        _text("body"),
        *_source(),
        _text("result"),
        _text("code", null=True),
        sa.PrimaryKeyConstraint("number", name="pk_payment"),
        sa.UniqueConstraint("id", name="uq_payment_id"),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name="fk_payment_file_id"),
    )
    op.create_index("uq_payment_payment_id", "payment", ["connection", "payment_id"], unique=True)
    op.create_table(
        "erp_check",
        _text("connection"),
        _text("type"),
        _text("number"),
        _text("body"),
        sa.PrimaryKeyConstraint("connection", "type", "number", name="pk_erp_check"),
    )


def _make_feeds() -> None:
    op.create_table(
        "snapshot",
        _text("connection"),
        _text("collection"),
        _text("body"),
        sa.PrimaryKeyConstraint("connection", "collection", name="pk_snapshot"),
    )
    op.create_table(
        "sent_feed",
        _text("connection"),
        _text("feed"),
        _text("sha256"),
        _text("file_name"),
        _instant("sent_at"),
        sa.PrimaryKeyConstraint("connection", "feed", name="pk_sent_feed"),
    )
    op.create_table(
        "sent_row",
        _text("connection"),
        _text("feed"),
        _text("key"),
        _integer("position"),
        _text("body"),
        sa.PrimaryKeyConstraint("connection", "feed", "key", name="pk_sent_row"),
        sa.ForeignKeyConstraint(
            ["connection", "feed"], ["sent_feed.connection", "sent_feed.feed"], name="fk_sent_row_connection_feed"
        ),
    )


def _make_house_tables() -> None:
    op.create_table(
        "connection",
        _text("name"),
        _text("url", null=True),
        _text("tenant", null=True),
        _text("company", null=True),
        _text("canary_vendor", null=True),
        _text("canary_record_id", null=True),
        _text("confirmed", null=True),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("name", name="pk_connection"),
    )
    op.create_table(
        "lease",
        _text("connection"),
        _text("flow"),
        _text("holder", null=True),
        _integer("epoch"),
        _instant("until"),
        sa.PrimaryKeyConstraint("connection", "flow", name="pk_lease"),
    )
    op.create_table(
        "run",
        _number(),
        _text("id"),
        _text("connection"),
        _text("flow"),
        _instant("started_at"),
        _instant("ended_at", null=True),
        _text("outcome", null=True),
        _text("summary"),
        sa.PrimaryKeyConstraint("number", name="pk_run"),
        sa.UniqueConstraint("id", name="uq_run_id"),
    )
    op.create_index("ix_run_connection_flow", "run", ["connection", "flow"])
    op.create_table(
        "secret",
        _text("connection"),
        _text("key"),
        _integer("version"),
        _text("key_id"),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _instant("set_at"),
        _text("set_by"),
        sa.PrimaryKeyConstraint("connection", "key", name="pk_secret"),
    )


def _make_trail() -> None:
    op.create_table(
        "audit_entry",
        _text("connection"),
        _integer("sequence"),
        _instant("at"),
        _text("event"),
        _text("subject"),
        _text("actor"),
        _text("note"),
        _text("data"),
        _text("previous_hash"),
        _text("hash"),
        sa.PrimaryKeyConstraint("connection", "sequence", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_connection_subject", "audit_entry", ["connection", "subject"])
    op.create_table(
        "audit_head",
        _text("connection"),
        _integer("sequence"),
        _text("hash"),
        sa.PrimaryKeyConstraint("connection", name="pk_audit_head"),
    )


def _guard_on_sqlite() -> None:
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entry_no_{action.lower()} BEFORE {action} ON audit_entry"
            " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
        )
    op.execute(
        "CREATE TRIGGER invoice_verified_once BEFORE UPDATE OF verified_type, verified_number ON invoice"
        " WHEN OLD.verified_number IS NOT NULL AND (NEW.verified_number IS NOT OLD.verified_number"
        " OR NEW.verified_type IS NOT OLD.verified_type)"
        " BEGIN SELECT RAISE(ABORT, 'a verified bill number is written once'); END"
    )
