"""Setting a stated tax on a bill on hold, and what is told of it (``ap_domain.md`` 1.8; scenario S17). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ml_connector.domain.findings import finding_of, render_figure
from ml_connector.domain.values.bill import Bill, BillPlan, BillTax
from ml_connector.domain.values.money import Money
from ml_connector.problems import Finding


def plan_taxes(bill: Bill, stated: Decimal) -> tuple[BillTax, ...]:
    """The bill's tax details with the stated tax split by the computed proportions, the last taking the rounding; empty
    where the bill's taxes do not add up to its tax total (then nobody can say which to change)."""
    taxes = bill.taxes or ()
    computed = sum((tax.amount for tax in taxes), Decimal(0))
    if not computed or computed != (bill.tax_total or Decimal(0)):
        return ()
    shares = [_rounded(stated * tax.amount / computed, bill.currency) for tax in taxes[:-1]]
    shares.append(stated - sum(shares, Decimal(0)))
    return tuple(replace(tax, amount=share) for tax, share in zip(taxes, shares, strict=True))


def note_tax_set(computed: Decimal, stated: Decimal, tolerance: Decimal) -> Finding:
    """The note (X01) that the stated tax was set on the bill."""
    message = (
        f"Tax computed {render_figure(computed)}, stated {render_figure(stated)}, within {render_figure(tolerance)}: "
        "the stated tax was set."
    )
    return finding_of(
        "X01",
        "tax_total",
        severity="note",
        expected=render_figure(stated),
        found=render_figure(computed),
        message=message,
        fix="Nothing to do.",
    )


def findings_for_no_override(computed: Decimal, stated: Decimal) -> tuple[Finding, ...]:
    """X12: this tenant does not let the stated tax be set; the bill stays on hold."""
    message = (
        f"Acumatica computes {render_figure(computed)} of tax, the invoice states {render_figure(stated)}, and the tax "
        "cannot be set here; the bill stays on hold."
    )
    return (
        finding_of(
            "X12",
            "tax_total",
            expected=render_figure(stated),
            found=render_figure(computed),
            message=message,
        ),
    )


def note_due_date(plan: BillPlan, bill: Bill, *, stated_on: date | None) -> tuple[Finding, ...]:
    """The note (H27) that the due date by the terms is not the one the invoice states; empty where they agree."""
    if stated_on is None or bill.due_on is None or plan.due_on is not None or bill.due_on == stated_on:
        return ()
    message = f"Due on {bill.due_on} by the terms in Acumatica; Stampli says {stated_on}."
    return (finding_of("H27", "due_date", expected=str(stated_on), found=str(bill.due_on), message=message),)


def _rounded(amount: Decimal, currency: str | None) -> Decimal:
    return Money(amount, currency or "USD").rounded().amount
