"""What happens in a soak and when, drawn by a seed: invoice files, kills, restarts of the database, faults. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ml_connector_twins.stampli.outgoing import ApprovedInvoice
from tests.papers import approved, overhead

MACHINES = ("alpha", "beta")
_VENDORS = ("V10004", "V10005", "V10012", "V10013")
_INVOICES_A_FILE = 12
_BILL = {"path": "/Bill"}
_ASKED = {"method": "PUT", "path": "/Bill"}
# The waits of the configuration are 5 s: some of what comes late comes after them.
_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop_before", **_BILL},
    {"kind": "drop_after_commit", **_ASKED},
    {"kind": "late_commit", **_ASKED},
    {"kind": "delay", **_BILL},
    {"kind": "delay", **_ASKED, "after_commit": True},
    {"kind": "status", "code": 429, "headers": {"Retry-After": "1"}, **_BILL},
    {"kind": "status", "code": 500, "commit": True, **_ASKED},
    {"kind": "status", "code": 503, **_BILL},
    {"kind": "truncate", **_BILL},
    {"kind": "duplicate", **_ASKED},
    {"kind": "drop_after_commit", "method": "POST", "path": "/Bill/"},
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens ``at`` so many seconds after the start: ``drop`` (``invoices`` in a file ``name``),
    ``kill`` (a worker), ``restart`` (PostgreSQL, in a mode) or ``fault`` (``plan``, as the twin takes it)."""

    at: float
    kind: str
    name: str = ""
    invoices: tuple[ApprovedInvoice, ...] = ()
    plan: dict[str, Any] = field(default_factory=dict)


def plan_soak(seed: int, minutes: float) -> list[Event]:
    """Everything that happens in so many minutes, in order; the same seed gives the same plan. Files stop coming before
    the end, by a sixth of the time."""
    chance, end = random.Random(seed), 60.0 * minutes
    events = [*_drops(chance, end * 5 / 6)]
    events += [Event(at, "kill", chance.choice(MACHINES)) for at in _moments(chance, end, least=5.0, most=11.0)]
    restarts = _moments(chance, end, least=50.0, most=62.0) if minutes > 1 else iter([end / 2])
    events += [Event(at, "restart", chance.choice(("fast", "immediate"))) for at in restarts]
    events += [Event(at, "fault", plan=_fault(chance)) for at in _moments(chance, end, least=2.0, most=5.0)]
    return sorted(events, key=lambda event: event.at)


def _drops(chance: random.Random, end: float) -> Iterator[Event]:
    number, last = 0, Event(0.0, "drop")
    for index, at in enumerate(_moments(chance, end, least=4.0, most=6.0, first=0.0)):
        # Some files come a second time under another name.
        if index and chance.random() < 1 / 10:
            yield Event(at, "drop", f"approved_invoices_again_{index}.csv", last.invoices)
            continue
        invoices = tuple(_invoice(chance, number + each) for each in range(1, _INVOICES_A_FILE + 1))
        number += len(invoices)
        last = Event(at, "drop", f"approved_invoices_{index}.csv", invoices)
        yield last


def _invoice(chance: random.Random, number: int) -> ApprovedInvoice:
    cents = [chance.randint(101, 900_000) for _ in range(chance.randint(1, 3))]
    lines = [overhead(str(Decimal(each) / 100)) for each in cents]
    return approved(f"SOAK-{number:05d}", *lines, vendor=chance.choice(_VENDORS))


def _fault(chance: random.Random) -> dict[str, Any]:
    plan = dict(chance.choice(_FAULTS))
    if plan["kind"] in ("late_commit", "delay"):
        plan["seconds"] = round(chance.uniform(0.2, 7.0), 1)
    return {**plan, "nth": chance.randint(1, 8)}


def _moments(
    chance: random.Random, end: float, *, least: float, most: float, first: float | None = None
) -> Iterator[float]:
    at = chance.uniform(least, most) if first is None else first
    while at < end:
        yield round(at, 2)
        at += chance.uniform(least, most)
