"""What is told of a bill that an approval map in Acumatica holds: we neither approve nor release it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ml_connector.domain.findings import finding_of
from ml_connector.domain.values.bill import Bill
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.problems import Finding

WAITS = "C02"


def note_approval(bill: Bill, others: Iterable[InvoiceRecord]) -> tuple[Finding, ...]:
    """The note that a bill is held for approval; it says so where the last bill of that kind that we finished was not:
    then the preference was changed, or the map asks from some amount on (scenario S34)."""
    finished = [
        other
        for other in others
        if other.posting.state is PostingState.DONE
        and other.posting.ref is not None
        and other.posting.ref.type == bill.key.type
        and other.posting.bill_status != "On Hold"
    ]
    last = max(finished, key=lambda other: (str(other.posting.updated_at), other.posting.id), default=None)
    message = f"{bill.key.type} {bill.key.number} was held for approval in Acumatica."
    if last is not None and all(finding.code != WAITS for finding in last.findings):
        message += f" {last.posting.ref}, the one before, was not: approvals were switched on there since."
    fix = "Approve or reject it in Acumatica; it goes on by itself."
    return (finding_of(WAITS, "status", severity="note", found=bill.status, message=message, fix=fix),)
