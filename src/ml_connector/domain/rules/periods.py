"""Rules about the financial period (``ap_domain.md`` 1.5 and 4.2). Pure."""

from __future__ import annotations

from ml_connector.domain.findings import finding_of
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import PeriodChoice, PeriodStatus, choose_period
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.problems import Finding

_CODES: dict[PeriodStatus, str] = {"inactive": "H07", "closed": "H08", "closed_in_ap": "H09", "locked": "H10"}
_WORDS: dict[PeriodStatus, str] = {
    "inactive": "not opened",
    "closed": "closed",
    "closed_in_ap": "closed in AP",
    "locked": "locked",
}


def check_period(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """H06 to H10 and H12: is there a period the bill may post to? Silent where periods cannot be read."""
    choice = choose_period(invoice, facts)
    field = "invoice_date" if invoice.post_period is None else "post_period"
    if choice.status in ("unread", "open"):
        return []
    if choice.status == "absent":
        wanted = f"The period {_shown(invoice.post_period)}" if invoice.post_period else f"{invoice.invoice_date}"
        message = f"{wanted} lies in no financial period of Acumatica."
        return [finding_of("H06", field, found=invoice.post_period or str(invoice.invoice_date), message=message)]
    if choice.target is not None:
        message = f"{_chain(choice)}, posted to {_shown(choice.target)}."
        return [
            finding_of(
                _CODES[choice.status],
                field,
                severity="note",
                expected=choice.target,
                found=choice.wanted,
                message=message,
                fix="Nothing to do; the invoice date is kept.",
            )
        ]
    if choice.passed:
        message = f"{_chain(choice)}; no later month is open."
        return [finding_of("H12", field, found=choice.wanted, message=message)]
    message = f"Month {_shown(choice.wanted)} is {_WORDS[choice.status]}."
    return [finding_of(_CODES[choice.status], field, found=choice.wanted, message=message)]


def _chain(choice: PeriodChoice) -> str:
    return ", ".join(f"{_shown(period)} {_WORDS[status]}" for period, status in choice.passed)


def _shown(period: str | None) -> str:
    """``10-2026`` for ``2026-10``, as Acumatica shows it."""
    year, _, month = (period or "").partition("-")
    return f"{month}-{year}"
