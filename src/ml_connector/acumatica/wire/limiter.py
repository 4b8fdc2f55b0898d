"""The budget of a tenant: a sliding minute and a number of places, of one process or shared by all through a book.

It waits for its callers and never sends anything.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from ml_connector.acumatica.ports import PaceBook
from ml_connector.clock import Clock
from ml_connector.errors import ConnectorError, TransientError

_MINUTE_MS = 60_000
# Longest pause sat out here; a longer one is told to the caller, who comes again.
PATIENCE_SECONDS = 300.0
# Longer than the longest request of another process (16 minutes).
PLACE_PATIENCE_SECONDS = 1000.0
_POLL_FIRST_SECONDS = 0.01
_POLL_LAST_SECONDS = 0.2


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
        return _wait_out(self._wait_seconds, self._clock)

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


class SharedBudget:
    """The same of all processes that share a book; each holds the joint count against its own settings."""

    def __init__(self, book: PaceBook, requests_per_minute: int, concurrent_requests: int, clock: Clock) -> None:
        self._book = book
        self._requests_per_minute = requests_per_minute
        self._concurrent_requests = concurrent_requests
        self._clock = clock
        # Threads of one process wait here, so that one of them at most asks the book again and again.
        self._places = threading.BoundedSemaphore(concurrent_requests)

    def reserve(self) -> bool:
        """Wait until one more request fits into the last minute and no pause is on; whether it had to wait."""
        return _wait_out(partial(self._book.note_request, self._requests_per_minute), self._clock)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold one of the places. TransientError where none comes free."""
        with self._places:
            place = self._wait_for_place()
            try:
                yield
            finally:
                # The request was sent: that the book cannot be reached says nothing of it; the place ends by itself.
                with suppress(ConnectorError):
                    self._book.give_place_back(place)

    def pause(self, seconds: float) -> None:
        """Everybody who shares this budget waits at least so long."""
        if seconds > 0:
            self._book.pause(seconds)

    def _wait_for_place(self) -> int:
        ends_at = self._clock.monotonic() + PLACE_PATIENCE_SECONDS
        pause = _POLL_FIRST_SECONDS
        while (place := self._book.take_place(self._concurrent_requests)) is None:
            if self._clock.monotonic() >= ends_at:
                raise limited(None)
            # Not in step with the other processes.
            self._clock.sleep(random.uniform(pause / 2, pause))
            pause = min(pause * 2, _POLL_LAST_SECONDS)
        return place


def _wait_out(seconds_to_wait: Callable[[], float], clock: Clock) -> bool:
    """Ask until nothing is left to wait for; whether there was. Raises TransientError ``acumatica.limited``."""
    waited = False
    while (seconds := seconds_to_wait()) > 0:
        if seconds > PATIENCE_SECONDS:
            raise limited(seconds)
        waited = True
        clock.sleep(seconds)
    return waited
