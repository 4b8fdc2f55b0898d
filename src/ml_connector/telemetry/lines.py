"""How one log line looks: JSON for machines, plain text for a terminal, masked either way. Pure form.

Imported with the first line that is told: most commands tell none, and what it stands on takes long to load.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from ml_connector.clock import Clock
from ml_connector.telemetry.masking import Masker

# Text of several lines that we made ourselves: only here does a line end stand for itself.
_LINES_KEPT = frozenset({"exception", "stack"})


def make_formatter(
    clock: Clock, masker: Masker, *, ids: Callable[[], Mapping[str, str]], as_json: bool, colours: bool
) -> logging.Formatter:
    """The form of every line of one log; ``ids`` gives those of the thread that tells it."""

    def add_ids(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {**ids(), **event}

    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"at": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"), **event}

    def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        masked = masker.mask_value(event)
        return masked if isinstance(masked, dict) else {}

    before: list[Processor] = [
        add_ids,
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
