"""The kinds of faults: what strikes when a schedule says so. Each acts on the world and the exchange at the edge it was
planned for; a request it is about is the next one of its sort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import methodcaller
from typing import Any, Protocol

from ml_connector.errors import ConfigurationError, TransientError, UncertainError
from tests.crash.machine.worlds.at_ports import WRITES, Strike, World
from tests.crash.machine.worlds.behind_edge import EdgeWorld
from tests.flows.in_memory.erp import LOST, REFUSED

Work = Callable[[], Any]
LIMITED = TransientError("too many requests", code="acumatica.limited", retry_after_seconds=30.0)
LIMITED_LONG = TransientError("too many requests", code="acumatica.limited", retry_after_seconds=600.0)
PAGE = UncertainError("an answer that is no JSON", code="acumatica.unclear")
SHUT = ConfigurationError("the sign-in is refused", code="acumatica.sign_in_refused")
# Seconds: within any quarantine, within the long one, after it, and long after everything seemed done.
LATE = {"late-3": 3.0, "late-90": 90.0, "late-700": 700.0, "late-3000": 3000.0, "late-day": 90_000.0}


class Stage(Protocol):
    """What a kind may touch."""

    world: World | EdgeWorld

    def second_worker(self, *, pause_seconds: float = 0.0) -> None:
        """Another process of ours does a whole pass now, the time passed before it being this one's pause."""
        ...

    def stampli(self, act: str) -> None:
        """Stampli does that to its files: ``repeats``, ``grows``, ``renames``, ``corrects``, ``cancels``, ``fails``."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault. ``hits`` says which steps it can meet alone: those that ``write`` to Acumatica, ``read`` it,
    or any. ``person`` is true where an invoice may rightly end before a person for it."""

    name: str
    strike: Callable[[Stage], None]
    hits: str = "any"
    person: bool = False


def _write(answer: Callable[[World, Work], Any], stage: Stage) -> None:
    stage.world.strikes.append(Strike(WRITES.__contains__, answer))


def _create(answer: Callable[[World, Work], Any], stage: Stage) -> None:
    stage.world.strikes.append(Strike("create".__eq__, answer))


def _any(answer: Callable[[World, Work], Any], times: int, stage: Stage) -> None:
    stage.world.strikes.append(Strike(lambda _: True, answer, times))


def _lost(_: World, __: Work) -> Any:
    raise LOST


def _raise_after(error: Exception, _: World, work: Work) -> Any:
    work()
    raise error.with_traceback(None)


def _raise(error: Exception, _: World, __: Work) -> Any:
    raise error.with_traceback(None)


def _late(seconds: float, world: World, work: Work) -> Any:
    world.later(seconds, work)
    raise LOST


def _doubled(_: World, work: Work) -> Any:
    work()
    return work()


def _checked_early(world: World, work: Work) -> Any:
    """The server looks for a duplicate now and inserts much later, as two saves at one instant do."""
    world.refuse_what_is_there()

    def insert() -> None:
        world.checks_duplicates_late = False
        try:
            work()
        finally:
            world.checks_duplicates_late = True

    world.later(90.0, insert)
    raise LOST


def _atomic(stage: Stage) -> None:
    stage.world.refuse_duplicates = True
    _create(partial(_late, 90.0), stage)


def _racy(stage: Stage) -> None:
    stage.world.refuse_duplicates = True
    _create(_checked_early, stage)


def _person(act: str, stage: Stage) -> None:
    stage.world.visit = methodcaller(act)


def _cut(stage: Stage) -> None:
    stage.world.cut_lists = 2


ALL: tuple[Kind, ...] = (
    Kind("none", lambda stage: None),
    Kind("lost", partial(_write, _lost), "write"),
    Kind("answer-lost", partial(_write, partial(_raise_after, LOST)), "write"),
    *(Kind(name, partial(_write, partial(_late, seconds)), "write", person=True) for name, seconds in LATE.items()),
    Kind("doubled", partial(_write, _doubled), "write", person=True),
    Kind("error-page", partial(_write, partial(_raise_after, PAGE)), "write"),
    Kind("our-fault", partial(_write, partial(_raise_after, KeyError("bug"))), "write"),
    Kind("refused", partial(_write, partial(_raise, REFUSED)), "write", person=True),
    Kind("refused-yet-done", partial(_write, partial(_raise_after, REFUSED)), "write", person=True),
    Kind("limited", partial(_any, partial(_raise, LIMITED), 1)),
    Kind("limited-long", partial(_any, partial(_raise, LIMITED_LONG), 4)),
    Kind("shut", partial(_any, partial(_raise, SHUT), 1)),
    Kind("stale", lambda stage: stage.world.freeze_lists(90.0), person=True),
    Kind("stale-long", lambda stage: stage.world.freeze_lists(2000.0), person=True),
    Kind("cut-list", _cut, person=True),
    Kind("check-atomic", _atomic, "write", person=True),
    Kind("check-racy", _racy, "write", person=True),
    Kind("person-types", lambda stage: stage.world.types(), person=True),
    Kind("person-edits", partial(_person, "edits"), person=True),
    Kind("person-deletes", partial(_person, "deletes"), person=True),
    Kind("person-unholds", partial(_person, "unholds"), person=True),
    Kind("person-releases", partial(_person, "releases"), person=True),
    Kind("second-worker", lambda stage: stage.second_worker()),
    Kind("paused-worker", lambda stage: stage.second_worker(pause_seconds=4000.0), person=True),
    Kind("file-repeats", lambda stage: stage.stampli("repeats")),
    Kind("file-grows", lambda stage: stage.stampli("grows")),
    Kind("file-renamed", lambda stage: stage.stampli("renames")),
    Kind("file-corrected", lambda stage: stage.stampli("corrects"), person=True),
    Kind("file-cancels", lambda stage: stage.stampli("cancels"), person=True),
    Kind("exchange-fails", lambda stage: stage.stampli("fails")),
)
KINDS = {kind.name: kind for kind in ALL}
