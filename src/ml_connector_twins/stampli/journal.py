"""What clients did to the Stampli twin, in order: sign-ins, files opened, renamed, removed, faults met.

Kept in memory and, where a path is given, as JSON lines. Holds names, never a password, a key or file content.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened."""

    event: str
    detail: str


class Journal:
    """An ordered list of notes; safe to use from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._notes: list[Note] = []
        self._path = path

    def note(self, event: str, detail: str) -> None:
        """Add one note, durable at once where a path was given."""
        with self._lock:
            self._notes.append(Note(event, detail))
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as handle:
                    handle.write(json.dumps({"event": event, "detail": detail}) + "\n")

    @property
    def notes(self) -> tuple[Note, ...]:
        """Everything noted so far."""
        with self._lock:
            return tuple(self._notes)

    def events(self) -> tuple[str, ...]:
        """The events alone, in order."""
        return tuple(note.event for note in self.notes)
