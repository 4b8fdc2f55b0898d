"""The same world behind the product's real Acumatica edge: its requests go, without sockets, to the twin's rooms, and
what strikes them is what a wire shows: a reset, a page, a refusal of the form, a 429.

Everything is done at once in simulated time; nothing waits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import httpx2

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.acumatica.ports import RequestLog
from ml_connector.clock import SimulatedClock
from ml_connector.errors import ConfigurationError, RejectedError, TransientError, UncertainError
from ml_connector_twins.acumatica.control.people import act
from ml_connector_twins.acumatica.control.wishes import Refusal
from ml_connector_twins.acumatica.firm import build_firm
from ml_connector_twins.acumatica.instance import Site, SiteOptions
from ml_connector_twins.acumatica.records.books import Books, Clock
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.switches import Switches, SwitchValue
from ml_connector_twins.acumatica.web.calls import Call
from ml_connector_twins.acumatica.web.room import Room
from tests.crash.machine.worlds.at_ports import MARK, Strike, take_strike
from tests.flows.in_memory.erp import Late
from tests.wire.acumatica.stub import SETTINGS, Drawer, failed, page, said

T = TypeVar("T")
HOST = "http://127.0.0.1:8081"
SWITCHES: Mapping[str, SwitchValue] = {
    "duplicate_ref_error": False,
    # A site that holds new bills by itself would hide whether we do.
    "hold_on_entry": False,
    "release_answer": "204",
    "api_users_max": 1000,
}


@dataclass(slots=True)
class ServerClock(Clock):
    """The server's clock, which shows the simulated time."""

    simulated: SimulatedClock | None = None

    def now(self) -> datetime:
        """The simulated instant."""
        assert self.simulated is not None
        return self.simulated.now() + self.offset


