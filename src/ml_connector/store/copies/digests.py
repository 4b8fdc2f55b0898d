"""The second place of the audit trail: a folder of signed digests, to which files are only added."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from ml_connector.audit.chain import AuditHead
from ml_connector.audit.digest import Digest, parse_digest, render_digest
from ml_connector.store.disk.faults import translate_disk_error
from ml_connector.store.disk.folders import make_private_folder
from ml_connector.store.disk.whole_files import written_whole


class DigestFolder:
    """The digests of one connection in the folder that ``[store] digests`` names."""

    def __init__(self, folder: Path, connection_name: str) -> None:
        # The name of a connection may be any text.
        self._folder = folder / quote(connection_name, safe="")

    def has_digest(self, head: AuditHead) -> bool:
        """Is there a digest of this very head?"""
        try:
            return self._path(head).is_file()
        except OSError as error:
            raise translate_disk_error(error, f"The folder {self._folder}") from error

    def save_digest(self, digest: Digest) -> None:
        """Add a digest, durable before this returns; never in place of another head's."""
        path = self._path(AuditHead(digest.sequence, digest.hash))
        try:
            make_private_folder(self._folder)
            with written_whole(path) as stream:
                stream.write(render_digest(digest).encode("utf-8") + b"\n")
        except OSError as error:
            raise translate_disk_error(error, f"The folder {self._folder}") from error

    def load_digests(self) -> Iterator[Digest]:
        """All digests, the earliest head first; what is none is left out."""
        try:
            for path in sorted(self._folder.glob("*.json")):
                # One file that was damaged must not hide those behind it.
                digest = parse_digest(path.read_bytes().decode("utf-8", errors="replace"))
                if digest is not None:
                    yield digest
        except OSError as error:
            raise translate_disk_error(error, f"The folder {self._folder}") from error

    def _path(self, head: AuditHead) -> Path:
        return self._folder / f"{head.sequence:012d}-{head.hash[:16]}.json"
