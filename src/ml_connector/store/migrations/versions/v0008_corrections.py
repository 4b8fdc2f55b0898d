"""What a change of a bill on hold replaces, while it is in flight."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One more column of an invoice."""
    op.add_column("invoice", sa.Column("plan_before", sa.Text(), nullable=True))
