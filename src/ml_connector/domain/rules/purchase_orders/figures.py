"""Rules about what is left to bill of a purchase order (``ap_domain.md`` 1.10): quantities, amounts, prices, drafts.
Pure; silent where the tenant does not tell what was billed. Acumatica itself at most warns here.
"""

from __future__ import annotations

from decimal import Decimal

from ml_connector.domain.codes import same_code
from ml_connector.domain.findings import finding_of, line_field, render_figure
from ml_connector.domain.rules.duplicates import counts
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.ledger import OrderClaim
from ml_connector.domain.rules.lookups import booked_lines, booked_value
from ml_connector.domain.rules.purchase_orders.drafts import drafted_quantity, drafts_of_others
from ml_connector.domain.rules.purchase_orders.links import OrderUse
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.master_data import SUBCONTRACT, PurchaseOrderLine
from ml_connector.numerals import parse_whole
from ml_connector.problems import Finding

_ZERO = Decimal(0)


def check_figures(invoice: ApprovedInvoice, uses: tuple[OrderUse, ...], facts: Facts) -> list[Finding]:
    """P14, P16, P17 and P33 for each order line the invoice bills; a credit memo takes nothing of an order."""
    if invoice.kind == "credit_memo" or not uses:
        return []
    findings: list[Finding] = []
    for use in uses:
        findings += _check_price(use, facts)
        if use.line.billing_basis == "receipt":
            findings += _check_received(use, facts)
        else:
            findings += _check_commitment(use, facts)
    return [*findings, *_check_extras(invoice, facts)]


def _check_price(use: OrderUse, facts: Facts) -> list[Finding]:
    """P17: dearer than ordered by more than the lesser of percent and amount."""
    quantity = use.quantity
    if not quantity or not use.line.unit_cost:
        return []
    expected = quantity * use.line.unit_cost
    over = use.amount - expected
    if over <= _tolerance(expected, facts):
        return []
    unit = f" {use.line.unit}" if use.line.unit else ""
    price = render_figure((use.amount / quantity).quantize(Decimal("0.01")))
    ordered = render_figure(use.line.unit_cost)
    message = f"{_number(quantity)}{unit} at {price} against {ordered}, {render_figure(over)} more."
    return [
        finding_of(
            "P17",
            line_field(use.places[0], "amount"),
            expected=render_figure(expected),
            found=render_figure(use.amount),
            message=message,
        )
    ]


def _check_received(use: OrderUse, facts: Facts) -> list[Finding]:
    """P14, or P33 where only drafts of others use it up."""
    line, quantity = use.line, use.quantity
    if quantity is None or line.received_quantity is None or line.billed_quantity is None:
        return []
    left = line.received_quantity - line.billed_quantity
    drafts = sum((claim.quantity or _ZERO for claim in _draft_claims(use, facts)), _ZERO)
    drafts += drafted_quantity(drafts_of_others(use, facts), line.unit_cost)
    excess = quantity - (left - drafts)
    if excess <= 0:
        return []
    unit = f" {line.unit}" if line.unit else ""
    field = line_field(use.places[0], "quantity")
    worth = render_figure(excess * line.unit_cost)
    if quantity > left:
        excess = quantity - left
        worth = render_figure(excess * line.unit_cost)
        message = (
            f"Billed {_number(quantity)}{unit}, received and unbilled {_number(left)}{unit}, "
            f"excess {_number(excess)}{unit} / {worth}."
        )
        return [finding_of("P14", field, expected=_number(left), found=_number(quantity), message=message)]
    message = (
        f"Available {_number(left - drafts)}{unit} ({_number(left)}{unit} less {_number(drafts)}{unit} in drafts), "
        f"excess {_number(excess)}{unit} / {worth}."
    )
    return [finding_of("P33", field, expected=_number(left - drafts), found=_number(quantity), message=message)]


def _check_commitment(use: OrderUse, facts: Facts) -> list[Finding]:
    """P16, or P33 where only drafts of others use it up."""
    left = _unbilled_amount(use.line)
    if left is None:
        return []
    drafts = sum((claim.amount for claim in _draft_claims(use, facts)), _ZERO)
    drafts += sum((draft.amount for draft in drafts_of_others(use, facts)), _ZERO)
    is_subcontract = same_code(use.order.order_type, SUBCONTRACT)
    tolerance = facts.policy.subcontract_tolerance if is_subcontract else _tolerance(use.amount, facts)
    available = left - drafts
    excess = use.amount - available
    if excess <= tolerance:
        return []
    field = line_field(use.places[0], "amount")
    name = f"line {use.line.line_number} of purchase order {use.order.order_number}"
    if use.amount - left > tolerance:
        message = f"Over commitment by {render_figure(use.amount - left)}: {render_figure(left)} is open on {name}."
        return [
            finding_of("P16", field, expected=render_figure(left), found=render_figure(use.amount), message=message)
        ]
    message = (
        f"Available on {name} is {render_figure(available)} ({render_figure(left)} less {render_figure(drafts)} in "
        f"drafts), excess {render_figure(excess)}."
    )
    return [
        finding_of("P33", field, expected=render_figure(available), found=render_figure(use.amount), message=message)
    ]


def _check_extras(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """P16 for review: charges outside the order beyond what the policy allows on a bill with an order."""
    extras = [(place, line) for place, line in booked_lines(invoice) if not line.po_number and not line.receipt_number]
    total = sum((booked_value(line) for _, line in extras), _ZERO)
    limit = facts.policy.non_po_extra
    if total <= limit:
        return []
    message = f"{render_figure(total)} is billed outside the purchase order; {render_figure(limit)} is allowed."
    return [
        finding_of(
            "P16",
            line_field(extras[0][0], "amount"),
            severity="review",
            expected=render_figure(limit),
            found=render_figure(total),
            message=message,
            fix="Accept the charges, or match them to the order.",
        )
    ]


def _draft_claims(use: OrderUse, facts: Facts) -> list[OrderClaim]:
    """What other documents of ours bill of this order line while Acumatica's figures cannot know it yet."""
    return [
        claim
        for other in facts.ledger.billing(use.order.order_number)
        if other.pending and counts(other, facts)
        for claim in other.claims
        if same_code(claim.order_number, use.order.order_number)
        and parse_whole((claim.line or "").strip()) == use.line.line_number
    ]


def _unbilled_amount(line: PurchaseOrderLine) -> Decimal | None:
    if line.unbilled_amount is not None:
        return line.unbilled_amount
    return None if line.billed_amount is None else line.extended_cost - line.billed_amount


def _tolerance(expected: Decimal, facts: Facts) -> Decimal:
    percent = abs(expected) * facts.policy.price_tolerance_percent / 100
    return min(percent, facts.policy.price_tolerance_amount)


def _number(quantity: Decimal) -> str:
    """A quantity without zeros that carry no value."""
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
