"""Master keys as text and as a file of their owner alone: read, written once, replaced whole.

A file or a variable holds one key, or several while they are being changed: the first one seals, all open. No key is
ever shown; its id, a part of its hash, may stand in messages.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ml_connector.errors import ConfigurationError, TransientError

KEY_BYTES = 32
_STAGE = "vault"
_FILE_BYTES_MAX = 4096


@dataclass(frozen=True, slots=True)
class MasterKey:
    """32 bytes that wrap every data key, and the id by which a wrapped key names them."""

    key_id: str
    key: bytes = field(repr=False)


def new_key() -> MasterKey:
    """A random one."""
    return _key_of(secrets.token_bytes(KEY_BYTES))


def parse_keys(content: bytes, where: str) -> tuple[MasterKey, ...]:
    """The keys in what ``where`` holds: 32 bytes as they are, or base64 texts with blanks or line ends between.
    ConfigurationError ``vault.bad_master_key`` where any of it is none."""
    keys = [content] if len(content) == KEY_BYTES else [_decode(word) for word in content.split()]
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ConfigurationError(
            f"{where} holds no master key: 32 bytes in base64 are needed",
            fix="Make one with: openssl rand -base64 32",
            stage=_STAGE,
            code="vault.bad_master_key",
            at="settings",
        )
    return tuple(map(_key_of, keys))


def read_keys(path: Path) -> tuple[MasterKey, ...]:
    """The keys in a file, none where there is no file. ConfigurationError for one that is no key, cannot be read, or
    can be read by others (``vault.key_readable_by_others``)."""
    try:
        with path.open("rb") as stream:
            others = os.fstat(stream.fileno()).st_mode & 0o077
            content = b"" if others else stream.read(_FILE_BYTES_MAX)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise unusable(path, error.strerror or "unknown reason") from error
    if others:
        raise ConfigurationError(
            f"The master key {path} can be read by other users",
            fix=f"chmod 600 {path}",
            stage=_STAGE,
            code="vault.key_readable_by_others",
        )
    return parse_keys(content, f"The file {path}")


def write_once(path: Path, key: MasterKey) -> None:
    """The file whole or not at all, and never over one that is there."""
    with _part_of(path, (key,)) as part, contextlib.suppress(FileExistsError):
        # A link, unlike a rename, does not replace what another process made meanwhile.
        os.link(part, path)


def replace_keys(path: Path, keys: Sequence[MasterKey]) -> None:
    """The file with these keys in place of what it held, whole or not at all."""
    with _part_of(path, keys) as part:
        part.rename(path)


@contextlib.contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Nobody else replaces the keys of that file meanwhile; TransientError ``vault.rotating`` where somebody does."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise unusable(path, error.strerror or "unknown reason") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TransientError(
                "The master key is being changed by another process",
                fix="Wait until that one has ended.",
                stage=_STAGE,
                code="vault.rotating",
            ) from error
        yield
    finally:
        os.close(descriptor)


def unusable(path: Path, why: str) -> ConfigurationError:
    """The error for a key file that cannot be read or written."""
    return ConfigurationError(
        f"The master key file {path} cannot be used: {why}",
        fix="Check the path, who owns the folder, and whether the disk is full.",
        stage=_STAGE,
        code="vault.key_file_unusable",
    )


def _key_of(key: bytes) -> MasterKey:
    return MasterKey(hashlib.sha256(b"ml-connector master key id\0" + key).hexdigest()[:12], key)


def _decode(content: bytes) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return b""


@contextlib.contextmanager
def _part_of(path: Path, keys: Sequence[MasterKey]) -> Iterator[Path]:
    """The file's content, safe on disk under another name; what becomes of it is made to last too."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(b"".join(base64.b64encode(key.key) + b"\n" for key in keys))
                stream.flush()
                os.fsync(stream.fileno())
            yield part
        finally:
            part.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise unusable(path, error.strerror or "unknown reason") from error
