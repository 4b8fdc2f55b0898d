"""From what went wrong to the exit code (operator contract, section 1). The one place that knows these numbers."""

from __future__ import annotations

from collections.abc import Iterable

from ml_connector.errors import (
    ConfigurationError,
    ConnectorError,
    IntegrityError,
    RejectedError,
    TransientError,
    UncertainError,
)

DONE = 0
NEEDS_PERSON = 1
OUR_SETTINGS = 2
SYSTEM = 3
INTEGRITY = 4
PROGRAM_FAULT = 70
_PRECEDENCE = (PROGRAM_FAULT, INTEGRITY, OUR_SETTINGS, SYSTEM, NEEDS_PERSON)


def exit_code_of(error: ConnectorError) -> int:
    """The exit code of one error, by its family."""
    if isinstance(error, ConfigurationError):
        return OUR_SETTINGS if error.at == "settings" else SYSTEM
    if isinstance(error, IntegrityError):
        return INTEGRITY
    if isinstance(error, TransientError | UncertainError):
        return SYSTEM
    return NEEDS_PERSON if isinstance(error, RejectedError) else PROGRAM_FAULT


def first_of(codes: Iterable[int]) -> int:
    """The one that counts where several apply: the first of 70, 4, 2, 3, 1; 0 for none."""
    given = set(codes)
    return next((code for code in _PRECEDENCE if code in given), DONE)
