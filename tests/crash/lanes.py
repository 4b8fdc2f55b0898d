"""Lanes: each has twins, a settings file and a nursery of its own, so that several crashes are lived through at once.

A case begins with fresh books and with a database that knows the master data, so that no time is spent on reading it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from ml_connector_twins.stampli.outgoing import ApprovedInvoice
from tests.crash.auditor import Paper, audit_books
from tests.firm import CONNECTION, Firm, child_environment, running_twins, settle_in
from tests.papers import approved, on_rental_order, overhead

LANES = 4
_STRIKE_SECONDS_MAX = 30.0
KILLED = -9
# Acumatica refuses no second bill and holds none by itself: the product alone must see to it.
NO_HELP = {"duplicate_ref_error": False, "hold_on_entry": False}
CREATION = {"method": "PUT", "path": "/Bill", "body_match": "VendorRef"}
T = TypeVar("T")
C = TypeVar("C")

# A bill, a bill on an order line, a credit: every kind of document this issue makes.
INVOICES: tuple[ApprovedInvoice, ...] = (
    approved("INV-8841", overhead("1284.37")),
    approved("MR-5531", on_rental_order("6450.00"), vendor="V10004"),
    approved("CM-0417", overhead("-250.00"), vendor="V10003", kind="Credit Memo"),
)


def papers_of(invoices: Sequence[ApprovedInvoice]) -> list[Paper]:
    """What the auditor holds the books against."""
    kinds = {"Invoice": "Bill", "Credit Memo": "Debit Adj."}
    return [Paper(i.vendor_id, i.invoice_number, abs(Decimal(i.total)), kinds[i.kind]) for i in invoices]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: negative for the signal it died of, None where it is stopped."""

    exit_code: int | None
    output: str
    notes: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output; None where it holds anything else."""
        try:
            return json.loads(self.output)
        except json.JSONDecodeError:
            return None


class Nursery:
    """The other end of the program beside this module."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("nursery.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=child_environment(),
        )

    def start(self, **command: Any) -> int:
        """Start a child and leave it; ``wait`` comes later."""
        return int(self._ask(command | {"waits": False})["pid"])

    def wait(self, pid: int) -> Ended:
        """Until that child ended or was stopped."""
        answer = self._ask({"wait": pid})
        return Ended(answer["exit"], answer["output"], answer["notes"])

    def run(self, **command: Any) -> Ended:
        """Start a child and wait for it."""
        return self.wait(self.start(**command))

    def close(self) -> None:
        """No more commands; children that were stopped are killed."""
        self._process.communicate()

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@dataclass(frozen=True, slots=True)
class Lane:
    """One firm and its nursery."""

    firm: Firm
    nursery: Nursery
    template: Path

    def begin(self, invoices: Sequence[ApprovedInvoice] = INVOICES) -> None:
        """Fresh books, a database that knows the master data and nothing else, one file of invoices."""
        self.firm.twins.start_over(**NO_HELP)
        store = self.firm.settings.parent / "var"
        shutil.rmtree(store)
        shutil.copytree(self.template, store)
        self.firm.drop_invoices(*invoices)

    def trace(self) -> list[tuple[str, str]]:
        """The boundaries a pass of invoices crosses from here, whether it comes to its end or waits for a later one."""
        ended = self._pass(None, "SIGKILL")
        assert ended.exit_code in (0, 3), ended
        return [(step, side) for step, side in json.loads(ended.output)]

    def sync_until(self, at: int, signal: str = "SIGKILL") -> Ended:
        """A pass of invoices that gets a signal at that boundary."""
        return self._pass(at, signal)

    def start_until(self, at: int | None, signal: str = "SIGKILL") -> int:
        """The same, left running; its process number."""
        return self.nursery.start(**self._command(at, signal))

    def command(self, *words: str) -> Ended:
        """A command line; ``--config`` and ``--json`` are added."""
        return self.nursery.run(words=[*words, "--config", str(self.firm.settings), "--json"])

    def sync(self) -> Ended:
        """``sync NAME invoices``, as an operator types it."""
        return self.command("sync", CONNECTION, "invoices")

    def await_fault(self) -> None:
        """Until the planted fault has struck: the request is with Acumatica and no answer has come."""
        control = self.firm.twins.erp.control
        until = time.monotonic() + _STRIKE_SECONDS_MAX
        while not any(fault["hits"] for fault in control.call("GET", "faults")):
            assert time.monotonic() < until, "the fault never struck"
            time.sleep(0.02)

    def await_request(self, method: str, path: str) -> None:
        """Until Acumatica has answered such a request; ``path`` is how it ends."""
        until = time.monotonic() + _STRIKE_SECONDS_MAX
        while not any(
            (request["method"], request["status"] > 0) == (method, True) and request["path"].endswith(path)
            for request in self.firm.twins.erp.control.requests()
        ):
            assert time.monotonic() < until, "the request never came"
            time.sleep(0.02)

    def await_late_work(self) -> None:
        """Until the request that a planted fault held back has been worked on."""
        until = time.monotonic() + _STRIKE_SECONDS_MAX
        while not any(request["fault"] and request["status"] for request in self.firm.twins.erp.control.requests()):
            assert time.monotonic() < until, "the request was never worked on"
            time.sleep(0.05)

    def calm(self) -> None:
        """No planted fault strikes any more."""
        self.firm.twins.erp.control.call("DELETE", "faults")

    def audit(self, status: str, invoices: Sequence[ApprovedInvoice] = INVOICES) -> list[str]:
        """What the auditor, ``prove`` and the trail have to say against the books; nothing where all is well."""
        faults = audit_books(papers_of(invoices), self.bills(), self.entries(), status=status)
        proof = self.command("prove", CONNECTION)
        shown = [(row["residual"], row["booked_once"]) for row in proof.document or []]
        if (proof.exit_code, shown) != (0, [("0.00", len(invoices))]):
            faults.append(f"prove exits {proof.exit_code}: {proof.output}")
        trail = self.command("audit", "verify", CONNECTION)
        if trail.exit_code != 0 or not trail.document["ok"]:
            faults.append(f"audit verify exits {trail.exit_code}: {trail.output}")
        return faults

    def bills(self) -> list[dict[str, Any]]:
        """Every bill there is."""
        return self.firm.twins.erp.control.bills()

    def entries(self) -> list[dict[str, Any]]:
        """Every GL entry there is."""
        return self.firm.twins.erp.control.entries()

    def _pass(self, at: int | None, signal: str) -> Ended:
        return self.nursery.run(**self._command(at, signal))

    def _command(self, at: int | None, signal: str) -> dict[str, Any]:
        return {
            "config": str(self.firm.settings),
            "name": CONNECTION,
            "flow": "invoices",
            "at": at,
            "signal": signal,
        }


