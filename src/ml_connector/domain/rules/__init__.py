"""The rules: one family a file, each a function that returns every finding it has, all at once.

``check_invoice`` is the one door. A rule never reaches outside and never raises for wrong data.
"""

from __future__ import annotations

from ml_connector.domain.invoice import ApprovedInvoice
from ml_connector.domain.rules.facts import Facts
from ml_connector.problems import Finding


def check_invoice(invoice: ApprovedInvoice, facts: Facts) -> tuple[Finding, ...]:
    """Every finding of every rule about one invoice; the invoice may be posted by itself only where none is ``stop`` or
    ``review``."""
    return ()
