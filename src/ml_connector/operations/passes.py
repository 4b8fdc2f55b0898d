"""Run passes of flows: one lease a connection and flow, one after the other, each pass on record with how it ended.

A failure of one flow does not stop the next. What the flows do inside is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ml_connector.clock import Clock
from ml_connector.errors import ConnectorError, TransientError
from ml_connector.flows.catalog import ALL_FLOWS, FlowName, PassReport

# Longer than the longest single request (16 minutes, posting protocol 4.7).
LEASE_SECONDS = 1200.0


class Leases(Protocol):
    """Who may run a flow of a connection now."""

    def claim(self, flow: str, holder: str, ttl_seconds: float) -> bool: ...
    def release(self, flow: str, holder: str) -> None: ...


class Runs(Protocol):
    """The list of passes of a connection."""

    def record_run(self, report: PassReport) -> None: ...


Flows = Mapping[FlowName, Callable[[], PassReport]]


def flows_named(wanted: str) -> tuple[FlowName, ...]:
    """The flows of ``sync NAME wanted`` in their order; ``invoices`` brings its results along."""
    if wanted == "all":
        return ALL_FLOWS
    if wanted == "invoices":
        return ("invoices", "results")
    return tuple(flow for flow in ALL_FLOWS if flow == wanted)


def run_passes(
    wanted: Sequence[FlowName], flows: Flows, *, leases: Leases, runs: Runs, holder: str, clock: Clock
) -> tuple[PassReport, ...]:
    """One pass of each wanted flow; what stopped one stands in its report's ``errors``."""
    reports = []
    for flow in wanted:
        if flow in flows:
            report = _run_pass(flow, flows[flow], leases, holder, clock)
            runs.record_run(report)
            reports.append(report)
    return tuple(reports)


def _run_pass(flow: FlowName, run: Callable[[], PassReport], leases: Leases, holder: str, clock: Clock) -> PassReport:
    started_at = clock.now()
    if not leases.claim(flow, holder, LEASE_SECONDS):
        return PassReport(flow, started_at, clock.now(), errors=(_held_elsewhere(flow),))
    try:
        return run()
    except ConnectorError as error:
        return PassReport(flow, started_at, clock.now(), errors=(error,))
    finally:
        leases.release(flow, holder)


def _held_elsewhere(flow: str) -> TransientError:
    return TransientError(
        f"Another process is running {flow} of this connection at the moment",
        fix="Wait until it has ended, then run this again; nothing is lost.",
        stage="lease",
        code="engine.lease_held",
    )
