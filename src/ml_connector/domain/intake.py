"""What to do with an approved invoice that arrives: take it, keep it waiting, replace an earlier version, or tell a
person (posting protocol, 3, 4.1 and 8). Pure; nothing is stored here and nothing is ever created twice for one key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from ml_connector.domain.documents import render_invoice
from ml_connector.domain.documents.canonical import render_canonical
from ml_connector.domain.findings import finding_of, line_field
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.posting import BEFORE_INTENT, Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.problems import Finding

# Words of Stampli for a withdrawn invoice (stampli_files.md 1.3), and their plain neighbours.
_VOID_STATUSES = frozenset(
    {"canceled invoice", "cancelled invoice", "canceled", "cancelled", "voided invoice", "voided", "void"}
)
# What a correction is compared by: everything that is, or could have been, booked.
_UNCOMPARED = frozenset({"lines", "taxes", "attachments", "custom", "status", "link", "vendor_name"})
_UNCOMPARED_APPROVAL = frozenset({"approved_by", "approved_at"})
_CORRECTABLE = frozenset(
    {PostingState.CORRECTING, PostingState.VERIFIED, PostingState.OFF_HOLD, PostingState.RELEASED, PostingState.DONE}
)
_REOPENED = frozenset({"voided", "before_cut_over"})


@dataclass(frozen=True, slots=True)
class TakeNew:
    """A document key not seen before: a new row in ``state`` (WAITING, RECEIVED or CLOSED with its reason)."""

    state: PostingState
    reason: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Known:
    """Nothing new: the same content, or nothing that changes what was decided."""

    note: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Nothing was sent for this key yet: the new version takes the old one's place, both are kept. The row goes to
    ``state`` (WAITING, RECEIVED or CLOSED with its reason)."""

    state: PostingState
    reason: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Correction:
    """Other content after a bill was asked for: never a second create. A person reads the findings; the row's document
    stays what was booked."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Voided in Stampli after a bill was asked for: a person decides, nothing is deleted by us."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NotFinal:
    """A version that is not final, after a bill was asked for: recorded in the story, changes nothing."""

    note: str


Verdict = TakeNew | Known | Replace | Correction | Withdrawn | NotFinal


def judge_arrival(
    invoice: ApprovedInvoice,
    existing: InvoiceRecord | None,
    content_hash: str,
    *,
    final_statuses: Collection[str],
    cut_over: date | None,
) -> Verdict:
    """What becomes of an arriving document, given the row its key already has (None: none yet)."""
    state, reason, note = _judge_alone(invoice, final_statuses, cut_over)
    if existing is None:
        return TakeNew(state, reason, note)
    same = existing.content_hash == content_hash
    if may_be_replaced(existing.posting):
        if same and _standing(existing.posting) == (state, reason):
            return Known("the same content as before")
        return Replace(state, reason, note)
    if state is PostingState.CLOSED and reason == "voided":
        return _judge_late_void(existing)
    if same:
        return Known("the same content as before")
    if state is PostingState.WAITING:
        return NotFinal(f"a version came that is not final ({invoice.status}); the bill stays as it is")
    findings = compare_versions(existing, invoice)
    return Correction(findings) if findings else Known("nothing changed that is booked")


def nothing_sent(posting: Posting) -> bool:
    """Is it certain that no request to create a bill was ever sent for this posting?"""
    if posting.attempts or posting.ref is not None or posting.sent_at is not None:
        return posting.state in BEFORE_INTENT and posting.ref is None
    return posting.state in BEFORE_INTENT or posting.state is PostingState.PERSON


def compare_versions(existing: InvoiceRecord, invoice: ApprovedInvoice) -> tuple[Finding, ...]:
    """One finding (C04) for each field that differs between the version on record and a later one."""
    before, after = _flat(existing.invoice), _flat(invoice)
    names = [*before, *(name for name in after if name not in before)]
    stays = _what_stays(existing.posting)
    return tuple(
        finding_of(
            "C04",
            name,
            expected=before.get(name),
            found=after.get(name),
            message=f"{_words(name)} was {before.get(name) or 'empty'} and is now {after.get(name) or 'empty'} in "
            f"Stampli; {stays}.",
            severity="note" if existing.posting.state is PostingState.CLOSED else None,
        )
        for name in names
        if before.get(name) != after.get(name)
    )


def _judge_alone(
    invoice: ApprovedInvoice, final_statuses: Collection[str], cut_over: date | None
) -> tuple[PostingState, str | None, str]:
    """Where a document goes that has no history."""
    status = (invoice.status or "").strip().casefold()
    final = not status or status in {word.strip().casefold() for word in final_statuses}
    if not final and status in _VOID_STATUSES:
        return PostingState.CLOSED, "voided", "canceled in Stampli before anything was booked"
    if cut_over is not None and invoice.invoice_date < cut_over:
        note = f"dated {invoice.invoice_date}, before the cut-over of {cut_over}; never posted"
        return PostingState.CLOSED, "before_cut_over", note
    if not final:
        return PostingState.WAITING, None, f"'{invoice.status}' is not a final status; waiting for a final version"
    return PostingState.RECEIVED, None, "received"


def may_be_replaced(posting: Posting) -> bool:
    """May a newer version of the document take this row over: nothing was sent, and no person closed it for good?"""
    if posting.state is PostingState.CLOSED:
        return posting.reason in _REOPENED
    return nothing_sent(posting)


def may_be_corrected(posting: Posting) -> bool:
    """Is a bill on record, and nothing of ours unsettled, so that a later version may be held against it?"""
    if posting.ref is None or posting.plan is None or posting.plan_before is not None:
        return False
    asked = posting.state is PostingState.PERSON and posting.reason == "correction"
    return asked or posting.state in _CORRECTABLE


def _standing(posting: Posting) -> tuple[PostingState, str | None]:
    """Where the row's own document stood when it was taken in."""
    if posting.state is PostingState.CLOSED:
        return PostingState.CLOSED, posting.reason
    if posting.state is PostingState.WAITING:
        return PostingState.WAITING, None
    return PostingState.RECEIVED, None


