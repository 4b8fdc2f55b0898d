"""The reversal of a bill as a document and a plan of its own (scenario S37). Pure; nothing is looked up here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ml_connector.domain.values.bill import BillKey, BillPlan
from ml_connector.domain.values.invoice import ApprovedInvoice

# Why a canceled invoice is closed whose bill is undone; and by what its reversal names it.
REVERSED = "reversed"
REVERSES = "reverses"
_SUFFIX = "-R"


def render_reversal(invoice: ApprovedInvoice, invoice_id: str, *, today: date, length_max: int) -> ApprovedInvoice:
    """The credit memo, dated today, that undoes an invoice; its number, at most ``length_max`` characters, is the
    invoice's with ``-R``."""
    number = (invoice.invoice_number or "")[: length_max - len(_SUFFIX)] + _SUFFIX
    return replace(
        invoice,
        kind="credit_memo",
        invoice_number=number,
        invoice_date=today,
        due_date=None,
        post_period=None,
        terms=None,
        external_id=f"{invoice.external_id or invoice_id}{_SUFFIX}",
        status=None,
        attachments=(),
        applies_to=invoice.invoice_number,
        custom={REVERSES: invoice_id},
    )


def reverse_plan(plan: BillPlan, own: BillPlan, ref: BillKey) -> BillPlan:
    """The debit adjustment with the lines of the bill as they were booked; ``own`` is what the reversal's document
    gives: kind, day, period, number and mark."""
    return replace(
        plan,
        type="Debit Adj.",
        vendor_ref=own.vendor_ref,
        dated_on=own.dated_on,
        post_period=own.post_period,
        due_on=None,
        terms=None,
        marker=own.marker,
        description=f"{own.marker} Reversal of {ref}",
        description_cut=False,
    )
