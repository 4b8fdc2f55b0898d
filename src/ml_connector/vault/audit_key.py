"""The key that signs digests of a connection's audit trail: Ed25519, made on first use, sealed like every secret."""

from __future__ import annotations

import base64
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ml_connector.errors import IntegrityError

SIGNING_KEY = "audit.signing_key"


class KeySecrets(Protocol):
    """The sealed secrets of one connection."""

    def load_secret(self, key: str) -> str | None: ...
    def save_secret(self, key: str, value: str) -> None: ...


class AuditKey:
    """The signing key of one connection, opened or made."""

    def __init__(self, secrets: KeySecrets) -> None:
        sealed = secrets.load_secret(SIGNING_KEY)
        if sealed is None:
            made = Ed25519PrivateKey.generate()
            sealed = base64.b64encode(made.private_bytes_raw()).decode("ascii")
            secrets.save_secret(SIGNING_KEY, sealed)
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(sealed, validate=True))
        except ValueError as error:
            raise IntegrityError(
                "The key that signs the audit trail was changed",
                fix="Restore the store from the last backup.",
                stage="vault",
                code="vault.secret_damaged",
            ) from error

    @property
    def public(self) -> str:
        """The public half, in hex."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """The signature, in hex."""
        return self._key.sign(message).hex()
