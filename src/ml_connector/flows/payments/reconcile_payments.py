"""Reconcile: both sides' payments as they are now, line by line and in total. Reads only; nothing is ever paid here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_connector.domain.matching import PaymentLine
from ml_connector.domain.reconciliation import Totals, tie_totals
from ml_connector.flows.context import FlowContext
from ml_connector.flows.payments.carry_payments import match_all
from ml_connector.flows.payments.read_checks import refresh_checks


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All lines and their totals; amounts of several currencies are added up as they stand in each document."""

    lines: tuple[PaymentLine, ...]
    totals: Totals


def reconcile_payments(context: FlowContext, period: str | None) -> Reconciliation:
    """The lines of one month (``YYYY-MM``, by the payment's day), of all time for None."""
    # A pass still has to learn from what is new: which bills to look at again.
    read = refresh_checks(context, keep=False)
    if read.error is not None:
        raise read.error
    lines = _of_period(match_all(context, read.checks), period)
    return Reconciliation(lines, tie_totals(lines))


def _of_period(lines: Sequence[PaymentLine], period: str | None) -> tuple[PaymentLine, ...]:
    if period is None:
        return tuple(lines)
    return tuple(line for line in lines if line.paid_on is not None and f"{line.paid_on:%Y-%m}" == period)
