"""The staged check of the SFTP side, against a real OpenSSH server."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import asyncssh

from ml_connector.clock import SystemClock
from ml_connector.sftp.address import SftpAddress
from ml_connector.sftp.check import CheckStage, check_sftp
from tests.openssh import RunningSshd, running_sshd
from tests.wire.sftp.addresses import address_of

STAGES = [
    "address",
    "handshake",
    "host_key",
    "sign_in",
    "inbound_list",
    "inbound_write",
    "outbound_list",
    "outbound_read",
]


def check(server: RunningSshd, address: SftpAddress, *, probe: bool = False) -> dict[str, CheckStage]:
    stages = check_sftp(address, inbound=server.inbound, outbound=server.outbound, clock=SystemClock(), probe=probe)
    assert [one.stage for one in stages] == STAGES
    assert all(one.seconds >= 0 for one in stages)
    assert all(bool(one.fix) == bool(one.code) == (one.result == "fail") for one in stages)
    return {one.stage: one for one in stages}


def results(stages: dict[str, CheckStage]) -> str:
    """One letter a stage: pass, fail, skipped."""
    return "".join(one.result[0] for one in stages.values())


def test_a_sound_connection_passes_and_writes_nothing_unasked(sshd: RunningSshd, address: SftpAddress) -> None:
    Path(sshd.outbound, "invoices_1.csv").write_bytes(b"abc")
    stages = check(sshd, address)
    assert results(stages) == "pppppspp"
    assert stages["inbound_write"].message == "Only tried with --probe."
    assert stages["outbound_read"].message == f"{sshd.outbound}/invoices_1.csv was read: 3 bytes."
    assert stages["host_key"].host_keys == (sshd.host_key,)
    assert os.listdir(sshd.inbound) == []


def test_a_probe_tries_the_write_and_leaves_nothing(sshd: RunningSshd, address: SftpAddress) -> None:
    stages = check(sshd, address, probe=True)
    assert results(stages) == "ppppppps"
    assert stages["outbound_read"].message == "There is no file to read."
    assert os.listdir(sshd.inbound) == []


def test_without_a_pin_every_key_is_shown_and_no_sign_in_is_tried(tmp_path: Path) -> None:
    kinds = ("ssh-ed25519", "ecdsa-sha2-nistp256")
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=3072)
    keys = [*(asyncssh.generate_private_key(kind) for kind in kinds), rsa]
    with running_sshd(tmp_path, host_keys=keys) as server:
        stages = check(server, address_of(server, host_keys=()))
        assert results(stages) == "ppfsssss"
        assert sorted(stages["host_key"].host_keys) == sorted(server.host_keys)
        assert all(line in stages["host_key"].message for line in server.host_keys)
        assert stages["host_key"].code == "sftp.host_key_not_pinned"
        assert stages["sign_in"].message == "Not tried: host key comes first."
        assert "userauth-request for user" not in server.said()


def test_a_second_key_is_mentioned_while_the_pinned_one_holds(tmp_path: Path) -> None:
    with running_sshd(tmp_path, host_key_types=("ssh-ed25519", "ecdsa-sha2-nistp256")) as server:
        stages = check(server, address_of(server))
    second = asyncssh.import_public_key(server.host_keys[1]).get_fingerprint()
    assert stages["host_key"].result == "pass"
    assert f"Also offered: ecdsa-sha2-nistp256 {second}." in stages["host_key"].message


def test_a_changed_key_stops_the_check_before_any_sign_in(sshd: RunningSshd) -> None:
    other = " ".join(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[:2])
    stages = check(sshd, address_of(sshd, host_keys=(other,)))
    assert results(stages) == "ppfsssss"
    assert stages["host_key"].code == "sftp.host_key_changed"
    assert sshd.host_key in stages["host_key"].fix
    assert "userauth-request for user" not in sshd.said()


def test_refused_credentials_fail_at_the_sign_in(sshd: RunningSshd) -> None:
    pem = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh").decode()
    stages = check(sshd, address_of(sshd, private_key=pem))
    assert results(stages) == "pppfssss"
    assert stages["sign_in"].code == "sftp.sign_in_refused"


def test_a_missing_folder_fails_alone(sshd: RunningSshd, address: SftpAddress) -> None:
    shutil.rmtree(sshd.inbound)
    stages = check(sshd, address, probe=True)
    assert results(stages) == "ppppfsps"
    assert stages["inbound_list"].message == f"Folder {sshd.inbound} not found on 127.0.0.1."


def test_rights_that_are_missing_are_named_one_by_one(tmp_path: Path) -> None:
    with running_sshd(tmp_path, password_user=True) as server:
        Path(server.outbound, "invoices_1.csv").write_bytes(b"abc")
        Path(server.outbound, "invoices_1.csv").chmod(0)
        Path(server.inbound).chmod(0o500)
        stages = check(server, address_of(server), probe=True)
    assert results(stages) == "pppppfpf"
    assert stages["inbound_write"].code == stages["outbound_read"].code == "sftp.no_permission"


def test_an_outdated_server_fails_at_the_handshake(tmp_path: Path) -> None:
    with running_sshd(tmp_path, options=["Ciphers aes128-cbc"]) as server:
        stages = check(server, address_of(server))
    assert results(stages) == "pfssssss"
    assert stages["handshake"].code == "sftp.weak_algorithms"


def test_a_server_that_is_down_fails_at_the_address(sshd: RunningSshd) -> None:
    sshd.process.terminate()
    sshd.process.wait(5)
    stages = check(sshd, address_of(sshd))
    assert results(stages) == "fsssssss"
    assert stages["address"].code == "sftp.unreachable"
