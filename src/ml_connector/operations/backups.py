"""How a backup is shown outside. Pure."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ml_connector.operations.views import JsonObject, render_instant
from ml_connector.store.copies.backup import Manifest


def render_backup(path: Path, manifest: Manifest) -> JsonObject:
    """What a backup holds: when it was taken, its schema, how many rows and originals, where each trail ended, and the
    originals that were left out because they are no longer what was archived."""
    members = manifest.members.values()
    return {
        "file": str(path),
        "at": render_instant(datetime.fromisoformat(manifest.at)),
        "schema": manifest.schema,
        "rows": sum(member.rows for member in members),
        "files": manifest.originals,
        "heads": {name: {"entries": sequence, "head": head} for name, (sequence, head) in manifest.heads.items()},
        "damaged": list(manifest.damaged),
    }
