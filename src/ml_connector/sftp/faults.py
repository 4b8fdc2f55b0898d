"""What can go wrong on the way to a signed-in session: one class a fault, sentence and fix inside.

No message carries a secret. Faults of folders and files are in ``folder_faults``. Nothing here talks to a server.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ml_connector.errors import ConfigurationError, TransientError

REFUSALS_MAX = 3
ASK = "Ask whoever runs the SFTP server"
LATER = "It is tried again later. If it goes on, ask whoever runs the SFTP server."


class NameNotFound(TransientError):
    """The host's name cannot be resolved now."""

    code = "sftp.name_not_found"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The name {host} cannot be resolved; nothing was sent.",
            fix="Check stampli.host and this machine's name server.",
            stage="address",
        )


class AddressRefused(ConfigurationError):
    """The host leads to an address the policy refuses; ``reason`` is the policy's sentence."""

    code = "sftp.address_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The connection was blocked: {reason}; nothing was sent.",
            fix="Check stampli.host; if the server really stands on your own network, set stampli.allow_private.",
            stage="address",
        )


class Unreachable(TransientError):
    """Nobody answers at the address; ``why`` is the operating system's word."""

    code = "sftp.unreachable"

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(
            f"{host} port {port} cannot be reached ({why}); nothing was sent.",
            fix="Check that the SFTP server runs and that stampli.host, stampli.port and the firewall are right.",
            stage="address",
        )


class TimedOut(TransientError):
    """A step ran into its total deadline."""

    code = "sftp.timed_out"

    def __init__(self, host: str, *, stage: str, seconds: float) -> None:
        super().__init__(
            f"{host} did not finish within {seconds:g} seconds ({stage.replace('_', ' ')}).",
            fix=LATER,
            stage=stage,
        )


class ConnectionDropped(TransientError):
    """The server, or the network, ended the connection in the middle of a step."""

    code = "sftp.connection_lost"

    def __init__(self, host: str, *, stage: str) -> None:
        super().__init__(
            f"The connection to {host} broke off ({stage.replace('_', ' ')}).",
            fix="It is tried again later. If it goes on, the server may limit connections or block this machine.",
            stage=stage,
        )


class NotSsh(ConfigurationError):
    """Something answers, but it does not speak SSH version 2."""

    code = "sftp.not_ssh"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"What answers at {host} port {port} is not an SSH server.",
            fix="Check stampli.host and stampli.port.",
            stage="handshake",
        )


class WeakAlgorithms(ConfigurationError):
    """The server offers nothing that is safe today of one kind of algorithm (``what``)."""

    code = "sftp.weak_algorithms"

    def __init__(self, host: str, what: str) -> None:
        super().__init__(
            f"{host} only offers outdated encryption (no {what} that is safe today); nothing was sent.",
            fix=f"{ASK} to switch on curve25519 or ecdh-sha2 key exchange, AES-GCM, and an ed25519 host key.",
            stage="handshake",
        )


class HandshakeFailed(TransientError):
    """The key exchange went wrong for another reason."""

    code = "sftp.handshake_failed"

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            f"The key exchange with {host} failed ({why}); nothing was sent.",
            fix=LATER,
            stage="handshake",
        )


class HostKeyChanged(ConfigurationError):
    """The server shows a key that is not pinned; nothing that could sign anyone in was sent (``offered``: its line)."""

    code = "sftp.host_key_changed"

    def __init__(self, host: str, *, pinned: Sequence[str], shown: str, offered: str) -> None:
        super().__init__(
            f"{host} shows another host key: {shown}; pinned: {', '.join(pinned)}. "
            "Nothing was read and no sign-in was tried.",
            fix=f"{ASK} whether the key was changed. Only when they confirm it, put this into stampli.host_keys: "
            f"{offered}",
            stage="host_key",
        )
        self.offered = offered


class HostKeyNotPinned(ConfigurationError):
    """No host key is configured, so nothing may be sent; ``seen`` are the lines the server shows, if looked at."""

    code = "sftp.host_key_not_pinned"

    def __init__(self, host: str, seen: Sequence[str] = ()) -> None:
        shows = f" The server shows: {'; '.join(seen)}." if seen else ""
        super().__init__(
            f"No host key of {host} is pinned; no sign-in was tried.{shows}",
            fix="Compare the key that `ml-connector connection check` shows with the one Stampli gives you, "
            "then put it into stampli.host_keys.",
            stage="host_key",
            at="settings",
        )


