"""Where the SFTP server is and how to sign in there, as one value, and how long each step may take.

It holds secrets, which never show in its ``repr``. This module reads no settings and opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import asyncssh

from ml_connector.sftp.algorithms import SIGNATURES
from ml_connector.sftp.faults import KeyUnreadable, NoCredentials


@dataclass(frozen=True, slots=True)
class SftpAddress:
    """One SFTP account: ``host_keys`` are OpenSSH public key lines, the only ones accepted; secrets may be None."""

    host: str
    port: int
    username: str
    host_keys: tuple[str, ...]
    password: str | None = field(repr=False)
    private_key: str | None = field(repr=False)
    passphrase: str | None = field(repr=False)
    allow_private: bool = False

    @property
    def account(self) -> str:
        """Who signs in where, as a name."""
        return f"{self.username}@{self.host}:{self.port}"


class RefusalBook(Protocol):
    """When sign-ins were refused, remembered for all processes; what was refused before the secrets were set anew is
    forgotten."""

    def load_refusals(self, account: str) -> Sequence[datetime]:
        """The refusals of that account, the oldest first."""
        ...

    def save_refusals(self, account: str, refusals: Sequence[datetime]) -> None:
        """Take the place of what was remembered."""
        ...


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each step may take in all, in seconds; a read that merely trickles runs into them too."""

    connect_seconds: float = 20.0
    sign_in_seconds: float = 30.0
    listing_seconds: float = 300.0
    file_seconds: float = 600.0
    small_seconds: float = 60.0
    close_seconds: float = 3.0


# The heading of a key in the form before PKCS #8 whose text is encrypted (RFC 1421, 4.6.1.1).
_OLD_PROTECTION = "Proc-Type: 4,ENCRYPTED"


def parse_client_key(address: SftpAddress) -> asyncssh.SSHKey | None:
    """The private key to sign in with, None where only a password is set.

    Raises ``NoCredentials`` where neither is set and ``KeyUnreadable`` where the key, or its passphrase, is of no use.
    """
    if not address.private_key:
        if address.password is None:
            raise NoCredentials(address.host)
        return None
    try:
        key = asyncssh.import_private_key(address.private_key, address.passphrase)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError, LookupError) as error:
        raise KeyUnreadable(_judge_key_fault(error, address)) from None
    if not any(name.decode("ascii") in SIGNATURES for name in key.sig_algorithms):
        raise KeyUnreadable(f"keys of type {key.get_algorithm()} are outdated; use ed25519")
    return key


def _judge_key_fault(error: Exception, address: SftpAddress) -> str:
    # The library has no exception of its own for each case; its fixed sentences never quote the key.
    words = str(error)
    if "bcrypt" in words:
        return "reading a protected key needs the package bcrypt, which is not installed"
    if "assphrase must be specified" in words:
        return "it is protected and stampli.passphrase is not set"
    if isinstance(error, asyncssh.KeyEncryptionError) or "decrypt" in words:
        return "its passphrase is wrong"
    if address.passphrase is not None and _OLD_PROTECTION in (address.private_key or ""):
        # One wrong passphrase in 256 leaves what looks like padding: the key is then opened into nonsense.
        return "its passphrase is wrong, or the key is damaged"
    return "it is not a private key in OpenSSH or PEM form"
