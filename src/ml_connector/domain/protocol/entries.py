"""The entries a bill will make when it is released: each line against the payables account, to the cent. Pure.

What Acumatica decides by itself (the account of an item, of a receipt's accrual, of a tax) is left open, never guessed.
"""

from __future__ import annotations

from decimal import Decimal

from ml_connector.domain.values.bill import BillPlan
from ml_connector.domain.values.draft import LedgerEntry

_ZERO = Decimal(0)


def plan_entries(plan: BillPlan, payables_account: str | None) -> tuple[LedgerEntry, ...]:
    """Lines and tax on one side, the payables account on the other, a discount on the other side of its lines; a debit
    adjustment the other way round. The sums of both sides are equal."""
    sides = [
        *((line.amount, line.account, line.subaccount, line.branch or plan.branch) for line in plan.lines),
        (plan.amount - sum((line.amount for line in plan.lines), _ZERO), None, None, plan.branch),
        (-plan.amount, payables_account, None, plan.branch),
    ]
    sign = -1 if plan.type == "Debit Adj." else 1
    return tuple(
        LedgerEntry(account, subaccount, branch, max(sign * amount, _ZERO), max(-sign * amount, _ZERO))
        for amount, account, subaccount, branch in sides
        if amount
    )
