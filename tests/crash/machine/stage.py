"""One life of a scenario: its world, its store, the processes that live and end in it, and the peace at the end."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any

from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.payment import PaymentApplication, StampliPayment
from ml_connector.engine.passes import Pass, Summary
from ml_connector.flows.context import FlowContext
from ml_connector.flows.master_data.read_master_data import fetch_master_data
from ml_connector.store.master_data import MasterDataRepository
from tests.builders import a_snapshot, usd
from tests.crash.machine.auditor import ENDED, Export, Paper, export_store
from tests.crash.machine.durable import Shift, make_engine_template, run_durably
from tests.crash.machine.house import Outside, Place, opened, run_flow, run_flows
from tests.crash.machine.scenarios import Scenario, numbered, paper_of
from tests.crash.machine.schedule import Variant
from tests.crash.machine.wire import Crash, Wire
from tests.crash.machine.worlds.at_ports import World
from tests.crash.machine.worlds.behind_edge import EdgeWorld
from tests.databases import DATABASE_NAME, fresh_database
from tests.flows.in_memory.exchange import BROKEN, InMemoryExchange
from tests.flows.in_memory.house import START, a_house, some_terms
from tests.wire.acumatica.stub import Drawer

FEED = "approved_invoices"
# Seconds between the passes of the peaceful end: the short quarantine, the long one twice, hours, more than a day.
PATIENCE = (90.0, 1300.0, 1300.0, 4000.0, 100_000.0)
# What was late arrives before the last ones; an approval takes two.
_LAST_PASSES = 3
_SETTLED = ENDED | {"person", "rejected"}


class Stage:
    """The world and the store of one life."""

    def __init__(self, scenario: Scenario, place: Place, variant: Variant) -> None:
        self.scenario = scenario
        self.place = place
        self.variant = variant
        self._dead: str | None = None
        self._pass = Pass("harbor", "invoices", START)
        self.clock = SimulatedClock(START)
        self.faults: list[Exception] = []
        site = dict(scenario.site)
        after = site.pop("after", None)
        self.world = _world(scenario, self.clock, site) if variant != "edge" else _site(scenario, self.clock)
        self.exchange = InMemoryExchange(self.clock, after={FEED: after} if after else {})
        for name, invoices in scenario.files.items():
            self.exchange.drop_invoices(name, *invoices)
        self.papers = {each.external_id: paper_of(each) for each in scenario.invoices}
        self.outside = Outside(
            self.world, self.exchange, self.clock, some_terms(**scenario.terms), foreground=scenario.foreground
        )
        for content in scenario.attachments.values():
            place.archive.save_content(content, hashlib.sha256(content).hexdigest())
        if scenario.then:
            self.live(Wire(), "process-0")
            self.clock.sleep(300.0)
            self.stampli(scenario.then)

    def live(self, wire: Wire, holder: str) -> None:
        """A process does a pass, or ends on the wire."""
        with suppress(Crash), opened(self.place, self.outside, wire, holder=holder) as context:
            self.faults += run_flows(context, self.scenario.flows)[1]

    def process(self, wire: Wire, holder: str) -> None:
        """The same as the variant has it: the durable engine goes on with what the process before it had begun."""
        if self.variant != "durable":
            self.live(wire, holder)
            return
        with opened(self.place, self.outside, wire, holder=holder) as context:
            flows = {flow: partial(self._phase, context, flow) for flow in self.scenario.flows}
            shift = Shift(flows)
            run_durably(self.place.folder, self._pass, shift, executor=holder, dead=self._dead)
        self._dead = holder if shift.crashed else None

    @property
    def left_open(self) -> bool:
        """Has a process of the durable engine died over its pass?"""
        return self._dead is not None

    def _phase(self, context: FlowContext, flow: str) -> Summary:
        errors, faults = run_flow(context, flow)
        self.faults += faults
        return {"errors": [error.code for error in errors]}

    def second_worker(self, *, pause_seconds: float = 0.0) -> None:
        """Another process does a whole pass, while the first one stands still for so long."""
        self.clock.sleep(pause_seconds)
        self.live(Wire(), "process-2")

    def come_to_rest(self) -> Export:
        """Passes in peace, time between them, until nothing is left to do and nothing is under way any more."""
        self.exchange.faults.clear()
        for number, seconds in enumerate(PATIENCE):
            self.world.approves()
            self.live(Wire(), f"process-{10 + number}")
            if self._is_settled():
                break
            self.clock.sleep(seconds)
        self.world.settle()
        if self.scenario.paid:
            self.world.pays()
            booked = {book["VendorRef"]: book["Amount"] for book in self.world.books() if book["Hand"] == "paid"}
            paid = [_payment_of(each, booked) for each in self.scenario.invoices]
            self.exchange.drop_payments("payments.csv", *paid)
        for number in range(_LAST_PASSES):
            self.clock.sleep(3700.0)
            self.world.approves()
            self.live(Wire(), f"process-{20 + number}")
            if self._is_settled():
                break
        return export_store(self.place.file)

    def stampli(self, act: str) -> None:
        """Stampli does something to the first file."""
        acts: Mapping[str, Callable[[str], None]] = {
            "repeats": lambda name: self.exchange.copy(name, "again.csv"),
            "grows": self._grow,
            "renames": self._rename,
            "corrects": self._correct,
            "cancels": self._cancel,
            "fails": self._fail,
        }
        names = sorted(self.exchange.names())
        if names:
            acts[act](names[0])

    def told(self) -> list[Mapping[str, str]] | None:
        """The rows of results that Stampli was sent, None where none are asked for."""
        if "results" not in self.scenario.flows:
            return None
        return [row for name, rows in self.exchange.inbound if name.startswith("results") for row in rows]

    def _grow(self, name: str) -> None:
        more = numbered(90)
        self.papers[more.external_id] = paper_of(more)
        self.exchange.drop_invoices(name, *self._said(name), more)

    def _rename(self, name: str) -> None:
        lying = self.exchange.outbound[FEED]
        lying["renamed.csv"] = lying.pop(name)

    def _correct(self, name: str) -> None:
        first, *rest = self._said(name)
        dearer = first.total.amount + Decimal("10.00")
        line = replace(first.lines[0], amount=usd(str(first.lines[0].amount.amount + Decimal("10.00"))))
        corrected = replace(first, total=usd(str(dearer)), lines=(line, *first.lines[1:]))
        self.papers[first.external_id] = paper_of(first, corrected)
        self.exchange.drop_invoices("corrected.csv", corrected, *rest)

    def _cancel(self, name: str) -> None:
        first, *rest = self._said(name)
        self.papers[first.external_id] = paper_of(first, canceled=True)
        self.exchange.drop_invoices("canceled.csv", replace(first, status="Canceled Invoice"), *rest)

    def _fail(self, name: str) -> None:
        self.exchange.faults |= {"list_arrivals": BROKEN, "fetch_arrival": BROKEN, "dispose_arrival": BROKEN}

    def _said(self, name: str) -> tuple[ApprovedInvoice, ...]:
        return self.scenario.files.get(name, self.scenario.invoices)

    def _is_settled(self) -> bool:
        rows = export_store(self.place.file).invoices
        return len(rows) >= len(self.papers) and all(row["state"] in _SETTLED for row in rows)

    def told_papers(self) -> tuple[Paper, ...]:
        """The papers on the auditor's desk."""
        return tuple(self.papers.values())


