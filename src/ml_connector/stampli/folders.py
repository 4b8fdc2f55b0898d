"""The port through which the exchange reaches folders; the SFTP edge fits it by way of ``bootstrap``. Declares only."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from typing import Protocol

from ml_connector.domain.values.arrivals import Arrival, Fetched, Listing, NotTaken

IsKnown = Callable[[str, int, datetime | None], bool]


class Folders(Protocol):
    """One session on the server that holds Stampli's folders."""

    def list_settled(self, folder: str, patterns: tuple[str, ...], is_known: IsKnown) -> Listing:
        """Files of a folder whose names fit one of the globs and that stood still between two looks; known ones are
        listed apart."""
        ...

    def look(self, folder: str, name: str) -> Arrival | None:
        """One file as it lies there now, None where it does not."""
        ...

    def look_for(self, folder: str, names: Sequence[str]) -> frozenset[str]:
        """Those of the names that are files there now."""
        ...

    def fetch(self, arrival: Arrival, size_bytes_max: int) -> Fetched | NotTaken:
        """The whole bytes, or why not."""
        ...

    def fetch_many(self, arrivals: Sequence[Arrival], size_bytes_max: int) -> Generator[Fetched | NotTaken, None, None]:
        """As ``fetch`` for each, in the order asked; several are on their way at once."""
        ...

    def put(self, folder: str, name: str, content: bytes) -> str:
        """Hand over under a temporary name, then rename; the name it landed under."""
        ...

    def move(self, folder: str, name: str, target_folder: str, target_name: str) -> None:
        """Move a file; a target that exists is never replaced."""
        ...

    def delete(self, folder: str, name: str) -> None:
        """Delete a file; one that is gone already is fine."""
        ...
