"""The inline variant of the engine of passes: one after the other in the caller's thread, nothing kept over a crash.

For tests with simulated time. What a crash leaves open is found by the schedules of the next process.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from ml_connector.engine.passes import Carry, Pass, Summary

_log = logging.getLogger(__name__)


class InlinePasses:
    """Runs passes in the order they came when it is told to."""

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._waiting: deque[Pass] = deque()
        self._known: set[str] = set()
        self._open: set[str] = set()

    def enqueue(self, each: Pass) -> None:
        """Take a pass; the same one again changes nothing."""
        if each.key not in self._known:
            self._known.add(each.key)
            self._open.add(each.key)
            self._waiting.append(each)

    def is_open(self, key: str) -> bool:
        """Whether the pass waits or runs."""
        return key in self._open

    def take_over(self, executor: str) -> int:
        """Nothing: another process's passes were never here."""
        return 0

    def run_next(self) -> bool:
        """Run the pass that has waited longest; False where none waits."""
        if not self._waiting:
            return False
        each = self._waiting.popleft()
        try:
            self._carry(each, _AtOnce())
        except Exception:
            _log.exception("a fault of the program in pass %s", each.key)
        self._open.discard(each.key)
        return True


class _AtOnce:
    def run(self, name: str, call: Callable[[], Summary]) -> Summary:
        return call()
