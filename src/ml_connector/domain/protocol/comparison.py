"""Comparing the bill that was sent with the bill that is there, field by field (posting protocol, 4.9). Pure.

What the plan leaves open (None) is not compared. Codes compare without regard to case and padding, subaccounts and cost
codes without separators, numbers by value, texts without regard to blanks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector.domain.codes import same_code, same_segmented_code
from ml_connector.domain.findings import finding_of, line_field, render_figure
from ml_connector.domain.keys import same_reference
from ml_connector.domain.values.bill import Bill, BillLine, BillPlan
from ml_connector.domain.values.money import UNSTATED
from ml_connector.problems import Finding

# Before release the balance is the document's own total as Acumatica computes it.
UNRELEASED_STATUSES = frozenset({"On Hold", "Pending Approval", "Balanced", "Rejected"})
_NON_PROJECT = "X"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One field that is not as it was sent; ``line`` counts from 1, None for the header."""

    field: str
    expected: str | None
    found: str | None
    line: int | None = None


def compare_bill(plan: BillPlan, bill: Bill) -> tuple[Mismatch, ...]:
    """Every difference between what was sent and what is there; empty means equal. A bill read without its lines is
    different, since nothing proves them."""
    return (*_compare_header(plan, bill), *_compare_totals(plan, bill), *_compare_lines(plan, bill))


def same_line(sent: BillLine, there: BillLine) -> bool:
    """Is a row of a bill as it was sent? What was left open is not compared."""
    return not any(_compare_line(sent, there, 0))


def same_heading(bill: Bill, other: Bill) -> bool:
    """Are two reads of a bill equal in all but lines and taxes, which a list does not show?"""
    return replace(bill, lines=None, taxes=None) == replace(other, lines=None, taxes=None)


def findings_for_mismatch(plan: BillPlan, mismatches: tuple[Mismatch, ...]) -> tuple[Finding, ...]:
    """One finding for each difference, in words: Z12, or X01 and X04 where it is the tax."""
    return tuple(_finding_for(plan, mismatch) for mismatch in mismatches)


def _compare_header(plan: BillPlan, bill: Bill) -> Iterator[Mismatch]:
    currency = None if plan.currency == UNSTATED else plan.currency
    checks: tuple[tuple[str, object, object, bool], ...] = (
        ("type", plan.type, bill.key.type, same_code(plan.type, bill.key.type)),
        ("vendor", plan.vendor, bill.vendor, same_code(plan.vendor, bill.vendor)),
        ("vendor_ref", plan.vendor_ref, bill.vendor_ref, same_reference(plan.vendor_ref, bill.vendor_ref)),
        ("dated_on", plan.dated_on, bill.dated_on, plan.dated_on == bill.dated_on),
        ("currency", currency, bill.currency, same_code(currency, bill.currency)),
        ("post_period", plan.post_period, bill.post_period, plan.post_period == bill.post_period),
        ("terms", plan.terms, bill.terms, same_code(plan.terms, bill.terms)),
        ("due_on", plan.due_on, bill.due_on, plan.due_on == bill.due_on),
        ("branch", plan.branch, bill.branch, same_code(plan.branch, bill.branch)),
        ("description", plan.description, bill.description, _same_text(plan.description, bill.description)),
    )
    for field, expected, found, equal in checks:
        if expected is not None and not equal:
            yield Mismatch(field, _shown(expected), _shown(found))


def _compare_totals(plan: BillPlan, bill: Bill) -> Iterator[Mismatch]:
    if plan.amount != bill.amount:
        yield Mismatch("amount", _shown(plan.amount), _shown(bill.amount))
    stated, computed = plan.stated_tax or Decimal(0), bill.tax_total or Decimal(0)
    balance = bill.balance if bill.status in UNRELEASED_STATUSES and bill.balance else None
    if stated != computed and not (stated == 0 and balance == plan.amount):
        # Use tax is told as tax too, but the vendor is not paid it: then the balance equals what was sent.
        yield Mismatch("tax_total", _shown(stated), _shown(computed))
    elif balance is not None and balance != plan.amount:
        yield Mismatch("balance", _shown(plan.amount), _shown(balance))


