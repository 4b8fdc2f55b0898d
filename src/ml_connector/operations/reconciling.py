"""How proof and reconciliation are shown outside (operator contract, section 5). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from ml_connector.domain.matching import PaymentLine
from ml_connector.domain.reconciliation import BookingProof, Difference, ProofEntry, Totals
from ml_connector.domain.values.money import Money
from ml_connector.errors import ConfigurationError
from ml_connector.operations.views import JsonObject

_PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def require_period(text: str | None) -> None:
    """Pass for a month as ``YYYY-MM`` and for none; ConfigurationError ``cli.bad_period`` for anything else."""
    if text is not None and not _PERIOD.fullmatch(text):
        raise ConfigurationError(
            f"{text!r} is no month",
            fix="Write it as YYYY-MM, for example 2026-10.",
            stage="arguments",
            code="cli.bad_period",
            at="settings",
        )


def render_proof(rows: Sequence[BookingProof]) -> list[JsonObject]:
    """One row a currency."""
    return [_proof_row(row) for row in rows]


def render_reconciliation(lines: Sequence[PaymentLine], totals: Totals) -> JsonObject:
    """Counts of what matched and what is explained, every break, and the totals."""
    return {
        "matched": sum(1 for line in lines if line.result == "matched"),
        "explained": sum(1 for line in lines if line.result == "explained"),
        "waiting": sum(1 for line in lines if line.result == "waiting"),
        "breaks": [_break_row(line) for line in lines if line.result == "break"],
        "totals": {
            "stampli_paid": _money(totals.stampli_paid),
            "acumatica_paid": _money(totals.acumatica_paid),
            "difference": _money(totals.difference),
            "explained": _money(totals.explained),
            "unexplained": _money(totals.unexplained),
        },
    }


def _proof_row(row: BookingProof) -> JsonObject:
    return {
        "currency": row.currency,
        "approved": row.approved,
        "booked_once": row.booked_once,
        "in_flight": row.in_flight,
        "not_posted": len(row.not_posted) + len(row.refused),
        "missing": [_entry(entry, row.currency) for entry in row.missing],
        "twice": [_entry(entry, row.currency) for entry in row.twice],
        "held_doubles": [_entry(entry, row.currency) for entry in row.held_doubles],
        "approved_total": _money(row.approved_total, row.currency),
        "booked_total": _money(row.booked_total, row.currency),
        "in_flight_total": _money(row.in_flight_total, row.currency),
        "not_posted_total": _money(row.not_posted_total, row.currency),
        "residual": _money(row.residual, row.currency),
        "files": row.files,
        "documents": row.documents,
        "left_out": row.left_out,
        "left_out_total": _money(row.left_out_total, row.currency),
        "differences": [_difference(each, row.currency) for each in row.differences],
        "reasons": [_entry(entry, row.currency) for entry in (*row.not_posted, *row.refused)],
    }


def _entry(entry: ProofEntry, currency: str) -> JsonObject:
    return {
        "id": entry.invoice_id,
        "vendor_id": entry.vendor_id,
        "invoice_number": entry.invoice_number,
        "amount": _money(entry.amount, currency),
        "bills": [str(bill) for bill in entry.bills],
        "reason": entry.reason,
    }


def _difference(each: Difference, currency: str) -> JsonObject:
    return {
        "code": each.code,
        "id": each.entry.invoice_id,
        "vendor_id": each.entry.vendor_id,
        "invoice_number": each.entry.invoice_number,
        "bills": [str(bill) for bill in each.entry.bills],
        "expected": _money(each.expected, currency),
        "found": _money(each.found, currency),
        "difference": _money(each.found - each.expected, currency),
        "message": each.message,
        "fix": each.fix,
        "who": each.who,
    }


def _break_row(line: PaymentLine) -> JsonObject:
    return {
        "code": line.code,
        "payment_id": line.payment_id,
        "vendor_id": line.vendor_id,
        "invoice_number": line.invoice_number,
        "stampli": _money(line.stampli, line.currency),
        "acumatica": _money(line.acumatica, line.currency),
        "difference": _money(line.acumatica - line.stampli, line.currency),
        "message": line.message,
        "fix": line.fix,
        "who": line.who,
    }


def _money(amount: Decimal, currency: str = "USD") -> str:
    return Money(amount, currency).render()
