"""The budget of a tenant: a sliding minute, a number of places and pauses, kept in a book that all its callers share.

It waits for its callers and never sends anything.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from ml_connector.acumatica.ports import PaceBook
from ml_connector.clock import Clock
from ml_connector.errors import ConnectorError, TransientError

# Longest pause sat out here; a longer one is told to the caller, who comes again.
PATIENCE_SECONDS = 300.0
# Longer than the longest request of another process (16 minutes).
PLACE_PATIENCE_SECONDS = 1000.0
_POLL_FIRST_SECONDS = 0.01
_POLL_LAST_SECONDS = 0.2
# An answer is late beyond twice its usual time and a second; one alone may be the network's or a restarted site's.
_LATE_TIMES = 2.0
_LATE_SECONDS = 1.0
_LATE_IN_A_ROW = 2
_EASE_SECONDS_MAX = 60.0
# The usual time follows quicker answers at once and slower ones by a fiftieth, so that a site that has become slower
# for good is asked at the full pace again in the end.
_QUICKER, _SLOWER = 0.5, 1.02


def limited(seconds: float | None) -> TransientError:
    """The tenant refused for pace: certainly not executed."""
    return TransientError(
        "Acumatica limits calls; slowed down.",
        fix="Wait; if it happens often, lower requests_per_minute or ask for a larger licence.",
        code="acumatica.limited",
        retry_after_seconds=seconds,
    )


class SharedBudget:
    """At most ``requests_per_minute`` requests in any 60 seconds and ``concurrent_requests`` at one time, of all who
    share the book; each holds the joint count against its own settings."""

    def __init__(self, book: PaceBook, requests_per_minute: int, concurrent_requests: int, clock: Clock) -> None:
        self._book = book
        self._requests_per_minute = requests_per_minute
        self._concurrent_requests = concurrent_requests
        self._clock = clock
        # Threads of one process wait here, so that one of them at most asks the book again and again.
        self._places = threading.BoundedSemaphore(concurrent_requests)
        self._late = 0

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

    def note_answer(self, kind: str, seconds: float) -> bool:
        """Learn how long an answer of that kind takes, and leave the tenant alone for as long as answers are late: the
        licence delays them before it refuses (``acumatica_api.md 3``). Whether it was left alone."""
        usual = self._book.load_usual_seconds(kind)
        if usual is None:
            self._book.save_usual_seconds(kind, seconds)
            return False
        slower = min(seconds, usual * _SLOWER)
        self._book.save_usual_seconds(kind, slower if seconds > usual else usual + (seconds - usual) * _QUICKER)
        late = seconds - usual * _LATE_TIMES - _LATE_SECONDS
        self._late = self._late + 1 if late > 0 else 0
        if self._late < _LATE_IN_A_ROW:
            return False
        self._book.pause(min(late, _EASE_SECONDS_MAX))
        return True

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
