"""One suite for both variants of the engine of passes: inline, and durable on DBOS with either database."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest

from ml_connector.engine.durable.passes import DurableHow, DurablePasses, running_passes
from ml_connector.engine.durable.system_database import EngineDatabase
from ml_connector.engine.inline_passes import InlinePasses
from ml_connector.engine.passes import Carry, Pass, PassEngine, Phases, parse_key
from ml_connector.store.running.engine_database import open_engine_database
from tests.databases import KINDS, Kind
from tests.postgres import shared_postgres

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
PATIENCE_SECONDS = 120.0


class Start(Protocol):
    """Starts an engine; the second value runs all that waits to its end."""

    def __call__(self, carry: Carry) -> tuple[PassEngine, Callable[[], None]]: ...


@dataclass
class Diary:
    """A carry that writes down what it does; it may be told to fail, or to be killed, in a phase."""

    phases: tuple[str, ...] = ("invoices", "results")
    lines: list[str] = field(default_factory=list)
    faults: dict[str, BaseException] = field(default_factory=dict)

    def __call__(self, each: Pass, phases: Phases) -> None:
        for name in self.phases:
            summary = phases.run(name, partial(self._work, each, name))
            self.lines.append(f"{each.key} {name} left {summary}")

    def _work(self, each: Pass, name: str) -> dict[str, object]:
        self.lines.append(f"{each.key} {name}")
        if name in self.faults:
            raise self.faults.pop(name)
        return {"counts": {"posted": len(name)}, "errors": ["acumatica.not_sent"], "down": True}


def a_pass(connection: str = "harbor", minute: int = 0) -> Pass:
    """A pass of invoices due so many minutes after noon."""
    return Pass(connection, "invoices", NOON + timedelta(minutes=minute))


@contextmanager
def durable(url: str, carry: Carry, executor: str = "one", workers: int = 1) -> Iterator[DurablePasses]:
    """The durable variant beside the store of that URL."""
    with open_engine_database(url) as (engine, for_scripts):
        how = DurableHow(executor, workers, poll_seconds=0.05)
        with running_passes(EngineDatabase(engine, for_scripts), carry, how) as passes:
            yield passes


def wait_until(done: Callable[[], bool]) -> None:
    """Until that is so."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < ends_at, "it never came"
        time.sleep(0.01)


@contextmanager
def store_url(kind: Kind, folder: Path) -> Iterator[str]:
    """Where a store would be that nobody has opened yet."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/store.db"
        return
    server = shared_postgres()
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store of either kind."""
    with store_url(request.param, tmp_path) as found:
        yield found


@pytest.fixture(params=["inline", *KINDS])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Either variant, the durable one with either database."""
    with ExitStack() as stack:

        def starting(carry: Carry) -> tuple[PassEngine, Callable[[], None]]:
            if request.param == "inline":
                inline = InlinePasses(carry)
                return inline, lambda: wait_until(lambda: not inline.run_next())
            passes = stack.enter_context(durable(stack.enter_context(store_url(request.param, tmp_path)), carry))
            return passes, lambda: wait_until(lambda: _all_ended(passes))

        yield starting


def _all_ended(passes: DurablePasses) -> bool:
    keys = [a_pass(name, minute).key for name in ("harbor", "pier", "quay") for minute in (0, 1)]
    return not any(passes.is_open(key) for key in keys)


def test_a_pass_runs_once_phase_by_phase_however_often_it_is_given_and_in_the_order_given(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    diary = Diary(faults={"results": RuntimeError("of the program")})
    engine, run = start(diary)
    first, second, third = a_pass("harbor"), a_pass("quay"), a_pass("pier", 1)
    for each in (first, first, second, first, third):
        engine.enqueue(each)
    run()
    engine.enqueue(first)
    run()

    left = "left {'counts': {'posted': 8}, 'errors': ['acumatica.not_sent'], 'down': True}"
    assert [line for line in diary.lines if "results" not in line] == [
        line for each in (first, second, third) for line in (f"{each.key} invoices", f"{each.key} invoices {left}")
    ]
    # The fault of the program ended the first pass alone.
    assert [line for line in diary.lines if line.endswith("results")] == [
        f"{each.key} results" for each in (first, second, third)
    ]
    assert [engine.is_open(each.key) for each in (first, a_pass("harbor", 1))] == [False, False]
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        f"a fault of the program in pass {first.key}"
    ]
    assert engine.take_over("nobody of that name") == 0


def test_a_pass_has_the_same_key_for_everyone() -> None:
    assert a_pass().key == "harbor/invoices/2026-10-14T12:00:00Z"
    assert Pass("harbor", "invoices", NOON.astimezone(ZoneInfo("Asia/Kolkata"))).key == a_pass().key
    assert parse_key(a_pass().key) == a_pass()


def test_what_a_dead_process_left_is_gone_on_with_by_another_after_its_last_completed_phase(url: str) -> None:
    """Killed between two phases, as far as its database can tell: nothing more is recorded after an interrupt."""
    diary = Diary(faults={"results": KeyboardInterrupt()})
    with durable(url, diary, "one") as passes:
        passes.enqueue(a_pass())
        wait_until(lambda: f"{a_pass().key} results" in diary.lines)
        assert passes.wait_idle(PATIENCE_SECONDS)
        assert passes.is_open(a_pass().key)

    after = Diary()
    with durable(url, after, "two") as passes:
        assert (passes.take_over("three"), passes.take_over("one")) == (0, 1)
        wait_until(lambda: not passes.is_open(a_pass().key))
        assert passes.take_over("one") == 0

    left = "left {'counts': {'posted': %d}, 'errors': ['acumatica.not_sent'], 'down': True}"
    assert after.lines == [
        f"{a_pass().key} invoices {left % 8}",
        f"{a_pass().key} results",
        f"{a_pass().key} results {left % 7}",
    ]


def test_so_many_passes_run_at_once_and_what_ended_long_ago_is_forgotten(url: str) -> None:
    both, guard, running = threading.Barrier(2, timeout=PATIENCE_SECONDS), threading.Lock(), []
    most = [0]

    def carry(each: Pass, phases: Phases) -> None:
        with guard:
            running.append(each.key)
            most[0] = max(most[0], len(running))
        if each.connection != "quay":
            both.wait()
        with guard:
            running.remove(each.key)

    with durable(url, carry, workers=2) as passes:
        for name in ("harbor", "pier", "quay"):
            passes.enqueue(a_pass(name))
        wait_until(lambda: _all_ended(passes))
        assert most == [2]
        now = datetime.now(UTC)
        assert passes.forget_ended(now - timedelta(days=1)) == 0
        assert passes.forget_ended(now + timedelta(minutes=1)) == 3
        assert passes.forget_ended(now + timedelta(minutes=1)) == 0
