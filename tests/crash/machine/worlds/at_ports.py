"""The outside world of a schedule: an Acumatica without idempotency keys whose network loses, delays and doubles
requests, whose lists lag, and in which people type, edit, delete and unhold bills.

Its books are the truth the auditor is given. The product sees what the port shows, nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from ml_connector.acumatica.ports import RequestLog
from ml_connector.domain.values.bill import Bill, BillKey, BillPlan, BillQuery, BillsFound
from ml_connector.domain.values.payment import Check, CheckApplication
from ml_connector.errors import ConnectorError, RejectedError
from ml_connector.flows.ports import Erp
from tests.flows.in_memory.erp import InMemoryErp, Late

T = TypeVar("T")
# The calls that change something in Acumatica; every other one is a read.
WRITES = frozenset({"create", "taxes", "change", "off hold", "describe", "release", "attach"})
PAYABLE = ("Balanced", "Open", "Closed")
MARK = "SX"


@dataclass(slots=True)
class Strike:
    """What becomes of the next ``times`` calls that ``hits``: given the work the server would do, the answer."""

    hits: Callable[[str], bool]
    answer: Callable[[Any, Callable[[], Any]], Any]
    times: int = 1


def take_strike(strikes: Sequence[Strike], kind: str) -> Strike | None:
    """The strike that this call meets, used up by it."""
    strike = next((each for each in strikes if each.times and each.hits(kind)), None)
    if strike is not None:
        strike.times -= 1
    return strike


@dataclass
class World(InMemoryErp):
    """Fits ``flows.ports.Erp``. ``touched`` are bills a person changed or removed, ``unheld`` those a person made
    payable; ``vendor`` and ``reference`` name the invoice a person would type by hand."""

    vendor: str = ""
    reference: str = ""
    strikes: list[Strike] = field(default_factory=list)
    visit: Callable[[World], None] | None = None
    touched: set[BillKey] = field(default_factory=set)
    unheld: set[BillKey] = field(default_factory=set)
    deleted: dict[BillKey, Bill] = field(default_factory=dict)
    paid: set[BillKey] = field(default_factory=set)
    cut_lists: int = 0
    checks_duplicates_late: bool = True
    _frozen: dict[BillKey, Bill] | None = None
    _frozen_for: float = 0.0

    # What fails.

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """The server does this so much later, whatever comes of it."""

        def done() -> None:
            with suppress(ConnectorError):
                work()

        self._late.append(Late(self.clock.now() + timedelta(seconds=seconds), done))

    def freeze_lists(self, seconds: float) -> None:
        """Lists go on showing what is there now."""
        self._frozen, self._frozen_for = dict(self.bills), self.clock.monotonic() + seconds

    def settle(self) -> None:
        """Peace: nothing that was planned happens any more, and what is still under way arrives now."""
        self.strikes.clear()
        self.visit = None
        self.cut_lists = 0
        self._frozen = None
        late, self._late = self._late, []
        for each in late:
            each.work()

    @contextmanager
    def opened(self, log: RequestLog) -> Iterator[Erp]:
        """The port as a process opens it; nobody logs in here."""
        yield self

    # What people do.

    def ours(self) -> list[BillKey]:
        """The live bills that carry a mark of ours, in the order they were made."""
        return [key for key, bill in self.bills.items() if bill.description.startswith(MARK)]

    def types(self) -> None:
        """A person books the invoice by hand."""
        self.type_bill(self.vendor, self.reference)

    def edits(self) -> None:
        """A person changes the amount of our bill."""
        key = self.ours()[0]
        self.change(key, amount=self.bills[key].amount + Decimal("1.00"))
        self.touched.add(key)

    def deletes(self) -> None:
        """A person deletes our bill, or voids it where it is released."""
        key = self.ours()[0]
        if self.bills[key].status in ("On Hold", "Balanced"):
            self.deleted[key] = replace(self.bills[key], status="Deleted")
            self.delete(key)
        else:
            self.change(key, status="Voided")
        self.touched.add(key)

    def unholds(self) -> None:
        """A person takes our only bill off hold."""
        ours = self.ours()
        if len(ours) == 1 and self.bills[ours[0]].status == "On Hold":
            self.change(ours[0], status="Balanced")
            self.unheld.add(ours[0])

    def releases(self) -> None:
        """A person takes our only bill off hold and releases it."""
        self.unholds()
        for key in self.unheld:
            self.change(key, status="Open")

    def pays(self) -> None:
        """A person pays our open bills, each by a payment of its own."""
        for key in self.ours():
            bill = self.bills[key]
            if bill.status == "Open" and key not in self.touched | self.unheld:
                applied = CheckApplication(key, bill.amount, Decimal(0), bill.vendor_ref, released=True)
                check = Check(
                    "Payment",
                    f"P{key.number}",
                    "Closed",
                    bill.vendor,
                    bill.amount,
                    "USD",
                    (applied,),
                    self.clock.now().date(),
                    modified_at=self.clock.now(),
                )
                self.checks[(check.type, check.number)] = check
                self.change(key, status="Closed")
                self.paid.add(key)

    def approves(self) -> None:
        """The approver signs what waits for him."""
        for key, bill in list(self.bills.items()):
            if bill.status == "Pending Approval":
                self.change(key, status="Balanced")

    # What the server does.

    def look_bills(self, queries: Sequence[BillQuery], witness: BillKey | None, *, lines: bool = False) -> BillsFound:
        """As the port says, of the bills that lists show now."""
        found = super().look_bills(queries, witness, lines=lines)
        if self._frozen is not None and self.clock.monotonic() < self._frozen_for:
            known = self._frozen
            bills = tuple(bill for bill in found.bills if bill.key in known)
            found = BillsFound(bills, witness is None or witness in known)
        if self.cut_lists:
            self.cut_lists -= 1
            kept = found.bills[: len(found.bills) // 2]
            found = BillsFound(kept, witness is None or witness in {bill.key for bill in kept})
        return found

    def books(self) -> list[dict[str, str]]:
        """The ledger as the auditor is given it: every bill there is or was; ``Hand`` is what a person did to it."""
        hands = [(self.touched, "changed"), (self.unheld, "took off hold"), (self.paid, "paid")]
        return [
            {
                "Type": key.type,
                "ReferenceNbr": key.number,
                "Vendor": bill.vendor,
                "VendorRef": bill.vendor_ref,
                "Status": bill.status,
                "Amount": str(bill.amount),
                "Description": bill.description,
                "Hand": " ".join(word for keys, word in hands if key in keys),
            }
            for key, bill in (*self.bills.items(), *self.deleted.items())
        ]

    def _call(self, kind: str, about: str, work: Callable[[], T]) -> T:
        self._commit_due()
        if self.visit is not None and self.ours():
            visit, self.visit = self.visit, None
            visit(self)
        strike = take_strike(self.strikes, kind)
        if strike is not None:
            self.journal.append((kind, about))
            answer: T = strike.answer(self, work)
            return answer
        return super()._call(kind, about, work)

    def _create(self, plan: BillPlan) -> Bill:
        kept = self.refuse_duplicates, self.tax
        self.refuse_duplicates = self.refuse_duplicates and self.checks_duplicates_late
        # What states no tax has none.
        self.tax = None if plan.stated_tax is None else self.tax
        try:
            return super()._create(plan)
        finally:
            self.refuse_duplicates, self.tax = kept

    def refuse_what_is_there(self) -> None:
        """The server's own check, made now."""
        if any((bill.vendor, bill.vendor_ref) == (self.vendor, self.reference) for bill in self.bills.values()):
            raise RejectedError("a document with this reference exists")
