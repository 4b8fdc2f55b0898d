"""Stopping what runs in threads, as Ctrl-C stops what runs in the foreground: first no new step is begun, then requests
under way are given up.

Where a stop is met KeyboardInterrupt is raised, which nothing in between takes for a failure: leases are given back and
sessions signed out on the way, and the pass is left open for the next process.
"""

from __future__ import annotations

import threading
from datetime import datetime

from ml_connector.clock import Clock

_INSTANT_SECONDS = 1e-6
_SLICE_SECONDS = 0.25


class Stop:
    """One for a process: ``ask`` lets the running steps end, ``cut`` gives up what they wait for."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._cut = threading.Event()

    def ask(self) -> None:
        """No step is begun from now on."""
        self._asked.set()

    def cut(self) -> None:
        """What was sent before now is not waited for any longer."""
        self._asked.set()
        self._cut.set()

    @property
    def asked(self) -> bool:
        """True once no step may begin."""
        return self._asked.is_set()

    @property
    def cut_off(self) -> bool:
        """True once requests under way are given up."""
        return self._cut.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until it is asked for; whether it was."""
        return self._asked.wait(seconds)


class Interruption:
    """The stop as one pass meets it: once met, what follows is its ending and is let through."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._ending = False

    def look(self) -> None:
        """Between two steps, and while one waits for its turn: KeyboardInterrupt once it was asked."""
        if self._stop.asked and not self._ending:
            self._ending = True
            raise KeyboardInterrupt

    def cuts(self) -> bool:
        """Whether a request that is under way is to be given up; one sent later, to sign out, is not."""
        if self._stop.cut_off:
            self._ending = True
        return self._stop.cut_off


class StoppableClock:
    """A clock whose sleepers are woken by a stop."""

    def __init__(self, clock: Clock, interruption: Interruption) -> None:
        self._clock = clock
        self._interruption = interruption

    def now(self) -> datetime:
        """The present instant."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds; KeyboardInterrupt where the pass is stopped meanwhile."""
        ends_at = self._clock.monotonic() + seconds
        # A clock may count in microseconds: a rest below one would never pass.
        while (left := ends_at - self._clock.monotonic()) >= _INSTANT_SECONDS:
            self._interruption.look()
            self._clock.sleep(min(left, _SLICE_SECONDS))
        self._interruption.look()
