"""What the rooms log, on standard error: JSON lines for machines, plain lines for a terminal.

Rooms write to ``logging.getLogger(__name__)`` and give facts by ``extra``; this room alone decides how a line looks.
Never writes to standard output, which belongs to the answer of a command, and never shows the locals of a trace.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from ml_connector.clock import Clock
from ml_connector.telemetry.masking import Masker

# Libraries that tell every request or handshake at INFO; their warnings are wanted.
_CHATTY = ("alembic", "asyncssh", "httpcore2", "httpx2")
# Text of several lines that we made ourselves: only here does a line end stand for itself.
_LINES_KEPT = frozenset({"exception", "stack"})


@contextlib.contextmanager
def logging_to(
    stream: TextIO, clock: Clock, masker: Masker, *, level: int = logging.INFO, as_json: bool | None = None
) -> Iterator[None]:
    """Write the log to a stream for as long as the context lasts; JSON unless the stream is a terminal."""
    if as_json is None:
        as_json = not stream.isatty()
    handler = _QuietHandler(stream)
    handler.setFormatter(_formatter(clock, masker, as_json=as_json, colours=stream.isatty()))
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, _CHATTY)]
    levels = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(level if logger is root else max(level, logging.WARNING))
    try:
        yield
    finally:
        root.removeHandler(handler)
        for logger, before in zip(loggers, levels, strict=True):
            logger.setLevel(before)


@contextlib.contextmanager
def ids_bound(**ids: str) -> Iterator[None]:
    """Put ids such as ``connection``, ``run_id``, ``document_id`` on every line of this thread within the context."""
    with structlog.contextvars.bound_contextvars(**ids):
        yield


class _QuietHandler(logging.StreamHandler[TextIO]):
    """Loses a line that cannot be written or rendered, rather than print its raw arguments or stop the work."""

    def handleError(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"a log line of {record.name} could not be written\n")


def _formatter(clock: Clock, masker: Masker, *, as_json: bool, colours: bool) -> logging.Formatter:
    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"at": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"), **event}

    def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        masked = masker.mask_value(event)
        return masked if isinstance(masked, dict) else {}

    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.ExtraAdder(),
        _drop_echo,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
    ]
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.StackInfoRenderer(),
        mask,
    ]
    if as_json:
        after.append(structlog.processors.JSONRenderer(serializer=json.dumps))
    else:
        after.append(_escape_controls)
        after.append(
            structlog.dev.ConsoleRenderer(
                colors=colours, timestamp_key="at", exception_formatter=structlog.dev.plain_traceback
            )
        )
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after)


def _drop_echo(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Without what another handler left on the record: it would pass for a fact given by ``extra``."""
    return {key: value for key, value in event.items() if key not in ("message", "asctime")}


def _escape_controls(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """No text from outside moves the cursor or begins a line of its own (``security_checklist.md 51``)."""
    return {key: _escaped(value, key) for key, value in event.items()}


def _escaped(value: object, key: str) -> object:
    if not isinstance(value, str):
        return value
    kept = "\n" if key in _LINES_KEPT else ""
    return "".join(c if c.isprintable() or c in kept else ascii(c)[1:-1] for c in value)
