"""One lease a connection and flow: taken before a pass, extended while it goes on, given back at its end.

Safety does not rest on it, each posting has an epoch of its own; it keeps two passes from doing the same work.
"""

from __future__ import annotations

from typing import Protocol

from ml_connector.clock import Clock
from ml_connector.errors import ConnectorError, TransientError

# Longer than the longest single request (16 minutes, posting protocol 4.7).
LEASE_SECONDS = 1200.0
_EXTEND_SECONDS = LEASE_SECONDS / 8


class Leases(Protocol):
    """Who may run a flow of a connection now."""

    def claim(self, flow: str, holder: str, ttl_seconds: float) -> bool: ...
    def release(self, flow: str, holder: str) -> None: ...


LEASE_HELD = "engine.lease_held"
"""The code of an error that says that another process runs a flow."""


class LeaseKeeper:
    """The leases one process holds for the pass it is running; ``beat`` is called before each step of that pass."""

    def __init__(self, leases: Leases, holder: str, clock: Clock) -> None:
        self._leases = leases
        self._holder = holder
        self._clock = clock
        self._flow: str | None = None
        self._extended_at = 0.0

    def take(self, flow: str) -> bool:
        """Take the flow's lease; False while another living process has it."""
        if not self._leases.claim(flow, self._holder, LEASE_SECONDS):
            return False
        self._flow, self._extended_at = flow, self._clock.monotonic()
        return True

    def beat(self) -> None:
        """Extend the lease once in a while. TransientError ``engine.lease_lost`` where another process has it by now;
        that our own records cannot be reached at the moment is no reason to stop."""
        if self._flow is None or self._clock.monotonic() - self._extended_at < _EXTEND_SECONDS:
            return
        try:
            kept = self._leases.claim(self._flow, self._holder, LEASE_SECONDS)
        except ConnectorError:
            return
        if not kept:
            raise _lost(self._flow)
        self._extended_at = self._clock.monotonic()

    def give_back(self) -> None:
        """Let go of the lease that was taken."""
        if self._flow is not None:
            flow, self._flow = self._flow, None
            self._leases.release(flow, self._holder)


def held_elsewhere(flow: str) -> TransientError:
    """Another process runs this flow: nothing is done, nothing is lost."""
    return TransientError(
        f"Another process is running {flow} of this connection at the moment",
        fix="Wait until it has ended, then run this again; nothing is lost.",
        stage="lease",
        code=LEASE_HELD,
    )


def _lost(flow: str) -> TransientError:
    return TransientError(
        f"Another process took over {flow} of this connection while it was running here",
        fix="Nothing to do: the other process goes on from where this one stood.",
        stage="lease",
        code="engine.lease_lost",
    )
