"""What a database on a server needs: the guards that SQLite has since the first step, numbers that do not run out, and
the book by which machines share the pace of requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NUMBERED = ("invoice", "request", "payment", "run", "restored")


def upgrade() -> None:
    """Four tables; on PostgreSQL guards and wider numbers."""
    on_server = op.get_context().dialect.name == "postgresql"
    if on_server:
        _guard()
        _widen()
    _make_pace([] if not on_server else ["UNLOGGED"])


def _guard() -> None:
    op.execute(
        "CREATE FUNCTION audit_entry_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'the audit trail only grows' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entry_no_{action.lower()} BEFORE {action} ON audit_entry"
            " FOR EACH ROW EXECUTE FUNCTION audit_entry_only_grows()"
        )
    op.execute(
        "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_only_grows()"
    )
    op.execute(
        "CREATE FUNCTION invoice_verified_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF OLD.verified_number IS NOT NULL AND (NEW.verified_number IS DISTINCT FROM OLD.verified_number"
        " OR NEW.verified_type IS DISTINCT FROM OLD.verified_type) THEN"
        " RAISE EXCEPTION 'a verified bill number is written once' USING ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER invoice_verified_once BEFORE UPDATE OF verified_type, verified_number ON invoice"
        " FOR EACH ROW EXECUTE FUNCTION invoice_verified_once()"
    )


def _widen() -> None:
    for table in _NUMBERED:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN number TYPE bigint")
        op.execute(f"ALTER SEQUENCE {table}_number_seq AS bigint")
    op.execute("ALTER TABLE file ALTER COLUMN size_bytes TYPE bigint")


def _make_pace(prefixes: list[str]) -> None:
    # Not written to the server's log of changes: nothing is lost with them, and every request writes here.
    op.create_table(
        "pace_sent",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        prefixes=prefixes,
    )
    op.create_index("ix_pace_sent_tenant_at", "pace_sent", ["tenant", "at"])
    op.create_table(
        "pace_place",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_pace_place"),
        prefixes=prefixes,
    )
    op.create_table(
        "pace_pause",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_pace_pause"),
        prefixes=prefixes,
    )
    op.create_table(
        "pace_usual",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", name="pk_pace_usual"),
        prefixes=prefixes,
    )
