"""The gate every host key goes through, and what has to be known of a handshake that AsyncSSH does not say publicly.

All looks at private names of the library are in this module, each with a safe answer should the name go away.
"""

from __future__ import annotations

import asyncssh

from ml_connector.errors import ConnectorError
from ml_connector.sftp.algorithms import (
    AEAD_CIPHERS,
    CIPHERS,
    KEY_EXCHANGE,
    MACS,
    NEEDS_MAC,
    SIGNATURES,
    fingerprint,
    is_weak,
    public_line,
)
from ml_connector.sftp.faults import HostKeyChanged, WeakAlgorithms, WeakHostKey

OFFER_BYTES_MAX = 64 * 1024
_KEXINIT = b"\x14"


class HostKeyGate(asyncssh.SSHClient):
    """Decides on the host key in the middle of the key exchange, before any sign-in; remembers what it saw.

    With no pins it refuses every key, which is how keys are looked at. ``stage`` is how far the connection came.
    """

    def __init__(self, host: str, pins: tuple[asyncssh.SSHKey, ...]) -> None:
        self._host = host
        self._pins = pins
        self.connection: asyncssh.SSHClientConnection | None = None
        self.stage = "handshake"
        self.offered: asyncssh.SSHKey | None = None
        self.refusal: ConnectorError | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Keep the connection, whose negotiated ciphers are looked at later."""
        self.connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """True only for a pinned, strong key on a connection whose start cannot have been cut."""
        self.stage, self.offered = "host_key", key
        if _may_have_been_cut(self.connection):
            self.refusal = WeakAlgorithms(self._host, "AES-GCM or strict key exchange")
        elif key.public_data not in {pin.public_data for pin in self._pins}:
            pinned = [fingerprint(pin) for pin in self._pins]
            self.refusal = HostKeyChanged(self._host, pinned=pinned, shown=fingerprint(key), offered=public_line(key))
        elif is_weak(key):
            self.refusal = WeakHostKey(self._host, fingerprint(key))
        else:
            self.stage = "sign_in"
        return self.refusal is None


def _may_have_been_cut(connection: asyncssh.SSHClientConnection | None) -> bool:
    # AsyncSSH says neither publicly at this moment, and later is after the user name was sent. Should it rename them,
    # the answer is True: every connection is refused and the tests against OpenSSH say so.
    strict = getattr(connection, "_strict_kex", False)
    ciphers = {getattr(connection, name, b"") for name in ("_enc_alg_cs", "_enc_alg_sc")}
    return not strict and not ciphers <= {name.encode("ascii") for name in AEAD_CIPHERS}


def spoke_no_ssh(connection: asyncssh.SSHClientConnection | None, error: Exception) -> bool:
    """True where what answered never greeted as SSH version 2 does."""
    if connection is None or connection.get_extra_info("server_version"):
        return False
    # A server that hangs up at once may be an SSH server that is busy; one that talked first without a version is none.
    return isinstance(error, asyncssh.ProtocolError | asyncssh.ProtocolNotSupported) or bool(
        getattr(connection, "_banner_lines", 0)
    )


def judge_offer(greeting: bytes) -> str:
    """What kind of algorithm the server has none of that we take, from all it sent of itself; empty if that is not it.

    After its version line comes one packet in the clear: length, padding length, then KEXINIT, a byte, 16 random ones
    and lists of names (RFC 4253, 4.2, 6 and 7.1).
    """
    packet = _after_version_line(greeting)
    if packet[5:6] != _KEXINIT:
        return ""
    lists, rest = [], packet[22:]
    for _ in range(6):
        length = int.from_bytes(rest[:4], "big")
        lists.append(set(rest[4 : 4 + length].decode("ascii", "replace").split(",")))
        rest = rest[4 + length :]
    exchanges, host_keys, ciphers, _, macs, _ = lists
    cipher = next((name for name in CIPHERS if name in ciphers), None)
    wanting = {
        "key exchange": not exchanges & set(KEY_EXCHANGE),
        "host key": not host_keys & set(SIGNATURES),
        "encryption": cipher is None,
        "MAC": cipher in NEEDS_MAC and not macs & set(MACS),
    }
    return next((what for what, is_missing in wanting.items() if is_missing), "")


def _after_version_line(greeting: bytes) -> bytes:
    _, found, after = (b"\n" + greeting).partition(b"\nSSH-")
    return after.partition(b"\n")[2] if found else b""


def is_whole_offer(greeting: bytes) -> bool:
    """True once the first packet after the version line is complete, or can no longer be one."""
    packet = _after_version_line(greeting)
    length = int.from_bytes(packet[:4], "big")
    return len(packet) >= 4 and (len(packet) >= 4 + length or length > OFFER_BYTES_MAX)
