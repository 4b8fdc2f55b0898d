"""One connection of the flows in memory: its ports, its terms, a clock that moves when told, and ways to break it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ml_connector.clock import SimulatedClock
from ml_connector.domain.keys import content_hash, document_key, marker
from ml_connector.domain.rules.facts import RulePolicy
from ml_connector.domain.values.bill import Bill
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import FileRecord, InvoiceRecord, RecordSource
from ml_connector.engine.face import Boundary, Side
from ml_connector.engine.inline import InlineSteps, Patience
from ml_connector.flows.context import FlowContext, Silence, Terms
from ml_connector.flows.invoices.post_invoices import Posted, post_invoices
from tests.builders import TODAY, a_snapshot, an_invoice
from tests.flows.in_memory.erp import InMemoryErp
from tests.flows.in_memory.exchange import InMemoryExchange
from tests.flows.in_memory.records import InMemoryFiles, InMemoryInvoices, InMemoryMasterData, InMemoryPayments
from tests.flows.in_memory.sweeps import InMemorySweeps

START = datetime(2026, 10, 14, 13, tzinfo=UTC)
QUARANTINE, CRASH_QUARANTINE = 1200.0, 60.0
FILE = FileRecord("f00000000", "harbor", "approved_invoices", "typed.csv", 1, START, START, "taken", sha256="ab" * 32)


class Crash(BaseException):
    """The process ends here: nothing of ours may catch it."""


@dataclass(slots=True)
class CrashAt:
    """A boundary at which the process ends: the ``nth`` crossing of a step and side, counted from 1."""

    step: str
    side: Side = "before"
    nth: int = 1
    crossed: int = 0

    def cross(self, step: str, side: Side) -> None:
        """Count; end the process when it is time."""
        if (step, side) == (self.step, self.side):
            self.crossed += 1
            if self.crossed == self.nth:
                raise Crash


def some_terms(**changes: Any) -> Terms:
    """A customer who wants everything released."""
    values: dict[str, Any] = {
        "connection": "harbor",
        "instance": "https://erp.example.com/erp",
        "tenant": "HRB",
        "company": "HRB01",
        "time_zone": "America/New_York",
        "final_statuses": ("Authorized for Payment", "Paid Invoice"),
        "cut_over": None,
        "finish": "release",
        "quarantine_seconds": QUARANTINE,
        "crash_quarantine_seconds": CRASH_QUARANTINE,
        "shrink_limit_percent": Decimal(20),
        "freeze_until": None,
        "blackout": (),
        "payment_days": 3,
        "rules": RulePolicy(today=TODAY, branch="MAIN"),
    }
    return Terms(**{**values, **changes})


@dataclass
class House:
    """All ports of one connection."""

    terms: Terms = field(default_factory=some_terms)
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START))
    foreground: bool = True

    def __post_init__(self) -> None:
        self.erp = InMemoryErp(self.clock, a_snapshot())
        self.exchange = InMemoryExchange(self.clock)
        self.files = InMemoryFiles()
        self.invoices = InMemoryInvoices(self.files, self.clock)
        self.sweeps = InMemorySweeps(self.invoices, self.clock)
        self.payments = InMemoryPayments(self.files)
        self.master_data = InMemoryMasterData(self.files, replace(a_snapshot(), read_at=self.clock.now()))

    def context(self, boundary: Boundary | None = None, *, holder: str = "process-1") -> FlowContext:
        """A process of ours starts."""
        return FlowContext(
            terms=self.terms,
            steps=InlineSteps(self.clock, boundary, Patience(tries=1)),
            clock=self.clock,
            erp=self.erp,
            exchange=self.exchange,
            files=self.files,
            invoices=self.invoices,
            payments=self.payments,
            master_data=self.master_data,
            sweeps=self.sweeps,
            holder=holder,
            progress=Silence(),
            foreground=self.foreground,
        )

    def post(self, boundary: Boundary | None = None) -> Posted:
        """A posting pass."""
        return post_invoices(self.context(boundary))

    def crash(self, boundary: Boundary, run: Callable[[FlowContext], object] = post_invoices) -> None:
        """A pass that ends at the boundary, as a killed process does."""
        try:
            run(self.context(boundary))
        except Crash:
            return
        raise AssertionError("the boundary was never crossed")

    def ready(self, invoice: ApprovedInvoice | None = None, **members: Any) -> str:
        """An approved invoice that was checked and may be posted; its id."""
        invoice = invoice or an_invoice(**members)
        key = document_key(
            instance=self.terms.instance, tenant=self.terms.tenant, company=self.terms.company, invoice=invoice
        )
        posting = Posting(self.files.next_id("i"), "harbor", key, marker(key), PostingState.READY, 0)
        source = RecordSource(FILE.id, FILE.name, FILE.sha256 or "", 1, (2,))
        record = InvoiceRecord(posting, invoice, content_hash(invoice), source, self.clock.now(), validated_at=START)
        self.files.contents[FILE.sha256 or ""] = b"typed"
        self.invoices.save_taken(FILE, [record], [])
        return posting.id

    def posting(self, invoice_id: str) -> Posting:
        """Where the row stands."""
        return self.invoices.rows[invoice_id].posting

    def standing(self, invoice_id: str) -> tuple[PostingState, str | None]:
        """State and reason."""
        posting = self.posting(invoice_id)
        return posting.state, posting.reason

    def codes(self, invoice_id: str) -> list[str]:
        """The codes of what was found about it."""
        return [finding.code for finding in self.invoices.rows[invoice_id].findings]

    def bills(self, invoice_id: str) -> list[Bill]:
        """The truth: the bills that carry its mark, voided ones left out."""
        return self.erp.with_mark(self.posting(invoice_id).marker)

    def statuses(self, invoice_id: str) -> list[str]:
        """Their statuses."""
        return [bill.status for bill in self.bills(invoice_id)]


def a_house(**changes: Any) -> House:
    """A house; terms by name."""
    return House(some_terms(**changes))
