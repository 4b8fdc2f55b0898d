"""Files that come in sets: a row belongs to another, and a content is known by the hash of all that came together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns, and the index of originals over whole sets."""
    op.add_column("file", sa.Column("set_sha256", sa.Text(), nullable=False, server_default=""))
    op.add_column("file", sa.Column("belongs_to", sa.Text(), nullable=True))
    op.drop_index("uq_file_content", "file")
    original = sa.text("repeat_of IS NULL AND sha256 IS NOT NULL AND belongs_to IS NULL")
    op.create_index(
        "uq_file_content",
        "file",
        ["connection", "feed", "sha256", "set_sha256"],
        unique=True,
        sqlite_where=original,
        postgresql_where=original,
    )
