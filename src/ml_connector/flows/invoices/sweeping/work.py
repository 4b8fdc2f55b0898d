"""What one sweep has in hand: the bills it read and the invoices it moved. No order of steps is decided here.

Each move is a compare-and-set with its audit entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.codes.renames import Renames
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.posting import Posting
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.domain.values.sweeping import SweepState
from ml_connector.errors import ConnectorError
from ml_connector.flows.context import FlowContext
from ml_connector.problems import Finding


@dataclass(slots=True)
class SweepWork:
    """One sweep while it runs; ``news`` are the bills that changed in a way that counts, by key."""

    context: FlowContext
    state: SweepState
    now: datetime
    restored: bool
    renames: Renames = ()
    changed: tuple[Bill, ...] = ()
    news: dict[BillKey, Bill] = field(default_factory=dict)
    gone: list[BillKey] = field(default_factory=list)
    doubles: list[InvoiceRecord] = field(default_factory=list)
    missing: list[InvoiceRecord] = field(default_factory=list)
    back: list[InvoiceRecord] = field(default_factory=list)
    linked: list[InvoiceRecord] = field(default_factory=list)
    marked: list[Bill] = field(default_factory=list)
    strangers: tuple[Bill, ...] = ()
    errors: list[ConnectorError] = field(default_factory=list)

    def move(self, record: InvoiceRecord, after: Posting, note: str, findings: Sequence[Finding]) -> InvoiceRecord:
        """Save an invoice's new state; its notes stay, the findings join them. One that stands so already is left."""
        kept = [finding for finding in record.findings if finding.severity == "note"]
        joined = (*kept, *(finding for finding in findings if finding not in kept))
        if (after, joined) == (record.posting, record.findings):
            return record
        audit = AuditNote(
            event=f"posting.{after.state.value}",
            subject=after.id,
            note=note,
            data={"from": record.posting.state.value, "reason": after.reason, "bill": str(after.ref or "") or None},
        )
        ledger = self.context.invoices
        saved = self.context.steps.step("sweep", lambda: ledger.save_posting(record.posting, after, audit, joined))
        return replace(record, posting=saved, findings=joined)
