"""The master key: found in the environment or in a file, made on first use where there is neither.

A key is never replaced here and never shown; its id, a part of its hash, may stand in messages.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ml_connector.errors import ConfigurationError

KEY_VARIABLE = "ML_CONNECTOR_MASTER_KEY"
FILE_VARIABLE = "ML_CONNECTOR_MASTER_KEY_FILE"
KEY_FILE_NAME = "master.key"
KEY_BYTES = 32
_STAGE = "vault"
_FILE_BYTES_MAX = 4096


@dataclass(frozen=True, slots=True)
class MasterKey:
    """32 bytes that wrap every data key, and the id by which a wrapped key names them."""

    key_id: str
    key: bytes = field(repr=False)


class MasterKeySource:
    """Where the master key is looked for: ``ML_CONNECTOR_MASTER_KEY`` (base64), the file that
    ``ML_CONNECTOR_MASTER_KEY_FILE`` names, else ``master.key`` in the folder of the database."""

    def __init__(self, environ: Mapping[str, str], directory: Path) -> None:
        self._text = environ.get(KEY_VARIABLE, "")
        named = environ.get(FILE_VARIABLE, "")
        self._named_file = Path(named) if named else None
        self._own_file = directory / KEY_FILE_NAME

    def __repr__(self) -> str:
        return f"MasterKeySource({self.describe()})"

    def describe(self) -> str:
        """Where the key comes from, in words for a person."""
        if self._text:
            return f"the variable {KEY_VARIABLE}"
        return f"the file {self._named_file or self._own_file}"

    def load(self) -> MasterKey | None:
        """The key, None where there is none yet. ConfigurationError for one that is no key (``vault.bad_master_key``)
        or a file that others may read (``vault.key_readable_by_others``)."""
        if self._text:
            return _key_of(self._text.encode("utf-8", "surrogateescape"), f"The variable {KEY_VARIABLE}")
        return _read_key(self._named_file or self._own_file)

    def make(self) -> MasterKey:
        """A new random key in a file of ours, readable by its owner alone; the one that is there where another process
        was quicker. ConfigurationError where the key should come from a place that we do not write to."""
        if self._text or self._named_file:
            raise ConfigurationError(
                f"There is no master key in {self.describe()}",
                fix=f"Put 32 random bytes there, in base64, or unset {FILE_VARIABLE} to have a key made.",
                stage=_STAGE,
                code="vault.no_master_key",
            )
        _write_once(self._own_file, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        key = _read_key(self._own_file)
        if key is None:
            raise _unusable(self._own_file, "it vanished after it was written")
        return key


def _key_of(content: bytes, where: str) -> MasterKey:
    key = content if len(content) == KEY_BYTES else _decode(content)
    if len(key) != KEY_BYTES:
        raise ConfigurationError(
            f"{where} holds no master key: 32 bytes in base64 are needed",
            fix="Make one with: openssl rand -base64 32",
            stage=_STAGE,
            code="vault.bad_master_key",
            at="settings",
        )
    return MasterKey(hashlib.sha256(b"ml-connector master key id\0" + key).hexdigest()[:12], key)


def _decode(content: bytes) -> bytes:
    try:
        return base64.b64decode(content.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _read_key(path: Path) -> MasterKey | None:
    try:
        with path.open("rb") as stream:
            others = os.fstat(stream.fileno()).st_mode & 0o077
            content = b"" if others else stream.read(_FILE_BYTES_MAX)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error.strerror or "unknown reason") from error
    if others:
        raise ConfigurationError(
            f"The master key {path} can be read by other users",
            fix=f"chmod 600 {path}",
            stage=_STAGE,
            code="vault.key_readable_by_others",
        )
    return _key_of(content, f"The file {path}")


def _write_once(path: Path, content: bytes) -> None:
    """The file whole or not at all, and never over one that is there."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            # A link, unlike a rename, does not replace what another process made meanwhile.
            with contextlib.suppress(FileExistsError):
                os.link(part, path)
        finally:
            part.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unusable(path, error.strerror or "unknown reason") from error


def _unusable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The master key file {path} cannot be used: {why}",
        fix="Check the path, who owns the folder, and whether the disk is full.",
        stage=_STAGE,
        code="vault.key_file_unusable",
    )
