"""What the sweep asks of our own records: one more small protocol that the store fits. Declares only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.domain.values.sweeping import RestoreMark, SweepState


class SweepLedger(Protocol):
    """How far one connection was swept, and the bills seen in Acumatica: copies, no proof that they are there."""

    def load_sweep(self) -> SweepState: ...
    def save_sweep(
        self, state: SweepState, note: AuditNote | None, *, seen: Sequence[Bill] = (), gone: Sequence[BillKey] = ()
    ) -> None:
        """How far it came, the bills ``seen`` as they are now, without those ``gone``: all or nothing."""
        ...

    def load_restored(self) -> RestoreMark | None:
        """When our records were last put back from a backup, None for never."""
        ...

    def load_known(self, keys: Iterable[BillKey]) -> Mapping[BillKey, Bill]:
        """Those of these bills that were seen before, as they were then."""
        ...

    def load_foreign_bills(self, vendor: str | None = None) -> tuple[Bill, ...]:
        """The bills seen that no invoice of ours is booked as, of one vendor where it is named."""
        ...

    def load_strangers(self, after: datetime | None) -> tuple[Bill, ...]:
        """The bills first seen after that instant with a mark like ours that no invoice here has."""
        ...

    def load_with_marks(self, marks: Iterable[str]) -> tuple[InvoiceRecord, ...]:
        """The invoices of this connection that have one of these marks."""
        ...

    def load_booked(self, *, newest: int, others: int, after: int) -> tuple[tuple[InvoiceRecord, ...], int]:
        """Invoices that are done: the ``newest``, and ``others`` from the place ``after`` on; and the place to go on
        from, 0 for the beginning."""
        ...
