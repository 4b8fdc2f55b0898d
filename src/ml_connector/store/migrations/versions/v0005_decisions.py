"""What people decided about invoices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ml_connector.store.rows.types import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, a row a decision."""
    op.create_table(
        "decision",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), sa.ForeignKey("invoice.id"), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("bills", sa.Text(), nullable=False),
        sa.Column("restarts", sa.Text(), nullable=True),
    )
    op.create_index("ix_decision_connection_invoice_id", "decision", ["connection", "invoice_id"])
