"""What Stampli is told of an approved invoice: the results feed (operator contract, section 3). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ml_connector.domain.coding_lists import vendor_coding
from ml_connector.domain.values.arrivals import UnreadInvoice
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.master_data import Vendor
from ml_connector.domain.values.posting import Finish, InvoiceState, invoice_state
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.problems import Finding

Result = Literal["POSTED", "HELD", "REJECTED", "DUPLICATE", "IGNORED"]
_RESULTS: Mapping[InvoiceState, Result] = {
    "posted": "POSTED",
    "paid": "POSTED",
    "handled_by_hand": "POSTED",
    "on_hold": "HELD",
    "pending_approval": "HELD",
    "rejected": "REJECTED",
    "voided_in_acumatica": "REJECTED",
    "duplicate": "DUPLICATE",
    "ignored": "IGNORED",
}
_SEVERITIES = ("stop", "review")
_PAYMENTS_ON_HOLD = "V05"
_UNREADABLE = "This invoice could not be read."


@dataclass(frozen=True, slots=True)
class InvoiceResult:
    """One row of the results feed; ``at`` is when the invoice came to stand as it does, ``payment_blocked`` says that
    its bill cannot be paid now although it is booked."""

    external_id: str | None
    vendor_id: str | None
    invoice_number: str | None
    result: Result
    bill: BillKey | None
    bill_status: str | None
    code: str | None
    message: str | None
    at: datetime
    payment_blocked: bool = False


def judge_result(record: InvoiceRecord, finish: Finish, vendor: Vendor | None) -> InvoiceResult | None:
    """What to tell of one invoice, None while nothing is decided. An invoice that needs attention is HELD where its
    bill is there, else REJECTED; ``vendor`` is its vendor as last read, None where it is not known."""
    posting = record.posting
    state = invoice_state(posting, finish, paid=record.paid)
    attention: Result = "REJECTED" if posting.ref is None else "HELD"
    result = attention if state == "needs_attention" else _RESULTS.get(state)
    if result is None:
        return None
    blocked = result in ("POSTED", "HELD") and vendor is not None and vendor_coding(vendor).payments_on_hold
    code, message = _reason(record, blocked=blocked)
    return InvoiceResult(
        external_id=record.invoice.external_id,
        vendor_id=record.invoice.vendor_id,
        invoice_number=record.invoice.invoice_number,
        result=result,
        bill=posting.ref,
        bill_status=posting.bill_status,
        code=code,
        message=message,
        at=posting.updated_at or record.received_at,
        payment_blocked=blocked,
    )


def unread_result(unread: UnreadInvoice, at: datetime) -> InvoiceResult:
    """What to tell of an invoice whose rows cannot be read; ``at`` is when its file came."""
    problem = unread.problems[0] if unread.problems else None
    return InvoiceResult(
        external_id=unread.external_id,
        vendor_id=unread.vendor_id,
        invoice_number=unread.invoice_number,
        result="REJECTED",
        bill=None,
        bill_status=None,
        code=problem.code if problem else None,
        message=problem.message if problem else _UNREADABLE,
        at=at,
    )


def reason_in_words(record: InvoiceRecord) -> str:
    """All that keeps an invoice from being booked and how it is mended, for the person who mends its rows."""
    told = [each for severity in _SEVERITIES for each in record.findings if each.severity == severity]
    if not told:
        return _reason(record, blocked=False)[1] or "refused"
    return " ".join(f"{each.code}: {_sentence(each.message)} {_sentence(each.fix)}".strip() for each in told)


def _sentence(text: str) -> str:
    return f"{text}." if text and text[-1] not in ".!?" else text


def _reason(record: InvoiceRecord, *, blocked: bool) -> tuple[str | None, str | None]:
    """Code and words of what matters most: what stops it, why it cannot be paid, why it was closed."""
    finding = _first(record.findings, _SEVERITIES)
    if finding is not None:
        return finding.code, finding.message
    if blocked:
        return _PAYMENTS_ON_HOLD, "Payments to this vendor are on hold in Acumatica."
    reason = record.posting.reason
    return None, reason.replace("_", " ") if reason else None


def _first(findings: tuple[Finding, ...], severities: tuple[str, ...]) -> Finding | None:
    found = [finding for severity in severities for finding in findings if finding.severity == severity]
    return found[0] if found else None
