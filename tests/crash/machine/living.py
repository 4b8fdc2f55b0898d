"""Live through a schedule and have it judged: one or two broken processes, peace, the auditor."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ml_connector.engine.face import Side
from tests.crash.machine.auditor import Verdict, audit
from tests.crash.machine.scenarios import Scenario
from tests.crash.machine.schedule import Point, Schedule, Trace, Variant
from tests.crash.machine.stage import Stage, staged
from tests.crash.machine.wire import Wire
from tests.crash.machine.worlds.at_ports import World
from tests.crash.machine.worlds.behind_edge import EdgeWorld


@dataclass(frozen=True, slots=True)
class Life:
    """How a schedule ended: the auditor's verdict, faults of the program that it met beside, whether its points were
    reached, and the seconds it took."""

    seed: str
    scenario: str
    kind: str
    verdict: Verdict
    faults: tuple[str, ...]
    reached: bool
    seconds: float

    def wrong(self) -> list[str]:
        """Everything that must not be."""
        return [*self.verdict.faults(), *self.faults]


def live_through(schedule: Schedule) -> Life:
    """One schedule, from the first morning to the judgement."""
    began = time.perf_counter()
    with staged(schedule.scenario, schedule.variant) as stage:
        reached = _break(stage, schedule)
        store = stage.come_to_rest()
        books = stage.world.books()
        finish, told = schedule.scenario.finish, stage.told()
        verdict = audit(stage.told_papers(), books, store, finish=finish, told=told)
    needless = [each for each in verdict.asked if not _called_for(schedule, each, verdict)]
    verdict.stuck += [f"{each}, though nothing called for a person" for each in needless]
    faults = tuple(f"fault: {fault!r}" for fault in stage.faults if not isinstance(fault, KeyError))
    took = time.perf_counter() - began
    return Life(schedule.seed, schedule.scenario.name, schedule.kind.name, verdict, faults, reached, took)


def _called_for(schedule: Schedule, asked: str, verdict: Verdict) -> bool:
    """May a person be asked, after what was done to this schedule? Two attempts that came to nothing are given up, and
    a late bill that lies on hold is told by the sweep."""
    if asked.endswith("double_later") and verdict.held_doubles:
        return True
    harm = (schedule.kind.name != "none", schedule.first.cut != "alone", schedule.second is not None)
    if schedule.kind.name == "second-worker" and asked.endswith("double"):
        # It waits out the short quarantine while the first one's request is still to be sent.
        return True
    return schedule.kind.person or (asked.endswith("gave_up") and sum(harm) > 1)


def _break(stage: Stage, schedule: Schedule) -> bool:
    def strike() -> None:
        schedule.kind.strike(stage)

    first = schedule.first
    wire = Wire(first.edge, first.cut, strike)
    stage.process(wire, "process-1")
    if first.cut == "before" and wire.reached:
        strike()
    if schedule.second is None:
        if stage.left_open:
            stage.process(Wire(), "process-3")
        return wire.reached
    second = Wire(schedule.second.edge, schedule.second.cut)
    if schedule.variant != "durable" or stage.left_open:
        stage.process(second, "process-3")
    if stage.left_open:
        stage.process(Wire(), "process-4")
    return wire.reached and second.reached


class _Listening(Wire):
    """A wire that only listens: what is called in each step."""

    def __init__(self, world: World | EdgeWorld) -> None:
        super().__init__()
        self.starts: list[int] = []
        self._world = world

    def cross(self, step: str, side: Side) -> None:
        """Note how many calls there were when the step began."""
        super().cross(step, side)
        if side == "before":
            self.starts.append(len(self._world.journal))


def trace(scenario: Scenario, point: Point | None = None, *, variant: Variant = "ports") -> Trace:
    """The edges of an undisturbed pass, or of the one that follows a process that ended at ``point``."""
    with staged(scenario, variant) as stage:
        if point is not None:
            stage.live(Wire(point.edge, point.cut), "process-1")
        stage.world.journal.clear()
        wire = _Listening(stage.world)
        stage.live(wire, "process-3")
        calls = [call for call, _ in stage.world.journal]
    ends = [*wire.starts[1:], len(calls)]
    inside = [frozenset(calls[start:end]) for start, end in zip(wire.starts, ends, strict=True)]
    return Trace(wire.crossed, inside)
