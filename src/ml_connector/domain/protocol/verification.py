"""The verify, the steps after it and the final re-read of the posting protocol (4.9 to 4.13): is exactly our one bill
there as sent, and what may be done to it next. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from ml_connector.domain.findings import finding_of
from ml_connector.domain.protocol.comparison import Mismatch, compare_bill, findings_for_mismatch
from ml_connector.domain.protocol.look_up import carries_mark, findings_for_double, findings_for_foreign, matching_bills
from ml_connector.domain.protocol.verdicts import (
    Finished,
    NextStep,
    NotProven,
    Person,
    Release,
    TakeOffHold,
    TaxDiffers,
    Verification,
    Verified,
    WaitForApproval,
)
from ml_connector.domain.values.bill import Bill, BillKey, BillPlan, BillQuery, BillsFound
from ml_connector.domain.values.posting import Finish, PostingState
from ml_connector.problems import Finding

_HELD_STATUSES = frozenset({"On Hold"})
_RELEASED_STATUSES = frozenset({"Open", "Closed", "Pre-Released", "Reserved"})
_RECODED_STATUSES = frozenset({"Under Reclassification"})


def judge_verified(
    plan: BillPlan,
    found: BillsFound,
    own_ref: BillKey,
    bill: Bill | None,
    *,
    tax_tolerance: Decimal,
    accepted: Collection[BillKey] = (),
) -> Verification:
    """The verify and the final re-read: exactly our one bill, in a status that lets it go on, every field as sent.

    ``found`` is the same read as the look-up's and counts only if ``own_ref`` is in it; ``bill`` is our bill by key
    with lines and taxes, None where it is not there.
    """
    if bill is None:
        return _gone(own_ref)
    if own_ref not in {each.key for each in found.bills}:
        return NotProven(f"the list did not show our own bill {own_ref}; it proves nothing")
    if bill.status in _RECODED_STATUSES:
        return NotProven(f"bill {own_ref} is being recoded in Acumatica; look again when it is done")
    query = BillQuery(plan.vendor, plan.vendor_ref, plan.marker)
    others = [each for each in matching_bills(found, query)[0] if each.key != own_ref]
    doubles = tuple(each for each in others if carries_mark(each, plan.marker))
    foreign = tuple(each for each in others if each not in doubles and each.key not in accepted)
    if doubles:
        return Person("double", findings_for_double((bill, *doubles)))
    if foreign:
        return Person("exists", findings_for_foreign(foreign, plan))
    return _judge_status(bill) or _judge_fields(plan, bill, tax_tolerance)


def judge_listed(
    plan: BillPlan, found: BillsFound, own_ref: BillKey, *, accepted: Collection[BillKey] = ()
) -> Verified | None:
    """The same of our bill as a list shows it, where that alone proves it; None where the bill must be read by its key.

    A list may leave out or cut what a record has (``acumatica_api.md 4.3``): it proves that a bill is as it was sent,
    never that it is not. A total or a tax it does not show cannot be compared, so without them it proves nothing.
    """
    listed = [bill for bill in found.bills if bill.key == own_ref]
    if len(listed) != 1 or listed[0].lines is None or None in (listed[0].balance, listed[0].tax_total):
        return None
    verdict = judge_verified(plan, found, own_ref, listed[0], tax_tolerance=Decimal(0), accepted=accepted)
    return verdict if isinstance(verdict, Verified) else None


def judge_hold(created: Bill) -> tuple[Finding, ...]:
    """Findings where the answer to a creation on hold shows a bill that is not (``fault_catalogue.md 91``): nobody but
    the site itself can have taken it off hold by then."""
    if created.hold or created.status not in _RELEASED_STATUSES | {"Balanced"}:
        return ()
    message = (
        f"This tenant releases bills at once; the safe mode is not possible here: {created.key.type} "
        f"{created.key.number} was asked for on hold and is {created.status}."
    )
    return (finding_of("Z16", "status", expected="On Hold", found=created.status, message=message),)


def judge_finished(
    plan: BillPlan, bill: Bill | None, finish: Finish, *, state: PostingState, own_ref: BillKey
) -> NextStep:
    """The next step for our verified bill as it stands now, read by key with its lines. ``state`` is how far the
    posting
    has come: a bill back on hold after OFF_HOLD, or not released after RELEASED, is a person's doing or work. One that
    was edited since it was verified goes no further (``fault_catalogue.md 99``)."""
    if bill is None:
        return _gone(own_ref)
    status = bill.status
    if status in _RECODED_STATUSES:
        return NotProven(f"bill {own_ref} is being recoded in Acumatica; look again when it is done")
    stopped = _judge_status(bill)
    if stopped is not None:
        return stopped
    if finish == "hold" or status in _RELEASED_STATUSES:
        return Finished()
    if status in _HELD_STATUSES:
        held = state in (PostingState.RECORDED, PostingState.VERIFIED)
        return _judge_edited(plan, bill) or TakeOffHold() if held else _back(bill)
    if status == "Pending Approval":
        return WaitForApproval() if state is not PostingState.RELEASED else _back(bill)
    if finish == "balance":
        return Finished()
    return _judge_edited(plan, bill) or Release() if state is not PostingState.RELEASED else _back(bill)


def _judge_edited(plan: BillPlan, bill: Bill) -> Person | None:
    """Person where the bill is no longer as it was sent and verified."""
    mismatches = compare_bill(plan, bill)
    return Person("mismatch", findings_for_mismatch(plan, mismatches)) if mismatches else None


def _gone(own_ref: BillKey) -> Person:
    message = f"Bill {own_ref} is not in Acumatica any more."
    return Person("gone", (finding_of("R16", "bill", expected=str(own_ref), message=message),))


def _back(bill: Bill) -> Person:
    message = f"{bill.key.type} {bill.key.number} was put back to {bill.status} in Acumatica; it is left as it is."
    return Person("held_again", (finding_of("C03", "status", found=bill.status, message=message),))


def _judge_status(bill: Bill) -> Person | None:
    """Person where the bill's status does not let it go on, None where it does."""
    name = f"{bill.key.type} {bill.key.number}"
    if bill.status in _HELD_STATUSES | _RELEASED_STATUSES | {"Pending Approval", "Balanced"}:
        return None
    if bill.status == "Rejected":
        finding = finding_of("C02", "status", found=bill.status, message=f"{name} was rejected in Acumatica.")
        return Person("not_approved", (finding,))
    if bill.status == "Voided":
        finding = finding_of("R19", "status", found=bill.status, message=f"{name} was voided in Acumatica.")
        return Person("gone", (finding,))
    message = f"{name} has the status '{bill.status}', with which it cannot go on."
    return Person("status", (finding_of("C03", "status", found=bill.status, message=message),))


def _judge_fields(plan: BillPlan, bill: Bill, tax_tolerance: Decimal) -> Verification:
    mismatches = compare_bill(plan, bill)
    if not mismatches:
        return Verified(bill)
    findings = findings_for_mismatch(plan, mismatches)
    stated, computed = plan.stated_tax or Decimal(0), bill.tax_total or Decimal(0)
    if bill.status not in _HELD_STATUSES or not _only_tax(plan, bill, mismatches):
        return Person("mismatch", findings)
    within = bool(stated and computed) and abs(computed - stated) <= tax_tolerance
    return TaxDiffers(computed, stated, within, findings)


def _only_tax(plan: BillPlan, bill: Bill, mismatches: tuple[Mismatch, ...]) -> bool:
    """Is the tax the one difference, the total following it by the same figure?"""
    fields = {mismatch.field for mismatch in mismatches}
    followed = bill.amount - plan.amount == (bill.tax_total or Decimal(0)) - (plan.stated_tax or Decimal(0))
    return fields == {"tax_total"} or (fields == {"tax_total", "amount"} and followed)
