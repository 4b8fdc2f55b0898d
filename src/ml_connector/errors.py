"""What stops a step, sorted by what to do next.

Five families, and ``ProgramError`` beside them; each concrete class is one fault and carries its code, its sentence and
its fix as class text, with the culprit as argument. Wrong data is never raised from here: see ``problems``. This module
knows no other room.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field the foreign system refused: path such as ``Details[2].Project`` and its words; ``mandatory`` where it
    was refused for not being sent."""

    path: str
    message: str
    mandatory: bool = False


class ConnectorError(Exception):
    """All errors of ours; ``code`` is stable and dotted, ``message`` is for a person, ``fix`` says what to do."""

    family: ClassVar[str] = "unknown"
    code: str = "unknown"

    def __init__(self, message: str, *, fix: str = "", stage: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.stage = stage
        if code:
            self.code = code


def render_error(error: ConnectorError) -> dict[str, str]:
    """The ``error`` member of the operator contract, section 1."""
    return {
        "family": error.family,
        "code": error.code,
        "stage": error.stage,
        "message": error.message,
        "fix": error.fix,
    }


class TransientError(ConnectorError):
    """The same step again, later; ``retry_after_seconds`` is the earliest time worth trying, None where unknown."""

    family = "transient"
    code = "transient"

    def __init__(
        self,
        message: str,
        *,
        fix: str = "",
        stage: str = "",
        code: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, fix=fix, stage=stage, code=code)
        self.retry_after_seconds = retry_after_seconds


class UncertainError(ConnectorError):
    """A write may or may not have happened: look, then decide; never repeat blindly."""

    family = "uncertain"
    code = "uncertain"


class RejectedError(ConnectorError):
    """The foreign system refused for a business reason; ``faults`` lists its field errors, ``raw`` its own words."""

    family = "rejected"
    code = "rejected"

    def __init__(
        self,
        message: str,
        *,
        fix: str = "",
        stage: str = "",
        code: str = "",
        faults: tuple[FieldFault, ...] = (),
        raw: str = "",
    ) -> None:
        super().__init__(message, fix=fix, stage=stage, code=code)
        self.faults = faults
        self.raw = raw


class ConfigurationError(ConnectorError):
    """The connection rests until a setting is mended, ``at`` our ``settings`` (exit 2) or the ``system`` (exit 3)."""

    family = "configuration"
    code = "configuration"

    def __init__(
        self,
        message: str,
        *,
        fix: str = "",
        stage: str = "",
        code: str = "",
        at: Literal["settings", "system"] = "system",
    ) -> None:
        super().__init__(message, fix=fix, stage=stage, code=code)
        self.at = at


class IntegrityError(ConnectorError):
    """Two facts contradict each other (``facts``): the flow halts and the alarm goes."""

    family = "integrity"
    code = "integrity"

    def __init__(
        self, message: str, *, fix: str = "", stage: str = "", code: str = "", facts: tuple[str, str] = ("", "")
    ) -> None:
        super().__init__(message, fix=fix, stage=stage, code=code)
        self.facts = facts


class ProgramError(ConnectorError):
    """A fault of our own in one piece of the work, told so that the rest can go on; its kind and place, never the words
    of the exception, which could carry a foreign text."""

    family = "program"
    code = "program.fault"

    def __init__(self, fault: Exception, doing: str) -> None:
        frames = traceback.extract_tb(fault.__traceback__)
        place = ""
        if frames:
            file = frames[-1].filename.replace("\\", "/").rpartition("/")[2]
            place = f" in {file}:{frames[-1].lineno} {frames[-1].name}"
        super().__init__(
            f"A fault of the program while {doing} ({type(fault).__name__}{place})",
            fix="Report this line; invoices already sent will be checked, never repeated blindly.",
        )
