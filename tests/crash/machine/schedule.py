"""A schedule: which scenario is broken by what kind of fault, where, and how the process ends there. Its seed string
names it alone: ``release:lost:put#1:torn``; after a plus sign where the next process is broken too, and after an at
sign the variant that is run: ``edge`` goes through the real Acumatica edge, ``durable`` on the durable engine; without
one the flows run inline and meet the world at their ports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Literal

from tests.crash.machine.kinds import ALL as ALL_KINDS
from tests.crash.machine.kinds import KINDS, Kind
from tests.crash.machine.scenarios import SCENARIOS, Scenario
from tests.crash.machine.wire import CUTS, Cut

Variant = Literal["ports", "edge", "durable"]
VARIANTS: Mapping[str, Variant] = {"ports": "ports", "edge": "edge", "durable": "durable"}
# What the wire of the twin can show of the scenarios and of the kinds.
EDGE_SCENARIOS = ("release", "balance", "hold", "batch", "order", "credit", "attachment")
NOT_AT_EDGE = ("cut-list", "check-atomic", "check-racy")
CRASHES = tuple(cut for cut in CUTS if cut != "alone")


@dataclass(frozen=True, slots=True)
class Point:
    """An edge of a step, and how the process ends there."""

    edge: str
    cut: Cut

    def __str__(self) -> str:
        return f"{self.edge}:{self.cut}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """One life of a scenario. The second point breaks the process that comes after the first one's end."""

    scenario: Scenario
    kind: Kind
    first: Point
    second: Point | None = None
    variant: Variant = "ports"

    @property
    def seed(self) -> str:
        """The string that reproduces it."""
        second = f"+{self.second}" if self.second else ""
        variant = "" if self.variant == "ports" else f"@{self.variant}"
        return f"{self.scenario.name}:{self.kind.name}:{self.first}{second}{variant}"


@dataclass(frozen=True, slots=True)
class Trace:
    """The edges of a scenario's undisturbed run in their order, each with the calls to Acumatica inside its step."""

    edges: Sequence[str]
    calls: Sequence[frozenset[str]]


def parse_seed(seed: str) -> Schedule:
    """The schedule of a seed string; ValueError where it names nothing known."""
    points, _, named = seed.partition("@")
    first, _, second = points.partition("+")
    scenario, kind, edge, cut = first.split(":")
    try:
        variant = VARIANTS[named or "ports"]
        return Schedule(SCENARIOS[scenario], KINDS[kind], _point(edge, cut), _parsed(second), variant)
    except KeyError as error:
        raise ValueError(f"there is no {error} for {seed}") from None


def single_schedules(scenario: Scenario, trace: Trace, writes: frozenset[str]) -> Iterator[Schedule]:
    """Every edge, every kind of fault, every way to end there. A fault that the process survives is the same wherever
    before its request it is planned, so it is planned once."""
    for (edge, calls), kind, cut in product(zip(trace.edges, trace.calls, strict=True), ALL_KINDS, CUTS):
        if cut == "alone" and ((kind.hits == "write" and not calls & writes) or kind.name == "none"):
            continue
        yield Schedule(scenario, kind, Point(edge, cut))


def pair_schedules(scenario: Scenario, traces: Sequence[tuple[Point, Trace]]) -> Iterator[Schedule]:
    """Every crash, and every crash of the process that recovers from it; ``traces`` are what that one crosses."""
    for (first, trace), kind in product(traces, (KINDS["none"],)):
        for edge, cut in product(trace.edges, CRASHES):
            yield Schedule(scenario, kind, first, Point(edge, cut))


def drawn_pairs(scenario: Scenario, trace: Trace, draw: Random) -> Iterator[Schedule]:
    """Pairs of points with a fault between them, for ever, as drawn."""
    while True:
        first, second = (Point(draw.choice(trace.edges), draw.choice(CRASHES)) for _ in range(2))
        yield Schedule(scenario, draw.choice(ALL_KINDS), first, second)


def _parsed(second: str) -> Point | None:
    return _point(*second.split(":")) if second else None


def _point(edge: str, cut: str) -> Point:
    for known in CUTS:
        if cut == known:
            return Point(edge, known)
    raise ValueError(f"a process ends {', '.join(CUTS)}, not {cut}")
