"""The processes that run passes, and how far each schedule was kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ml_connector.store.rows.types import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two more tables."""
    op.create_table(
        "process",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("beat_at", Instant(), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_process"),
    )
    op.create_index("ix_process_process", "process", ["process"])
    op.create_table(
        "schedule",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("open_key", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rest_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "flow", name="pk_schedule"),
    )