def _compare_lines(plan: BillPlan, bill: Bill) -> Iterator[Mismatch]:
    if bill.lines is None:
        yield Mismatch("lines", str(len(plan.lines)), None)
        return
    if len(plan.lines) != len(bill.lines):
        yield Mismatch("lines", str(len(plan.lines)), str(len(bill.lines)))
        return
    pairs = zip(plan.lines, bill.lines, strict=True)
    mismatches = [
        mismatch for position, (sent, there) in enumerate(pairs, 1) for mismatch in _compare_line(sent, there, position)
    ]
    if mismatches and not _same_in_other_order(plan.lines, bill.lines):
        yield from mismatches


def _same_in_other_order(sent: tuple[BillLine, ...], there: tuple[BillLine, ...]) -> bool:
    """Is every line there once, though at another place? The order of lines carries no money."""
    left = list(there)
    for line in sent:
        match = next((other for other in left if not list(_compare_line(line, other, 0))), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _compare_line(sent: BillLine, there: BillLine, position: int) -> Iterator[Mismatch]:
    for field, equal in _LINE_CHECKS:
        expected, found = getattr(sent, field), getattr(there, field)
        if expected is not None and not equal(expected, found):
            yield Mismatch(field, _shown(expected), _shown(found), position)


def _same_value(one: object, other: object) -> bool:
    return one == other


def _same_project(one: str, other: str | None) -> bool:
    return same_code(one, other) or (other is None and same_code(one, _NON_PROJECT))


def _same_text(one: str | None, other: str | None) -> bool:
    return one is not None and one.split() == (other or "").split()


_LINE_CHECKS: tuple[tuple[str, Callable[..., bool]], ...] = (
    ("amount", _same_value),
    ("description", _same_text),
    ("account", same_code),
    ("subaccount", same_segmented_code),
    ("branch", same_code),
    ("project", _same_project),
    ("task", same_code),
    ("cost_code", same_segmented_code),
    ("inventory_id", same_code),
    ("quantity", _same_value),
    ("unit", same_code),
    ("unit_cost", _same_value),
    ("tax_category", same_code),
    ("po_type", same_code),
    ("po_number", same_code),
    ("po_line", _same_value),
    ("receipt_type", same_code),
    ("receipt_number", same_code),
    ("receipt_line", _same_value),
)
_WORDS = {
    "vendor_ref": "the invoice number",
    "dated_on": "the date",
    "post_period": "the period",
    "due_on": "the due date",
    "cost_code": "the cost code",
    "inventory_id": "the item",
    "unit_cost": "the unit price",
    "tax_category": "the tax category",
    "po_type": "the type of the purchase order",
    "po_number": "the purchase order",
    "po_line": "the line of the purchase order",
    "receipt_type": "the type of the receipt",
    "receipt_number": "the receipt",
    "receipt_line": "the line of the receipt",
    "tax_total": "the tax",
    "balance": "the total",
    "lines": "the number of lines",
}


def _finding_for(plan: BillPlan, mismatch: Mismatch) -> Finding:
    expected, found = mismatch.expected, mismatch.found
    if mismatch.field == "tax_total":
        code = "X01" if plan.stated_tax else "X04"
        message = f"Acumatica computes {found} of tax; the invoice states {expected}."
        return finding_of(code, "tax_total", expected=expected, found=found, message=message)
    words = _WORDS.get(mismatch.field, f"the {mismatch.field}")
    where = f"On line {mismatch.line} " if mismatch.line else "On the bill "
    message = f"{where}{words} is {found or 'empty'}; {expected} was sent."
    field = mismatch.field if mismatch.line is None else line_field(mismatch.line, mismatch.field)
    return finding_of("Z12", field, expected=expected, found=found, message=message)


def _shown(value: object) -> str | None:
    if value is None:
        return None
    return render_figure(value) if isinstance(value, Decimal) else str(value).strip()
