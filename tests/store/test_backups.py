"""A backup: every row and every original of one moment in one file, proven whole before anything of it comes back."""

from __future__ import annotations

import io
import json
import stat
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, select

from ml_connector.clock import SimulatedClock
from ml_connector.errors import ConfigurationError, IntegrityError
from ml_connector.store.audit import AuditRepository
from ml_connector.store.copies.backup import Manifest, write_backup
from ml_connector.store.copies.plain_rows import kept_tables
from ml_connector.store.copies.restoring import RestorePlace, restore_backup
from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.files import FileRepository
from ml_connector.store.invoices import InvoiceRepository
from ml_connector.store.migrations import migrate_to
from ml_connector.store.rows.tables import audit_entry, audit_head, restored
from ml_connector.store.secret_rows import SecretRows
from tests.databases import fresh_database
from tests.store.records import NAME, NOW, a_file, a_note, a_record, hash_of

Files = dict[str, bytes]
CONTENT = b"content 1"


def test_all_rows_come_back_as_they_were_and_say_that_they_did(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    kept = filled(database, clock, tmp_path)

    with empty_place(tmp_path) as place:
        manifest = restore_backup(kept, place, clock, actor="j.doe")

        left_out = {audit_entry, audit_head, restored}
        for table in kept_tables():
            if table not in left_out:
                assert rows_of(place.database, table) == rows_of(database, table)
        before, after = trail_of(database, clock), trail_of(place.database, clock)
        assert after.verify().ok
        assert list(after.load_entries())[:-1] == list(before.load_entries())
        added = list(after.load_entries())[-1].note
        assert (added.event, added.actor, added.note) == (
            "backup.restored",
            "j.doe",
            "restored from the backup of 2026-11-24 09:30 UTC",
        )
        assert rows_of(place.database, restored) == [(1, NOW, NOW)]
        assert place.archive.load_content(hash_of("content 1")) == CONTENT
    head = before.load_head()
    assert head is not None
    assert (manifest.heads, manifest.originals) == ({NAME: (head.sequence, head.hash)}, 1)


def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    kept = filled(database, clock, tmp_path)

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_a_backup_that_cannot_be_written_leaves_the_earlier_one(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    kept = filled(database, clock, tmp_path)
    before = kept.read_bytes()

    class FullArchive(Archive):
        def list_contents(self) -> Iterator[str]:
            raise OSError(28, "No space left on device")

    with pytest.raises(Exception, match="Disk full"):
        write_backup(database, FullArchive(tmp_path / "archive"), kept, clock)

    assert kept.read_bytes() == before
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_an_original_that_was_changed_is_named_and_left_out(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    filled(database, clock, tmp_path)
    (original,) = (path for path in (tmp_path / "archive").rglob("*") if path.is_file())
    original.write_bytes(b"content 2")

    manifest = write_backup(database, Archive(tmp_path / "archive"), tmp_path / "kept" / "later.tar", clock)

    assert (manifest.damaged, manifest.originals) == ((hash_of("content 1"),), 0)


def change_row(files: Files, manifest: dict[str, Any]) -> None:
    files["database/invoice.jsonl"] = files["database/invoice.jsonl"].replace(b"1284.50", b"1284.51")


def lose_file(files: Files, manifest: dict[str, Any]) -> None:
    del files["database/invoice.jsonl"]


def add_file(files: Files, manifest: dict[str, Any]) -> None:
    files["archive/" + "0" * 64] = b"unknown"


def lose_manifest(files: Files, manifest: dict[str, Any]) -> None:
    manifest.clear()


@pytest.mark.parametrize("damage", [change_row, lose_file, add_file, lose_manifest])
def test_a_damaged_backup_is_refused_before_the_first_row(
    database: Database, clock: SimulatedClock, tmp_path: Path, damage: Callable[[Files, dict[str, Any]], None]
) -> None:
    kept = filled(database, clock, tmp_path)
    rewrite(kept, damage)

    with empty_place(tmp_path) as place:
        with pytest.raises(IntegrityError) as refused:
            restore_backup(kept, place, clock, actor="j.doe")

        assert refused.value.code == "store.backup_damaged"
        assert [table.name for table in kept_tables() if rows_of(place.database, table)] == []
        assert list(place.archive.list_contents()) == []


def test_a_cut_backup_is_refused(database: Database, clock: SimulatedClock, tmp_path: Path) -> None:
    kept = filled(database, clock, tmp_path)
    kept.write_bytes(kept.read_bytes()[:3000])

    with empty_place(tmp_path) as place, pytest.raises(IntegrityError) as refused:
        restore_backup(kept, place, clock, actor="j.doe")

    assert refused.value.code == "store.backup_damaged"


def test_a_store_with_anything_in_it_is_left_alone(database: Database, clock: SimulatedClock, tmp_path: Path) -> None:
    kept = filled(database, clock, tmp_path)

    with empty_place(tmp_path) as place:
        place.archive.save_content(CONTENT, hash_of("content 1"))
        with pytest.raises(ConfigurationError) as refused:
            restore_backup(kept, place, clock, actor="j.doe")

    assert refused.value.code == "store.not_empty"


def make_older(files: Files, manifest: dict[str, Any]) -> None:
    """What the first schema had no place for is taken out."""
    manifest["schema"] = "0001"
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        migrate_to(connection, "0001")
        seen = inspect(connection)
        columns = {table: {each["name"] for each in seen.get_columns(table)} for table in seen.get_table_names()}
    engine.dispose()
    for name in [name for name in files if name.startswith("database/")]:
        known = columns.get(name.removeprefix("database/").removesuffix(".jsonl"))
        if known is None:
            del files[name], manifest["members"][name]
            continue
        rows = [json.loads(line) for line in files[name].splitlines()]
        older = [{key: value for key, value in row.items() if key in known} for row in rows]
        put(files, manifest, name, "".join(json.dumps(row) + "\n" for row in older).encode())


def make_newer(files: Files, manifest: dict[str, Any]) -> None:
    manifest["schema"] = "9999"


def test_rows_of_an_older_version_are_migrated_on_their_way_back(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    kept = filled(database, clock, tmp_path)
    rewrite(kept, make_older)

    with empty_place(tmp_path) as place:
        assert restore_backup(kept, place, clock, actor="j.doe").schema == "0001"

        found = InvoiceRepository(place.database, NAME, clock).load_in()
    assert found == InvoiceRepository(database, NAME, clock).load_in()


def test_a_backup_of_a_newer_version_is_not_guessed_at(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    kept = filled(database, clock, tmp_path)
    rewrite(kept, make_newer)

    with empty_place(tmp_path) as place, pytest.raises(ConfigurationError) as refused:
        restore_backup(kept, place, clock, actor="j.doe")

    assert refused.value.code == "store.backup_of_other_version"


def filled(database: Database, clock: SimulatedClock, tmp_path: Path) -> Path:
    """A database with an invoice of a file, a file that repeats one seen after it, and a secret; its backup."""
    archive = Archive(tmp_path / "archive")
    archive.save_content(CONTENT, hash_of("content 1"))
    files = FileRepository(database, NAME, clock, archive=archive)
    files.save_file(a_file("fbbbbbbbb", name="earlier.csv", state="waiting"), None)
    InvoiceRepository(database, NAME, clock).save_taken(a_file(), [a_record()], [a_note()])
    SecretRows(database, clock).save_sealed(
        NAME, "stampli.password", version=1, key_id="k", wrapped_key=b"\0\1", sealed=b"\xff", set_at=NOW, set_by="me"
    )
    kept = tmp_path / "kept" / "monday.tar"
    kept.parent.mkdir()
    manifest: Manifest = write_backup(database, archive, kept, clock)
    assert manifest.damaged == ()
    return kept


@contextmanager
def empty_place(tmp_path: Path) -> Iterator[RestorePlace]:
    """A store in which nothing ever was."""
    database = fresh_database(tmp_path / "elsewhere")
    try:
        yield RestorePlace(database, Archive(tmp_path / "elsewhere" / "archive"), tmp_path / "elsewhere")
    finally:
        database.close()


def rows_of(database: Database, table: Any) -> list[tuple[object, ...]]:
    """All rows of a table in the order of its key."""
    with database.snapshot() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]


def trail_of(database: Database, clock: SimulatedClock) -> AuditRepository:
    return AuditRepository(database, NAME, clock)


def put(files: Files, manifest: dict[str, Any], name: str, content: bytes) -> None:
    """A file of a backup as another version would have written it."""
    files[name] = content
    manifest["members"][name] |= {"size_bytes": len(content), "sha256": hash_of(content.decode())}


def rewrite(path: Path, change: Callable[[Files, dict[str, Any]], None]) -> None:
    """The backup anew with that change."""
    with tarfile.open(path) as tar:
        files = {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]
    manifest = json.loads(files.pop("manifest.json"))
    change(files, manifest)
    with tarfile.open(path, "w") as tar:
        for name, content in {**files, "manifest.json": json.dumps(manifest).encode()}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
