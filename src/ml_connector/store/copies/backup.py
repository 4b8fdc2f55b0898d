"""Write a backup: every row of one state of the database and every original, in one tar file, its manifest at the end.

Secrets stay sealed and the master key is not in it. The file is whole and readable by its owner alone, or not there.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path

from sqlalchemy import Connection, select

from ml_connector.clock import Clock
from ml_connector.store.copies.plain_rows import kept_tables, render_row, stream_rows
from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.disk.faults import translate_disk_error
from ml_connector.store.disk.whole_files import written_whole
from ml_connector.store.migrations import load_schema_version
from ml_connector.store.rows.tables import audit_head

FORMAT = "ml-connector backup 1"
MANIFEST = "manifest.json"
ROWS, ORIGINALS = "database", "archive"


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup: its size in bytes, its SHA-256, and how many rows it holds (0 for an original)."""

    size_bytes: int
    sha256: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: ``heads`` are number and hash of the last audit entry by connection, ``damaged`` the
    originals that are no longer what their name says and are left out."""

    at: str
    schema: str
    members: dict[str, Member] = field(default_factory=dict)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()
    format: str = FORMAT

    @property
    def originals(self) -> int:
        """How many originals are in it."""
        return sum(1 for name in self.members if name.startswith(f"{ORIGINALS}/"))


def write_backup(database: Database, archive: Archive, path: Path, clock: Clock) -> Manifest:
    """Write the backup at ``path``, in place of one that is there; what a database and an archive hold at this moment,
    however long it takes. Raises the store's errors, and leaves nothing half written."""
    try:
        with written_whole(path) as stream, tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
            with database.snapshot() as connection:
                manifest = _put_rows(tar, connection, path.parent, clock.now())
            # Later than the rows: each original that a row names is there by now.
            manifest = _put_originals(tar, archive, manifest)
            _put(tar, MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True).encode("utf-8"))
        return manifest
    except OSError as error:
        raise translate_disk_error(error, f"The backup {path}") from error


def _put_rows(tar: tarfile.TarFile, connection: Connection, folder: Path, at: datetime) -> Manifest:
    members: dict[str, Member] = {}
    for table in kept_tables():
        with tempfile.TemporaryFile(dir=folder) as rows:
            digest, count = hashlib.sha256(), 0
            for row in stream_rows(connection, table):
                line = render_row(row)
                digest.update(line)
                rows.write(line)
                count += 1
            size_bytes = rows.tell()
            rows.seek(0)
            name = f"{ROWS}/{table.name}.jsonl"
            tar.addfile(_info(name, size_bytes), rows)
        members[name] = Member(size_bytes, digest.hexdigest(), count)
    heads = {row.connection: (row.sequence, row.hash) for row in connection.execute(select(audit_head))}
    return Manifest(at.isoformat(), load_schema_version(connection) or "", members, heads)


def _put_originals(tar: tarfile.TarFile, archive: Archive, manifest: Manifest) -> Manifest:
    members, damaged = dict(manifest.members), []
    for sha256 in archive.list_contents():
        content = archive.read_content(sha256)
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            damaged.append(sha256)
            continue
        name = f"{ORIGINALS}/{sha256}"
        _put(tar, name, content)
        members[name] = Member(len(content), sha256)
    return Manifest(manifest.at, manifest.schema, members, manifest.heads, tuple(damaged))


def _put(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_info(name, len(content)), BytesIO(content))


def _info(name: str, size_bytes: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size_bytes, 0o600
    return info
