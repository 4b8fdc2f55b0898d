"""Running the rules in tests: the findings of an invoice as short rows."""

from __future__ import annotations

from typing import Any

from ml_connector.domain.rules import check_invoice
from ml_connector.domain.values.invoice import ApprovedInvoice
from tests.builders import facts


def codes(invoice: ApprovedInvoice, **members: Any) -> list[str]:
    """The codes of all findings, in order."""
    return [finding.code for finding in check_invoice(invoice, facts(**members))]


def rows(invoice: ApprovedInvoice, **members: Any) -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    """Code, severity, field, message and suggestions of all findings, in order."""
    return [
        (finding.code, finding.severity, finding.field, finding.message, finding.suggestions)
        for finding in check_invoice(invoice, facts(**members))
    ]
