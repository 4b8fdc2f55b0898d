"""Which of the processes that share a database are dead: by their process number on this machine, by a heartbeat that
stands still anywhere.

The heartbeat is a count, watched by our own clock's seconds: machines need not agree on the time. A process that was
thought dead and goes on harms nothing, since what it still writes is fenced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ml_connector.clock import Clock


@dataclass(frozen=True, slots=True)
class Life:
    """One process of those on record: its name, how often its heart beat, and whether it said that it ends."""

    name: str
    beats: int
    dead: bool = False


class Lives:
    """Watches the heartbeats of others from this process; ``alive`` tells of a name what this machine knows of it."""

    def __init__(
        self, own: str, dead_after_seconds: float, clock: Clock, *, alive: Callable[[str], bool | None]
    ) -> None:
        self._own = own
        self._dead_after_seconds = dead_after_seconds
        self._clock = clock
        self._alive = alive
        self._seen: dict[str, tuple[int, float]] = {}

    def judge_dead(self, lives: Iterable[Life]) -> tuple[str, ...]:
        """The names of those that are dead; one is looked at for ``dead_after_seconds`` before its silence counts."""
        now = self._clock.monotonic()
        others = [life for life in lives if life.name != self._own]
        seen = {life.name: self._seen.get(life.name) for life in others}
        self._seen = {
            life.name: before
            if (before := seen[life.name]) is not None and before[0] == life.beats
            else (life.beats, now)
            for life in others
        }
        return tuple(
            life.name for life in others if life.dead or self._alive(life.name) is False or self._silent(life.name, now)
        )

    def _silent(self, name: str, now: float) -> bool:
        return now - self._seen[name][1] >= self._dead_after_seconds
