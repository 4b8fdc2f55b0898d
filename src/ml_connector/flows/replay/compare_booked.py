"""Booked invoices held against their bills as they are now: many in one read, nothing written anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ml_connector.domain.protocol.replaying import BookedVerdict, judge_booked
from ml_connector.domain.values.bill import Bill
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.create_bills import find_witness, read_bill
from ml_connector.flows.invoices.prove_bookings import look_for_own_bills

_BATCH = 20


def compare_booked(context: FlowContext, records: Sequence[InvoiceRecord]) -> Mapping[str, BookedVerdict]:
    """What became of each, by the invoice's id; TransientError where a look-up did not show what is known to be
    there."""
    verdicts: dict[str, BookedVerdict] = {}
    witness = find_witness(context) if records else None
    for start in range(0, len(records), _BATCH):
        context.progress.report("Reading bills again", start, len(records))
        some = records[start : start + _BATCH]
        found = look_for_own_bills(context, some, witness, lines=True)
        verdicts |= {record.posting.id: _judge(context, record, found[record.posting.key]) for record in some}
    return verdicts


def _judge(context: FlowContext, record: InvoiceRecord, bills: Sequence[Bill]) -> BookedVerdict:
    key = record.posting.bill
    own = next((bill for bill in bills if bill.key == key), None)
    beside = [bill for bill in bills if bill.key != key]
    verdict = judge_booked(record.posting, own, beside)
    if own is None or (verdict.result == "same" and _is_whole(own)):
        return verdict
    # A list may leave out or cut what a record has: it proves that a bill is as it was sent, never that it is not.
    return judge_booked(record.posting, read_bill(context, own.key), beside)


def _is_whole(bill: Bill) -> bool:
    return bill.lines is not None and None not in (bill.balance, bill.tax_total)
