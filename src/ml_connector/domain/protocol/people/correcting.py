"""A later version of an invoice whose bill exists: may the bill still be changed to it (posting protocol, 8)? Pure.

A bill is changed only where it is on hold and still as we last wrote it, and by its key: there is never a second
create.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ml_connector.domain.codes import same_code
from ml_connector.domain.findings import finding_of
from ml_connector.domain.protocol.comparison import compare_bill, findings_for_mismatch
from ml_connector.domain.protocol.verdicts import Person
from ml_connector.domain.values.bill import Bill, BillPlan
from ml_connector.problems import Finding

CORRECTED = "C04"


@dataclass(frozen=True, slots=True)
class ChangeBill:
    """The bill is on hold and untouched: change it to the later version."""


@dataclass(frozen=True, slots=True)
class AsCorrected:
    """The bill is as the later version has it already; it only has to be verified."""


Correcting = ChangeBill | AsCorrected | Person


def judge_correction(before: BillPlan, plan: BillPlan, bill: Bill, told: Sequence[Finding]) -> Correcting:
    """What becomes of the bill: ``before`` is our last write, ``plan`` the later version, ``told`` the differences of
    both versions as findings."""
    if not compare_bill(plan, bill):
        return AsCorrected()
    name = f"{bill.key.type} {bill.key.number}"
    if bill.status != "On Hold" or not bill.hold:
        return _asks(told, f"{name} is {bill.status} and is not changed any more.")
    edited = findings_for_mismatch(before, compare_bill(before, bill))
    if edited:
        return _asks((*told, *edited), f"{name} was changed in Acumatica since it was sent.")
    for word, one, other in (
        ("kind", before.type, plan.type),
        ("vendor", before.vendor, plan.vendor),
        ("currency", before.currency, plan.currency),
    ):
        if not same_code(one, other):
            return _asks(told, f"The {word} of {name} cannot be changed on an existing bill.")
    return ChangeBill()


def note_corrected(told: Sequence[Finding]) -> tuple[Finding, ...]:
    """The differences as notes, once the bill is changed to the later version."""
    return tuple(
        replace(
            finding,
            severity="note",
            message=f"{finding.message.rpartition(';')[0] or finding.message}; the bill on hold was changed to it.",
            fix="Nothing to do.",
        )
        for finding in told
        if finding.code == CORRECTED
    )


_WAYS = (
    "Either change the bill in Acumatica to what Stampli says and run invoice replay; or cancel the invoice in "
    "Stampli, have its bill reversed and approve a new one; or keep the bill and mark the invoice as handled by it."
)


def finding_for_correction(why: str) -> Finding:
    """Why a bill is not changed to the later version, with the ways out."""
    return finding_of(CORRECTED, "bill", message=why, fix=_WAYS)


def _asks(told: Sequence[Finding], why: str) -> Person:
    return Person("correction", (*told, finding_for_correction(why)))
