"""The durable worker: a process that keeps the schedules together with all others that share its database.

Each process ticks, runs passes in threads, shows its heartbeat, and takes over what the dead have left. It is imported
when it is needed: the engine behind it is slow to load. Wiring and one loop, no rules.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from ml_connector.bootstrap.carrying import Carrier
from ml_connector.bootstrap.health import serving_health
from ml_connector.bootstrap.store_house import StoreHouse, open_store
from ml_connector.bootstrap.telling import telling_all
from ml_connector.bootstrap.working import TICK_SECONDS, require_pins, schedules_of, tell_schedules
from ml_connector.engine.clock_watch import Moment, tell_jump
from ml_connector.engine.durable.passes import DurableHow, DurablePasses, running_passes
from ml_connector.engine.durable.system_database import EngineDatabase
from ml_connector.engine.holder import holder_alive, machine_of, process_holder
from ml_connector.engine.lives import Lives
from ml_connector.engine.schedule import Schedule, next_due
from ml_connector.engine.stopping import Stop
from ml_connector.engine.ticker import Ticker
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError
from ml_connector.store.running.engine_database import open_engine_database
from ml_connector.store.running.processes import ProcessRepository, count_uncertain
from ml_connector.store.running.schedules import ScheduleRepository

Kind = Literal["worker", "serve"]
# Of the time after which a silent process is dead.
_BEATS = 4
_BEAT_SECONDS_MAX = 15.0
_CHECK_SECONDS = 15.0
_CLEAN_SECONDS = 3600.0
_KEPT = timedelta(days=7)
# For signing out and giving leases back, once requests under way are given up.
_ENDING_SECONDS = 4.0
# Nothing goes on in this process after that (the disk failed): another one must start.
_FATAL = frozenset({"store.disk_error"})

_log = logging.getLogger(__name__)


def run_worker(config: Path | None, kind: Kind = "worker", *, listen: tuple[str, int] | None = None) -> None:
    """Keep the schedules until the process is told to stop (KeyboardInterrupt); ``listen``: host and port of the health
    page. What it does stands in the log on standard error.

    Raises TransientError ``engine.worker_running`` where another process does this on the same SQLite database."""
    stop = Stop()
    without_file = kind == "serve"
    with ExitStack() as stack:
        store = stack.enter_context(open_store(config, without_file=without_file))
        stack.enter_context(telling_all(store.clock, store.masker))
        require_pins(store.settings)
        name = process_holder()
        processes = ProcessRepository(store.database, store.clock)
        states = ScheduleRepository(store.database)
        _start(store, processes, name, kind)
        stack.callback(_leave, store, processes, name)
        database = EngineDatabase(*stack.enter_context(open_engine_database(store.settings.store.url)))
        how = DurableHow(name, store.settings.engine.workers)
        engine = stack.enter_context(running_passes(database, Carrier(store, states, stop), how))
        shift = _Shift(store, name, processes=processes, engine=engine, ticker=Ticker(states, engine))
        if listen is not None:
            stack.enter_context(serving_health(listen, store, processes, shift.next_due))
        try:
            shift.keep()
        finally:
            _end(engine, stop, store.settings.engine.grace_seconds)


@dataclass
class _Shift:
    """The loop of one process, from its start to the moment it is told to stop."""

    store: StoreHouse
    name: str
    processes: ProcessRepository
    engine: DurablePasses
    ticker: Ticker
    schedules: tuple[Schedule, ...] = ()
    read_at: tuple[int, int] = (0, 0)
    next_at: dict[str, float] = field(default_factory=dict)
    told: str | None = None

    def keep(self) -> None:
        """Tick, beat and look after the dead, for ever."""
        dead_after = self.store.settings.engine.dead_after_seconds
        lives = Lives(self.name, dead_after, self.store.clock, alive=holder_alive)
        beat_seconds = min(dead_after / _BEATS, _BEAT_SECONDS_MAX)
        self._read_schedules()
        tell_schedules(self.schedules, self.store.clock.now())
        before = self._moment()
        while True:
            before = self._tell_clock(before)
            try:
                self._every("beat", beat_seconds, lambda: self.processes.record_beat(self.name))
                self._every("reap", min(beat_seconds, 2.0), lambda: self._reap(lives))
                self._every("settings", 5.0, self._read_schedules)
                self.ticker.tick(self.schedules, self.store.clock.now())
                self._every("check", _CHECK_SECONDS, lambda: self.ticker.close_lost(self.store.clock.now()))
                self._every("clean", _CLEAN_SECONDS, self._clean)
                self.told = None
            except ConnectorError as error:
                if error.code in _FATAL:
                    raise
                self._tell(error)
            self.store.clock.sleep(TICK_SECONDS)

    def next_due(self, connection: str) -> dict[str, str]:
        """When each flow of a connection is due next, for people to read."""
        now = self.store.clock.now()
        times = {
            each.flow: self.ticker.next_due(each) or next_due(each, now)
            for each in self.schedules
            if each.connection == connection
        }
        return {flow: f"{at:%Y-%m-%dT%H:%M:%SZ}" for flow, at in times.items()}

    def _moment(self) -> Moment:
        return Moment(self.store.clock.now(), self.store.clock.monotonic())

    def _tell_clock(self, before: Moment) -> Moment:
        now = self._moment()
        told = tell_jump(before, now)
        if told is not None:
            _log.warning("%s: schedules go by the new time; nothing is booked twice for it", told)
        return now

    def _every(self, name: str, seconds: float, call: Callable[[], None]) -> None:
        now = self.store.clock.monotonic()
        if self.next_at.get(name, now) <= now:
            self.next_at[name] = now + seconds
            call()

    def _reap(self, lives: Lives) -> None:
        for dead in lives.judge_dead(record.life for record in self.processes.load_open()):
            self.processes.record_dead(dead)
            count = self.engine.take_over(dead)
            self.processes.record_taken_over(dead)
            _log.info("process on %s is gone; passes taken over from it: %d", machine_of(dead), count)

    def _read_schedules(self) -> None:
        """Schedules are read anew where the file was changed; one that is wrong is told, and the old ones hold."""
        try:
            stat = self.store.settings.path.stat()
        except OSError:
            # Not there, or being replaced at this moment.
            return
        if (stat.st_mtime_ns, stat.st_size) != self.read_at:
            self.read_at = (stat.st_mtime_ns, stat.st_size)
            settings = self.store.reread().settings
            require_pins(settings)
            self.schedules = schedules_of(settings)

    def _clean(self) -> None:
        before = self.store.clock.now() - _KEPT
        while self.engine.forget_ended(before):
            pass
        self.processes.forget_ended(before)

    def _tell(self, error: ConnectorError) -> None:
        if error.code != self.told:
            self.told = error.code
            _log.warning("%s %s", error.message, error.fix, extra={"code": error.code, "stage": error.stage})


def _start(store: StoreHouse, processes: ProcessRepository, name: str, kind: Kind) -> None:
    """Put the process on record. On SQLite it must be the only one; where the last one belongs to a machine that cannot
    be asked, its heart is watched first."""
    if not store.settings.store.url.startswith("sqlite"):
        processes.record_start(name, kind)
        return
    lives = Lives(name, store.settings.engine.dead_after_seconds, store.clock, alive=holder_alive)
    first: dict[str, int] = {}
    while True:
        dead = lives.judge_dead(record.life for record in processes.load_open())
        there = processes.record_start(name, kind, alone_but_for=dead)
        if there is None:
            return
        beats = {record.name: record.beats for record in processes.load_open()}
        if holder_alive(there) or beats.get(there, 0) != first.setdefault(there, beats.get(there, 0)):
            raise _worker_running(there)
        store.clock.sleep(TICK_SECONDS)


def _end(engine: DurablePasses, stop: Stop, grace_seconds: float) -> None:
    """Let the running steps end, then give up what they wait for; a process that still does not end is ended: what it
    has sent is checked by the next."""
    stop.ask()
    try:
        if engine.wait_idle(grace_seconds):
            return
    except KeyboardInterrupt:
        _log.warning("told to stop again: requests under way are given up")
    stop.cut()
    if not engine.wait_idle(_ENDING_SECONDS):
        _log.warning("stopped in the middle of %s; what was sent is checked at the next start", engine.running())
        logging.shutdown()
        os._exit(0)


def _leave(store: StoreHouse, processes: ProcessRepository, name: str) -> None:
    """Others may take over what is left, at once."""
    try:
        processes.record_dead(name)
        _log.info("stopped in order; bills to be checked at the next start: %d", count_uncertain(store.database))
    except (TransientError, ConfigurationError):
        _log.warning("its end could not be recorded; others will notice")


def _worker_running(holder: str) -> TransientError:
    return TransientError(
        f"Another worker keeps the schedules of this database (process {holder.split('/')[2]} on {machine_of(holder)})",
        fix="Let that one run, or stop it first. Several workers share one PostgreSQL, not one SQLite file; `sync` may"
        " run beside a worker.",
        stage="lease",
        code="engine.worker_running",
    )
