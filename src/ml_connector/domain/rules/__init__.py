"""The rules: one family a file, each a function that returns every finding it has, all at once.

``check_invoice`` is the one door. A rule never reaches outside and never raises for wrong data.
"""

from __future__ import annotations

from ml_connector.domain.codes.renames import follow_invoice
from ml_connector.domain.rules.accounts import check_accounts
from ml_connector.domain.rules.branches import check_branches
from ml_connector.domain.rules.duplicates import check_duplicates
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.header import check_header
from ml_connector.domain.rules.jobs import check_jobs
from ml_connector.domain.rules.periods import check_period
from ml_connector.domain.rules.purchase_orders import check_purchase_orders
from ml_connector.domain.rules.retainage import check_retainage
from ml_connector.domain.rules.taxes import check_taxes
from ml_connector.domain.rules.vendors import check_renamed, check_vendor
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.problems import Finding

_FAMILIES = (
    check_vendor,
    check_header,
    check_period,
    check_duplicates,
    check_branches,
    check_accounts,
    check_jobs,
    check_purchase_orders,
    check_taxes,
    check_retainage,
)


def check_invoice(invoice: ApprovedInvoice, facts: Facts) -> tuple[Finding, ...]:
    """Every finding of every rule about one invoice; it may be posted by itself only where none is ``stop`` or
    ``review``."""
    current = follow_invoice(invoice, facts.snapshot.renames)
    found = (finding for check in _FAMILIES for finding in check(current, facts))
    return (*check_renamed(invoice, facts), *found)
