"""The vault: sets a secret, opens one for the edge that needs it, lists names and dates, never a value.

Sealed bytes are kept behind the port ``SecretRows``. No value stands in any error, name or representation.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ml_connector.clock import Clock
from ml_connector.errors import ConfigurationError, IntegrityError
from ml_connector.vault.envelope import Belonging, Sealed, open_sealed, seal
from ml_connector.vault.key_file import MasterKey
from ml_connector.vault.master_key import MasterKeySource

# Operator contract, 2; the last three are written by the program itself.
KNOWN_KEYS = (
    "acumatica.password",
    "acumatica.client_secret",
    "stampli.password",
    "stampli.private_key",
    "stampli.passphrase",
    "stampli.pgp_private_key",
    "stampli.pgp_passphrase",
    "acumatica.refresh_token",
    "acumatica.cookies",
    "audit.signing_key",
)
# What a password was exchanged for is worth nothing once a person has set another one.
_EXCHANGED_FOR = {"acumatica.refresh_token": "acumatica.password", "acumatica.cookies": "acumatica.password"}
_STAGE = "vault"


class SealedSecret(Protocol):
    """One sealed secret as kept."""

    @property
    def key(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def key_id(self) -> str: ...
    @property
    def wrapped_key(self) -> bytes: ...
    @property
    def sealed(self) -> bytes: ...
    @property
    def set_at(self) -> datetime: ...
    @property
    def set_by(self) -> str: ...


class SecretRows(Protocol):
    """Where sealed secrets are kept."""

    def load_sealed(self, connection: str, key: str) -> SealedSecret | None:
        """The newest version, None where the secret was never set."""
        ...

    def list_sealed(self, connection: str) -> Sequence[SealedSecret]:
        """All secrets of a connection."""
        ...

    def load_key_ids(self) -> frozenset[str]:
        """Ids of the master keys that any kept secret needs, whatever its connection."""
        ...

    def save_sealed(
        self,
        connection: str,
        key: str,
        *,
        version: int,
        key_id: str,
        wrapped_key: bytes,
        sealed: bytes,
        set_at: datetime,
        set_by: str,
    ) -> None:
        """Keep that version in place of the one before; TransientError where it is not the next one."""
        ...


@dataclass(frozen=True, slots=True)
class SecretInfo:
    """What may be told of a secret."""

    key: str
    set_at: datetime
    set_by: str


class Vault:
    """The secrets of all connections under one master key."""

    def __init__(self, rows: SecretRows, key: MasterKeySource, clock: Clock) -> None:
        self._rows = rows
        self._key = key
        self._clock = clock

    def set_secret(self, connection: str, key: str, value: str, *, set_by: str) -> None:
        """Seal a value and keep it in place of the one before. ConfigurationError for a key name that is not known, an
        empty value, or a master key that does not open what is kept already: nothing is overwritten then."""
        _require_known(key)
        if not value:
            raise _empty(key)
        master = self._key_for_sealing()
        before = self._rows.load_sealed(connection, key)
        belonging = Belonging(connection, key, before.version + 1 if before else 1)
        sealed = seal(value.encode("utf-8"), belonging, master)
        self._rows.save_sealed(
            connection,
            key,
            version=belonging.version,
            key_id=master.key_id,
            wrapped_key=sealed.wrapped_key,
            sealed=sealed.sealed,
            set_at=self._clock.now(),
            set_by=set_by,
        )

    def load_secret(self, connection: str, key: str) -> str | None:
        """The value, None where it was never set. ConfigurationError ``vault.key_does_not_open`` for a missing or other
        master key, IntegrityError ``vault.secret_damaged`` for bytes that were changed or moved."""
        _require_known(key)
        kept = self._rows.load_sealed(connection, key)
        if kept is None:
            return None
        master = next((each for each in self._key.load_all() if each.key_id == kept.key_id), None)
        if master is None:
            raise does_not_open(kept.key_id, self._key)
        belonging = Belonging(connection, key, kept.version)
        value = open_sealed(Sealed(kept.wrapped_key, kept.sealed), belonging, master)
        if value is None:
            raise damaged(connection, key)
        return value.decode("utf-8")

    def list_secrets(self, connection: str) -> tuple[SecretInfo, ...]:
        """Names and dates of what is set, by name; no master key is needed."""
        kept = self._rows.list_sealed(connection)
        return tuple(SecretInfo(row.key, row.set_at, row.set_by) for row in sorted(kept, key=lambda row: row.key))

    def _key_for_sealing(self) -> MasterKey:
        in_use = self._rows.load_key_ids()
        keys = self._key.load_all()
        if in_use and not in_use & {key.key_id for key in keys}:
            raise does_not_open(min(in_use), self._key)
        return keys[0] if keys else self._key.make()


class ConnectionSecrets:
    """The secrets of one connection as its edges see them: opened by key, written where the program itself must."""

    def __init__(self, vault: Vault, connection: str) -> None:
        self._vault = vault
        self._connection = connection

    def load_secret(self, key: str) -> str | None:
        """The value, None where it was never set, or was granted to a password that has been replaced since."""
        if key in _EXCHANGED_FOR:
            set_at = {secret.key: secret.set_at for secret in self._vault.list_secrets(self._connection)}
            if key in set_at and set_at.get(_EXCHANGED_FOR[key], set_at[key]) > set_at[key]:
                return None
        return self._vault.load_secret(self._connection, key)

    def save_secret(self, key: str, value: str) -> None:
        """Keep a value that the program was given, such as a refresh token, sealed before this returns."""
        self._vault.set_secret(self._connection, key, value, set_by="connector")


def _require_known(key: str) -> None:
    if key in KNOWN_KEYS:
        return
    near = difflib.get_close_matches(key, KNOWN_KEYS, n=1, cutoff=0.0)[0]
    raise ConfigurationError(
        f"'{key}' is not a secret of a connection; did you mean '{near}'?",
        fix=f"Use one of: {', '.join(KNOWN_KEYS)}.",
        stage=_STAGE,
        code="vault.unknown_key",
        at="settings",
    )


def _empty(key: str) -> ConfigurationError:
    return ConfigurationError(
        f"No value was given for {key}",
        fix="Give the value on standard input, for example from a file.",
        stage=_STAGE,
        code="vault.empty_secret",
        at="settings",
    )


def does_not_open(key_id: str, source: MasterKeySource) -> ConfigurationError:
    """The error where the master key that a secret needs is not there."""
    return ConfigurationError(
        f"Key does not open the secrets (key id {key_id})",
        fix=f"Put the master key with that id back into {source.describe()}; without it, the secrets must be set anew"
        " in a new store.",
        stage=_STAGE,
        code="vault.key_does_not_open",
    )


def damaged(connection: str, key: str) -> IntegrityError:
    """The error for a sealed secret whose bytes were changed or moved."""
    return IntegrityError(
        f"The stored secret {key} of {connection} was changed",
        fix=f"Set it again: ml-connector secret set {connection} {key}",
        stage=_STAGE,
        code="vault.secret_damaged",
        facts=(f"{connection} {key}", "does not open with the key that sealed it"),
    )
