"""Full disks on either side: exit 3, nothing half done or lost, well again once there is room. Mounting needs root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.refusals import assert_cured, assert_refused
from tests.firm import CONNECTION
from tests.office import Office
from tests.papers import approved
from tests.wire.sftp.disks import small_disk


def test_a_full_inbound_folder_keeps_no_part_of_a_file(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    with small_disk(office.inbound):
        with filled(office.inbound, left_bytes=1024) as filler:
            told = assert_refused(office.pass_of("all"), "inbound_write", "sftp.disk_full")
            left = office.sent_names()

        assert "No space left" in told and "make room" in told
        assert (left, office.leases_held()) == ([filler.name], [])
        assert office.bills() == [("INV-8841", "Open")]
        assert_cured(office)


@pytest.mark.parametrize("left_bytes", [0, 64 * 1024, 512 * 1024])
def test_a_full_disk_under_the_database_books_nothing_twice_and_loses_nothing(office: Office, left_bytes: int) -> None:
    office.drop_invoices(*(approved(f"INV-{number}") for number in range(8)))
    with records_on_a_small_disk(office) as var:
        assert office.run("sync", CONNECTION, "master-data").exit_code == 0
        with filled(var, left_bytes=left_bytes):
            refused = office.pass_of("invoices")

        error = refused.document["error"]
        assert (refused.exit_code, error["stage"], error["code"]) == (3, "store", "store.disk_full")
        assert "Disk full" in error["message"] and "Make room" in error["fix"]
        again = office.pass_of("invoices")
        assert (again.exit_code, office.leases_held()) == (0, [])
        assert sorted(office.bills()) == [(f"INV-{number}", "Open") for number in range(8)]
        proved = office.prove()
        assert (proved.exit_code, [row["residual"] for row in proved.document]) == (0, ["0.00"])
        assert office.verify_audit().exit_code == 0


def test_a_full_disk_under_the_archive_takes_no_file_it_could_not_keep(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    archive = office.folder / "var" / "archive"
    archive.mkdir(mode=0o700)
    with small_disk(archive):
        archive.chmod(0o700)
        with filled(archive, left_bytes=0):
            assert_refused(office.pass_of("invoices"), "store", "store.disk_full")
        assert (office.bills(), office.read("SELECT * FROM file")) == ([], [])
        assert office.run("sync", CONNECTION, "invoices").exit_code == 0
        assert office.bills() == [("INV-8841", "Open")]


@contextmanager
def records_on_a_small_disk(office: Office) -> Iterator[Path]:
    """The database of the office, moved with its key to a small disk."""
    var = office.folder / "var"
    kept = {path.name: path.read_bytes() for path in var.iterdir() if path.is_file()}
    with small_disk(var, size_mebibytes=24):
        var.chmod(0o700)
        for name, content in kept.items():
            (var / name).write_bytes(content)
            (var / name).chmod(0o600)
        yield var


@contextmanager
def filled(folder: Path, *, left_bytes: int) -> Iterator[Path]:
    """A file of somebody else takes all room but so many bytes, until the block ends."""
    filler = folder / "filler"
    room = os.statvfs(folder)
    filler.write_bytes(b"\0" * max(0, room.f_bavail * room.f_frsize - left_bytes))
    try:
        yield filler
    finally:
        filler.unlink()
