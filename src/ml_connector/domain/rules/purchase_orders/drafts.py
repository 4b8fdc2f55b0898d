"""What is on its way to be billed of order lines, which the orders' own figures do not know yet: unreleased bills in
Acumatica, ours and others', and our invoices that have no bill yet. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from ml_connector.domain.codes import same_code
from ml_connector.domain.codes.renames import follow_invoice
from ml_connector.domain.keys import mark_in, marker
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import order_label
from ml_connector.domain.rules.purchase_orders.links import OrderUse, order_uses
from ml_connector.domain.values.master_data import OrderDraft
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord

WITHOUT_BILL = (PostingState.READY, PostingState.INTENT, PostingState.UNCERTAIN)
"""States in which an invoice will be billed, and no bill of it is known."""


def plan_drafts(records: Iterable[InvoiceRecord], facts: Facts) -> tuple[OrderDraft, ...]:
    """What our invoices without a bill will take of order lines; one whose bill shows among the unreleased ones by its
    mark is left out."""
    shown = {mark_in(draft.description) for draft in facts.snapshot.drafts or ()}
    return tuple(
        draft
        for record in records
        if record.posting.bill is None and record.posting.marker not in shown and record.invoice.kind == "invoice"
        for draft in _of_invoice(record, facts)
    )


def drafts_of_others(use: OrderUse, facts: Facts) -> Iterator[OrderDraft]:
    """Unreleased bills on the order line that stand for no invoice of ours."""
    ours = [each for each in facts.ledger.billing(use.order.order_number) if each.key is not None]
    bills = {each.bill for each in ours}
    marks = {marker(each.key) for each in ours if each.key is not None}
    for draft in facts.snapshot.drafts or ():
        if is_on(draft, use) and draft.bill not in bills and mark_in(draft.description) not in marks:
            yield draft


def is_on(draft: OrderDraft, use: OrderUse) -> bool:
    """Is it a draft on that order line? One that does not say its type fits any."""
    typed = not draft.order_type or same_code(order_label(draft.order_type), use.order.order_type)
    same = same_code(draft.order_number, use.order.order_number)
    return typed and same and draft.line_number == use.line.line_number


def _of_invoice(record: InvoiceRecord, facts: Facts) -> Iterator[OrderDraft]:
    for use in order_uses(follow_invoice(record.invoice, facts.snapshot.renames), facts):
        yield OrderDraft(
            bill=None,
            order_type=use.order.order_type,
            order_number=use.order.order_number,
            line_number=use.line.line_number,
            amount=use.amount,
            quantity=use.quantity,
        )


def drafted_quantity(drafts: Iterable[OrderDraft], unit_cost: Decimal) -> Decimal:
    """How much the drafts take; of one that states no quantity, what its amount pays for."""
    return sum((_quantity(draft, unit_cost) for draft in drafts), Decimal(0))


def _quantity(draft: OrderDraft, unit_cost: Decimal) -> Decimal:
    if draft.quantity:
        return draft.quantity
    return draft.amount / unit_cost if unit_cost else Decimal(0)
