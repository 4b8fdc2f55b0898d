"""The look-up of the posting protocol: which bills count, what finding or not finding one proves, and for how long
"none there" is no proof (posting protocol, 4.5, 4.6 and 4.8). Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from ml_connector.domain.codes import same_code
from ml_connector.domain.findings import finding_of, render_figure
from ml_connector.domain.keys import same_reference
from ml_connector.domain.protocol.verdicts import Foreign, LookUp, NoneThere, NotProven, Ours, Person, Several
from ml_connector.domain.values.bill import Bill, BillKey, BillPlan, BillQuery, BillsFound
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.problems import Finding

ATTEMPTS_MAX = 2
# Shown, never counted: a voided document and the template of a recurring bill (ap_domain.md 1.2).
_UNCOUNTED_STATUSES = frozenset({"Voided", "Scheduled"})
_REVERSAL_TYPE = "Debit Adj."
# Only a released document is reversed; a draft is deleted or changed (ap_domain.md 1.2).
_REVERSIBLE_STATUSES = frozenset({"Open", "Closed", "Pre-Released", "Under Reclassification"})


def carries_mark(bill: Bill, mark: str) -> bool:
    """Does the bill's description begin with that mark?"""
    return bill.description.lstrip().startswith(mark)


def counted_bills(bills: Iterable[Bill], mark: str) -> tuple[tuple[Bill, ...], tuple[Bill, ...]]:
    """Bills that count and documents that are only shown: voided ones, templates, and the reversal of a released bill
    (a debit adjustment with the same vendor, reference and amount; it may have copied our mark from that bill)."""
    unique = {bill.key: bill for bill in bills}.values()
    live = [bill for bill in unique if bill.status not in _UNCOUNTED_STATUSES]
    counted = [bill for bill in live if bill.key.type != _REVERSAL_TYPE]
    reversible = list(counted)
    for adjustment in (bill for bill in live if bill.key.type == _REVERSAL_TYPE):
        original = next((bill for bill in reversible if _reverses(adjustment, bill, mark)), None)
        if original is None:
            counted.append(adjustment)
        else:
            reversible.remove(original)
    keys = {bill.key for bill in counted}
    return tuple(counted), tuple(bill for bill in unique if bill.key not in keys)


def judge_look_up(
    found: BillsFound, query: BillQuery, *, accepted: Collection[BillKey] = (), plan: BillPlan | None = None
) -> LookUp:
    """What one look-up says about one invoice. ``found`` may hold bills of other invoices; ``accepted`` are foreign
    bills a person said are something else; ``plan``, the bill to be made, tells a number begun anew from a repeat."""
    if not found.witness_seen:
        return NotProven("the list did not show a bill that is known to be there; it proves nothing")
    counted, shown = matching_bills(found, query)
    ours = tuple(bill for bill in counted if carries_mark(bill, query.marker))
    foreign = tuple(bill for bill in counted if bill not in ours and bill.key not in accepted)
    if foreign:
        return Foreign(foreign, findings_for_foreign(foreign, plan))
    if len(ours) > 1:
        return Several(ours, findings_for_double(ours))
    return Ours(ours[0]) if ours else NoneThere(shown)


def judge_quarantine(
    posting: Posting, now: datetime, quarantine_seconds: float, crash_quarantine_seconds: float
) -> datetime | None:
    """Until when "none there" is no proof for an attempt of ours, counted from its send: the short time after a crash
    of our own (also for a row still in INTENT), else the long one. None: it is proof now."""
    if posting.state not in (PostingState.INTENT, PostingState.UNCERTAIN):
        return None
    crashed = posting.state is PostingState.INTENT or posting.uncertain_cause == "crash"
    seconds = crash_quarantine_seconds if crashed else quarantine_seconds
    until = (posting.sent_at or posting.updated_at or now) + timedelta(seconds=seconds)
    return until if now < until else None


def judge_attempts(posting: Posting) -> Person | None:
    """Person (``gave_up``) where no further attempt to create the bill is allowed."""
    if posting.attempts < ATTEMPTS_MAX:
        return None
    message = (
        f"{posting.attempts} attempts to create the bill brought no answer that proves anything; no bill was found."
    )
    return Person("gave_up", (finding_of("Z05", "bill", message=message),))


def restarted_bills(plan: BillPlan, bills: Iterable[Bill]) -> tuple[BillKey, ...]:
    """The bills with this vendor and reference of another year and another amount: some vendors begin their numbers
    anew each year (posting protocol, 8, L5)."""
    return tuple(
        bill.key
        for bill in bills
        if bill.dated_on is not None and bill.dated_on.year != plan.dated_on.year and bill.amount != plan.amount
    )


def findings_for_foreign(bills: Iterable[Bill], plan: BillPlan | None = None) -> tuple[Finding, ...]:
    """H02 for each bill that somebody else booked under this vendor and reference; for a person to accept where it may
    be a number begun anew (``plan``: the bill to be made)."""
    known = tuple(bills)
    restarted = restarted_bills(plan, known) if plan is not None else ()
    return tuple(
        finding_of(
            "H02",
            "invoice_number",
            severity="review" if bill.key in restarted else None,
            found=str(bill.key),
            message=f"Already booked as {bill.key.type} {bill.key.number}"
            f"{f' on {bill.dated_on}' if bill.dated_on else ''}, {render_figure(bill.amount)}, {bill.status}.",
            fix="If it is this invoice, mark it as handled by that bill; if not, accept it with a reason.",
        )
        for bill in known
    )


def findings_for_double(bills: Iterable[Bill]) -> tuple[Finding, ...]:
    """R15 for several bills that carry our mark."""
    names = ", ".join(f"{bill.key.type} {bill.key.number} ({bill.status})" for bill in bills)
    return (finding_of("R15", "bill", expected="1", found=names, message=f"Several bills carry our mark: {names}."),)


def matching_bills(found: BillsFound, query: BillQuery) -> tuple[tuple[Bill, ...], tuple[Bill, ...]]:
    """The bills of a read that belong to one query, counted and only shown: same vendor and reference, or the mark."""
    bills = [
        bill
        for bill in found.bills
        if carries_mark(bill, query.marker)
        or (same_code(bill.vendor, query.vendor) and same_reference(bill.vendor_ref, query.vendor_ref))
    ]
    return counted_bills(bills, query.marker)


def _reverses(adjustment: Bill, bill: Bill, mark: str) -> bool:
    if carries_mark(adjustment, mark) and not carries_mark(bill, mark):
        return False
    return (
        bill.status in _REVERSIBLE_STATUSES
        and same_code(adjustment.vendor, bill.vendor)
        and same_reference(adjustment.vendor_ref, bill.vendor_ref)
        and adjustment.amount == bill.amount
    )
