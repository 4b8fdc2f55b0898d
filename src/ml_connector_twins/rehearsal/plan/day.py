"""The shape of one planned day. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ml_connector_twins.rehearsal.judge.evidence import Expectation
from ml_connector_twins.rehearsal.plan.actions import Action
from ml_connector_twins.stampli.outgoing import ApprovedInvoice, Payment


@dataclass(frozen=True, slots=True)
class Drop:
    """One file that appears in `/outbound`; ``in_place`` writes over a file of the same name."""

    name: str
    content: bytes
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One business day: ``invoices`` and ``payments`` are what this day brings, for the counts at its end.

    ``person_needed`` is whether the pass must say so (exit 1); None where an open item of an earlier day decides.
    """

    on: date
    drops: Sequence[Drop]
    expectations: Sequence[Expectation]
    actions: Sequence[Action] = ()
    invoices: Sequence[ApprovedInvoice] = ()
    payments: Sequence[Payment] = ()
    person_needed: bool | None = None
