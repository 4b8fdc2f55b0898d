"""Folders in memory, as the SFTP edge shows them: names, bytes, times; what is put, moved and deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from ml_connector.domain.values.arrivals import Arrival, Fetched, Listing, NotTaken
from ml_connector.domain.values.records import FileRecord
from ml_connector.stampli.folders import IsKnown

START = datetime(2026, 10, 14, 12, tzinfo=UTC)


def a_file(feed: str, name: str, written_at: datetime | None = None) -> FileRecord:
    """The log's row of a file that is new."""
    return FileRecord("f00000001", "harbor", feed, name, 1, written_at or START, START, "new")


@dataclass
class InMemoryFolders:
    """Fits ``stampli.folders.Folders``."""

    files: dict[tuple[str, str], tuple[bytes, datetime]] = field(default_factory=dict)
    _written: int = 0

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Somebody writes a file."""
        self._written += 1
        self.files[(folder, name)] = (content, START + timedelta(seconds=self._written))

    def list_settled(self, folder: str, patterns: tuple[str, ...], is_known: IsKnown) -> Listing:
        lying = [self._arrival(*place) for place in sorted(self.files) if place[0] == folder]
        wanted = [each for each in lying if any(fnmatchcase(each.name, one) for one in patterns)]
        fresh = [each for each in wanted if not is_known(each.name, each.size_bytes, each.modified_at)]
        return Listing(tuple(fresh), (), known=tuple(each for each in wanted if each not in fresh))

    def look(self, folder: str, name: str) -> Arrival | None:
        return self._arrival(folder, name) if (folder, name) in self.files else None

    def look_for(self, folder: str, names: Sequence[str]) -> frozenset[str]:
        return frozenset(name for name in names if (folder, name) in self.files)

    def fetch(self, arrival: Arrival, size_bytes_max: int) -> Fetched | NotTaken:
        content, at = self.files[(arrival.folder, arrival.name)]
        if len(content) > size_bytes_max:
            return NotTaken(arrival.name, len(content), at, "refused", f"larger than {size_bytes_max} bytes")
        return Fetched(content, hashlib.sha256(content).hexdigest())

    def fetch_many(self, arrivals: Sequence[Arrival], size_bytes_max: int) -> Generator[Fetched | NotTaken, None, None]:
        for arrival in arrivals:
            yield self.fetch(arrival, size_bytes_max)

    def put(self, folder: str, name: str, content: bytes) -> str:
        self.write(folder, name, content)
        return name

    def move(self, folder: str, name: str, target_folder: str, target_name: str) -> None:
        self.files[(target_folder, target_name)] = self.files.pop((folder, name))

    def delete(self, folder: str, name: str) -> None:
        self.files.pop((folder, name), None)

    def _arrival(self, folder: str, name: str) -> Arrival:
        content, at = self.files[(folder, name)]
        return Arrival(folder, name, len(content), at)
