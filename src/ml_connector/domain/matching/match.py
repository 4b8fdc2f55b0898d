"""Matching payments: from files and checks to one line for each application. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ml_connector.domain.matching.values import InvoiceLink, MatchPolicy, PaymentLine
from ml_connector.domain.payment import Check, PaymentResult, StampliPayment


def match_payments(
    payments: Iterable[StampliPayment],
    checks: Iterable[Check],
    invoices: Iterable[InvoiceLink],
    policy: MatchPolicy,
) -> tuple[PaymentLine, ...]:
    """One line for each application of each Stampli payment, the gravest first. ``checks`` are all AP payments of the
    tenant with their applications."""
    raise NotImplementedError


def payment_results(lines: Iterable[PaymentLine]) -> Mapping[str, tuple[PaymentResult, str | None]]:
    """The result and code of each payment by its id: those of its gravest line."""
    raise NotImplementedError
