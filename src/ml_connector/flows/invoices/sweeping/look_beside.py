"""Doubles: what came to lie beside the one bill of an invoice that is done (posting protocol, 4.14; W1 to W4, W11).

A bill that a list of changes shows is a suspicion; a look-up that shows the invoice's own bill too decides. Nothing is
deleted here: of a double on hold the description is changed, once, so that nobody releases it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ml_connector.domain.keys import mark_in
from ml_connector.domain.protocol.people.acceptance import last_acceptance
from ml_connector.domain.protocol.sweeping import (
    DOUBLE,
    Beside,
    describe_double,
    findings_for_beside,
    is_own,
    judge_beside,
    looks_like,
    may_be_marked,
    query_of,
)
from ml_connector.domain.values.bill import Bill, parse_bill_key
from ml_connector.domain.values.posting import DOUBLE_LATER, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import RejectedError, UncertainError
from ml_connector.flows.invoices.create_bills import look_proven
from ml_connector.flows.invoices.sweeping.work import SweepWork

_BATCH = 20
_ENDED = (PostingState.DONE, PostingState.LINKED, PostingState.CLOSED)


def look_beside(work: SweepWork) -> None:
    """Judge every invoice that is done and that a changed bill may be a double of, and those told of before."""
    alike = _suspected(work)
    told = [
        record
        for record in work.context.invoices.load_in((PostingState.PERSON,))
        if record.posting.reason == DOUBLE_LATER
    ]
    suspects = {record.posting.id: record for record in (*told, *alike.values())}
    records = list(suspects.values())
    for start in range(0, len(records), _BATCH):
        _judge(work, records[start : start + _BATCH])


def _suspected(work: SweepWork) -> dict[str, InvoiceRecord]:
    """The invoices at their end that one of the news may be a double of, by id."""
    found: dict[str, InvoiceRecord] = {}
    marks = {mark for bill in work.news.values() if (mark := mark_in(bill.description)) is not None}
    by_mark = {record.posting.marker: record for record in work.context.sweeps.load_with_marks(marks)}
    foreign: list[Bill] = []
    for bill in work.news.values():
        record = by_mark.get(mark_in(bill.description) or "")
        if record is None:
            foreign.append(bill)
        elif record.posting.state in _ENDED and not is_own(record.posting, bill):
            found[record.posting.id] = record
    if foreign:
        done = work.context.invoices.load_in((PostingState.DONE,))
        found |= {
            record.posting.id: record for record in done if any(_is_alike(work, record, bill) for bill in foreign)
        }
    return found


def _is_alike(work: SweepWork, record: InvoiceRecord, bill: Bill) -> bool:
    open_to_it = record.posting.state in (PostingState.DONE, PostingState.PERSON)
    return open_to_it and looks_like(record, bill, work.renames) and not is_own(record.posting, bill)


def _judge(work: SweepWork, records: Sequence[InvoiceRecord]) -> None:
    """One look-up for several invoices; it counts only where it shows each one's own bill."""
    context = work.context
    queries = [query_of(record, work.renames) for record in records]
    witness = next((ref for record in records if (ref := record.posting.bill) is not None), None)
    found = look_proven(context, queries, witness)
    told = _told_before(work, records)
    decisions = context.invoices.load_decisions([record.posting.id for record in records])
    for record in records:
        accepted = last_acceptance(decisions.get(record.posting.id, ()))
        pardoned = accepted.bills if accepted is not None else ()
        alike = {
            bill.key: bill
            for bill in (*told, *work.news.values())
            if bill.key not in pardoned and _is_alike(work, record, bill)
        }
        context.erp.about(record.posting.id)
        try:
            _settle(work, record, judge_beside(record, found, alike.values(), renames=work.renames))
        finally:
            context.erp.about(None)


def _told_before(work: SweepWork, records: Sequence[InvoiceRecord]) -> Sequence[Bill]:
    """The bills that an earlier sweep told of, as they are now."""
    named = {finding.found for record in records for finding in record.findings if finding.code == DOUBLE}
    keys = [key for name in sorted(filter(None, named)) if (key := parse_bill_key(name)) is not None]
    if not keys:
        return ()
    erp = work.context.erp
    return work.context.steps.step("look for bills", lambda: erp.fetch_bills(keys), repeatable=True)


def _settle(work: SweepWork, record: InvoiceRecord, beside: Beside) -> None:
    posting = record.posting
    if beside:
        for bill in beside.held:
            _mark(work, bill)
        findings = findings_for_beside(posting.bill, beside)
        ended = posting.state in (PostingState.LINKED, PostingState.CLOSED)
        after = posting if ended else replace(posting, state=PostingState.PERSON, reason=DOUBLE_LATER)
        told = "; ".join(finding.message for finding in findings)
        work.doubles.append(work.move(record, after, f"the sweep found another bill: {told}", findings))
    elif posting.reason == DOUBLE_LATER:
        after = replace(posting, state=PostingState.DONE, reason=None)
        work.back.append(work.move(record, after, "the sweep found its one bill alone again", ()))


def _mark(work: SweepWork, bill: Bill) -> None:
    """Write into a double on hold that it is one; what refuses that is told, and tried again by the next sweep."""
    context = work.context
    if not may_be_marked(bill) or context.pause() is not None or context.drafting is not None:
        return
    try:
        context.steps.step("prepare write", context.erp.prepare_write, repeatable=True)
        context.steps.step("mark double", lambda: context.erp.describe_bill(bill.key, describe_double(bill)))
    except (RejectedError, UncertainError) as error:
        work.errors.append(error)
    else:
        work.marked.append(bill)
