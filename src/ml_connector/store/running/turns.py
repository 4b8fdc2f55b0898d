"""One at a time over all processes of one database: taken, held while something happens, given back.

It rests on a lease: a process that was killed holds nobody up, one on a machine that cannot be asked only until the
lease ends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ml_connector.clock import Clock
from ml_connector.errors import ConnectorError, TransientError
from ml_connector.store.running.leases import LeaseRepository

# Longer than the longest request that is made in a turn (11 minutes, the edge's deadline of a read).
TURN_SECONDS = 720.0
_PATIENCE_SECONDS = 900.0
_POLL_FIRST_SECONDS = 0.02
_POLL_LAST_SECONDS = 0.5


class LeaseTurn:
    """The turn of one name in one connection; fits the edge's port for renewing a grant. Threads that share it wait for
    each other too."""

    def __init__(self, leases: LeaseRepository, name: str, holder: str, clock: Clock) -> None:
        self._leases = leases
        self._name = name
        self._holder = holder
        self._clock = clock
        self._lock = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn and keep it while inside. TransientError ``store.turn_awaited`` where it does not come."""
        with self._lock:
            self._take()
            try:
                yield
            finally:
                self._give_back()

    def _take(self) -> None:
        ends_at = self._clock.monotonic() + _PATIENCE_SECONDS
        pause = _POLL_FIRST_SECONDS
        while not self._leases.claim(self._name, self._holder, TURN_SECONDS):
            if self._clock.monotonic() >= ends_at:
                raise TransientError(
                    f"Another process has been busy with {self._name} for too long",
                    fix="Wait until it has ended, then run this again.",
                    stage="store",
                    code="store.turn_awaited",
                )
            self._clock.sleep(pause)
            pause = min(pause * 2, _POLL_LAST_SECONDS)

    def _give_back(self) -> None:
        try:
            self._leases.release(self._name, self._holder)
        except ConnectorError:
            # What was done in the turn stands, and the lease ends by itself.
            return