def _judge_late_void(existing: InvoiceRecord) -> Known | Withdrawn:
    posting = existing.posting
    if posting.state is PostingState.CLOSED or posting.reason == "voided":
        return Known("canceled in Stampli, as known before")
    bill = f" its bill {posting.ref} stays in Acumatica" if posting.ref else " a bill may exist in Acumatica"
    finding = finding_of(
        "R18",
        "status",
        expected=existing.invoice.status,
        found="canceled",
        message=f"The invoice was canceled in Stampli after it was sent for booking;{bill}.",
    )
    return Withdrawn((finding,))


def _what_stays(posting: Posting) -> str:
    if posting.state is PostingState.CLOSED:
        return "it stays refused" if posting.reason == "refused" else "it stays a duplicate"
    return f"bill {posting.ref} stays as it is" if posting.ref else "what was sent for booking stays as it is"


def _flat(invoice: ApprovedInvoice) -> dict[str, str]:
    """Every compared field of an invoice as text, those of its lines and taxes under their place."""
    document = render_invoice(invoice)
    skipped = _UNCOMPARED | _UNCOMPARED_APPROVAL
    flat = {name: str(value) for name, value in document.items() if name not in skipped and value is not None}
    for position, row in enumerate(_rows(document["lines"]), start=1):
        for name, value in row.items():
            if name not in {"custom", "line_number"} and value is not None:
                flat[line_field(position, name)] = str(value)
    for position, row in enumerate(_rows(document["taxes"]), start=1):
        flat[f"taxes[{position}].amount"] = str(row.get("amount"))
    return flat


def _rows(value: object) -> list[Mapping[str, object]]:
    """The rows in an order of their own, so that a file that has them in another order shows no difference."""
    rows = value if isinstance(value, list) else []
    if all(row.get("line_number") for row in rows):
        return sorted(rows, key=lambda row: (len(str(row["line_number"])), str(row["line_number"])))
    return sorted(rows, key=render_canonical)


def _words(field: str) -> str:
    if field.startswith("lines["):
        place, _, name = field.removeprefix("lines[").partition("].")
        return f"Line {place} {name.replace('_', ' ')}"
    if field.startswith("taxes["):
        return f"Tax {field.removeprefix('taxes[').partition(']')[0]}"
    return field.replace("_", " ").capitalize()
