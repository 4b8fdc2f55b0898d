"""Bills of ours that our records do not know: after a backup was put back, or from another installation (posting
protocol, 7, last row; W7, W10).

A bill with the mark of an invoice that is here is linked to it and goes through the verify; nothing is asked for twice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from ml_connector.domain.keys import mark_in
from ml_connector.domain.protocol.sweeping import live_bills
from ml_connector.domain.values.bill import Bill
from ml_connector.domain.values.posting import BEFORE_INTENT, PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.flows.invoices.sweeping.work import SweepWork


def link_bills(work: SweepWork) -> None:
    """Link each bill with the mark of an invoice that was never sent to that invoice, where it is the only one."""
    by_mark: dict[str, list[Bill]] = defaultdict(list)
    for bill in work.changed:
        mark = mark_in(bill.description)
        if mark is not None:
            by_mark[mark].append(bill)
    for record in work.context.sweeps.load_with_marks(by_mark):
        bills = live_bills(by_mark[record.posting.marker], record.posting.marker)
        if len(bills) == 1 and _may_be_linked(record):
            work.linked.append(_link(work, record, bills[0]))


def find_strangers(work: SweepWork) -> None:
    """Bills with a mark that no invoice here has, and that a person did not say are known. One that was deleted since
    is forgotten."""
    known = {bill.key: bill for bill in work.context.sweeps.load_strangers(work.state.accepted_at)}
    if not known:
        return
    shown = {bill.key: bill for bill in work.changed}
    older = [key for key in known if key not in shown]
    if older:
        erp = work.context.erp
        bills = work.context.steps.step("look for bills", lambda: erp.fetch_bills(older), repeatable=True)
        shown |= {bill.key: bill for bill in bills}
    work.gone += [key for key in known if key not in shown]
    work.strangers = tuple(shown[key] for key in known if key in shown and shown[key].status != "Voided")


def _may_be_linked(record: InvoiceRecord) -> bool:
    """Nothing was sent for it by these records, and a bill of it could be planned to compare with."""
    named = bool(record.invoice.vendor_id and record.invoice.invoice_number)
    return named and record.posting.state in BEFORE_INTENT - {PostingState.WAITING}


def _link(work: SweepWork, record: InvoiceRecord, bill: Bill) -> InvoiceRecord:
    after = replace(
        record.posting,
        state=PostingState.RECORDED,
        reason=None,
        ref=bill.key,
        bill_id=bill.id,
        bill_status=bill.status,
    )
    return work.move(record, after, f"found: bill {bill.key} was created before, these records did not know it", ())
