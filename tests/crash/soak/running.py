"""Lives a plan through, then drains in peace, and hands what is left to the auditor."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml_connector_twins.stampli.outgoing import ApprovedInvoice
from tests.crash.auditor import Paper
from tests.crash.soak.plan import MACHINES, Event
from tests.crash.soak.site import Site
from tests.crash.soak.verdict import Row, Verdict, judge_soak
from tests.firm import CONNECTION

_DRAIN_SECONDS_LEAST = 300.0
_LOOK_SECONDS = 5.0
_GAVE_UP = "Z05"


@dataclass(slots=True)
class Tally:
    """What was done: counts by kind of event, hits by kind of fault, seconds of the drain, replays by hand."""

    done: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    invoices: int = 0
    ended: int = 0
    replays: int = 0
    drain_seconds: float = 0.0
    quiet: bool = False


def drain_seconds_max(events: Sequence[Event]) -> float:
    """How long the drain may take: as long as the soak did and five minutes."""
    return _DRAIN_SECONDS_LEAST + events[-1].at


def live_soak(site: Site, events: Sequence[Event], note: Callable[[str], None]) -> tuple[Tally, Verdict]:
    """The whole soak; ``note`` is told how it goes."""
    tally, began = Tally(), time.monotonic()
    for event in events:
        time.sleep(max(0.0, began + event.at - time.monotonic()))
        _revive(site, tally)
        _happen(site, event, tally)
        tally.done[event.kind] += 1
        if event.kind == "restart":
            note(f"{time.monotonic() - began:.0f} s: {dict(tally.done)}")
    _clear_faults(site, tally)
    invoices = {invoice.invoice_number: invoice for event in events for invoice in event.invoices}
    tally.invoices = len(invoices)
    _drain(site, tally.invoices, tally, note=note, seconds_max=drain_seconds_max(events))
    return tally, _judge(site, list(invoices.values()), tally)


def _revive(site: Site, tally: Tally) -> None:
    """Start what ended by itself, as any supervisor of services would."""
    for machine in site.ended_workers():
        tally.ended += 1
        site.start_worker(machine)


def _clear_faults(site: Site, tally: Tally) -> None:
    """A fault that struck nobody until the next one came has passed: in a quiet time none pile up for one request."""
    control = site.office.twins.erp.control
    for fault in control.call("GET", "faults"):
        tally.hits[fault["kind"]] += fault["hits"]
    control.call("DELETE", "faults")


def _happen(site: Site, event: Event, tally: Tally) -> None:
    if event.kind == "drop":
        site.office.drop_invoices(*event.invoices, name=event.name)
    elif event.kind == "kill":
        site.kill_worker(event.name)
        site.start_worker(event.name)
    elif event.kind == "restart":
        site.server.restart(event.name)
    else:
        _clear_faults(site, tally)
        site.office.twins.erp.control.fault(**event.plan)


def _drain(site: Site, wanted: int, tally: Tally, *, note: Callable[[str], None], seconds_max: float) -> None:
    """Until nothing is under way; an invoice that was given up is run again, as a person would."""
    began = time.monotonic()
    while not tally.quiet and time.monotonic() - began < seconds_max:
        time.sleep(_LOOK_SECONDS)
        _revive(site, tally)
        rows = _rows(site)
        states = Counter(row["state"] for row in rows)
        note(f"drain {time.monotonic() - began:.0f} s: {dict(states)} of {wanted}")
        given_up = [row for row in rows if row["state"] == "needs_attention" and _has(row, _GAVE_UP)]
        for row in given_up:
            site.office.command("invoice", "replay", CONNECTION, row["id"], "--json")
            tally.replays += 1
        settled = states["posted"] + states["needs_attention"]
        tally.quiet = settled == len(rows) == wanted and not given_up
    tally.drain_seconds = time.monotonic() - began


def _judge(site: Site, invoices: Sequence[ApprovedInvoice], tally: Tally) -> Verdict:
    for machine in MACHINES:
        site.workers[machine].terminate()
        site.workers[machine].wait(60)
    proof, trail = (
        site.office.command("prove", CONNECTION, "--json"),
        site.office.command("audit", "verify", CONNECTION),
    )
    told = {entry["invoice_number"] for row in proof.document for entry in row["held_doubles"]}
    papers = [Paper(each.vendor_id, each.invoice_number, each.total) for each in invoices]
    truth = site.office.truth()
    verdict = judge_soak(papers, _rows(site), truth.bills, truth.entries, told=told)
    faults = list(verdict.faults)
    if not tally.quiet:
        faults.append(f"it was not quiet after {tally.drain_seconds:.0f} s")
    if proof.exit_code not in (0, 1):
        faults.append(f"prove ended with {proof.exit_code}: {proof.notes.strip()}")
    if trail.exit_code:
        faults.append(f"audit verify ended with {trail.exit_code}: {trail.notes.strip()}")
    return Verdict(verdict.booked, verdict.asked, verdict.doubles, faults)


def _rows(site: Site) -> list[Row]:
    listed: Any = site.office.command("invoice", "list", CONNECTION, "--json").document
    return list(listed or [])


def _has(row: Row, code: str) -> bool:
    return any(finding["code"] == code for finding in row["findings"])