def _payment_of(invoice: ApprovedInvoice, booked: Mapping[str, str]) -> StampliPayment:
    """Stampli paid what was booked."""
    number = invoice.invoice_number or ""
    amount = usd(booked.get(number, str(invoice.total.amount)))
    return StampliPayment(
        payment_id=f"P-{invoice.external_id}",
        status="cleared",
        status_word="Cleared",
        amount=amount,
        applications=(PaymentApplication(number, invoice.external_id, invoice.vendor_id, amount),),
        payment_date=START.date(),
        vendor_id=invoice.vendor_id,
    )


def _world(scenario: Scenario, clock: SimulatedClock, site: Mapping[str, Any]) -> World:
    first = scenario.invoices[0]
    world = World(clock, a_snapshot(), **site)
    world.vendor, world.reference = first.vendor_id or "", first.invoice_number or ""
    # What was in the books before us: a bill that every look-up must show.
    world.type_bill("V10013", "BEFORE-US", "10.00")
    return world


def _site(scenario: Scenario, clock: SimulatedClock) -> EdgeWorld:
    first = scenario.invoices[0]
    site = EdgeWorld(clock, vendor="V10013", reference="BEFORE-US")
    site.types()
    site.vendor, site.reference = first.vendor_id or "", first.invoice_number or ""
    return site


@contextmanager
def staged(scenario: Scenario, variant: Variant = "ports") -> Iterator[Stage]:
    """A fresh world and a fresh store; one at a time in a process."""
    place = _place(os.getpid())
    place.renew(_template(variant, fresh=scenario.fresh))
    if variant == "durable":
        shutil.copyfile(_engine_template(), place.folder / _engine_template().name)
    yield Stage(scenario, place, variant)


@cache
def _place(pid: int) -> Place:
    """The place of this process, in memory where the machine has a folder for that."""
    return Place(Path(tempfile.mkdtemp(prefix=f"{pid}-", dir=_workshop())))


@cache
def _workshop() -> Path:
    """Where the places of this process and of its children are; gone when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="crash-", dir=_quick_folder()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def open_workshop() -> None:
    """Make the folder for all places now, before any child does."""
    _workshop()


def _quick_folder() -> str | None:
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > 1 << 28 else None


@cache
def _template(variant: Variant, *, fresh: bool) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="template-", dir=_workshop()))
    database = fresh_database(folder)
    if not fresh:
        master = replace(_master_data(variant), read_at=START, compared_at=START - timedelta(hours=1))
        MasterDataRepository(database, some_terms().connection, SimulatedClock(START)).save_snapshot(master)
    database.close()
    return folder / DATABASE_NAME


@cache
def _engine_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir=_workshop()))
    make_engine_template(folder)
    (file,) = folder.glob("*.db")
    return file


def _master_data(variant: Variant) -> Snapshot:
    if variant != "edge":
        return a_snapshot()
    clock = SimulatedClock(START)
    site, house = EdgeWorld(clock), a_house()
    with site.opened(Drawer()) as erp:
        return fetch_master_data(replace(house.context(), erp=erp, clock=clock)).snapshot
