"""The Stampli twin over the wire: it must refuse and allow what OpenSSH's server does, and show the planted faults."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest

from ml_connector_twins.stampli.faults import Fault, FaultBook, FaultPlan
from ml_connector_twins.stampli.server import StampliTwin, running_stampli
from ml_connector_twins.stampli.sign_in import Account

PASSWORD = "correct horse"
ACCOUNT = Account("harbor", password=PASSWORD)

Work = Callable[[asyncssh.SFTPClient], Awaitable[object]]


async def _connect(twin: StampliTwin, **options: object) -> asyncssh.SSHClientConnection:
    line = options.pop("host_key", twin.host_key)
    known = asyncssh.import_public_key(str(line))
    settings = {"username": twin.username, "password": PASSWORD, "client_keys": None} | options
    return await asyncssh.connect(
        twin.host, twin.port, known_hosts=([known], [], []), config=None, agent_path=None, **settings
    )


def do(twin: StampliTwin, work: Work, **options: object) -> object:
    """Sign in, do the work in one SFTP session, sign out."""

    async def run() -> object:
        found: object = None
        async with await _connect(twin, **options) as connection, connection.start_sftp_client() as sftp:
            found = await work(sftp)
        return found

    return asyncio.run(run())


def status_of(twin: StampliTwin, work: Work) -> tuple[int, str]:
    """The code and words of the refusal that the work must meet."""
    with pytest.raises(asyncssh.SFTPError) as refusal:
        do(twin, work)
    return refusal.value.code, refusal.value.reason


def test_the_client_sees_the_three_folders_and_nothing_above_them(tmp_path: Path) -> None:
    with running_stampli(tmp_path / "sftp", ACCOUNT) as twin:

        async def look(sftp: asyncssh.SFTPClient) -> object:
            return (
                sorted(await sftp.listdir("/")),
                sorted(await sftp.listdir("/../../outbound")),
                await sftp.realpath("."),
            )

        assert do(twin, look) == ([".", "..", "inbound", "outbound"], [".", "..", "done"], "/")


def test_the_plain_rename_refuses_an_existing_target_and_the_extension_replaces_it(tmp_path: Path) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:
        (twin.folders.inbound / "old.csv").write_bytes(b"old")
        (twin.folders.inbound / ".new.part").write_bytes(b"new")

        async def plain(sftp: asyncssh.SFTPClient) -> None:
            await sftp.rename("/inbound/.new.part", "/inbound/old.csv")

        async def replacing(sftp: asyncssh.SFTPClient) -> None:
            await sftp.posix_rename("/inbound/.new.part", "/inbound/old.csv")

        assert status_of(twin, plain) == (asyncssh.FX_FAILURE, "Failure")
        assert (twin.folders.inbound / "old.csv").read_bytes() == b"old"
        do(twin, replacing)
        assert {p.name: p.read_bytes() for p in twin.folders.inbound.iterdir()} == {"old.csv": b"new"}


def test_the_plain_rename_to_a_free_name_moves_the_file(tmp_path: Path) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:
        (twin.folders.outbound / "a.csv").write_bytes(b"1")

        async def move(sftp: asyncssh.SFTPClient) -> None:
            await sftp.rename("/outbound/a.csv", "/outbound/done/a.csv")

        do(twin, move)
        assert [p.name for p in twin.folders.done.iterdir()] == ["a.csv"]
        assert not (twin.folders.outbound / "a.csv").exists()


def test_without_the_extension_posix_rename_is_unsupported(tmp_path: Path) -> None:
    faults = FaultBook(FaultPlan(posix_rename=False))
    with running_stampli(tmp_path, ACCOUNT, faults=faults) as twin:
        (twin.folders.inbound / "a").write_bytes(b"1")

        async def replacing(sftp: asyncssh.SFTPClient) -> None:
            await sftp.posix_rename("/inbound/a", "/inbound/b")

        assert status_of(twin, replacing)[0] == asyncssh.FX_OP_UNSUPPORTED
        assert (twin.folders.inbound / "a").exists()


@pytest.mark.parametrize("path", ["/nowhere", "/outbound/gone.csv"])
def test_what_is_missing_is_no_such_file_in_openssh_words(tmp_path: Path, path: str) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:

        async def work(sftp: asyncssh.SFTPClient) -> object:
            return await sftp.stat(path) if "." in path else await sftp.listdir(path)

        assert status_of(twin, work) == (asyncssh.FX_NO_SUCH_FILE, "No such file")


def test_an_exclusive_create_refuses_what_exists(tmp_path: Path) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:
        (twin.folders.inbound / "a").write_bytes(b"1")

        async def work(sftp: asyncssh.SFTPClient) -> object:
            return await sftp.open("/inbound/a", asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_EXCL)

        assert status_of(twin, work) == (asyncssh.FX_FAILURE, "Failure")
        assert (twin.folders.inbound / "a").read_bytes() == b"1"


def test_a_large_file_travels_both_ways_unchanged(tmp_path: Path) -> None:
    content = bytes(range(256)) * 8192
    with running_stampli(tmp_path, ACCOUNT) as twin:

        async def both(sftp: asyncssh.SFTPClient) -> object:
            async with sftp.open("/inbound/big", "wb") as handle:
                await handle.write(content)
                await handle.fsync()
            async with sftp.open("/inbound/big", "rb") as handle:
                return await handle.read()

        assert do(twin, both) == content
        assert (twin.folders.inbound / "big").read_bytes() == content


def test_a_link_shows_itself_as_a_link(tmp_path: Path) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:
        (twin.folders.outbound / "link.csv").symlink_to("/etc/hostname")

        async def kinds(sftp: asyncssh.SFTPClient) -> object:
            listed = {entry.filename: entry.attrs.type for entry in await sftp.readdir("/outbound")}
            return listed["link.csv"], (await sftp.lstat("/outbound/link.csv")).type

        assert do(twin, kinds) == (asyncssh.FILEXFER_TYPE_SYMLINK, asyncssh.FILEXFER_TYPE_SYMLINK)


def test_a_wrong_password_is_refused_and_a_key_may_sign_in_beside_it(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    line = key.export_public_key("openssh").decode()
    with running_stampli(tmp_path, Account("harbor", password=PASSWORD, authorized_keys=(line,))) as twin:

        async def home(sftp: asyncssh.SFTPClient) -> object:
            return await sftp.realpath(".")

        with pytest.raises(asyncssh.PermissionDenied):
            do(twin, home, password="wrong")
        with pytest.raises(asyncssh.PermissionDenied):
            do(twin, home, username="someone")
        assert do(twin, home, password=None, client_keys=[key]) == "/"
        assert "correct horse" not in repr(twin.journal.notes) + repr(ACCOUNT)


def test_no_sign_in_begins_when_the_client_refuses_the_host_key(tmp_path: Path) -> None:
    faults = FaultBook()
    with running_stampli(tmp_path, ACCOUNT, faults=faults) as twin:
        faults.plan(FaultPlan(other_host_key=True))

        async def home(sftp: asyncssh.SFTPClient) -> object:
            return await sftp.realpath(".")

        with pytest.raises(asyncssh.HostKeyNotVerifiable):
            do(twin, home)
        assert "sign_in_begun" not in twin.journal.events()
        assert do(twin, home, host_key=twin.other_host_key) == "/"


def test_the_host_key_in_a_file_outlives_the_server(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        with running_stampli(tmp_path / "root", ACCOUNT, host_key_file=tmp_path / "host_key") as twin:
            keys.append(twin.host_key)
    assert keys[0] == keys[1]
    assert (tmp_path / "host_key").stat().st_mode & 0o077 == 0


def test_shells_commands_and_other_subsystems_are_refused(tmp_path: Path) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:

        async def run() -> None:
            async with await _connect(twin) as connection:
                with pytest.raises(asyncssh.ChannelOpenError):
                    await connection.run("id")
                with pytest.raises(asyncssh.ChannelOpenError):
                    await connection.create_process(subsystem="netconf")

        asyncio.run(run())


def test_a_download_is_cut_in_the_middle_once_and_whole_the_next_time(tmp_path: Path) -> None:
    content = b"x" * 300_000
    with running_stampli(tmp_path, ACCOUNT) as twin:
        (twin.folders.outbound / "invoices.csv").write_bytes(content)
        twin.faults.plant(Fault("read", "drop", name="/outbound/*.csv", after_bytes=100_000))

        async def fetch(sftp: asyncssh.SFTPClient) -> object:
            async with sftp.open("/outbound/invoices.csv", "rb") as handle:
                return await handle.read()

        with pytest.raises((asyncssh.Error, OSError)):
            do(twin, fetch)
        assert do(twin, fetch) == content
        assert twin.faults.strikes == 1


def test_a_rename_whose_answer_is_lost_has_happened(tmp_path: Path) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:
        (twin.folders.inbound / ".a.part").write_bytes(b"1")
        twin.faults.plant(Fault("rename", "drop_after"))

        async def move(sftp: asyncssh.SFTPClient) -> None:
            await sftp.posix_rename("/inbound/.a.part", "/inbound/a")

        with pytest.raises((asyncssh.Error, OSError)):
            do(twin, move)
        assert [p.name for p in twin.folders.inbound.iterdir()] == ["a"]


def test_a_full_disk_is_told_as_openssh_tells_it(tmp_path: Path) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:
        twin.faults.plant(Fault("write", "fail", name="/inbound/*", times=0))

        async def send(sftp: asyncssh.SFTPClient) -> object:
            async with sftp.open("/inbound/.a.part", "wb") as handle:
                return await handle.write(b"1")

        assert status_of(twin, send) == (asyncssh.FX_FAILURE, "Failure")


@pytest.mark.parametrize("operation", ["connect", "sign_in", "list"])
def test_a_stall_gives_no_answer(tmp_path: Path, operation: str) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:
        twin.faults.plant(Fault(operation, "stall", seconds=60))

        async def impatient() -> None:
            connection = None
            try:
                async with asyncio.timeout(0.5):
                    connection = await _connect(twin)
                    sftp = await connection.start_sftp_client()
                    await sftp.listdir("/outbound")
            finally:
                if connection is not None:
                    connection.abort()

        with pytest.raises(TimeoutError):
            asyncio.run(impatient())


def test_the_second_fitting_request_can_be_the_one_that_fails(tmp_path: Path) -> None:
    with running_stampli(tmp_path, ACCOUNT) as twin:
        twin.faults.plant(Fault("stat", "fail", name="/outbound", nth=2, status="permission_denied"))

        async def thrice(sftp: asyncssh.SFTPClient) -> object:
            codes = []
            for _ in range(3):
                try:
                    await sftp.stat("/outbound")
                    codes.append(0)
                except asyncssh.SFTPPermissionDenied as refusal:
                    codes.append(refusal.code)
            return codes

        assert do(twin, thrice) == [0, asyncssh.FX_PERMISSION_DENIED, 0]
