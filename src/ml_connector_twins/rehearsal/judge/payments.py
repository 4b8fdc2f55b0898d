"""How payments must reconcile: matched, explained, or a named break; and that nothing is left unexplained. Pure.

The totals are counted again from the Acumatica twin's checks and from what was planted on Stampli's side.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ml_connector_twins.rehearsal.judge.evidence import Evidence, Expectation, Found, Record, amount
from ml_connector_twins.rehearsal.product import mapping, rows
from ml_connector_twins.stampli.outgoing import Payment


def payment_ends(case: str, payment_id: str, result: str, *, code: str = "") -> Expectation:
    """The day's passes show that payment with this result and code."""
    expected = f"{result} {code}".strip()

    def find(evidence: Evidence) -> Found:
        shown = [row for row in evidence.sync_rows("payments") if row.get("payment_id") == payment_id]
        if not shown:
            return Found("not in the day's payments", False)
        row = shown[-1]
        words = f"{row.get('result')} {row.get('code') or ''}".strip()
        return Found(words, row.get("result") == result and (not code or row.get("code") == code))

    return Expectation(case, expected, find)


def break_open(case: str, invoice_number: str, code: str, difference: Decimal) -> Expectation:
    """`reconcile` names the break with its code and its difference (Acumatica less Stampli)."""

    def find(evidence: Evidence) -> Found:
        breaks = _breaks(evidence, invoice_number)
        words = ", ".join(f"{row.get('code')} {row.get('difference')}" for row in breaks) or "no break"
        fits = [b for b in breaks if b.get("code") == code and amount(b.get("difference")) == difference]
        return Found(words, len(fits) == 1)

    return Expectation(case, f"{code} {difference:.2f}", find)


def break_closed(case: str, invoice_number: str) -> Expectation:
    """A break of an earlier day is gone because its cause is gone."""

    def find(evidence: Evidence) -> Found:
        words = ", ".join(str(row.get("code")) for row in _breaks(evidence, invoice_number))
        return Found(words or "no break", not words)

    return Expectation(case, "no break", find)


def reconciled(payments: Sequence[Payment]) -> Expectation:
    """Both sides' totals are what really was paid, and named breaks explain the whole difference."""
    stampli = sum((payment.amount for payment in payments), Decimal(0))

    def find(evidence: Evidence) -> Found:
        totals = mapping(mapping(evidence.reconcile.document).get("totals"))
        shown = {name: amount(totals.get(name)) for name in ("stampli_paid", "acumatica_paid", "unexplained")}
        real = {"stampli_paid": stampli, "acumatica_paid": _really_paid(evidence), "unexplained": Decimal(0)}
        words = ", ".join(f"{name} {value:,.2f}" for name, value in shown.items())
        wrong = [f"{name} is really {real[name]:,.2f}" for name in shown if shown[name] != real[name]]
        return Found("; ".join([words, *wrong]), bool(totals) and not wrong)

    return Expectation("reconciled to the cent", "unexplained 0.00", find)


def _really_paid(evidence: Evidence) -> Decimal:
    """Money that left on released checks of the books, a voided one and its reversal apart."""
    live = [check for check in evidence.books.checks if check.get("Status") in ("Open", "Closed")]
    return sum((amount(check.get("PaymentAmount")) for check in live), Decimal(0))


def _breaks(evidence: Evidence, invoice_number: str) -> list[Record]:
    document = mapping(evidence.reconcile.document)
    return [row for row in rows(document.get("breaks")) if row.get("invoice_number") == invoice_number]
