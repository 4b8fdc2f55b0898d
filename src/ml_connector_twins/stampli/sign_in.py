"""Who may sign in to the Stampli twin, with which host key it shows itself, and the one kind of session it grants.

Must never log or journal a password or a private key.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from ml_connector_twins.stampli.dialect import SftpOnlySession
from ml_connector_twins.stampli.faults import FaultBook
from ml_connector_twins.stampli.filesystem import ServedFiles
from ml_connector_twins.stampli.journal import Journal

_KEY_TYPE = "ssh-ed25519"


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in: by password, by one of the keys (OpenSSH public key lines), or by either."""

    username: str
    password: str | None = field(default=None, repr=False)
    authorized_keys: tuple[str, ...] = ()


def make_host_key() -> asyncssh.SSHKey:
    """A new Ed25519 host key."""
    return asyncssh.generate_private_key(_KEY_TYPE)


def load_host_key(path: Path | None) -> asyncssh.SSHKey:
    """The key kept in ``path``, made there (readable by its owner alone) when missing; a new one without a path."""
    if path is None:
        return make_host_key()
    if not path.exists():
        key = make_host_key()
        path.touch(mode=0o600)
        path.write_bytes(key.export_private_key("openssh"))
        return key
    return asyncssh.read_private_key(path)


def public_line(key: asyncssh.SSHKey) -> str:
    """The public half in OpenSSH form, ``ssh-ed25519 AAAA...``, without a comment."""
    kind, body = key.export_public_key("openssh").decode("ascii").split()[:2]
    return f"{kind} {body}"


class Doorkeeper(asyncssh.SSHServer):
    """One connection's sign-in and the session it may open."""

    def __init__(self, account: Account, root: Path, *, faults: FaultBook, journal: Journal) -> None:
        self._account = account
        self._root = root
        self._faults = faults
        self._journal = journal
        self._keys = tuple(asyncssh.import_public_key(line) for line in account.authorized_keys)
        self._cut: Callable[[], None] | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """The client has spoken its first byte."""
        self._cut = conn.abort
        self._journal.note("connected", "")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, whoever ended it."""
        self._journal.note("disconnected", "")

    async def begin_auth(self, username: str) -> bool:
        """The host key was accepted and the client names a user: from here on authentication data flows."""
        self._journal.note("sign_in_begun", username)
        fault = self._faults.strike("sign_in", [username])
        if fault is not None and fault.action == "stall":
            await asyncio.sleep(fault.seconds)
        elif fault is not None and self._cut is not None:
            self._cut()
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are taken only where the account has one."""
        return self._account.password is not None

    def validate_password(self, username: str, password: str) -> bool:
        """Compare in constant time."""
        expected = self._account.password or ""
        same = hmac.compare_digest(expected.encode(), password.encode())
        return self._decide("password", username, passed=same and bool(expected))

    def public_key_auth_supported(self) -> bool:
        """Keys are taken only where the account has any."""
        return bool(self._keys)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this key is one of the account's."""
        return self._decide("public_key", username, passed=key in self._keys)

    def session_requested(self) -> SftpOnlySession:
        """One SFTP session; a planted fault of ``session`` refuses it."""
        if self._faults.strike("session", [self._account.username]) is not None:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "Session refused")
        return SftpOnlySession(self._files, posix_rename=self._faults.current.posix_rename)

    def _files(self, chan: asyncssh.SSHServerChannel[bytes]) -> ServedFiles:
        return ServedFiles(chan, self._root, self._faults, self._journal)

    def _decide(self, way: str, username: str, *, passed: bool) -> bool:
        passed = passed and username == self._account.username
        self._journal.note("signed_in" if passed else "sign_in_refused", f"{way} {username}")
        return passed
