"""What stops a pass is told with its stage, its cause and its fix, ends in exit 3, and leaves nothing half-done."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.firm import CONNECTION, Outcome
from tests.office import Office, running_office
from tests.papers import approved, overhead

_STAGES = {
    "acumatica": ["address", "tls", "sign_in", "endpoint_version", "read_vendors", "read_bills", "write_rights",
                  "preferences", "licence"],
    "stampli": ["address", "handshake", "host_key", "sign_in", "inbound_list", "inbound_write", "outbound_list",
                "outbound_read"],
}  # fmt: skip
_TECHNICAL = ("HTTP", "JSON", "Traceback", "Exception", "Errno")


def test_a_wrong_password_of_acumatica_is_told_and_mended(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.drop_invoices(approved("INV-8841", overhead("1284.37")))
        office.set_secret("acumatica.password", "not-the-password")
        stopped(office, office.sync("all"), stage="sign_in", code="acumatica.sign_in_refused")
        office.set_secret("acumatica.password", office.erp.options.password)
        assert office.sync("all").exit_code == 0
        assert office.bills() == [("INV-8841", "1284.37", "Open")]


def test_a_wrong_endpoint_version_is_named_with_those_the_instance_has(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.write_settings({"acumatica.version": '"21.200.001"'})
        error = stopped(office, office.sync("all"), stage="endpoint_version", code="acumatica.endpoint_version_missing")
        assert all(version in error["message"] for version in ("21.200.001", "22.200.001", "24.200.001"))


def test_a_changed_host_key_stops_before_any_sign_in(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode().strip()
        office.write_settings({"stampli.host_keys": f'["{other}"]'})
        stopped(office, office.sync("all"), stage="host_key", code="sftp.host_key_changed")
        assert "Accepted" not in office.sshd.log.read_text() and "Failed" not in office.sshd.log.read_text()
        checked = office.run("connection", "check", CONNECTION, "--json")
        assert checked.exit_code == 3
        stage = stage_of(checked, "stampli", "host_key")
        assert stage["result"] == "fail" and stage["fix"]
        assert stage_of(checked, "stampli", "sign_in")["result"] == "skipped"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"acumatica.url": '"http://127.0.0.1:1"'}, "acumatica.not_sent"),
        ({"stampli.port": "1"}, "sftp.unreachable"),
    ],
)
def test_a_host_that_cannot_be_reached_is_told(tmp_path: Path, changes: dict[str, str], code: str) -> None:
    with running_office(tmp_path) as office:
        office.drop_invoices(approved("INV-8841", overhead("1284.37")))
        office.write_settings(changes)
        stopped(office, office.sync("all"), stage="address", code=code)


def test_a_wrong_key_for_the_folders_is_told(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh").decode()
        office.set_secret("stampli.private_key", stranger)
        stopped(office, office.sync("all"), stage="sign_in", code="sftp.sign_in_refused")


def test_a_missing_folder_is_told_and_never_made(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.write_settings({"stampli.outbound": '"/nowhere/at/all"'})
        error = stopped(office, office.sync("invoices"), stage="outbound_list", code="sftp.folder_missing")
        assert "/nowhere/at/all" in error["message"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_full_disk_of_ours_stops_before_anything_is_sent(tmp_path: Path) -> None:
    with running_office(tmp_path) as office, small_disk(office.folder / "var") as disk:
        office.drop_invoices(approved("INV-8841", overhead("1284.37")))
        fill = disk / "fill"
        with fill.open("wb") as file:
            filled = 0
            while filled < 64 * 2**20:
                try:
                    filled += file.write(bytes(65536))
                    file.flush()
                except OSError:
                    break
        outcome = office.sync("invoices")
        assert outcome.exit_code == 3, outcome
        assert "full" in outcome.document["error"]["message"].lower()
        assert office.bills() == []
        fill.unlink()
        assert office.sync("invoices").exit_code == 0
        assert office.bills() == [("INV-8841", "1284.37", "Open")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_full_disk_at_stampli_leaves_no_file_with_a_final_name(tmp_path: Path) -> None:
    with running_office(tmp_path) as office, small_disk(office.inbound, size="16k"):
        outcome = office.sync("master-data")
        assert outcome.exit_code == 3, outcome
        assert outcome.document["error"]["code"] == "sftp.disk_full"
        assert outcome.document["error"]["fix"]
        names = {path.name for path in office.inbound.iterdir()}
        sent = {row["file"] for row in outcome.document["feeds"] if row["sent"]}
        assert names == sent


def test_without_a_pinned_key_only_the_check_works_and_shows_it(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.write_settings({"stampli.host_keys": "[]"})
        assert office.sync("all").exit_code == 2
        checked = office.run("connection", "check", CONNECTION, "--json")
        assert checked.exit_code == 3
        stage = stage_of(checked, "stampli", "host_key")
        assert office.sshd.host_key.split()[1] in stage["message"] + stage["fix"]
        assert stage_of(checked, "stampli", "sign_in")["result"] == "skipped"


def test_a_good_connection_passes_every_stage_in_order(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        checked = office.run("connection", "check", CONNECTION, "--json")
        assert (checked.exit_code, checked.document["ok"]) == (0, True), checked.document
        for system, stages in _STAGES.items():
            assert [row["stage"] for row in checked.document["stages"] if row["system"] == system] == stages
        assert list(office.inbound.iterdir()) == [] and office.bills() == []


def stopped(office: Office, outcome: Outcome, *, stage: str, code: str) -> dict[str, Any]:
    """Exit 3 with a plain error at that stage; no bill, no half file."""
    assert outcome.exit_code == 3, outcome
    error: dict[str, Any] = outcome.document["error"]
    assert (error["stage"], error["code"]) == (stage, code)
    assert error["family"] in ("transient", "configuration") and error["message"] and error["fix"]
    assert not [word for word in _TECHNICAL if word in error["message"] + error["fix"]]
    assert office.bills() == []
    assert not [path.name for path in office.inbound.iterdir() if path.name.endswith(".part")]
    return error


def stage_of(outcome: Outcome, system: str, stage: str) -> dict[str, Any]:
    """One stage of a check."""
    return next(row for row in outcome.document["stages"] if (row["system"], row["stage"]) == (system, stage))


@contextmanager
def small_disk(folder: Path, size: str = "4m") -> Iterator[Path]:
    """A small file system of its own under ``folder``, with what was in it."""
    kept = folder.with_name(f"{folder.name}-kept")
    shutil.copytree(folder, kept)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
