"""Questions to a live site and what it told, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.conformance.site import Site

Needs = Literal["nothing", "writes", "strain", "closed_order", "subcontract", "recycle_command"]
WHY_NOT: Mapping[Needs, str] = {
    "nothing": "",
    "writes": "set ML_CONNECTOR_SANDBOX_WRITES=yes to let it make bills of its own",
    "strain": "set ML_CONNECTOR_SANDBOX_STRAIN=yes to let it fill the seats and the minute",
    "closed_order": "name a closed order line as ML_CONNECTOR_SANDBOX_CLOSED_ORDER=Normal/PO000123/1",
    "subcontract": "name a subcontract line as ML_CONNECTOR_SANDBOX_SUBCONTRACT=SC-0001/1",
    "recycle_command": "name a command that recycles the application pool as ML_CONNECTOR_SANDBOX_RECYCLE_COMMAND",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site did: in words, as yes or no, and as switches of the twin where there are some for it."""

    text: str
    yes: bool = True
    switches: Mapping[str, object] = field(default_factory=dict)


Ask = Callable[[Site], Answer]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is not established (``acumatica_api.md 12``, experiments of the posting protocol)."""

    number: str
    what: str
    ask: Ask
    needs: Needs = "nothing"


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to one question; ``verdict`` is yes, no or not asked."""

    question: Question
    verdict: Literal["yes", "no", "not asked"]
    day: str
    answer: str
    switches: Mapping[str, object] = field(default_factory=dict)

    def render(self) -> str:
        """The line of the report."""
        found = ", ".join(f"{name}={value}" for name, value in self.switches.items())
        line = f"{self.question.number:<4} {self.verdict:<10} {self.day}  {self.question.what}: {self.answer}"
        return f"{line.rstrip(': ')}{f' [{found}]' if found else ''}"
