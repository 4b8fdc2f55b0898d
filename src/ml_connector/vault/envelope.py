"""Sealing: each secret by a data key of its own, each data key by the master key (AES-256-GCM, dependencies.md 7).

What a sealed secret belongs to is bound into it, so bytes moved to another connection, name or version do not open.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ml_connector.vault.key_file import MasterKey

_NONCE_BYTES = 12
_DATA_KEY_BITS = 256


@dataclass(frozen=True, slots=True)
class Belonging:
    """What a secret belongs to: connection, key name and version."""

    connection: str
    name: str
    version: int

    def bound_to(self, key_id: str = "") -> bytes:
        """``connection|name|version|key_id``; the last three never hold a bar, so no two belongings give the same."""
        return f"{self.connection}|{self.name}|{self.version}|{key_id}".encode()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A wrapped data key and the value it seals, each with its nonce in front."""

    wrapped_key: bytes
    sealed: bytes


def seal(value: bytes, belonging: Belonging, master: MasterKey) -> Sealed:
    """Seal a value with a fresh data key, and the data key with the master key."""
    data_key = AESGCM.generate_key(bit_length=_DATA_KEY_BITS)
    return Sealed(
        wrapped_key=_encrypt(master.key, data_key, belonging.bound_to(master.key_id)),
        sealed=_encrypt(data_key, value, belonging.bound_to()),
    )


def open_sealed(sealed: Sealed, belonging: Belonging, master: MasterKey) -> bytes | None:
    """The value, None where the bytes were not sealed so by this key or were changed since."""
    try:
        data_key = _decrypt(master.key, sealed.wrapped_key, belonging.bound_to(master.key_id))
        return _decrypt(data_key, sealed.sealed, belonging.bound_to())
    except (InvalidTag, ValueError):
        # ValueError: cut so short that there is not even a nonce or a tag.
        return None


def rewrap(sealed: Sealed, belonging: Belonging, *, old: MasterKey, new: MasterKey) -> Sealed | None:
    """The same secret with its data key wrapped by another master key; None where the old one does not open it. The
    value itself is not opened."""
    try:
        data_key = _decrypt(old.key, sealed.wrapped_key, belonging.bound_to(old.key_id))
    except (InvalidTag, ValueError):
        return None
    return Sealed(_encrypt(new.key, data_key, belonging.bound_to(new.key_id)), sealed.sealed)


def _encrypt(key: bytes, value: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value, bound_to)


def _decrypt(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
