"""Put a backup back into an empty store: everything in it is proven first, then all rows come in one transaction.

Rows of an older version are put into a database of that version beside the backup's own data, migrated there, and
copied. Postings wait for what Acumatica has since: the mark that a backup was restored is left with the rows.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Connection, Table, create_engine, func, insert, inspect, select, text, update

from ml_connector.audit.digest import RESTORED
from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.errors import ConfigurationError, IntegrityError
from ml_connector.store.audit import record_notes
from ml_connector.store.copies.backup import FORMAT, MANIFEST, ORIGINALS, ROWS, Manifest, Member
from ml_connector.store.copies.plain_rows import kept_tables, parse_row, stream_rows
from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.disk.faults import translate_disk_error
from ml_connector.store.disk.folders import make_private_folder
from ml_connector.store.invoices.sweeps import record_restored
from ml_connector.store.migrations import SCHEMA_VERSION, bring_up_to_date, migrate_to
from ml_connector.store.rows.tables import file

_PART_BYTES = 1 << 20
_ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class RestorePlace:
    """Where a backup goes, and a folder of ours with room for its rows while they are migrated."""

    database: Database
    archive: Archive
    workplace: Path


def restore_backup(path: Path, place: RestorePlace, clock: Clock, *, actor: str) -> Manifest:
    """Restore the backup at ``path``.

    ConfigurationError ``store.not_empty`` where anything is there already, or where a newer version made the backup;
    IntegrityError ``store.backup_damaged`` where the file is not what was written. Nothing has changed then."""
    try:
        with path.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            _require_empty(place)
            manifest = _prove(tar)
            _require_known(manifest)
            with _migrated(tar, manifest, place.workplace) as source:
                # The originals first: rows must never name what is not there.
                for name in _names(manifest, ORIGINALS):
                    place.archive.save_content(_read(tar, name), manifest.members[name].sha256)
                with place.database.transaction() as target:
                    _copy_all(source, target)
                    _leave_mark(target, manifest, clock.now(), actor)
        return manifest
    except tarfile.TarError as error:
        raise _damaged("it is no whole tar file") from error
    except OSError as error:
        raise translate_disk_error(error, f"The backup {path}") from error


def _require_empty(place: RestorePlace) -> None:
    with place.database.snapshot() as connection:
        full = [table.name for table in kept_tables() if connection.execute(select(table).limit(1)).first()]
    if full or next(place.archive.list_contents(), None) is not None:
        raise ConfigurationError(
            f"The store is not empty ({', '.join(full) or 'there are files in the archive'}); nothing was restored",
            fix="Name a new database in [store] url and a new folder in [store] archive, and restore into those.",
            stage="store",
            code="store.not_empty",
        )


def _prove(tar: tarfile.TarFile) -> Manifest:
    """The manifest, once every file of the backup has the size and the hash that it says, and none is more or less."""
    found = {info.name: _hashed(tar, info) for info in tar if info.name != MANIFEST}
    manifest = _parse_manifest(_read(tar, MANIFEST))
    expected = {name: (member.size_bytes, member.sha256) for name, member in manifest.members.items()}
    if found != expected:
        wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise _damaged(f"{wrong[0]} is not as it was written")
    return manifest


def _hashed(tar: tarfile.TarFile, info: tarfile.TarInfo) -> tuple[int, str]:
    stream = tar.extractfile(info)
    digest = hashlib.sha256()
    while stream is not None and (part := stream.read(_PART_BYTES)):
        digest.update(part)
    return info.size, digest.hexdigest()


def _parse_manifest(content: bytes) -> Manifest:
    try:
        told = json.loads(content)
        if told["format"] != FORMAT:
            _refuse(f"its form is {told['format']}, and this version reads {FORMAT}")
        members = {name: Member(**member) for name, member in told["members"].items()}
        heads = {name: (head[0], head[1]) for name, head in told["heads"].items()}
        datetime.fromisoformat(told["at"])
        return Manifest(told["at"], told["schema"], members, heads, tuple(told["damaged"]))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise _damaged("its manifest cannot be read") from error


def _require_known(manifest: Manifest) -> None:
    if manifest.schema > SCHEMA_VERSION:
        _refuse(f"a newer version of ml-connector made it (schema {manifest.schema}, this one knows {SCHEMA_VERSION})")


def _refuse(why: str) -> NoReturn:
    raise ConfigurationError(
        f"The backup cannot be restored by this version: {why}",
        fix="Install the version of ml-connector that made it, or a newer one, and restore with that.",
        stage="store",
        code="store.backup_of_other_version",
    )


@contextmanager
def _migrated(tar: tarfile.TarFile, manifest: Manifest, folder: Path) -> Iterator[Connection]:
    """The backup's rows in a database of their own, brought up to this version."""
    make_private_folder(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as aside:
        engine = create_engine(f"sqlite+pysqlite:///{Path(aside) / 'rows.db'}", hide_parameters=True)
        try:
            with engine.begin() as connection:
                migrate_to(connection, manifest.schema)
                for name in _names(manifest, ROWS):
                    _put_back(tar, name, connection)
                bring_up_to_date(connection)
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


def _put_back(tar: tarfile.TarFile, name: str, connection: Connection) -> None:
    stream = tar.extractfile(name)
    table = name.removeprefix(f"{ROWS}/").removesuffix(".jsonl")
    seen = inspect(connection)
    if stream is None or table not in seen.get_table_names():
        raise _damaged(f"{name} is not of the version that it names")
    known = {column["name"] for column in seen.get_columns(table)}
    try:
        for line in stream:
            row = parse_row(line)
            if not row.keys() <= known:
                raise ValueError("a column that this version never had")
            columns = ", ".join(f'"{column}"' for column in row)
            values = ", ".join(f":{column}" for column in row)
            connection.execute(text(f'INSERT INTO "{table}" ({columns}) VALUES ({values})'), row)
    except ValueError as error:
        raise _damaged(f"{name} cannot be read") from error


def _copy_all(source: Connection, target: Connection) -> None:
    for table in kept_tables():
        some: list[dict[str, object]] = []
        for row in stream_rows(source, table):
            some.append(_first(row) if table is file else dict(row))
            if len(some) == _ROWS_AT_ONCE:
                target.execute(insert(table), some)
                some = []
        if some:
            target.execute(insert(table), some)
        _go_on_counting(target, table)
    for repeat in source.execute(select(file.c.id, file.c.repeat_of).where(file.c.repeat_of.is_not(None))):
        target.execute(update(file).where(file.c.id == repeat.id).values(repeat_of=repeat.repeat_of))


def _first(row: Mapping[str, object]) -> dict[str, object]:
    """A file's row as a repeat of itself, where it is one: what it repeats may come after it."""
    return {**row, "repeat_of": row["id"] if row["repeat_of"] is not None else None}


def _go_on_counting(target: Connection, table: Table) -> None:
    """PostgreSQL counts rows by itself, beside the numbers that rows bring along."""
    counted = table.autoincrement_column
    if counted is None or target.dialect.name != "postgresql":
        return
    highest = target.execute(select(func.max(counted))).scalar()
    if highest is not None:
        target.execute(select(func.setval(func.pg_get_serial_sequence(table.name, counted.name), highest)))


def _leave_mark(target: Connection, manifest: Manifest, at: datetime, actor: str) -> None:
    backup_at = datetime.fromisoformat(manifest.at)
    record_restored(target, backup_at, at)
    for name in sorted(manifest.heads):
        told = f"restored from the backup of {backup_at:%Y-%m-%d %H:%M} UTC"
        data: dict[str, str | None] = {"backup_at": backup_at.isoformat()}
        record_notes(target, name, at, [AuditNote(RESTORED, name, told, actor, data)])


def _names(manifest: Manifest, folder: str) -> list[str]:
    """The files below a folder; rows in an order in which what they refer to is there, though nothing asks for it."""
    return [name for name in manifest.members if name.startswith(f"{folder}/")]


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    try:
        stream = tar.extractfile(name)
    except KeyError:
        stream = None
    if stream is None:
        raise _damaged(f"{name} is not in it")
    return stream.read()


def _damaged(why: str) -> IntegrityError:
    return IntegrityError(
        f"The backup is damaged: {why}. Nothing was restored.",
        fix="Take another backup.",
        stage="store",
        code="store.backup_damaged",
    )
