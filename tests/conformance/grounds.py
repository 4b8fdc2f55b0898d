"""The grounds on which one suite of the ERP port runs: in memory, the twin, and a live sandbox where one is named.

A sandbox is named by environment variables that begin with ``ML_CONNECTOR_SANDBOX_``: URL, TENANT, VERSION, CLIENT_ID,
CLIENT_SECRET, USERNAME and PASSWORD. It is read alone unless WRITES is ``yes``: then bills are made and deleted again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.acumatica.ports import Deadlines
from ml_connector.clock import SimulatedClock, SystemClock
from ml_connector.domain.values.bill import BillKey
from ml_connector.flows.ports import Erp
from ml_connector_twins.acumatica.control.client import ControlClient
from ml_connector_twins.acumatica.server import RunningTwin, running_acumatica
from ml_connector_twins.acumatica.switches import SwitchValue
from tests.builders import a_snapshot
from tests.flows.in_memory.erp import InMemoryErp
from tests.wire.acumatica.stub import SETTINGS, Drawer
from tests.wire.acumatica.twin import QUICK

_PREFIX = "ML_CONNECTOR_SANDBOX_"
_NEEDED = ("URL", "TENANT", "VERSION", "CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD")
HAND = {
    "Type": "Bill",
    "Vendor": "V10004",
    "VendorRef": "WITNESS-1",
    "Date": "2026-10-01",
    "Description": "Typed by hand",
    "Details": [
        {"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "ExtendedCost": "5.00"},
    ],
}


@dataclass(frozen=True, slots=True)
class Ground:
    """One port, a bill in it that somebody typed by hand where there is one, and the twin behind it where it is one."""

    name: str
    erp: Erp
    witness: BillKey | None
    twin: RunningTwin | None = None

    def site(self) -> RunningTwin:
        """The twin; only where the ground is one."""
        assert self.twin is not None
        return self.twin

    def control(self) -> ControlClient:
        """The twin's control interface."""
        return self.site().control


@contextmanager
def in_memory() -> Iterator[Ground]:
    """The port that the flows are tested on."""
    erp = InMemoryErp(SimulatedClock(datetime(2026, 10, 14, tzinfo=UTC)), a_snapshot())
    yield Ground("memory", erp, erp.type_bill("V10004", "WITNESS-1", "5.00"))


@contextmanager
def on_the_twin(positions: Mapping[str, SwitchValue] | None = None) -> Iterator[Ground]:
    """The product's own edge on the twin, its switches set so."""
    with running_acumatica("small", positions) as site:
        options = site.options
        drawer = Drawer(
            {"acumatica.password": options.password, "acumatica.client_secret": options.client_secret}, canary=None
        )
        settings = replace(
            SETTINGS,
            url=site.url,
            client_id=options.client_id,
            username=options.username,
            requests_per_minute=100_000,
        )
        erp = open_acumatica(settings, secrets=drawer, canary=drawer, log=drawer, clock=SystemClock(), deadlines=QUICK)
        typed = site.control.people("type_bill", bill=HAND)
        number = typed["fields"]["ReferenceNbr"] if "fields" in typed else typed["ReferenceNbr"]
        try:
            yield Ground("twin", erp, BillKey("Bill", number), site)
        finally:
            erp.close()


def sandbox_missing(environment: Mapping[str, str]) -> list[str]:
    """The variables of a sandbox that are not set."""
    return [_PREFIX + name for name in _NEEDED if not environment.get(_PREFIX + name)]


def sandbox_words(environment: Mapping[str, str]) -> dict[str, str]:
    """Everything the environment says of the sandbox, by short names."""
    return {name.removeprefix(_PREFIX): value for name, value in environment.items() if name.startswith(_PREFIX)}


@contextmanager
def on_the_sandbox() -> Iterator[AcumaticaErp]:
    """The product's edge on the sandbox that the environment names."""
    given = {name: os.environ[_PREFIX + name] for name in _NEEDED}
    drawer = Drawer(
        {"acumatica.password": given["PASSWORD"], "acumatica.client_secret": given["CLIENT_SECRET"]}, canary=None
    )
    settings = replace(
        SETTINGS,
        url=given["URL"],
        tenant=given["TENANT"],
        version=given["VERSION"],
        client_id=given["CLIENT_ID"],
        username=given["USERNAME"],
        # A careful guest.
        requests_per_minute=30,
        concurrent_requests=1,
    )
    erp = open_acumatica(
        settings, secrets=drawer, canary=drawer, log=drawer, clock=SystemClock(), deadlines=Deadlines()
    )
    try:
        yield erp
    finally:
        erp.close()
