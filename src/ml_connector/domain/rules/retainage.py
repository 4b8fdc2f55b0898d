"""Rules about retainage (``ap_domain.md`` 1.11 and 4.8). Pure. The stock contract cannot carry it on a bill, so a
document that states it is never posted without: the sub would be overpaid.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.findings import finding_of, line_field, render_figure
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import line_name
from ml_connector.domain.rules.purchase_orders.links import OrderUse, order_uses
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.money import Money
from ml_connector.problems import Finding

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)


def check_retainage(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """T01, T03 and T04: no tenant's endpoint is known to carry retainage, stated or a subcontract's own."""
    findings: list[Finding] = []
    held = _ZERO
    for place, line in enumerate(invoice.lines, 1):
        faults = _check_line(place, line)
        findings += faults
        held += _ZERO if faults else _held(line)
    held = held or sum(map(_held_by_order, order_uses(invoice, facts)), _ZERO)
    if held:
        message = f"The sub would be overpaid by {render_figure(held)}: retainage cannot be set on this bill from here."
        findings.append(finding_of("T01", "lines", expected=render_figure(held), found="0.00", message=message))
    return findings


def _check_line(place: int, line: InvoiceLine) -> list[Finding]:
    percent, amount = line.retainage_percent, line.retainage_amount
    if percent is not None and not _ZERO <= percent <= _HUNDRED:
        message = f"Retainage of {percent} percent on line {line_name(place, line)} is not possible."
        return [finding_of("T03", line_field(place, "retainage_percent"), found=str(percent), message=message)]
    if amount is None or not amount:
        return []
    whole = line.amount.amount
    if abs(amount.amount) <= abs(whole) and (amount.amount < 0) == (whole < 0):
        return []
    name = f"line {line_name(place, line)}"
    message = f"Retainage of {render_figure(amount.amount)} on {name} does not fit its {render_figure(whole)}."
    return [finding_of("T04", line_field(place, "retainage_amount"), found=amount.render(), message=message)]


def _held_by_order(use: OrderUse) -> Decimal:
    """What the subcontract holds back of this billing."""
    percent = use.line.retainage_percent or _ZERO
    return (use.amount * percent / _HUNDRED).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _held(line: InvoiceLine) -> Decimal:
    if line.retainage_amount is not None:
        return line.retainage_amount.amount
    if line.retainage_percent is None:
        return _ZERO
    return Money(line.amount.amount * line.retainage_percent / _HUNDRED, line.amount.currency).rounded().amount
