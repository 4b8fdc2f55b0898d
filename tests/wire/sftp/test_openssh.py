"""Files on a real OpenSSH server: listed, fetched, put, moved and deleted."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest

from ml_connector.sftp.faults import ConnectionDropped, HostKeyChanged, SignInRefused
from ml_connector.sftp.files import FetchedFile, RefusedFile, RemoteFile, VanishedOrGrowing
from ml_connector.sftp.folder_faults import DiskFull, FolderMissing, NameTaken, NoPermission, ServerFailure
from ml_connector.sftp.session import SftpSession
from tests.openssh import RunningSshd, children_of, running_sshd
from tests.processes import running_process
from tests.wire.sftp.addresses import address_of
from tests.wire.sftp.disks import small_disk
from tests.wire.sftp.sockets import cutting_proxy, raw_server

ROWS = b"StampliID,Type\r\n900101,Invoice\r\n"
MIB = 1024 * 1024


def drop(sshd: RunningSshd, name: str | bytes, content: bytes = ROWS) -> str:
    """Put a file into the outbound folder as Stampli does; its remote path."""
    raw = name.encode() if isinstance(name, str) else name
    path = os.path.join(os.fsencode(sshd.outbound), raw)
    with open(path, "wb") as file:
        file.write(content)
    return os.fsdecode(path)


def test_every_kind_of_entry_is_listed_for_what_it_is(sshd: RunningSshd, session: SftpSession) -> None:
    os.utime(drop(sshd, "a.csv"), (1_767_225_600, 1_767_225_600))
    os.symlink("/etc/passwd", Path(sshd.outbound, "link.csv"))
    os.symlink("loop.csv", Path(sshd.outbound, "loop.csv"))
    os.mkfifo(Path(sshd.outbound, "pipe.csv"))
    os.mkdir(Path(sshd.outbound, "done"))
    found = {file.name: file for file in session.list_files(sshd.outbound)}
    assert {name: file.kind for name, file in found.items()} == {
        "a.csv": "file",
        "link.csv": "link",
        "loop.csv": "link",
        "pipe.csv": "other",
        "done": "folder",
    }
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert found["a.csv"] == RemoteFile("a.csv", b"a.csv", sshd.outbound, len(ROWS), at, "file")


def test_an_empty_folder_is_an_empty_list(sshd: RunningSshd, session: SftpSession) -> None:
    assert session.list_files(sshd.outbound) == []


def test_a_folder_that_is_not_there_is_named(sshd: RunningSshd, session: SftpSession) -> None:
    with pytest.raises(FolderMissing) as raised:
        session.list_files(f"{sshd.outbound}/nowhere")
    error = raised.value
    assert (error.family, error.at, error.code, error.stage) == (
        "configuration",
        "system",
        "sftp.folder_missing",
        "outbound_list",
    )
    assert error.message == f"Folder {sshd.outbound}/nowhere not found on 127.0.0.1."


def test_twins_by_form_or_case_are_two_files(sshd: RunningSshd, session: SftpSession) -> None:
    names = ["caf\u00e9.csv", "cafe\u0301.csv", "A.csv", "a.csv"]
    for name in names:
        drop(sshd, name, name.encode())
    listed = [(file.path, file.size_bytes) for file in session.list_files(sshd.outbound)]
    fetched = session.fetch_many(listed, size_bytes_max=MIB)
    assert sorted(one.content.decode() for one in fetched if isinstance(one, FetchedFile)) == sorted(names)


@pytest.mark.parametrize("raw", [b"..\\..\\x.csv", b"a\nb.csv", b"\x1b[2J.csv", b"\xff.csv", b"con.csv", b"C:x.csv"])
def test_an_unsafe_name_is_shown_and_not_read(sshd: RunningSshd, session: SftpSession, raw: bytes) -> None:
    drop(sshd, raw)
    (file,) = session.list_files(sshd.outbound)
    assert file.raw_name == raw
    assert file.unsafe
    assert file.name.isprintable()


@pytest.mark.parametrize(
    "name", ["=cmd|' C'!A0.csv", "<img src=x onerror=alert(1)>.csv", "a..b.csv", " a.csv", "x" * 251 + ".csv", "é.csv"]
)
def test_an_odd_but_harmless_name_is_read(sshd: RunningSshd, session: SftpSession, name: str) -> None:
    drop(sshd, name)
    (file,) = session.list_files(sshd.outbound)
    assert (file.name, file.unsafe) == (name, "")
    assert isinstance(session.fetch_file(file.path, size_bytes_max=MIB), FetchedFile)


@pytest.mark.parametrize("size", [0, 1, 32 * 1024, 255 * 1024, 255 * 1024 + 1, 5 * MIB + 17])
def test_a_file_comes_whole_whatever_its_size(sshd: RunningSshd, session: SftpSession, size: int) -> None:
    content = os.urandom(size)
    path = drop(sshd, "a.csv", content)
    os.utime(path, (1_767_225_600, 1_767_225_600))
    for reads in (1, 2):
        assert session.fetch_file(path, size_bytes_max=8 * MIB, reads=reads) == FetchedFile(
            path, content, size, hashlib.sha256(content).hexdigest(), datetime(2026, 1, 1, tzinfo=UTC)
        )


def test_many_files_come_in_the_order_asked_with_reasons_for_those_that_do_not(
    sshd: RunningSshd, session: SftpSession
) -> None:
    paths = [drop(sshd, f"{number:04}.csv", b"%d" % number) for number in range(300)]
    os.remove(paths[7])
    os.remove(paths[8])
    os.symlink("/etc/passwd", paths[8])
    os.remove(paths[9])
    os.mkfifo(paths[9])
    Path(paths[10]).write_bytes(b"x" * 2_000)
    fetched = list(session.fetch_many(one_byte_each(paths), size_bytes_max=1_000))
    assert fetched[7] == VanishedOrGrowing(paths[7], "sftp.file_vanished", f"File {paths[7]} was listed but is gone")
    assert fetched[8] == RefusedFile(paths[8], "sftp.link", f"Link instead of file: {paths[8]}")
    assert fetched[9] == RefusedFile(paths[9], "sftp.not_a_file", f"Not a normal file: {paths[9]}")
    assert fetched[10] == RefusedFile(
        paths[10], "sftp.file_too_large", f"{paths[10]} has 2,000 bytes, more than the 1,000 allowed"
    )
    rest = [(one.path, one.content) for one in fetched if isinstance(one, FetchedFile)]
    assert rest == [(paths[number], b"%d" % number) for number in range(300) if number not in {7, 8, 9, 10}]


def one_byte_each(paths: list[str]) -> list[tuple[str, int]]:
    """The files as a listing showed them when they held one byte."""
    return [(path, 1) for path in paths]


def test_leaving_many_files_early_leaves_the_session_usable(sshd: RunningSshd, session: SftpSession) -> None:
    paths = [drop(sshd, f"{number:04}.csv") for number in range(100)]
    fetching = session.fetch_many(one_byte_each(paths), size_bytes_max=MIB)
    assert isinstance(next(fetching), FetchedFile)
    fetching.close()
    assert len(session.list_files(sshd.outbound)) == 100


def test_a_file_of_fifty_gigabytes_is_refused_by_its_size(sshd: RunningSshd, session: SftpSession) -> None:
    path = drop(sshd, "a.csv", b"")
    os.truncate(path, 50 * 1024**3)
    fetched = session.fetch_file(path, size_bytes_max=100 * MIB)
    assert isinstance(fetched, RefusedFile)
    assert fetched.code == "sftp.file_too_large"


def test_a_file_that_grows_meanwhile_is_never_taken_half(sshd: RunningSshd, session: SftpSession) -> None:
    path = drop(sshd, "a.csv", b"x" * MIB)
    done = threading.Event()

    def append() -> None:
        with open(path, "ab", buffering=0) as file:
            while not done.is_set():
                file.write(b"y" * 4096)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        fetched = session.fetch_file(path, size_bytes_max=100 * MIB)
    finally:
        done.set()
        writer.join()
    assert isinstance(fetched, VanishedOrGrowing)
    assert fetched.code == "sftp.file_growing"


def test_a_file_without_permission_does_not_stop_the_others(tmp_path: Path) -> None:
    with running_sshd(tmp_path, password_user=True) as server:
        paths = [drop(server, "1.csv"), drop(server, "2.csv")]
        os.chmod(paths[0], 0)
        with SftpSession(address_of(server)) as session:
            fetched = list(session.fetch_many(one_byte_each(paths), size_bytes_max=MIB))
            os.chmod(server.inbound, 0o500)
            with pytest.raises(NoPermission) as raised:
                session.put_file(server.inbound, "a.csv", ROWS)
    assert fetched[0] == RefusedFile(paths[0], "sftp.no_permission", f"No permission for {paths[0]}")
    assert isinstance(fetched[1], FetchedFile)
    assert raised.value.message == f"No permission for {server.inbound} on 127.0.0.1."


@pytest.mark.parametrize("options", [[], ["ForceCommand internal-sftp -P posix-rename,fsync,statvfs,limits"]])
def test_a_file_lands_whole_under_its_name_and_only_there(tmp_path: Path, options: list[str]) -> None:
    content = os.urandom(3 * MIB + 5)
    with running_sshd(tmp_path, options=options) as server, SftpSession(address_of(server)) as session:
        receipt = session.put_file(server.inbound, "vendors.csv", content)
        again = session.put_file(server.inbound, "vendors.csv", content)
        with pytest.raises(NameTaken):
            session.put_file(server.inbound, "vendors.csv", ROWS)
        assert os.listdir(server.inbound) == ["vendors.csv"]
        assert Path(server.inbound, "vendors.csv").read_bytes() == content
    assert (receipt.path, receipt.size_bytes) == (f"{server.inbound}/vendors.csv", len(content))
    assert (receipt.outcome, receipt.proof) == ("landed", "bytes")
    assert (again.outcome, again.proof, again.sha256) == ("already_there", "bytes", receipt.sha256)


def test_the_name_is_never_seen_before_the_file_is_whole(sshd: RunningSshd, session: SftpSession) -> None:
    content = os.urandom(20 * MIB)
    seen: set[tuple[str, int]] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for entry in os.scandir(sshd.inbound):
                try:
                    seen.add((entry.name, entry.stat().st_size))
                except FileNotFoundError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        session.put_file(sshd.inbound, "vendors.csv", content)
    finally:
        done.set()
        watcher.join()
    assert {name for name, _ in seen} <= {"vendors.csv", ".vendors.csv.part"}
    assert {size for name, size in seen if name == "vendors.csv"} <= {len(content)}


def test_what_a_killed_upload_left_is_overwritten(sshd: RunningSshd, session: SftpSession) -> None:
    Path(sshd.inbound, ".vendors.csv.part").write_bytes(b"x" * 10_000)
    session.put_file(sshd.inbound, "vendors.csv", ROWS)
    assert os.listdir(sshd.inbound) == ["vendors.csv"]
    assert Path(sshd.inbound, "vendors.csv").read_bytes() == ROWS


def test_a_full_disk_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    with running_sshd(tmp_path) as server, small_disk(Path(server.inbound)), SftpSession(address_of(server)) as session:
        with pytest.raises(DiskFull) as raised:
            session.put_file(server.inbound, "vendors.csv", os.urandom(4 * MIB))
        assert os.listdir(server.inbound) == []
        assert session.put_file(server.inbound, "vendors.csv", ROWS).outcome == "landed"
    assert (raised.value.family, raised.value.code, raised.value.stage) == (
        "transient",
        "sftp.disk_full",
        "inbound_write",
    )


def test_files_are_moved_and_deleted_once(sshd: RunningSshd, session: SftpSession) -> None:
    source = drop(sshd, "a.csv")
    os.mkdir(Path(sshd.outbound, "done"))
    target = f"{sshd.outbound}/done/a.csv"
    session.move_file(source, target)
    session.move_file(source, target)
    assert session.stat_file(source) is None
    moved = session.stat_file(target)
    assert moved is not None
    assert (moved.name, moved.kind, moved.size_bytes) == ("a.csv", "file", len(ROWS))
    drop(sshd, "a.csv", b"other")
    with pytest.raises(NameTaken):
        session.move_file(source, target)
    session.delete_file(target)
    session.delete_file(target)
    assert session.stat_file(target) is None


def test_a_move_into_a_missing_folder_names_it(sshd: RunningSshd, session: SftpSession) -> None:
    source = drop(sshd, "a.csv")
    with pytest.raises((FolderMissing, ServerFailure)) as raised:
        session.move_file(source, f"{sshd.outbound}/nowhere/a.csv")
    assert (raised.value.code, raised.value.stage) == ("sftp.folder_missing", "outbound_move")
    assert f"{sshd.outbound}/nowhere" in raised.value.message


def test_a_session_the_server_ended_while_idle_is_made_again(sshd: RunningSshd, session: SftpSession) -> None:
    drop(sshd, "a.csv")
    assert len(session.list_files(sshd.outbound)) == 1
    for child in children_of(sshd.process.pid):
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
    assert len(session.list_files(sshd.outbound)) == 1
    assert sshd.said().count("Accepted publickey") == 2


def test_a_server_of_ours_leaves_no_session_behind_not_even_one_that_waits_for_a_pipe(tmp_path: Path) -> None:
    with running_sshd(tmp_path) as server:
        os.mkfifo(Path(server.outbound, "pipe"))
        (tmp_path / "key").touch(mode=0o600)
        (tmp_path / "key").write_text(server.private_key, "utf-8")
        (tmp_path / "known").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n", "utf-8")
        options = ["-i", str(tmp_path / "key"), "-o", f"UserKnownHostsFile={tmp_path / 'known'}", "-o", "BatchMode=yes"]
        with running_process(
            ["sftp", "-q", *options, "-P", str(server.port), f"{server.username}@127.0.0.1:{server.outbound}/pipe"],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as client:
            server.said(until="Accepted publickey")
            sessions = children_of(server.process.pid)
            client.kill()
        assert sessions
    assert [pid for pid in sessions if _is_alive(pid)] == []


def _is_alive(pid: int) -> bool:
    for _ in range(200):
        shown = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout
        if not shown.strip() or shown.startswith("Z"):
            return False
        time.sleep(0.01)
    return True


def test_a_closed_session_opens_again_when_used(sshd: RunningSshd, session: SftpSession) -> None:
    session.list_files(sshd.outbound)
    session.close()
    session.close()
    assert session.list_files(sshd.outbound) == []


def test_a_listing_that_breaks_off_once_is_read_again_from_the_start(sshd: RunningSshd) -> None:
    for number in range(1_000):
        drop(sshd, f"invoices_{number:05}.csv", b"")
    with (
        cutting_proxy(sshd.port, bytes_max=60_000, cuts=1) as port,
        SftpSession(address_of(sshd, port=port)) as session,
    ):
        assert len(session.list_files(sshd.outbound)) == 1_000


@pytest.mark.parametrize("bytes_max", [0, 30, 1_000, 2_500, 4_000, 60_000])
def test_a_listing_that_always_breaks_off_gives_nothing(sshd: RunningSshd, bytes_max: int) -> None:
    for number in range(1_000):
        drop(sshd, f"invoices_{number:05}.csv", b"")
    with (
        cutting_proxy(sshd.port, bytes_max=bytes_max) as port,
        SftpSession(address_of(sshd, port=port)) as session,
        pytest.raises(ConnectionDropped) as raised,
    ):
        session.list_files(sshd.outbound)
    assert (raised.value.family, raised.value.code) == ("transient", "sftp.connection_lost")


def test_a_download_that_always_breaks_off_gives_nothing(sshd: RunningSshd) -> None:
    path = drop(sshd, "a.csv", os.urandom(MIB))
    with (
        cutting_proxy(sshd.port, bytes_max=500_000) as port,
        SftpSession(address_of(sshd, port=port)) as session,
        pytest.raises(ConnectionDropped),
    ):
        session.fetch_file(path, size_bytes_max=2 * MIB)


def test_nothing_of_this_machines_own_ssh_is_used(
    sshd: RunningSshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home" / ".ssh"
    home.mkdir(parents=True)
    own = asyncssh.generate_private_key("ssh-ed25519")
    (home / "id_ed25519").write_bytes(own.export_private_key("openssh"))
    # A configuration file may run programs; this one would leave a trace.
    (home / "config").write_text(f'Match exec "touch {tmp_path / "ran"}"\n  User nobody\n', "utf-8")
    (home / "known_hosts").write_text(f"* {sshd.host_key}\n", "utf-8")
    other = " ".join(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[:2])
    agent, asked = str(tmp_path / "agent"), threading.Event()
    with raw_server(lambda caller: asked.set(), path=agent), raw_server(lambda caller: asked.set()) as port:
        monkeypatch.setenv("HOME", str(home.parent))
        monkeypatch.setenv("SSH_AUTH_SOCK", agent)
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{port}")
        with SftpSession(address_of(sshd)) as session:
            assert session.list_files(sshd.outbound) == []
        pem = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh").decode()
        with SftpSession(address_of(sshd, private_key=pem)) as session, pytest.raises(SignInRefused):
            session.connect()
        with SftpSession(address_of(sshd, host_keys=(other,))) as session, pytest.raises(HostKeyChanged):
            session.connect()
    assert not asked.is_set()
    assert not (tmp_path / "ran").exists()
    assert own.get_fingerprint() not in sshd.said()
