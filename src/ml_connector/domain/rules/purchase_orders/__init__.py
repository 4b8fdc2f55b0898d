"""Rules about purchase orders a line refers to (``ap_domain.md`` 1.10 and 4.6). Pure."""

from __future__ import annotations

from ml_connector.domain.rules.purchase_orders.eligibility import check_purchase_orders

__all__ = ["check_purchase_orders"]
