"""How far the sweep has looked, the bills it knows, and when our records were put back from a backup."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ml_connector.store.rows.types import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables, and invoices found by their mark."""
    op.create_table(
        "sweep",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", name="pk_sweep"),
    )
    op.create_table(
        "known_bill",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "type", "number", name="pk_known_bill"),
    )
    op.create_index("ix_known_bill_connection_vendor", "known_bill", ["connection", "vendor"])
    op.create_index("ix_known_bill_connection_mark", "known_bill", ["connection", "mark"])
    op.create_table(
        "restored",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("backup_at", Instant(), nullable=False),
        sa.Column("restored_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_restored"),
    )
    op.create_index("ix_invoice_marker", "invoice", ["marker"])
