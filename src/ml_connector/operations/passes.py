"""Run passes of flows: one lease a connection and flow, one after the other, each pass on record with how it ended.

A failure of one flow does not stop the next. What the flows do inside is not known here.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ml_connector.clock import Clock
from ml_connector.domain.values.posting import Finish, PostingState, invoice_state
from ml_connector.domain.values.records import FileRecord, RequestCounts
from ml_connector.errors import ConnectorError, ProgramError, TransientError
from ml_connector.flows.catalog import ALL_FLOWS, FlowName, PassReport
from ml_connector.operations.leases import LeaseKeeper, held_elsewhere
from ml_connector.operations.views import JsonObject, render_sync

# What a sender that has not finished yet leaves: nobody is needed for that at once.
_MAY_WAIT = frozenset({"file.empty", "file.waiting", "file.incomplete_set", "file.missing"})
_NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})
_log = logging.getLogger(__name__)


class Runs(Protocol):
    """The list of passes of a connection."""

    def record_start(self, flow: str) -> str: ...
    def record_end(self, run_id: str, outcome: str, summary: Mapping[str, object]) -> None: ...


# How a pass ended that was told to stop.
STOPPED = "stopped"
Flows = Mapping[FlowName, Callable[[], PassReport]]


def flows_named(wanted: str) -> tuple[FlowName, ...]:
    """The flows of ``sync NAME wanted`` in their order; ``invoices`` brings its results along."""
    if wanted == "all":
        return ALL_FLOWS
    if wanted == "invoices":
        return ("invoices", "results")
    if wanted == "sweep":
        return ("sweep",)
    return tuple(flow for flow in ALL_FLOWS if flow == wanted)


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a call of ``sync`` came to: the document to show, the errors in it, whether somebody is needed, and whether
    a bill was booked."""

    shown: JsonObject
    errors: tuple[ConnectorError, ...]
    waiting: bool
    needs_person: bool
    booked: bool = False


def run_passes(
    wanted: Sequence[FlowName], flows: Flows, *, keeper: LeaseKeeper, runs: Runs, clock: Clock
) -> tuple[PassReport, ...]:
    """One pass of each wanted flow; what stopped one stands in its report's ``errors``. Each pass that had its lease is
    on record with how it ended, also where it was told to stop."""
    reports = []
    for flow in wanted:
        if flow not in flows:
            continue
        if not keeper.take(_lease_of(flow)):
            now = clock.now()
            reports.append(PassReport(flow, now, now, errors=(held_elsewhere(flow),)))
            continue
        try:
            reports.append(_run_on_record(flow, flows[flow], runs=runs, clock=clock))
        finally:
            keeper.give_back()
    return tuple(reports)


def _lease_of(flow: FlowName) -> str:
    """A sweep moves the invoices that a pass of invoices does, and late records the feeds of master data."""
    if flow == "late-records":
        return "master-data"
    return "invoices" if flow == "sweep" else flow


def refuse_pass(flow: FlowName, error: ConnectorError, *, runs: Runs, clock: Clock) -> tuple[PassReport, ...]:
    """No flow could begin, since ``error`` stood before the first one: it is on record as failed, and told."""

    def stop() -> PassReport:
        raise error

    return (_run_on_record(flow, stop, runs=runs, clock=clock),)


def render_result(
    connection: str,
    wanted: str,
    reports: Sequence[PassReport],
    *,
    finish: Finish,
    requests: RequestCounts,
    dry_run: bool = False,
) -> SyncResult:
    """All passes of one call as one result."""
    return SyncResult(
        shown=render_sync(connection, wanted, reports, finish=finish, requests=requests, dry_run=dry_run),
        errors=tuple(error for report in reports for error in report.errors),
        waiting=any(report.waiting for report in reports),
        needs_person=any(_needs_person(report, finish) for report in reports),
        booked=any(record.posting.state is PostingState.DONE for report in reports for record in report.invoices),
    )


def _run_on_record(flow: FlowName, run: Callable[[], PassReport], *, runs: Runs, clock: Clock) -> PassReport:
    run_id = runs.record_start(flow)
    outcome, summary = STOPPED, dict[str, object]()
    try:
        report = _run_pass(flow, run, clock)
        outcome, summary = _outcome(report), _summary(report)
        return report
    finally:
        runs.record_end(run_id, outcome, summary)


def _run_pass(flow: FlowName, run: Callable[[], PassReport], clock: Clock) -> PassReport:
    started_at = clock.now()
    try:
        return run()
    except ConnectorError as error:
        return PassReport(flow, started_at, clock.now(), errors=(error,))
    except Exception as fault:  # one flow's fault must not stop the next; it ends in exit 70 all the same
        _log.error("a fault of the program in flow %s", flow, exc_info=fault)
        return PassReport(flow, started_at, clock.now(), errors=(_told(fault, flow),))


def _told(fault: Exception, flow: FlowName) -> ConnectorError:
    """A machine without file descriptors is no fault of the program (``fault_catalogue.md 246``)."""
    if isinstance(fault, OSError) and fault.errno in _NO_DESCRIPTORS:
        return TransientError(
            "Too many open files",
            fix="Raise the limit of open files of this process (ulimit -n) or end other programs; run it again.",
            stage="system",
            code="system.too_many_files",
        )
    return ProgramError(fault, f"carrying {flow}")


def _needs_person(report: PassReport, finish: Finish) -> bool:
    """A finding that stops, a file that cannot be read, a feed that is held, a payment that breaks."""
    attention = any(
        invoice_state(record.posting, finish, paid=record.paid) == "needs_attention" for record in report.invoices
    )
    files = any(_file_needs_person(file, report.started_at) for file in report.files)
    return (
        attention
        or files
        or any(feed.held for feed in report.feeds)
        or any(payment.result == "break" for payment in report.payments)
        or (report.sweep is not None and bool(report.sweep.doubles or report.sweep.strangers))
    )


def _file_needs_person(file: FileRecord, started_at: datetime) -> bool:
    """A file that cannot be read, whole or in part. One that is empty or still being written may wait for one pass."""
    if file.state == "waiting" and all(problem.code in _MAY_WAIT for problem in file.problems):
        return file.first_seen_at < started_at
    return file.state == "refused" or bool(file.problems)


def _outcome(report: PassReport) -> str:
    if report.errors:
        return "failed"
    return "waiting" if report.waiting else "done"


def _summary(report: PassReport) -> dict[str, object]:
    return {
        "feeds": len(report.feeds),
        "files": len(report.files),
        "invoices": len(report.invoices),
        "payments": len(report.payments),
        "errors": [error.code for error in report.errors],
    }