@contextmanager
def open_lane(folder: Path, *, finish: str) -> Iterator[Lane]:
    """A lane whose template knows the master data."""
    folder.mkdir()
    with ExitStack() as stack:
        twins = stack.enter_context(running_twins(folder))
        nursery = Nursery()
        stack.callback(nursery.close)
        lane = Lane(settle_in(twins, folder, policy={"finish": finish}), nursery, folder / "template")
        read = lane.command("sync", CONNECTION, "master-data")
        assert read.exit_code == 0, read.output
        shutil.copytree(folder / "var", lane.template)
        yield lane


@contextmanager
def open_lanes(folder: Path, *, finish: str, count: int = LANES) -> Iterator[list[Lane]]:
    """Several lanes that share nothing."""
    with ExitStack() as stack:
        yield [stack.enter_context(open_lane(folder / f"lane{n}", finish=finish)) for n in range(count)]


def live_through(lanes: Sequence[Lane], cases: Sequence[C], live: Callable[[Lane, C], list[str]]) -> dict[C, list[str]]:
    """Every case on some lane; only cases with faults come back."""
    free: SimpleQueue[Lane] = SimpleQueue()
    for lane in lanes:
        free.put(lane)

    def on_a_free_lane(case: C) -> list[str]:
        lane = free.get()
        try:
            return live(lane, case)
        finally:
            free.put(lane)

    with ThreadPoolExecutor(len(lanes)) as threads:
        found = zip(cases, threads.map(on_a_free_lane, cases), strict=True)
        return {case: faults for case, faults in found if faults}
