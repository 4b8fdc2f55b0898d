"""The pace book of one process, for an edge that shares its tenant with nobody. It waits for nobody."""

from __future__ import annotations

import threading
from collections import deque

from ml_connector.clock import Clock

_MINUTE = 60.0


class MemoryBook:
    """Fits the port of the book; threads may share it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()
        self._places = 0
        self._paused_until = 0.0
        self._usual: dict[str, float] = {}

    def note_request(self, per_minute: int) -> float:
        """Count one request now; where it does not fit, count nothing and tell the seconds after which it may."""
        with self._lock:
            now = self._clock.monotonic()
            if now < self._paused_until:
                return max(self._paused_until - now, 0.001)
            while self._sent and self._sent[0] <= now - _MINUTE:
                self._sent.popleft()
            if len(self._sent) >= per_minute:
                return max(self._sent[-per_minute] + _MINUTE - now, 0.001)
            self._sent.append(now)
            return 0.0

    def take_place(self, places: int) -> int | None:
        """One of the places for requests at one time, None where all are taken."""
        with self._lock:
            if self._places >= places:
                return None
            self._places += 1
            return self._places

    def give_place_back(self, place: int) -> None:
        """Free the place."""
        with self._lock:
            self._places -= 1

    def pause(self, seconds: float) -> None:
        """Nobody counts a request for so many seconds."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def load_usual_seconds(self, kind: str) -> float | None:
        """How long an answer of that kind usually takes."""
        return self._usual.get(kind)

    def save_usual_seconds(self, kind: str, seconds: float) -> None:
        """Keep how long it usually takes."""
        self._usual[kind] = seconds
