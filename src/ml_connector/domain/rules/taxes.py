"""Rules about tax that can be known before posting (``ap_domain.md`` 4.7). Pure; what Acumatica computes is compared
after the bill is created on hold.
"""

from __future__ import annotations

from ml_connector.domain.findings import finding_of, render_figure
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import vendor_of
from ml_connector.domain.values.invoice import ApprovedInvoice, stated_tax
from ml_connector.problems import Finding


def check_taxes(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """X03: tax is stated, but the vendor has no tax zone, so none would be computed."""
    vendor, tax = vendor_of(invoice, facts), stated_tax(invoice)
    if vendor is None or not tax or vendor.tax_zone:
        return []
    message = f"Tax of {render_figure(tax.amount)} would be dropped: vendor {vendor.vendor_id} has no tax zone."
    return [finding_of("X03", "tax_total", found=render_figure(tax.amount), message=message)]
