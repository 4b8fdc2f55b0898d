"""What the rooms log, on standard error: JSON lines for machines, plain lines for a terminal.

Rooms write to ``logging.getLogger(__name__)`` and give facts by ``extra``; this room alone decides how a line looks.
Never writes to standard output, which belongs to the answer of a command, and never shows the locals of a trace.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from importlib import import_module
from typing import TextIO

from ml_connector.clock import Clock
from ml_connector.telemetry.masking import Masker

_LINES = "ml_connector.telemetry.lines"
# Libraries that tell every request or handshake at INFO; their warnings are wanted.
_CHATTY = ("alembic", "asyncssh", "httpcore2", "httpx2")
_NO_IDS: Mapping[str, str] = {}
_IDS = ContextVar("ids", default=_NO_IDS)


@contextlib.contextmanager
def logging_to(
    stream: TextIO, clock: Clock, masker: Masker, *, level: int = logging.INFO, as_json: bool | None = None
) -> Iterator[None]:
    """Write the log to a stream for as long as the context lasts; JSON unless the stream is a terminal."""
    if as_json is None:
        as_json = not stream.isatty()
    form = {"ids": _IDS.get, "as_json": as_json, "colours": stream.isatty()}
    handler = _QuietHandler(stream, lambda: import_module(_LINES).make_formatter(clock, masker, **form))
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
    before = _IDS.set({**_IDS.get(), **ids})
    try:
        yield
    finally:
        _IDS.reset(before)


class _QuietHandler(logging.StreamHandler[TextIO]):
    """Loses a line that cannot be written or rendered, rather than print its raw arguments or stop the work. Its form
    is made with the first line."""

    def __init__(self, stream: TextIO, make: Callable[[], logging.Formatter]) -> None:
        super().__init__(stream)
        self._make = make

    def format(self, record: logging.LogRecord) -> str:
        if self.formatter is None:
            self.setFormatter(self._make())
        return super().format(record)

    def handleError(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"a log line of {record.name} could not be written\n")
