"""A pass: one travel of one flow of one connection, due at one instant; and the face of what runs passes.

Declares only. ``inline_passes`` and ``durable`` are the two variants; ``tests/engine`` holds one suite for both. A pass
is made of phases. A phase that was completed is not run again after a crash; one that was not goes on from our own
rows, so nothing a phase read outside is kept here: its summary holds counts, ids of ours and codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

Summary = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Pass:
    """One travel; ``due_at`` (UTC) is the instant of its schedule."""

    connection: str
    flow: str
    due_at: datetime

    @property
    def key(self) -> str:
        """The same for everyone who finds the pass due, so that several schedulers start it once."""
        return f"{self.connection}/{self.flow}/{self.due_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def parse_key(key: str) -> Pass:
    """The pass that has this key."""
    connection, flow, due_at = key.split("/")
    return Pass(connection, flow, datetime.strptime(due_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC))


class Phases(Protocol):
    """What a running pass has of its engine."""

    def run(self, name: str, call: Callable[[], Summary]) -> Summary:
        """Run a phase, or give back the summary it left when it was completed before a crash."""
        ...


class Carry(Protocol):
    """What a pass does. An Exception is a fault of the program: it is logged and ends this pass alone; a
    KeyboardInterrupt leaves the pass open for another process."""

    def __call__(self, each: Pass, phases: Phases) -> None: ...


class PassEngine(Protocol):
    """Takes passes and runs them in the order they came, so many at a time."""

    def enqueue(self, each: Pass) -> None:
        """Take a pass; the same one again changes nothing, also where it has ended."""
        ...

    def is_open(self, key: str) -> bool:
        """Whether the pass waits or runs, here or elsewhere."""
        ...

    def take_over(self, executor: str) -> int:
        """Let others run what a dead process of that name had begun; how many passes that was."""
        ...
