"""What is remembered of the ways a tenant can be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One more column of a connection."""
    op.add_column("connection", sa.Column("ways", sa.Text(), nullable=True))
