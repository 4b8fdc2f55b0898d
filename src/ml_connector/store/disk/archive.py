"""The originals: the bytes of every file as they came, kept by their hash in two levels of folders.

A write is whole and on disk before it returns, or leaves nothing; a read that does not give back what the name says is
an IntegrityError. Nothing here knows a database, and no name from outside ever becomes a path.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ml_connector.errors import IntegrityError
from ml_connector.store.disk.faults import translate_disk_error
from ml_connector.store.disk.folders import make_private_folder, sync_folder

_HASH = re.compile(r"[0-9a-f]{64}")
# A disk makes many writes durable in little more time than one.
_WRITES_AT_ONCE = 8


class Archive:
    """A folder of originals, shared by all connections."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save_content(self, content: bytes, sha256: str) -> None:
        """Keep the bytes, durable before this returns; ValueError where the hash is not theirs. Bytes that are there
        already, whole, are not written again."""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError("the hash does not belong to these bytes")
        path = self._path(sha256)
        try:
            if not self._holds(path, sha256):
                self._put(path, content)
        except OSError as error:
            raise translate_disk_error(error, f"The archive {self._folder}") from error

    def save_contents(self, contents: Sequence[tuple[bytes, str]]) -> None:
        """As ``save_content`` for many, all durable before this returns; what was kept before an error stays."""
        if len(contents) <= 1:
            for content, sha256 in contents:
                self.save_content(content, sha256)
            return
        with ThreadPoolExecutor(_WRITES_AT_ONCE, thread_name_prefix="archive") as threads:
            for done in [threads.submit(self.save_content, *each) for each in contents]:
                done.result()

    def load_content(self, sha256: str) -> bytes:
        """The bytes of that hash; IntegrityError where they are missing (``store.file_missing``) or no longer the same
        (``store.file_changed``)."""
        path = self._path(sha256)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise _not_as_stored("Stored file is missing", sha256, "nothing", code="store.file_missing") from error
        except OSError as error:
            raise translate_disk_error(error, f"The archive {self._folder}") from error
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise _not_as_stored("Stored file was changed", sha256, found, code="store.file_changed")
        return content

    def list_contents(self) -> Iterator[str]:
        """The hashes of all that is kept, in order; a part that a killed process left is none."""
        try:
            for path in sorted(self._folder.glob("*/*/*")):
                if _HASH.fullmatch(path.name):
                    yield path.name
        except OSError as error:
            raise translate_disk_error(error, f"The archive {self._folder}") from error

    def read_content(self, sha256: str) -> bytes | None:
        """The bytes under that name, proven or not; None where they cannot be read."""
        try:
            return self._path(sha256).read_bytes()
        except OSError:
            return None

    def _path(self, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise ValueError("a content hash is 64 hexadecimal digits in lower case")
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _holds(self, path: Path, sha256: str) -> bool:
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        except FileNotFoundError:
            return False

    def _put(self, path: Path, content: bytes) -> None:
        make_private_folder(path.parent)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def _not_as_stored(sentence: str, sha256: str, found: str, *, code: str) -> IntegrityError:
    return IntegrityError(
        f"{sentence}: {sha256[:12]}",
        fix="Restore the archive from the last backup, or fetch the file again.",
        stage="store",
        code=code,
        facts=(sha256, found),
    )
