"""The inline variant: steps run at once, in this thread. For a foreground pass, for the worker of one process, for
tests.

It keeps no record of its own: what must survive a crash is the caller's rows. It must not know what a step is about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ml_connector.clock import Clock
from ml_connector.engine.face import Boundary, OpenBoundary
from ml_connector.errors import TransientError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a repeatable step is tried again in the foreground: ``tries`` in all, never longer than
    ``wait_seconds_max`` at once."""

    tries: int = 3
    wait_seconds: float = 1.0
    wait_seconds_max: float = 20.0


class InlineSteps:
    """Runs each step at once between its two boundaries."""

    def __init__(
        self,
        clock: Clock,
        boundary: Boundary | None = None,
        patience: Patience | None = None,
        *,
        heartbeat: Callable[[], None] | None = None,
    ) -> None:
        self._clock = clock
        self._boundary = boundary or OpenBoundary()
        self._patience = patience or Patience()
        self._heartbeat = heartbeat

    def step(self, name: str, call: Callable[[], T], *, repeatable: bool = False) -> T:
        """Run the step; its own exception passes, a repeatable step is tried again on a TransientError first. What the
        heartbeat raises stops the step before it begins."""
        if self._heartbeat is not None:
            self._heartbeat()
        self._boundary.cross(name, "before")
        result = self._with_patience(call) if repeatable else call()
        self._boundary.cross(name, "after")
        return result

    def _with_patience(self, call: Callable[[], T]) -> T:
        for attempt in range(1, self._patience.tries):
            try:
                return call()
            except TransientError as error:
                wait = error.retry_after_seconds
                if wait is None:
                    wait = self._patience.wait_seconds * 2 ** (attempt - 1)
                if wait > self._patience.wait_seconds_max:
                    raise
                self._clock.sleep(wait)
        return call()
