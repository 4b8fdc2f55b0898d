"""Payments of both systems matched by the invoice's identity, pure: matched, explained, a break, or waiting.

The answer does not depend on the order of anything given. Nothing here ever creates or voids a payment.
"""

from __future__ import annotations

from ml_connector.domain.matching.match import match_payments, payment_results
from ml_connector.domain.matching.values import InvoiceLink, MatchPolicy, PaymentLine, invoice_link

__all__ = ["InvoiceLink", "MatchPolicy", "PaymentLine", "invoice_link", "match_payments", "payment_results"]
