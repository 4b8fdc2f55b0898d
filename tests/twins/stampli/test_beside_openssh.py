"""The Stampli twin beside a real OpenSSH server: same requests, same answers, same files left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest

from ml_connector_twins.stampli.server import running_stampli
from ml_connector_twins.stampli.sign_in import Account
from tests.openssh import running_sshd

Ask = Callable[[asyncssh.SFTPClient, str], Awaitable[object]]

_FLAGS = {
    "read": asyncssh.FXF_READ,
    "write": asyncssh.FXF_WRITE,
    "create": asyncssh.FXF_WRITE | asyncssh.FXF_CREAT,
    "truncate": asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC,
    "exclusive": asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_EXCL,
    "append": asyncssh.FXF_WRITE | asyncssh.FXF_APPEND,
    "both": asyncssh.FXF_READ | asyncssh.FXF_WRITE,
}


def _open(mode: str, name: str) -> Ask:
    async def ask(sftp: asyncssh.SFTPClient, folder: str) -> object:
        answer: object = None
        async with await sftp.open(f"{folder}/{name}", _FLAGS[mode], encoding=None) as handle:
            if mode == "read":
                answer = await handle.read()
            else:
                await handle.write(b"new")
                answer = (await handle.stat()).size
        return answer

    return ask


def _rename(source: str, target: str, *, posix: bool = False) -> Ask:
    async def ask(sftp: asyncssh.SFTPClient, folder: str) -> object:
        rename = sftp.posix_rename if posix else sftp.rename
        await rename(f"{folder}/{source}", f"{folder}/{target}")
        return "done"

    return ask


def _call(name: str, path: str) -> Ask:
    async def ask(sftp: asyncssh.SFTPClient, folder: str) -> object:
        found = await getattr(sftp, name)(f"{folder}/{path}")
        if isinstance(found, asyncssh.SFTPAttrs):
            return found.type, found.size if found.type == asyncssh.FILEXFER_TYPE_REGULAR else None
        return sorted(found) if isinstance(found, list) else found

    return ask


async def _extensions(sftp: asyncssh.SFTPClient, _folder: str) -> object:
    return sftp.supports_remote_copy, sftp.version, sftp.limits.max_read_len, sftp.limits.max_write_len


async def _read_past_the_end(sftp: asyncssh.SFTPClient, folder: str) -> object:
    async with sftp.open(f"{folder}/old.csv", "rb") as handle:
        return await handle.read(10, offset=100)


async def _set_times(sftp: asyncssh.SFTPClient, folder: str) -> object:
    await sftp.utime(f"{folder}/old.csv", (1_000_000_000, 1_000_000_001))
    return (await sftp.stat(f"{folder}/old.csv")).mtime


ASKED: dict[str, Ask] = {
    **{f"open {mode} {name}": _open(mode, name) for mode in _FLAGS for name in ("old.csv", "new.csv", "sub", "no/x")},
    "rename to a free name": _rename("old.csv", "new.csv"),
    "rename onto a file": _rename("old.csv", "other.csv"),
    "rename onto itself": _rename("old.csv", "old.csv"),
    "rename of what is missing": _rename("gone", "new.csv"),
    "rename into a missing folder": _rename("old.csv", "no/x"),
    "rename of a folder": _rename("sub", "moved"),
    "rename of a folder onto a folder": _rename("sub", "sub2"),
    "rename of a link": _rename("link", "moved"),
    "posix rename onto a file": _rename("old.csv", "other.csv", posix=True),
    "posix rename to a free name": _rename("old.csv", "new.csv", posix=True),
    "posix rename of what is missing": _rename("gone", "new.csv", posix=True),
    "posix rename onto a full folder": _rename("old.csv", "sub2", posix=True),
    **{
        f"{name} {path}": _call(name, path)
        for name in ("stat", "lstat")
        for path in ("old.csv", "gone", "sub", "link", "dangling", "old.csv/x", "x" * 300)
    },
    **{f"listdir {path}": _call("listdir", path) for path in ("sub", "sub2", "gone", "old.csv")},
    **{f"remove {path}": _call("remove", path) for path in ("old.csv", "gone", "sub")},
    **{f"mkdir {path}": _call("mkdir", path) for path in ("made", "sub", "no/x")},
    **{f"rmdir {path}": _call("rmdir", path) for path in ("sub", "sub2", "gone", "old.csv")},
    "what is offered": _extensions,
    "read past the end": _read_past_the_end,
    "set times": _set_times,
}


def _lay_out(folder: Path) -> None:
    (folder / "old.csv").write_bytes(b"old content")
    (folder / "other.csv").write_bytes(b"other")
    (folder / "sub").mkdir()
    (folder / "sub2").mkdir()
    (folder / "sub2" / "inner").write_bytes(b"1")
    (folder / "link").symlink_to("old.csv")
    (folder / "dangling").symlink_to("nothing")


def _left(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): "link"
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }


async def _ask_all(connection: asyncssh.SSHClientConnection, remote: str, local: Path) -> dict[str, object]:
    """Every question in a folder of its own: the answer or the refusal, and what was left behind."""
    answers: dict[str, object] = {}
    async with connection.start_sftp_client() as sftp:
        for number, (name, ask) in enumerate(ASKED.items()):
            folder = local / f"case{number}"
            folder.mkdir()
            _lay_out(folder)
            try:
                answer: object = await ask(sftp, f"{remote}/case{number}")
            except asyncssh.SFTPError as refusal:
                answer = (refusal.code, refusal.reason)
            answers[name] = (answer, _left(folder))
    return answers


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], dict[str, object]]:
    """What OpenSSH answers and what the twin answers."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    account = Account("harbor", authorized_keys=(key.export_public_key("openssh").decode(),))

    async def ask(
        host: str, port: int, host_key: str, username: str, client_key: asyncssh.SSHKey, *places: object
    ) -> dict[str, object]:
        remote, local = places
        known = asyncssh.import_public_key(host_key)
        connection = await asyncssh.connect(
            host,
            port,
            username=username,
            client_keys=[client_key],
            known_hosts=([known], [], []),
            config=None,
            agent_path=None,
        )
        async with connection:
            answers = await _ask_all(connection, str(remote), Path(str(local)))
        return answers

    with running_sshd(tmp_path_factory.mktemp("openssh")) as sshd:
        their_key = asyncssh.import_private_key(sshd.private_key)
        places = (sshd.inbound, sshd.root / "inbound")
        real = asyncio.run(ask(sshd.host, sshd.port, sshd.host_key, sshd.username, their_key, *places))
    with running_stampli(tmp_path_factory.mktemp("twin"), account) as twin:
        places = ("/inbound", twin.folders.inbound)
        ours = asyncio.run(ask(twin.host, twin.port, twin.host_key, twin.username, key, *places))
    return real, ours


@pytest.mark.parametrize("name", ASKED)
def test_the_twin_answers_as_openssh_does(both: tuple[dict[str, object], dict[str, object]], name: str) -> None:
    real, ours = both
    assert ours[name] == real[name]
