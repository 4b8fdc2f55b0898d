"""Booked invoices whose bill is gone (posting protocol, 4.14 and W7): the newest at each sweep, all others in turn.

Many at once are not the work of a clerk: Acumatica was put back from a backup. Whether posting stops then is decided by
the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ml_connector.domain.protocol.sweeping import findings_for_missing, is_own
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import MISSING, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.flows.invoices.create_bills import read_bill
from ml_connector.flows.invoices.sweeping.work import SweepWork

# One request holds about this many numbers.
_NEWEST, _OTHERS = 20, 15
_AT_ONCE = 35
FEW = 2
"""So many missing bills are single cases; more stop the connection."""


def find_missing(work: SweepWork) -> int:
    """Look for bills again; how many were found missing now. More than a few, and every booked invoice is looked at.
    The place to go on from is kept in the work's state."""
    context = work.context
    booked, place = context.sweeps.load_booked(newest=_NEWEST, others=_OTHERS, after=work.state.checked_to)
    told = [record for record in context.invoices.load_in((PostingState.PERSON,)) if record.posting.reason == MISSING]
    absent = _absent(work, [*booked, *told])
    if len(absent) - sum(record in told for record in absent) > FEW:
        looked = {record.posting.id for record in booked}
        rest = [each for each in context.invoices.load_in((PostingState.DONE,)) if each.posting.id not in looked]
        absent += _absent(work, rest)
    work.state = replace(work.state, checked_to=place)
    lost = {record.posting.id for record in absent}
    for record in told:
        if record.posting.id not in lost:
            after = replace(record.posting, state=PostingState.DONE, reason=None)
            work.back.append(work.move(record, after, "its bill is there again", ()))
    for record in absent:
        _miss(work, record)
    return sum(1 for record in absent if record.posting.reason != MISSING)


def _absent(work: SweepWork, records: Sequence[InvoiceRecord]) -> list[InvoiceRecord]:
    """Those whose bill a list does not show and that is not there under its key either."""
    there = {bill.key: bill for bill in work.changed}
    wanted = [(record, ref) for record in records if (ref := record.posting.bill) is not None]
    asked = [ref for _, ref in wanted if ref not in there]
    for start in range(0, len(asked), _AT_ONCE):
        some = asked[start : start + _AT_ONCE]
        ask = partial(work.context.erp.fetch_bills, some)
        bills = work.context.steps.step("look for bills", ask, repeatable=True)
        there |= {bill.key: bill for bill in bills}
    unseen = [(record, ref) for record, ref in wanted if ref not in there or not is_own(record.posting, there[ref])]
    return [record for record, ref in unseen if not _is_there(work, record, ref)]


def _is_there(work: SweepWork, record: InvoiceRecord, ref: BillKey) -> bool:
    bill = read_bill(work.context, ref)
    return bill is not None and is_own(record.posting, bill)


def _miss(work: SweepWork, record: InvoiceRecord) -> None:
    ref = record.posting.bill
    if ref is None:
        return
    work.gone.append(ref)
    after = replace(record.posting, state=PostingState.PERSON, reason=MISSING)
    findings = findings_for_missing(ref)
    work.missing.append(work.move(record, after, f"the sweep did not find {ref} in Acumatica any more", findings))