@dataclass
class EdgeWorld:
    """The twin's site and its weather; what ``World`` is to the ports, this is to the wire."""

    clock: SimulatedClock
    vendor: str = ""
    reference: str = ""
    strikes: list[Strike] = field(default_factory=list)
    visit: Callable[[Any], None] | None = None
    journal: list[tuple[str, str]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    unheld: set[str] = field(default_factory=set)
    deleted: dict[str, dict[str, str]] = field(default_factory=dict)
    cut_lists: int = 0
    refuse_duplicates: bool = False
    checks_duplicates_late: bool = True
    _late: list[Late] = field(default_factory=list)
    _frozen: tuple[str, float] | None = None

    def __post_init__(self) -> None:
        switches, server_clock = Switches(SWITCHES), ServerClock(simulated=self.clock)
        options = SiteOptions(firm="small")
        (tenant,) = options.tenants
        self._books: Books = build_firm("small", Books(tenant, switches, server_clock, options.business_on))
        self._site = Site(options, switches, server_clock, {tenant: self._books})
        self._room = Room(self._site)
        secrets = {"acumatica.password": options.password, "acumatica.client_secret": options.client_secret}
        self._drawer = Drawer(secrets=secrets, canary=None)

    @contextmanager
    def opened(self, log: RequestLog) -> Iterator[AcumaticaErp]:
        """The product's edge as a process opens it; a session of its own, over no socket."""
        options = self._site.options
        settings = replace(
            SETTINGS,
            url=HOST,
            client_id=options.client_id,
            username=options.username,
            requests_per_minute=100_000,
        )
        yield open_acumatica(
            settings,
            secrets=self._drawer,
            canary=self._drawer,
            log=log,
            ways=self._drawer,
            clock=self.clock,
            http=InProcess(self),
        )

    # What fails.

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """The server does this so much later."""
        self._late.append(Late(self.clock.now() + timedelta(seconds=seconds), work))

    def freeze_lists(self, seconds: float) -> None:
        """Lists go on showing what is there now."""
        shown = (self.clock.now() + timedelta(microseconds=1)).isoformat(timespec="microseconds")
        self._frozen = shown, self.clock.monotonic() + seconds

    def refuse_what_is_there(self) -> None:
        """The server's own check, made now."""
        if any((row.text("Vendor"), row.text("VendorRef")) == (self.vendor, self.reference) for row in self._bills()):
            raise RejectedError("a document with this reference exists")

    def settle(self) -> None:
        """Peace, and what is under way arrives."""
        self.strikes.clear()
        self.visit = None
        self._frozen = None
        late, self._late = self._late, []
        for each in late:
            each.work()

    # What people do.

    def types(self) -> None:
        """A person books the invoice by hand."""
        line = {"ExtendedCost": "10.00", "Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X"}
        bill = {"Type": "Bill", "Vendor": self.vendor, "VendorRef": self.reference, "Hold": True, "Details": [line]}
        self._act("type_bill", {"bill": bill, "finish": "release"})

    def edits(self) -> None:
        """A person changes the amount of our bill."""
        row = self._ours()[0]
        if row.text("Status") in ("On Hold", "Balanced"):
            cost = row.rows("Details")[0].amount("ExtendedCost") + Decimal("1.00")
            self._act("edit_bill", {**_key(row), "lines": {"1": {"ExtendedCost": str(cost)}}})
            self.touched.add(_name(row))

    def deletes(self) -> None:
        """A person deletes our bill while that can be done."""
        row = self._ours()[0]
        if row.text("Status") in ("On Hold", "Balanced"):
            self.deleted[_name(row)] = {**self._book(row), "Status": "Deleted", "Hand": "deleted"}
            self._act("delete_bill", _key(row))

    def unholds(self) -> None:
        """A person takes our only bill off hold."""
        ours = self._ours()
        if len(ours) == 1 and ours[0].text("Status") == "On Hold":
            self._act("unhold_bill", _key(ours[0]))
            self.unheld.add(_name(ours[0]))

    def releases(self) -> None:
        """A person takes our only bill off hold and releases it."""
        self.unholds()
        for row in self._ours():
            if _name(row) in self.unheld and row.text("Status") == "Balanced":
                self._act("release_bill", _key(row))

    def pays(self) -> None:
        """Nobody pays here: no scenario behind the edge has payments."""

    def approves(self) -> None:
        """The approver signs what waits for him."""
        for row in self._ours():
            if row.text("Status") == "Pending Approval":
                self._act("approve_bill", _key(row))

    def books(self) -> list[dict[str, str]]:
        """The ledger as the auditor is given it."""
        return [*(self._book(row) for row in self._bills()), *self.deleted.values()]

    # The wire.

    def serve(self, request: httpx2.Request) -> httpx2.Response:
        """One request: what the weather makes of it."""
        self._commit_due()
        call = self._call_of(request)
        kind = kind_of(call)
        if self.visit is not None and self._ours():
            visit, self.visit = self.visit, None
            visit(self)
        self.journal.append((kind, call.path))

        def work() -> httpx2.Response:
            answer = _driven(self._room.answer(call, HOST, ""))
            return httpx2.Response(answer.status, headers=list(answer.headers), content=answer.body)

        strike = take_strike(self.strikes, kind)
        if strike is None:
            return work()
        try:
            answer: httpx2.Response = strike.answer(self, work)
        except UncertainError as error:
            if error.code == "acumatica.unclear":
                return page(200)
            raise httpx2.ReadError("connection reset") from None
        except RejectedError as error:
            return failed(f"Error: {error.message}")
        except TransientError as error:
            return said(429, "Too many requests.", {"retry-after": f"{error.retry_after_seconds or 1:.0f}"})
        except ConfigurationError:
            return failed("You are not currently logged in.", status=401)
        return answer

    def _call_of(self, request: httpx2.Request) -> Call:
        path, _, query = request.url.raw_path.decode().partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        if self._frozen is not None and self.clock.monotonic() < self._frozen[1] and request.method == "GET":
            headers["x-twin-stale-before"] = self._frozen[0]
        return Call(request.method, httpx2.URL(f"{HOST}{path}").path, query, headers, request.read())

    def _commit_due(self) -> None:
        due = [late for late in self._late if late.due_at <= self.clock.now()]
        self._late = [late for late in self._late if late not in due]
        for late in due:
            late.work()

    def _act(self, name: str, content: dict[str, Any]) -> None:
        try:
            act(self._books, name, content)
        except Refusal as refusal:
            raise AssertionError(f"a person could not {name}: {refusal}") from refusal

    def _bills(self) -> list[Row]:
        return list(self._books.bills())

    def _ours(self) -> list[Row]:
        return [row for row in self._bills() if row.text("Description").startswith(MARK)]

    def _book(self, row: Row) -> dict[str, str]:
        name = _name(row)
        hands = [(self.touched, "changed"), (self.unheld, "took off hold")]
        texts = {each: row.text(each) for each in ("Type", "ReferenceNbr", "Vendor", "VendorRef", "Status")}
        hand = " ".join(word for names, word in hands if name in names)
        return {**texts, "Amount": str(row.amount("Amount")), "Description": row.text("Description"), "Hand": hand}


class InProcess(httpx2.BaseTransport):
    """The HTTP library's transport that ends in the world instead of a socket."""

    def __init__(self, world: EdgeWorld) -> None:
        self._world = world

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._world.serve(request)


def kind_of(call: Call) -> str:
    """What a request is about, in the words of the ports."""
    if call.method == "PUT" and "/files/" in call.path:
        return "attach"
    if call.method == "POST" and call.path.endswith("/ReleaseBill"):
        return "release"
    if call.method == "PUT" and call.path.endswith("/Bill"):
        body = json.loads(call.body)
        if "TaxDetails" in body:
            return "taxes"
        if "ReferenceNbr" not in body:
            return "create"
        return "change" if "Details" in body else "describe" if "Description" in body else "off hold"
    return "read"


def _driven(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("the twin waits for something")


def _key(row: Row) -> dict[str, Any]:
    return {"type": row.text("Type"), "number": row.text("ReferenceNbr")}


def _name(row: Row) -> str:
    return f"{row.text('Type')} {row.text('ReferenceNbr')}"
