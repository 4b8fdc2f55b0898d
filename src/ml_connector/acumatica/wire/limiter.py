"""The budget of one process: a sliding minute and a number of places, kept in memory.

Several processes of one tenant need a shared one, which fits the same port. It never sends anything.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from ml_connector.clock import Clock
from ml_connector.errors import TransientError

_MINUTE_MS = 60_000
# Longest pause sat out here; a longer one is told to the caller, who comes again.
PATIENCE_SECONDS = 300.0


def limited(seconds: float | None) -> TransientError:
    """The tenant refused for pace: certainly not executed."""
    return TransientError(
        "Acumatica limits calls; slowed down.",
        fix="Wait; if it happens often, lower requests_per_minute or ask for a larger licence.",
        code="acumatica.limited",
        retry_after_seconds=seconds,
    )


class ProcessBudget:
    """At most ``requests_per_minute`` requests in any 60 seconds and ``concurrent_requests`` at one time."""

    def __init__(self, requests_per_minute: int, concurrent_requests: int, clock: Clock) -> None:
        self._bucket = InMemoryBucket([Rate(requests_per_minute, _MINUTE_MS)])
        self._places = threading.BoundedSemaphore(concurrent_requests)
        self._lock = threading.Lock()
        self._clock = clock
        self._paused_until = 0.0

    def reserve(self) -> bool:
        """Wait until one more request fits into the last minute and no pause is on; whether it had to wait."""
        waited = False
        while (seconds := self._wait_seconds()) > 0:
            if seconds > max(PATIENCE_SECONDS, _MINUTE_MS / 1000):
                raise limited(seconds)
            waited = True
            self._clock.sleep(seconds)
        return waited

    def _wait_seconds(self) -> float:
        with self._lock:
            now = self._clock.monotonic()
            if now < self._paused_until:
                return self._paused_until - now
            item = RateItem("request", int(now * 1000))
            self._bucket.leak(item.timestamp)
            if self._bucket.put(item):
                return 0.0
            wait = self._bucket.waiting(item)
            return max(int(wait) if isinstance(wait, int) else 0, 1) / 1000

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold one of the places."""
        with self._places:
            yield

    def pause(self, seconds: float) -> None:
        """Everybody who shares this budget waits at least so long."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)
