"""Changing the master key: the new one beside the old, every data key wrapped anew, then the old one away.

Stopped anywhere it is begun again and goes on: until the last secret has the new key, both open. The values themselves
are never opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Protocol

from ml_connector.errors import ConfigurationError
from ml_connector.vault.envelope import Belonging, Sealed, rewrap
from ml_connector.vault.key_file import KEY_BYTES, MasterKey, alone_with, new_key, parse_keys, replace_keys
from ml_connector.vault.master_key import KEY_VARIABLE, MasterKeySource
from ml_connector.vault.vault import SealedSecret, damaged, does_not_open

# A secret that is set while the key is changed may still get the old one: it is looked for again so many times.
_ROUNDS_MAX = 20


class RewrappedRows(Protocol):
    """Where sealed secrets are kept, for all connections at once."""

    def list_otherwise(self, key_id: str) -> Sequence[tuple[str, SealedSecret]]:
        """Every secret that another master key than this wraps, with its connection."""
        ...

    def save_rewrapped(
        self, connection: str, key: str, *, version: int, old_key_id: str, key_id: str, wrapped_key: bytes, actor: str
    ) -> bool:
        """Keep the data key wrapped anew; False where the secret was set or wrapped anew meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class Rotated:
    """The id of the key that opens everything now, how many secrets were wrapped anew, whether an earlier change was
    gone on with, and whether the key has yet to be put where it comes from."""

    key_id: str
    rewrapped: int
    resumed: bool
    to_be_placed: bool


def rotate_master_key(rows: RewrappedRows, source: MasterKeySource, given: bytes, *, actor: str) -> Rotated:
    """Put a new master key in the place of the old: the one ``given``, or a random one where that is empty.

    A key from a file is replaced there. One from the variable is not ours to replace: the new one is given, or stands
    in front of the old one there. ConfigurationError where there is no new key or an old one is missing; IntegrityError
    for a secret that does not open, once all others are done."""
    wanted = _parse_given(given)
    with nullcontext() if source.file is None else alone_with(source.file):
        kept = source.load_all()
        resumed = len(kept) > 1 and wanted in (None, kept[0])
        new = wanted or (kept[0] if resumed else _new_key(source))
        keys = (new, *(key for key in kept if key != new))
        _require_all(rows, source, keys)
        _place(source, keys)
        count = _rewrap_all(rows, keys, actor)
        _place(source, keys[:1])
        # What was set in the very moment before.
        count += _rewrap_all(rows, keys, actor)
    return Rotated(new.key_id, count, resumed, to_be_placed=source.file is None and kept[:1] != (new,))


def _parse_given(given: bytes) -> MasterKey | None:
    text = given if len(given) == KEY_BYTES else given.strip()
    return parse_keys(text, "Standard input")[0] if text else None


def _place(source: MasterKeySource, keys: Sequence[MasterKey]) -> None:
    if source.file is not None:
        replace_keys(source.file, keys)


def _new_key(source: MasterKeySource) -> MasterKey:
    if source.file is not None:
        return new_key()
    raise ConfigurationError(
        f"The master key comes from the variable {KEY_VARIABLE}; a new one cannot be put there from here",
        fix="Give the new key on standard input (made with: openssl rand -base64 32) and put it into the variable"
        " afterwards. Where workers go on meanwhile, first put it in front of the old one there, with a blank between.",
        stage="vault",
        code="vault.no_new_key",
        at="settings",
    )


def _require_all(rows: RewrappedRows, source: MasterKeySource, keys: Sequence[MasterKey]) -> None:
    known = {key.key_id for key in keys}
    missing = sorted(row.key_id for _, row in rows.list_otherwise(keys[0].key_id) if row.key_id not in known)
    if missing:
        raise does_not_open(missing[0], source)


def _rewrap_all(rows: RewrappedRows, keys: Sequence[MasterKey], actor: str) -> int:
    """Everything under the first of the keys; how many secrets that changed."""
    count = 0
    for _ in range(_ROUNDS_MAX):
        left = rows.list_otherwise(keys[0].key_id)
        wrapped = [(connection, row, _rewrapped(connection, row, keys)) for connection, row in left]
        for connection, row, anew in wrapped:
            count += anew is not None and rows.save_rewrapped(
                connection,
                row.key,
                version=row.version,
                old_key_id=row.key_id,
                key_id=keys[0].key_id,
                wrapped_key=anew.wrapped_key,
                actor=actor,
            )
        closed = [(connection, row.key) for connection, row, anew in wrapped if anew is None]
        if closed:
            raise damaged(*closed[0])
        if not left:
            break
    return count


def _rewrapped(connection: str, row: SealedSecret, keys: Sequence[MasterKey]) -> Sealed | None:
    old = next((key for key in keys if key.key_id == row.key_id), keys[0])
    belonging = Belonging(connection, row.key, row.version)
    return rewrap(Sealed(row.wrapped_key, row.sealed), belonging, old=old, new=keys[0])
