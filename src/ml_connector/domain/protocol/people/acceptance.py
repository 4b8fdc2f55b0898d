"""What a person may let pass, and what of it still holds (operator contract, 1; posting protocol, 8). Pure.

Exactly what was accepted is what is posted: an acceptance is bound to the document and to the bill planned from it.
Another document, another bill or a finding that was not there voids it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ml_connector.domain.values.bill import BillKey, parse_bill_key
from ml_connector.domain.values.decision import Decision
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.problems import Finding

_BILL_TYPES = frozenset({"Bill", "Debit Adj.", "Credit Adj.", "Prepayment"})
_PARKED = frozenset({PostingState.REJECTED, PostingState.PERSON})
_BY_HAND = frozenset({PostingState.WAITING, PostingState.RECEIVED, PostingState.READY}) | _PARKED
_UNKNOWN = frozenset({PostingState.INTENT, PostingState.UNCERTAIN})


def refuse_accepting(record: InvoiceRecord) -> tuple[str, str] | None:
    """Why the findings of an invoice cannot be let pass, and what to do instead; None where they can."""
    stops = [finding for finding in record.findings if finding.severity == "stop"]
    if record.posting.state not in _PARKED:
        return f"Nothing of this invoice waits to be accepted; it is {_stands(record.posting)}", ""
    if not stops and not any(finding.severity == "review" for finding in record.findings):
        return "This invoice has no finding that can be accepted", "Run sync; it goes on by itself where it can."
    if not stops:
        return None
    told = "; ".join(f"{finding.code} {finding.message}" for finding in stops)
    if all(finding.code == "H02" for finding in stops):
        fix = "If it is the same invoice, use invoice handled with that bill, or invoice reject. A duplicate that is "
        fix += "another invoice after all passes in the console alone, with a reason and a second person."
    else:
        fix = " ".join(dict.fromkeys(finding.fix for finding in stops))
    return f"A finding that stops cannot be accepted: {told}", fix


def refuse_closing(posting: Posting) -> tuple[str, str] | None:
    """Why an invoice cannot be refused or handled by hand as it stands now, and what to do; None where it can."""
    if posting.state in _BY_HAND:
        return None
    if posting.state in _UNKNOWN:
        return (
            "It is not known yet whether the bill of this invoice was created",
            "Run sync until that is settled, then decide.",
        )
    return (
        f"This invoice is {_stands(posting)}",
        "To undo a booked invoice, cancel it in Stampli, or reverse its bill in Acumatica.",
    )


def resume_state(posting: Posting) -> PostingState:
    """Where the protocol goes on with a row that a person let go on: what was asked for before is never asked for
    blindly again (posting protocol, 7)."""
    if posting.verified_ref is not None and posting.verified_ref == posting.ref:
        return PostingState.VERIFIED
    if posting.ref is not None:
        return PostingState.RECORDED
    return PostingState.UNCERTAIN if posting.attempts else PostingState.READY


def let_pass(
    findings: Sequence[Finding], accepted: Decision | None, *, content_hash: str, payload_hash: str | None
) -> tuple[Finding, ...]:
    """The findings with those turned to notes that a person accepted, where document, bill and findings are those he
    saw; otherwise as they are."""
    if accepted is None or (accepted.content_hash, accepted.payload_hash) != (content_hash, payload_hash):
        return tuple(findings)
    left = Counter(_identity(finding) for finding in accepted.findings if finding.severity == "review")
    reviews = Counter(_identity(finding) for finding in findings if finding.severity == "review")
    if reviews - left:
        return tuple(findings)
    return tuple(_noted(finding, accepted) if finding.severity == "review" else finding for finding in findings)


def last_acceptance(decisions: Iterable[Decision]) -> Decision | None:
    """The newest acceptance among the decisions about one invoice, oldest first."""
    return next((each for each in reversed(tuple(decisions)) if each.act == "accept"), None)


def bills_named(findings: Iterable[Finding]) -> tuple[BillKey, ...]:
    """The bills in Acumatica that the findings tell of, by their ``TYPE/NUMBER``."""
    keys = [parse_bill_key(finding.found or "") for finding in findings]
    return tuple(dict.fromkeys(key for key in keys if key is not None and key.type in _BILL_TYPES))


def _identity(finding: Finding) -> tuple[str, str, str | None, str | None]:
    return finding.code, finding.field, finding.expected, finding.found


def _noted(finding: Finding, accepted: Decision) -> Finding:
    why = f": {accepted.reason}" if accepted.reason else "."
    return replace(finding, severity="note", message=f"{finding.message} Accepted by {accepted.actor}{why}")


def _stands(posting: Posting) -> str:
    if posting.state is PostingState.CLOSED:
        return f"closed ({(posting.reason or 'closed').replace('_', ' ')})"
    if posting.state is PostingState.LINKED:
        return f"handled by hand as {posting.ref}"
    if posting.state is PostingState.DONE:
        return f"booked as {posting.ref}"
    if posting.state in (PostingState.WAITING, PostingState.RECEIVED):
        return "received and not checked yet"
    return "ready to be posted" if posting.state is PostingState.READY else "being posted"
