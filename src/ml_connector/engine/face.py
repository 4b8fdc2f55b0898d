"""The engine's face: how a flow records its steps, whatever variant runs it. Declares only; ``inline`` is a variant.

A step either computes or touches one foreign system. ``boundary`` is where tests break it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

T = TypeVar("T")
Side = Literal["before", "after"]


class Boundary(Protocol):
    """Called at each edge of a step; in production it does nothing, a test may end the process here."""

    def cross(self, step: str, side: Side) -> None:
        """Pass the edge ``side`` of the step named ``step``."""
        ...


class OpenBoundary:
    """The boundary of every day: nothing happens."""

    def cross(self, step: str, side: Side) -> None:
        """Nothing."""


class Steps(Protocol):
    """What a running flow has of its engine."""

    def step(self, name: str, call: Callable[[], T], *, repeatable: bool = False) -> T:
        """Run one step and return what it returned. ``repeatable`` steps (reads, and what the posting protocol lets
        repeat by key) are tried again on a TransientError; others never."""
        ...
