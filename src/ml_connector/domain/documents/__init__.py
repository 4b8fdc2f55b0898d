"""Canonical documents (operator contract, section 4) both ways: approved invoices and payments as plain objects.

Amounts and quantities are decimal texts, days ISO, absent values None. Parsing is for what was rendered here; a text
that is no such value is a ValueError, never guessed at.
"""

from __future__ import annotations

from ml_connector.domain.documents.invoices import parse_invoice, render_invoice
from ml_connector.domain.documents.payments import parse_payment, render_payment

__all__ = ["parse_invoice", "parse_payment", "render_invoice", "render_payment"]
