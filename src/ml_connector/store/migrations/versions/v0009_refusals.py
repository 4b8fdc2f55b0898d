"""When Stampli's server refused to sign a connection in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One more column of a connection."""
    op.add_column("connection", sa.Column("refusals", sa.Text(), nullable=True))
