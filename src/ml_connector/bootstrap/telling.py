"""What the process tells on standard error, and that no secret it opened stands in it. Wiring only."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ml_connector.clock import Clock
from ml_connector.telemetry import Masker, logging_to
from ml_connector.vault.vault import ConnectionSecrets


class MaskedSecrets:
    """The secrets of one connection; whatever is opened or stored through it is masked in all logs from then on."""

    def __init__(self, secrets: ConnectionSecrets, masker: Masker) -> None:
        self._secrets = secrets
        self._masker = masker

    def load_secret(self, key: str) -> str | None:
        """The value, None where it was never set."""
        value = self._secrets.load_secret(key)
        if value is not None:
            self._masker.register(value)
        return value

    def save_secret(self, key: str, value: str) -> None:
        """Keep a value that the program was given."""
        self._masker.register(value)
        self._secrets.save_secret(key, value)


@contextmanager
def telling_all(clock: Clock, masker: Masker) -> Iterator[None]:
    """The log of a process that nobody watches: all of it."""
    with logging_to(sys.stderr, clock, masker):
        yield


@contextmanager
def telling_warnings(clock: Clock, masker: Masker) -> Iterator[None]:
    """The log of a command: warnings only, and none on a terminal, where the command itself speaks to people."""
    if sys.stderr.isatty():
        yield
        return
    with logging_to(sys.stderr, clock, masker, level=logging.WARNING):
        yield