class WeakHostKey(ConfigurationError):
    """The pinned key itself is too weak."""

    code = "sftp.weak_host_key"

    def __init__(self, host: str, shown: str) -> None:
        super().__init__(
            f"The host key of {host} is too weak to prove who it is: {shown}. No sign-in was tried.",
            fix=f"{ASK} for an ed25519 host key, or an RSA one of at least 3072 bits.",
            stage="host_key",
        )


class PinUnreadable(ConfigurationError):
    """A line of ``host_keys`` is no public key; ``position`` counts from 1."""

    code = "sftp.pin_unreadable"

    def __init__(self, position: int) -> None:
        super().__init__(
            f"Line {position} of stampli.host_keys is not an OpenSSH public key.",
            fix="It must look like `ssh-ed25519 AAAA...`; `ml-connector connection check` shows the server's keys.",
            stage="host_key",
            at="settings",
        )


class LibraryTooOld(ConfigurationError):
    """The SSH library of this installation has known holes."""

    code = "sftp.library_too_old"

    def __init__(self, version: str, minimum: str) -> None:
        super().__init__(
            f"AsyncSSH {version} is installed; at least {minimum} is needed to talk to a server safely.",
            fix="Install ml-connector anew with its own lock file.",
            stage="address",
            at="settings",
        )


class NoCredentials(ConfigurationError):
    """Neither a password nor a private key is stored."""

    code = "sftp.no_credentials"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"There is neither a password nor a private key for {host}.",
            fix="Store one: `ml-connector secret set NAME stampli.password`, or stampli.private_key.",
            stage="sign_in",
            at="settings",
        )


class KeyUnreadable(ConfigurationError):
    """The stored private key cannot be used; ``why`` never quotes it."""

    code = "sftp.key_unreadable"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The private key in stampli.private_key cannot be used: {why}.",
            fix="Store it again with `ml-connector secret set NAME stampli.private_key`, "
            "and its passphrase as stampli.passphrase.",
            stage="sign_in",
            at="settings",
        )


class SignInRefused(ConfigurationError):
    """The server refused the account; ``with_what`` names the key's fingerprint or says password."""

    code = "sftp.sign_in_refused"

    def __init__(self, host: str, username: str, with_what: str) -> None:
        super().__init__(
            f"{host} refused to sign in {username} with {with_what}.",
            fix="Check stampli.username and store the secret again: `ml-connector secret set NAME stampli.password`, "
            "or stampli.private_key. The public half of the key must be known to the server.",
            stage="sign_in",
        )


class SignInRested(ConfigurationError):
    """Refused too often within an hour: a server may lock the account for good; nothing was sent."""

    code = "sftp.sign_in_rested"

    def __init__(self, host: str, username: str, until: datetime) -> None:
        super().__init__(
            f"{host} refused to sign in {username} {REFUSALS_MAX} times within an hour; nothing is tried before "
            f"{until:%Y-%m-%d %H:%M} UTC, so that the account is not locked.",
            fix="Store the right secret: `ml-connector secret set NAME stampli.password`, or stampli.private_key. "
            "It is tried at once then; `ml-connector connection check NAME` always tries.",
            stage="sign_in",
        )


class SignInUnprepared(ConfigurationError):
    """Signing in could not even be prepared on this machine; ``why`` is the SSH library's sentence."""

    code = "sftp.sign_in_unprepared"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The sign-in could not be prepared: {why}.",
            fix="Check stampli.username; in a container without user names set the environment variable LOGNAME.",
            stage="sign_in",
            at="settings",
        )


class SftpNotOffered(ConfigurationError):
    """Signed in, but the server starts no SFTP for this account."""

    code = "sftp.not_offered"

    def __init__(self, host: str, username: str) -> None:
        super().__init__(
            f"{host} signed in {username} but offers no SFTP to this account.",
            fix=f"{ASK} to allow SFTP for the account.",
            stage="sign_in",
        )
