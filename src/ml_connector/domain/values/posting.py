"""One posting: our record of making one bill from one invoice, its states and how they are told outside.

States and their order are those of the posting protocol, section 3. Pure: the store keeps rows, the flow moves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from ml_connector.domain.values.bill import BillKey, BillPlan


class PostingState(StrEnum):
    """Where a posting stands (posting protocol, section 3; WAITING = the file's status is not final yet)."""

    WAITING = "waiting"
    RECEIVED = "received"
    READY = "ready"
    INTENT = "intent"
    UNCERTAIN = "uncertain"
    RECORDED = "recorded"
    CORRECTING = "correcting"
    VERIFIED = "verified"
    OFF_HOLD = "off_hold"
    RELEASED = "released"
    DONE = "done"
    REJECTED = "rejected"
    PERSON = "person"
    LINKED = "linked"
    CLOSED = "closed"


UncertainCause = Literal["crash", "lost_answer"]
Finish = Literal["hold", "balance", "release"]
InvoiceState = Literal[
    "received",
    "needs_attention",
    "ready",
    "posting",
    "on_hold",
    "pending_approval",
    "posted",
    "paid",
    "voided_in_acumatica",
    "handled_by_hand",
    "rejected",
    "duplicate",
    "ignored",
]

# Before INTENT nothing of ours can exist in Acumatica: a newer version of the document may replace the row's own.
BEFORE_INTENT = frozenset({PostingState.WAITING, PostingState.RECEIVED, PostingState.READY, PostingState.REJECTED})
# Why a person is asked where a bill did not stay on hold: while the site is taken to do so with every bill, and after.
HOLD_IGNORED, RELEASED_AT_ONCE = "hold_ignored", "released_at_once"
# Why a person is asked about an invoice that was done: another bill like it came, or its own is gone.
DOUBLE_LATER, MISSING = "double_later", "missing"
# States a pass takes up again by itself.
OPEN_STATES = (
    PostingState.READY,
    PostingState.INTENT,
    PostingState.UNCERTAIN,
    PostingState.RECORDED,
    PostingState.CORRECTING,
    PostingState.VERIFIED,
    PostingState.OFF_HOLD,
    PostingState.RELEASED,
)


@dataclass(frozen=True, slots=True)
class Posting:
    """The intent row, one per document key in a database. ``ref`` is written when recorded, ``verified_ref`` once for
    ever.

    ``reason`` says why a person is asked or a row is closed (``exists``, ``double``, ``mismatch``, ``gone``,
    ``gave_up``, ``correction``, ``double_later``, ``missing``, ``duplicate``, ``refused``, ``before_cut_over``,
    ``voided``); ``sent_at`` is when the last PUT began, ``plan`` what it asked for: the bill is held against that,
    whatever master data says later; ``plan_before`` what a change of the bill in flight replaces.
    """

    id: str
    connection: str
    key: str
    marker: str
    state: PostingState
    epoch: int
    payload_hash: str | None = None
    attempts: int = 0
    ref: BillKey | None = None
    verified_ref: BillKey | None = None
    bill_id: str | None = None
    bill_status: str | None = None
    reason: str | None = None
    uncertain_cause: UncertainCause | None = None
    sent_at: datetime | None = None
    holder: str | None = None
    lease_until: datetime | None = None
    updated_at: datetime | None = None
    plan: BillPlan | None = None
    plan_before: BillPlan | None = None

    @property
    def bill(self) -> BillKey | None:
        """The bill that stands for the invoice: the one a person named, else the verified one, else the recorded."""
        return self.ref if self.state is PostingState.LINKED else self.verified_ref or self.ref


_STATE_OUTSIDE: dict[PostingState, InvoiceState] = {
    PostingState.WAITING: "received",
    PostingState.RECEIVED: "received",
    PostingState.READY: "ready",
    PostingState.INTENT: "posting",
    PostingState.UNCERTAIN: "posting",
    PostingState.RECORDED: "posting",
    PostingState.CORRECTING: "posting",
    PostingState.RELEASED: "posted",
    PostingState.REJECTED: "needs_attention",
    PostingState.PERSON: "needs_attention",
    PostingState.LINKED: "handled_by_hand",
}


def invoice_state(posting: Posting, finish: Finish, *, paid: bool = False) -> InvoiceState:
    """The posting's state in the operator contract's words (posting protocol, section 3, second table)."""
    state = posting.state
    if state is PostingState.CLOSED:
        told = {"duplicate": "duplicate", "refused": "rejected", "reversed": "voided_in_acumatica"}
        return told.get(posting.reason or "", "ignored")  # type: ignore[return-value]
    if state is PostingState.VERIFIED:
        return "on_hold" if finish == "hold" else "posting"
    if state is PostingState.OFF_HOLD:
        return "pending_approval" if posting.bill_status == "Pending Approval" else "posting"
    if state is PostingState.DONE:
        if posting.bill_status == "Voided":
            return "voided_in_acumatica"
        if paid or posting.bill_status == "Closed":
            return "paid"
        return "on_hold" if posting.bill_status == "On Hold" else "posted"
    return _STATE_OUTSIDE[state]
