"""How far a connection was swept, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.keys import mark_in
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.domain.values.sweeping import RestoreMark, SweepState
from tests.flows.in_memory.records import InMemoryInvoices


@dataclass
class InMemorySweeps:
    """Fits ``flows.sweep_ledger.SweepLedger``."""

    invoices: InMemoryInvoices
    clock: Clock
    state: SweepState = field(default_factory=SweepState)
    restored: RestoreMark | None = None
    bills: dict[BillKey, tuple[datetime, Bill]] = field(default_factory=dict)

    def load_sweep(self) -> SweepState:
        return self.state

    def save_sweep(
        self, state: SweepState, note: AuditNote | None, *, seen: Sequence[Bill] = (), gone: Sequence[BillKey] = ()
    ) -> None:
        self.state = state
        now = self.clock.now()
        self.bills |= {bill.key: (self.bills.get(bill.key, (now, bill))[0], bill) for bill in seen}
        self.bills = {key: each for key, each in self.bills.items() if key not in gone}
        self.invoices.notes.extend([note] if note else [])

    def load_restored(self) -> RestoreMark | None:
        return self.restored

    def load_known(self, keys: Iterable[BillKey]) -> Mapping[BillKey, Bill]:
        return {key: self.bills[key][1] for key in keys if key in self.bills}

    def load_foreign_bills(self, vendor: str | None = None) -> tuple[Bill, ...]:
        found = [bill for _, bill in self.bills.values() if not self._is_ours(bill)]
        return tuple(bill for bill in found if vendor in (None, bill.vendor))

    def load_strangers(self, after: datetime | None) -> tuple[Bill, ...]:
        return tuple(
            bill
            for at, bill in self.bills.values()
            if mark_in(bill.description) and not self._is_ours(bill) and (after is None or at > after)
        )

    def load_with_marks(self, marks: Iterable[str]) -> tuple[InvoiceRecord, ...]:
        wanted = set(marks)
        return tuple(row for row in self.invoices.load_in() if row.posting.marker in wanted)

    def load_booked(self, *, newest: int, others: int, after: int) -> tuple[tuple[InvoiceRecord, ...], int]:
        done = self.invoices.load_in((PostingState.DONE,))
        some = done[after : after + others]
        found = {row.posting.id: row for row in (*done[-newest:], *some)}
        return tuple(found.values()), after + others if len(some) == others else 0

    def _is_ours(self, bill: Bill) -> bool:
        return mark_in(bill.description) in {row.posting.marker for row in self.invoices.load_in()}
