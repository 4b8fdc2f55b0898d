"""What a replay says of an invoice that is booked, and where one that is not goes on (posting protocol, 8). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from ml_connector.domain.intake import nothing_sent
from ml_connector.domain.protocol.comparison import UNRELEASED_STATUSES, Mismatch, compare_bill
from ml_connector.domain.protocol.people.acceptance import resume_state
from ml_connector.domain.values.bill import Bill, BillPlan
from ml_connector.domain.values.posting import HOLD_IGNORED, OPEN_STATES, Posting, PostingState
from ml_connector.domain.values.records import FileRecord, InvoiceRecord
from ml_connector.errors import ConnectorError
from ml_connector.problems import Finding

ReplayResult = Literal["same", "changed", "missing", "twice", "run_again", "closed", "waiting", "newer"]
PaymentReplayResult = Literal["same", "taken", "newer"]
_BOOKED = frozenset({PostingState.DONE, PostingState.LINKED})
_VOIDED = "Voided"


@dataclass(frozen=True, slots=True)
class BookedVerdict:
    """What became of a booked invoice's bill, and every field that is not as it was sent."""

    result: ReplayResult
    mismatches: tuple[Mismatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """One invoice after its replay: what it came to, the fields of its bill that are not as sent, what its document
    says otherwise when it is read again, and whether it was still ``read`` in its file."""

    record: InvoiceRecord
    result: ReplayResult
    bill: tuple[Mismatch, ...] = ()
    document: tuple[Finding, ...] = ()
    read: bool = True


@dataclass(frozen=True, slots=True)
class Replay:
    """A file after its replay. ``layout`` is the one that reads it now."""

    file: FileRecord
    layout: str
    invoices: tuple[Replayed, ...]
    errors: tuple[ConnectorError, ...] = ()
    waiting: bool = False
    paused: str | None = None


@dataclass(frozen=True, slots=True)
class ReplayedPayment:
    """One payment of the file: on record as the file tells it, taken now, or told otherwise by a later file."""

    payment_id: str
    result: PaymentReplayResult


@dataclass(frozen=True, slots=True)
class PaymentReplay:
    """A payment file after its replay, and the layout that reads it now."""

    file: FileRecord
    layout: str
    payments: tuple[ReplayedPayment, ...]


def is_booked(posting: Posting) -> bool:
    """Is this invoice done, so that a replay only reads?"""
    return posting.state in _BOOKED


def judge_replay(posting: Posting) -> ReplayResult:
    """What a replay does with an invoice that is not booked: run it again, or leave it as a person or its status has
    it."""
    if posting.state is PostingState.CLOSED:
        return "closed"
    return "waiting" if posting.state is PostingState.WAITING else "run_again"


def judge_booked(posting: Posting, own: Bill | None, beside: Collection[Bill]) -> BookedVerdict:
    """``own`` is the bill on record with its lines, ``beside`` other live bills that carry our mark."""
    if own is None:
        return BookedVerdict("missing")
    if any(bill.status not in UNRELEASED_STATUSES or not bill.hold for bill in beside if bill.status != _VOIDED):
        return BookedVerdict("twice")
    mismatches = _compare(posting.plan if posting.state is PostingState.DONE else None, own)
    if own.status == _VOIDED:
        mismatches = (Mismatch("status", posting.bill_status, _VOIDED), *mismatches)
    return BookedVerdict("changed" if mismatches else "same", mismatches)


def may_be_checked_again(posting: Posting) -> bool:
    """Is it certain that nothing was sent, so that the rules may look at the invoice from the beginning?"""
    return nothing_sent(posting) and posting.state is not PostingState.WAITING


def resumed(posting: Posting) -> Posting | None:
    """The row of a person's question set to where the protocol looks again; None where it stands in the line anyway, or
    where bills do not stay on hold: only a check of the connection ends that."""
    if posting.state in OPEN_STATES or posting.reason == HOLD_IGNORED:
        return None
    state = resume_state(posting)
    # The bill is verified anew: much may have happened to it since.
    state = PostingState.RECORDED if state is PostingState.VERIFIED else state
    after = replace(posting, state=state, reason=None, uncertain_cause=None)
    return replace(after, uncertain_cause="lost_answer") if state is PostingState.UNCERTAIN else after


def _compare(plan: BillPlan | None, own: Bill) -> tuple[Mismatch, ...]:
    return () if plan is None else compare_bill(plan, own)


def is_of_newer_file(record: InvoiceRecord, file_id: str) -> bool:
    """Does the invoice stand as a later file told it, so that this one must not bring its older version back?"""
    return record.source.file_id != file_id
