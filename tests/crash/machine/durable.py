"""A pass as the durable engine runs it: a workflow of DBOS whose phases are the flows. The process that crashes takes
the engine with it; another one takes over what it had begun.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ml_connector.engine.durable.passes import DurableHow, DurablePasses, running_passes
from ml_connector.engine.durable.system_database import EngineDatabase, bring_up_to_date
from ml_connector.engine.passes import Pass, Phases, Summary
from ml_connector.store.running.engine_database import open_engine_database
from tests.crash.machine.wire import Crash
from tests.databases import database_url

_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.005
Flow = Callable[[], Summary]


@dataclass
class Shift:
    """What one process does of a pass: ``flows`` in their order, each a phase. ``crashed`` once it has ended on the
    wire."""

    flows: Mapping[str, Flow]
    crashed: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def __call__(self, each: Pass, phases: Phases) -> None:
        try:
            for name, flow in self.flows.items():
                phases.run(name, flow)
        except Crash:
            self.crashed = True
            # Nothing more is recorded after this, as of a process that is gone.
            raise KeyboardInterrupt from None
        finally:
            self.over.set()


def run_durably(folder: Path, each: Pass, shift: Shift, *, executor: str, dead: str | None) -> None:
    """A process with its engine, from its start to the end of the pass or its own; it takes over from the ``dead``."""
    with open_engine_database(database_url(folder)) as (engine, for_scripts):
        how = DurableHow(executor, workers=1, poll_seconds=_POLL_SECONDS)
        with running_passes(EngineDatabase(engine, for_scripts), shift, how) as passes:
            if dead is None:
                passes.enqueue(each)
            elif passes.take_over(dead) != 1:
                raise AssertionError("the dead process left no pass to take over")
            _await(shift.over.wait, "the pass never came")
            _await(passes.wait_idle, "the pass never ended")
            if not shift.crashed:
                _await(partial(_ended, passes, each), "the pass is still open")


def make_engine_template(folder: Path) -> None:
    """The engine's own tables beside a store in that folder."""
    with open_engine_database(database_url(folder)) as (engine, for_scripts):
        bring_up_to_date(EngineDatabase(engine, for_scripts))


def _ended(passes: DurablePasses, each: Pass, seconds: float) -> bool:
    turn = threading.Event()
    for _ in range(int(seconds / _POLL_SECONDS)):
        if not passes.is_open(each.key):
            return True
        turn.wait(_POLL_SECONDS)
    return False


def _await(come: Callable[[float], bool], otherwise: str) -> None:
    if not come(_PATIENCE_SECONDS):
        raise AssertionError(otherwise)
