"""Which algorithms an SSH connection may use, which host keys are strong enough, and the oldest library allowed.

The list is ``security_checklist.md 33``; nothing here talks to a server.
"""

from __future__ import annotations

import asyncssh
from asyncssh.kex import get_kex_algs

from ml_connector.sftp.faults import LibraryTooOld, PinUnreadable

LIBRARY_VERSION_MIN = (2, 24, 0)
"""Older ones have known holes that a hostile server can use (``dependencies.md 2``)."""

RSA_BITS_MIN = 3072

_KEY_EXCHANGE = (
    "mlkem768x25519-sha256",
    "mlkem768nistp256-sha256",
    "mlkem1024nistp384-sha384",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp521",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp256",
)

# The post-quantum hybrids exist only where the cryptographic library of this machine has them.
KEY_EXCHANGE = tuple(name for name in _KEY_EXCHANGE if name.encode("ascii") in get_kex_algs())

AEAD_CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com")
"""Not open to a cut at the start of the stream (Terrapin), with or without strict key exchange."""

NEEDS_MAC = ("aes256-ctr", "aes192-ctr", "aes128-ctr")
CIPHERS = (*AEAD_CIPHERS, *NEEDS_MAC, "chacha20-poly1305@openssh.com")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com")

ED25519 = ("ssh-ed25519",)
ECDSA = ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
RSA = ("rsa-sha2-512", "rsa-sha2-256")
HOST_KEY_FAMILIES = (ED25519, ECDSA, RSA)
SIGNATURES = (*ED25519, *ECDSA, *RSA)


def parse_pins(lines: tuple[str, ...]) -> tuple[asyncssh.SSHKey, ...]:
    """The pinned host keys of a configuration; raises ``PinUnreadable`` naming the position of a bad line."""
    pins = []
    for position, line in enumerate(lines, start=1):
        try:
            pins.append(asyncssh.import_public_key(line.strip()))
        except asyncssh.KeyImportError:
            raise PinUnreadable(position) from None
    return tuple(pins)


def is_weak(key: asyncssh.SSHKey) -> bool:
    """True for a host key that ``security_checklist.md 33`` refuses: DSA, other curves, or RSA under 3072 bits."""
    if not any(name.decode("ascii") in SIGNATURES for name in key.sig_algorithms):
        return True
    return key.algorithm == b"ssh-rsa" and getattr(key.pyca_key, "key_size", 0) < RSA_BITS_MIN


def signatures_first(pins: tuple[asyncssh.SSHKey, ...]) -> tuple[str, ...]:
    """All allowed host key algorithms, those of the pinned keys first, so a server that still has them shows them."""
    pinned = {name.decode("ascii") for pin in pins for name in pin.sig_algorithms}
    return tuple(sorted(SIGNATURES, key=lambda name: name not in pinned))


def fingerprint(key: asyncssh.SSHKey) -> str:
    """A key as people compare it: ``ssh-ed25519 SHA256:...``."""
    return f"{key.get_algorithm()} {key.get_fingerprint()}"


def public_line(key: asyncssh.SSHKey) -> str:
    """A key as ``host_keys`` wants it: type and base64, no comment."""
    return " ".join(key.export_public_key("openssh").decode("ascii").split()[:2])


def require_safe_library(version: str) -> None:
    """Raises ``LibraryTooOld`` for an AsyncSSH before ``LIBRARY_VERSION_MIN``."""
    numbers = tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
    if numbers < LIBRARY_VERSION_MIN:
        raise LibraryTooOld(version, ".".join(str(part) for part in LIBRARY_VERSION_MIN))
