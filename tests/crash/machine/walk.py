"""A random walk, as the model of the protocol takes every one: any process may end at any edge, be overtaken by another
at any edge or while its request is slow, and stand still for any time; any write may be lost, late, doubled, or done
without an answer; people act. Each walk has a number that takes it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from typing import Any

from ml_connector.engine.face import Side
from tests.crash.machine.auditor import audit
from tests.crash.machine.living import Life
from tests.crash.machine.scenarios import SCENARIOS
from tests.crash.machine.stage import Stage, staged
from tests.crash.machine.wire import Crash, Wire
from tests.crash.machine.worlds.at_ports import WRITES, Strike
from tests.flows.in_memory.erp import LOST

KIND = "walk"
_SCENARIOS = ("release", "balance", "hold", "batch", "order", "correction", "approval")
_SECONDS = (1.0, 30.0, 61.0, 400.0, 1300.0, 4000.0)
_PEOPLE = ("types", "edits", "deletes", "unholds")
# Chances at an edge, and at a durable write; of a write to Acumatica, out of one.
_ENDS, _OVERTAKEN, _STANDS, _PERSON, _TORN = 0.015, 0.02, 0.02, 0.002, 0.01
_DONE, _SLOW, _LOST, _UNANSWERED, _LATE = 0.5, 0.6, 0.7, 0.8, 0.95
_DEPTH_MAX = 2
_LIVES = (2, 4)
_EVER = 1_000_000


def take_walk(number: int) -> Life:
    """The walk of that number, and the auditor's judgement of it."""
    began = time.perf_counter()
    draw = Random(number)
    scenario = SCENARIOS[draw.choice(_SCENARIOS)]
    with staged(scenario) as stage:
        walk = _Walk(stage, draw)
        stage.world.strikes.append(Strike(WRITES.__contains__, walk.answer, _EVER))
        for _ in range(draw.randint(*_LIVES)):
            walk.live()
            stage.clock.sleep(draw.choice(_SECONDS))
        stage.world.strikes.clear()
        store = stage.come_to_rest()
        verdict = audit(stage.told_papers(), stage.world.books(), store, finish=scenario.finish)
    faults = tuple(f"fault: {fault!r}" for fault in stage.faults)
    return Life(f"{KIND}:{number}", scenario.name, KIND, verdict, faults, True, time.perf_counter() - began)


class _Walk:
    """What is drawn in one walk."""

    def __init__(self, stage: Stage, draw: Random) -> None:
        self.stage = stage
        self.draw = draw
        self.depth = 0
        self._processes = 0

    def live(self) -> None:
        """Another process does a pass, which may be overtaken itself."""
        if self.depth > _DEPTH_MAX:
            return
        self.depth += 1
        self._processes += 1
        try:
            self.stage.live(_Edges(self), f"walker-{self._processes}")
        finally:
            self.depth -= 1

    def stand_still(self) -> None:
        """Time passes."""
        self.stage.clock.sleep(self.draw.choice(_SECONDS))

    def answer(self, world: Any, work: Callable[[], Any]) -> Any:
        """What becomes of a write."""
        chance = self.draw.random()
        if chance < _DONE:
            return work()
        if chance < _SLOW:
            self.stand_still()
            self.live()
            return work()
        if chance < _LOST:
            raise LOST.with_traceback(None)
        if chance < _UNANSWERED:
            work()
            raise LOST.with_traceback(None)
        if chance < _LATE:
            world.later(self.draw.choice(_SECONDS), work)
            raise LOST.with_traceback(None)
        work()
        return work()


class _Edges(Wire):
    """A wire at each edge of which something may happen."""

    def __init__(self, walk: _Walk) -> None:
        super().__init__()
        self._walk = walk

    def cross(self, step: str, side: Side) -> None:
        """The engine is at an edge of a step."""
        super().cross(step, side)
        walk, draw = self._walk, self._walk.draw
        if draw.random() < _ENDS:
            raise Crash
        if draw.random() < _OVERTAKEN:
            walk.live()
        if draw.random() < _STANDS:
            walk.stand_still()
        if draw.random() < _PERSON and walk.stage.world.visit is None:
            act = draw.choice(_PEOPLE)
            walk.stage.world.visit = lambda world: getattr(world, act)()

    def written(self) -> None:
        """A transaction is about to be committed."""
        if self._walk.draw.random() < _TORN:
            raise Crash
