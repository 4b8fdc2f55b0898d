"""Prove: look for the bill of every approved invoice there is, and add both sides up. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ml_connector.domain import reconciliation
from ml_connector.domain.protocol import carries_mark
from ml_connector.domain.protocol.sweeping import query_of
from ml_connector.domain.reconciliation import BookingProof
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.create_bills import find_witness, look_proven, read_bill

_BATCH = 20


def prove_bookings(context: FlowContext) -> tuple[BookingProof, ...]:
    """One row a currency; TransientError where a look-up did not show what is known to be there."""
    records = context.invoices.load_in()
    live: dict[str, tuple[Bill, ...]] = {}
    witness = find_witness(context) if records else None
    for start in range(0, len(records), _BATCH):
        context.progress.report("Looking for bills", start, len(records))
        live |= look_for_own_bills(context, records[start : start + _BATCH], witness)
    return reconciliation.prove_bookings(records, live, base_currency=_base_currency(context))


def look_for_own_bills(
    context: FlowContext, records: Sequence[InvoiceRecord], witness: BillKey | None, *, lines: bool = False
) -> Mapping[str, tuple[Bill, ...]]:
    """The live bills of each of a few invoices, by document key, with their ``lines`` where the list shows them;
    TransientError where the look-up proves nothing."""
    renames = context.master_data.load_renames()
    found = look_proven(context, [query_of(record, renames) for record in records], witness, lines=lines)
    return {record.posting.key: _bills_of(context, record, found.bills) for record in records}


def _bills_of(context: FlowContext, record: InvoiceRecord, bills: Sequence[Bill]) -> tuple[Bill, ...]:
    """The bills with our mark, and the recorded one even where somebody took the mark off it."""
    refs = {ref for ref in (record.posting.verified_ref, record.posting.ref) if ref is not None}
    own = tuple(bill for bill in bills if bill.key in refs or carries_mark(bill, record.posting.marker))
    unseen = refs - {bill.key for bill in own}
    for ref in sorted(unseen, key=str):
        bill = read_bill(context, ref)
        own += (bill,) if bill is not None else ()
    return own


def _base_currency(context: FlowContext) -> str | None:
    snapshot = context.master_data.load_snapshot()
    branches = (snapshot.branches if snapshot else None) or {}
    return next((branch.base_currency for branch in branches.values() if branch.base_currency), None)
