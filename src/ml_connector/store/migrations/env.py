"""How Alembic runs a script: on the connection it is handed, within that connection's transaction. Nothing else."""

from __future__ import annotations

from alembic import context

from ml_connector.store.rows.pace_tables import pace_metadata
from ml_connector.store.rows.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[metadata, pace_metadata],
    # SQLite alters a table by making it anew.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
