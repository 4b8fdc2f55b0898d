"""Passes as workflows of DBOS: queued once by their key, run by worker threads, taken over when their process dies.

DBOS records which phase of a pass was completed, with its small summary, and nothing else: what a phase saw outside is
never trusted after a crash (``posting_protocol.md 7``). No Conductor, no telemetry: it talks to its database alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ml_connector.engine.durable.json_values import JsonValues
from ml_connector.engine.durable.system_database import SCHEMA, EngineDatabase, bring_up_to_date
from ml_connector.engine.passes import Carry, Pass, Summary, parse_key
from ml_connector.errors import TransientError

# Passes begun by one version are gone on with by every other that has the same: raised when the phases of a pass change
# in order or name.
PASS_VERSION = "passes-1"
_QUEUE = "passes"
_WORKFLOW = "pass"
# A pass that took its process down so often is set aside.
RECOVERIES_MAX = 20
# DBOS keeps threads of its own beside those that run passes.
_SPARE_THREADS = 4
_OPEN = ["ENQUEUED", "PENDING", "DELAYED"]
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_DELETE_AT_ONCE = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DurableHow:
    """How this process runs passes: its name, which no other process ever has; how many at once; how often it looks for
    work, in seconds."""

    executor: str
    workers: int
    poll_seconds: float = 0.5


class DurablePasses:
    """The passes of all processes that share a database; made by ``running_passes``, one in a process."""

    def __init__(self, carry: Carry, executor: str) -> None:
        self._executor = executor
        self._running: set[str] = set()
        self._idle = threading.Condition()

        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=RECOVERIES_MAX)
        def run_pass(key: str) -> None:
            with self._noted(key):
                try:
                    carry(parse_key(key), _Recorded())
                except Exception:
                    _log.exception("a fault of the program in pass %s", key)

        self._run_pass = run_pass

    def enqueue(self, each: Pass) -> None:
        """Take a pass; the same one again changes nothing, whoever took it. TransientError where the database does not
        answer."""
        with _translated(), SetWorkflowID(each.key):
            DBOS.enqueue_workflow(_QUEUE, self._run_pass, each.key)

    def is_open(self, key: str) -> bool:
        """Whether the pass waits or runs, here or elsewhere."""
        with _translated():
            status = DBOS.get_workflow_status(key)
        return status is not None and status.status in _OPEN

    def take_over(self, executor: str) -> int:
        """Put what that dead process had begun back into the queue, where each pass goes on for one process alone; how
        many passes that was. What the dead one still tries to record is refused: another owns it."""
        with _translated():
            # Not public in DBOS 3.4, held by tests/engine; the public way would forget how often it was tried.
            return len(DBOS._recover_pending_workflows([executor]))

    def running(self) -> tuple[str, ...]:
        """The keys of the passes that run in this process."""
        with self._idle:
            return tuple(sorted(self._running))

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no pass runs in this process; False where one still does after so long."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._running, timeout=seconds)

    def forget_ended(self, before: datetime) -> int:
        """Delete the records of passes that ended and were queued before that instant; how many."""
        with _translated():
            old = DBOS.list_workflows(
                end_time=before.astimezone(UTC).isoformat(),
                status=_ENDED,
                limit=_DELETE_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if old:
                DBOS.delete_workflows([each.workflow_id for each in old])
        return len(old)

    @contextmanager
    def _noted(self, key: str) -> Iterator[None]:
        with self._idle:
            self._running.add(key)
        try:
            yield
        finally:
            with self._idle:
                self._running.discard(key)
                self._idle.notify_all()


class _Recorded:
    def run(self, name: str, call: Callable[[], Summary]) -> Summary:
        summary: Summary = DBOS.run_step({"name": name}, call)
        return summary


@contextmanager
def running_passes(database: EngineDatabase, carry: Carry, how: DurableHow) -> Iterator[DurablePasses]:
    """Start the engine on that database.

    At the end it takes no new pass; the caller has waited for those that run, or ends the process."""
    _own_log()
    with _translated():
        bring_up_to_date(database)
        DBOS(config=_config(database.engine, how))
        try:
            passes = DurablePasses(carry, how.executor)
            DBOS.launch()
            DBOS.register_queue(_QUEUE, worker_concurrency=how.workers, polling_interval_sec=how.poll_seconds)
        except BaseException:
            DBOS.destroy(destroy_registry=True)
            raise
    try:
        yield passes
    finally:
        DBOS.destroy(destroy_registry=True)


def _config(engine: Engine, how: DurableHow) -> DBOSConfig:
    return DBOSConfig(
        name="ml-connector",
        system_database_engine=engine,
        dbos_system_schema=SCHEMA,
        serializer=JsonValues(),
        executor_id=how.executor,
        application_version=PASS_VERSION,
        max_executor_threads=how.workers + _SPARE_THREADS,
        run_migrations=False,
        use_listen_notify=False,
        enable_otlp=False,
        log_level="WARNING",
    )


def _own_log() -> None:
    """Its lines go the way of ours: with a handler there, DBOS adds none of its own."""
    logger = logging.getLogger("dbos")
    logger.propagate = True
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.addFilter(_in_one_line)


def _in_one_line(record: logging.LogRecord) -> bool:
    """Its warnings carry statements and traces of places in libraries: the first line says what it is."""
    lines = record.getMessage().partition("Traceback")[0].splitlines()
    record.msg, record.args, record.exc_info = (lines[0].rstrip(": ") if lines else "a fault of the engine"), (), None
    return True


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise TransientError(
            f"The engine's own database cannot be used at the moment ({type(error).__name__})",
            fix="Check that the disk has room and the database server runs; it goes on by itself then.",
            stage="engine",
            code="engine.database_unavailable",
        ) from None
