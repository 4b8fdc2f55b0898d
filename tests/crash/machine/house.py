"""A process of ours: the product's flows and its real store, over a world that outlives it.

It is opened again over the same folder after each crash, as a restarted process would be.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ml_connector.acumatica.ports import RequestLog
from ml_connector.clock import Clock
from ml_connector.engine.inline import InlineSteps
from ml_connector.errors import ConnectorError
from ml_connector.flows.catalog import PassReport
from ml_connector.flows.context import FlowContext, Silence, Terms
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from ml_connector.flows.master_data.send_master_data import send_master_data
from ml_connector.flows.payments.carry_payments import carry_payments
from ml_connector.flows.ports import Erp, Exchange
from ml_connector.flows.results.send_results import send_results
from ml_connector.store.database import Database, open_database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.files import FileRepository
from ml_connector.store.invoices.repository import InvoiceRepository
from ml_connector.store.invoices.sweeps import SweepRepository
from ml_connector.store.master_data import MasterDataRepository
from ml_connector.store.payments import PaymentRepository
from tests.crash.machine.wire import BreakableDatabase, Wire
from tests.databases import DATABASE_NAME, database_url

FLOWS: Mapping[str, Callable[[FlowContext], PassReport]] = {
    "master-data": send_master_data,
    "invoices": carry_invoices,
    "results": send_results,
    "payments": carry_payments,
}


class Reachable(Protocol):
    """An Acumatica that a process of ours can open."""

    def opened(self, log: RequestLog) -> AbstractContextManager[Erp]:
        """Our edge to it, for the life of one process."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What outlives our processes: both other systems, the time, and what the customer decided."""

    world: Reachable
    exchange: Exchange
    clock: Clock
    terms: Terms
    foreground: bool = True


class Place:
    """A folder in which one store after the other lives. Each is opened with what the one before it left in memory,
    ready statements alone, since to make those ready costs more than all the rest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = Archive(folder / "archive")
        self._known: list[Database] = []
        self._open = 0

    @property
    def file(self) -> Path:
        """The store's file."""
        return self.folder / DATABASE_NAME

    def renew(self, template: Path) -> None:
        """Forget the store that was here and begin with a copy of that one."""
        for each in self.folder.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        shutil.copyfile(template, self.file)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The store as one process opens it; another may have it open already."""
        if self._open == len(self._known):
            self._known.append(open_database(database_url(self.folder)))
        database = self._known[self._open]
        self._open += 1
        try:
            yield database
        finally:
            self._open -= 1
            database.close()


@contextmanager
def opened(place: Place, outside: Outside, wire: Wire, *, holder: str) -> Iterator[FlowContext]:
    """A process over the store in that place, every edge of it on the wire."""
    terms, clock, name = outside.terms, outside.clock, outside.terms.connection
    with place.database() as inner:
        database = BreakableDatabase(inner, wire)
        invoices = InvoiceRepository(database, name, clock)
        with outside.world.opened(invoices) as erp:
            yield FlowContext(
                terms=terms,
                steps=InlineSteps(clock, wire),
                clock=clock,
                erp=erp,
                exchange=outside.exchange,
                files=FileRepository(database, name, clock, archive=place.archive),
                invoices=invoices,
                payments=PaymentRepository(database, name, clock),
                master_data=MasterDataRepository(database, name, clock),
                sweeps=SweepRepository(database, name, clock),
                holder=holder,
                progress=Silence(),
                foreground=outside.foreground,
            )


def run_flows(context: FlowContext, flows: tuple[str, ...]) -> tuple[list[ConnectorError], list[Exception]]:
    """One pass of each flow as a command does it: what stopped one does not stop the next. The errors that were told,
    and the faults of the program that no error of ours stands for."""
    told: list[ConnectorError] = []
    faults: list[Exception] = []
    for flow in flows:
        errors, fault = run_flow(context, flow)
        told += errors
        faults += fault
    return told, faults


def run_flow(context: FlowContext, flow: str) -> tuple[list[ConnectorError], list[Exception]]:
    """One pass of one flow."""
    try:
        return list(FLOWS[flow](context).errors), []
    except ConnectorError as error:
        return [error], []
    except Exception as error:
        return [], [error]
