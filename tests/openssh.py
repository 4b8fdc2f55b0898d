"""A real OpenSSH server on loopback for one test: its own keys, its own folders, the current user, a high port.

``running_sshd`` is the fixture of every folder that talks SFTP. Where no ``sshd`` is installed the test is skipped with
the reason; in CI (``CI=true``) it fails instead.
"""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

_START_SECONDS = 10.0
_SERVER_PATHS = ("/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd")


@dataclass(frozen=True)
class RunningSshd:
    """What a client needs to know, and what a test may look into.

    ``host_key`` is the first public key line, ``host_keys`` all of them; ``inbound`` and ``outbound`` are the remote
    paths of the folders in ``root``. ``password`` is set only where a user was made for the test.
    """

    host: str
    port: int
    host_key: str
    host_keys: tuple[str, ...]
    username: str
    private_key: str
    password: str | None
    root: Path
    inbound: str
    outbound: str
    log: Path
    process: subprocess.Popen[bytes]

    def said(self, *, until: str = "") -> str:
        """The server's log so far, once ``until`` stands in it; it writes a little later than it acts."""
        deadline = time.monotonic() + _START_SECONDS
        while until not in (text := self.log.read_text("utf-8", "replace")) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert until in text, f"the server never said {until!r}: {text}"
        return text


def find_sshd() -> str:
    """The server's path; skips the test where there is none, and fails it in CI."""
    found = shutil.which("sshd") or next((path for path in _SERVER_PATHS if os.access(path, os.X_OK)), None)
    if found is None:
        reason = "OpenSSH's server (sshd) is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and in CI it must be")
        pytest.skip(reason)
    return found


@contextmanager
def running_sshd(
    tmp_path: Path,
    *,
    options: Sequence[str] = (),
    host_key_types: Sequence[str] = ("ssh-ed25519",),
    host_keys: Sequence[asyncssh.SSHKey] = (),
    password_user: bool = False,
) -> Iterator[RunningSshd]:
    """Serve ``root/inbound`` and ``root/outbound`` until the block ends.

    ``options`` are lines put before all others, so they win. ``password_user`` makes a throw-away user of the operating
    system, which only root can; elsewhere the test is skipped.
    """
    sshd = find_sshd()
    with ExitStack() as stack:
        work = Path(tempfile.mkdtemp(prefix="sshd-", dir=tmp_path))
        keys = list(host_keys) or [asyncssh.generate_private_key(kind) for kind in host_key_types]
        client_key = asyncssh.generate_private_key("ssh-ed25519")
        username, password, root = getpass.getuser(), None, work / "root"
        if password_user:
            username, password, root = stack.enter_context(_throw_away_user())
        for name in ("inbound", "outbound"):
            _make_folder(root / name, username if password_user else None)
        # Read by the server on behalf of the user who signs in, who may not be able to walk into our folders.
        authorized = root.parent / "authorized_keys"
        authorized.write_bytes(client_key.export_public_key("openssh"))
        authorized.chmod(0o644)
        _write_host_keys(work, keys)
        process, port = _start(
            sshd, work, [*options, *_base_options(work, authorized, host_keys=len(keys), passwords=password_user)]
        )
        stack.callback(_stop, process)
        lines = tuple(" ".join(key.export_public_key().decode().split()[:2]) for key in keys)
        yield RunningSshd(
            host="127.0.0.1",
            port=port,
            host_key=lines[0],
            host_keys=lines,
            username=username,
            private_key=client_key.export_private_key("openssh").decode(),
            password=password,
            root=root,
            inbound=str(root / "inbound"),
            outbound=str(root / "outbound"),
            log=work / "log",
            process=process,
        )


def _make_folder(path: Path, username: str | None) -> None:
    path.mkdir(parents=True)
    if username is not None:
        shutil.chown(path, username)


def _write_host_keys(work: Path, keys: Sequence[asyncssh.SSHKey]) -> None:
    for number, key in enumerate(keys):
        path = work / f"host_key_{number}"
        path.touch(mode=0o600)
        path.write_bytes(key.export_private_key("openssh"))


def _base_options(work: Path, authorized: Path, *, host_keys: int, passwords: bool) -> list[str]:
    return [
        "ListenAddress 127.0.0.1",
        *(f"HostKey {work / f'host_key_{number}'}" for number in range(host_keys)),
        f"AuthorizedKeysFile {authorized}",
        f"PidFile {work / 'pid'}",
        "StrictModes no",
        "UsePAM no",
        "PermitRootLogin prohibit-password",
        "PubkeyAuthentication yes",
        f"PasswordAuthentication {'yes' if passwords else 'no'}",
        "KbdInteractiveAuthentication no",
        "AllowTcpForwarding no",
        "X11Forwarding no",
        "LogLevel DEBUG2",
        "MaxStartups 100:30:200",
        "Subsystem sftp internal-sftp",
        "ForceCommand internal-sftp",
    ]


def _start(sshd: str, work: Path, lines: Sequence[str]) -> tuple[subprocess.Popen[bytes], int]:
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
    for _ in range(5):
        port = _free_port()
        configuration = work / "sshd_config"
        configuration.write_text("\n".join([f"Port {port}", *lines, ""]), "utf-8")
        with (work / "log").open("wb") as log:
            process = subprocess.Popen(
                [sshd, "-D", "-e", "-f", str(configuration)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if _is_listening(process, work / "log", port):
            return process, port
        _stop(process)
    raise RuntimeError((work / "log").read_text("utf-8", "replace"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_listening(process: subprocess.Popen[bytes], log: Path, port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if f"Server listening on 127.0.0.1 port {port}" in log.read_text("utf-8", "replace"):
            return True
        time.sleep(0.01)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    # Sessions leave the listener's process group, and one that waits for a pipe does not heed a polite signal: they are
    # found by their parents, before the listener's end would hide whose they were.
    sessions = children_of(process.pid)
    process.terminate()
    process.wait(_START_SECONDS)
    for session in sessions:
        with suppress(ProcessLookupError):
            os.kill(session, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    """The processes that descend from one, nearest first."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in map(str.split, listed.splitlines())}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


@contextmanager
def _throw_away_user() -> Iterator[tuple[str, str, Path]]:
    if os.geteuid() != 0 or shutil.which("useradd") is None:
        pytest.skip("a user for password sign-in can only be made by root")
    name, password = f"mlc{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    home = Path(tempfile.mkdtemp(prefix="sftp-user-"))
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True
    ).stdout.strip()
    _account("useradd", "--no-create-home", "--home-dir", str(home), "--password", hashed, name)
    try:
        # The server starts sessions as this user, who must be able to walk into the folder.
        home.chmod(0o755)
        yield name, password, home / "root"
    finally:
        _account("userdel", name)
        shutil.rmtree(home)


def _account(*command: str) -> None:
    # Tests run in parallel and the account files are locked by whoever is first.
    for _ in range(50):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"{command[0]}: {done.stderr.strip()}")
