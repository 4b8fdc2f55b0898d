"""Which records may be picked for coding in Stampli, and why not (``ap_domain.md`` 2.1 to 2.5). Pure.

A refusal is a reason in plain words; None means the record may be picked. What cannot be read is not held against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ml_connector.domain.values.master_data import (
    Account,
    Branch,
    CostCode,
    InventoryItem,
    PaymentTerms,
    Project,
    ProjectTask,
    PurchaseOrder,
    PurchaseOrderLine,
    Subaccount,
    TaxCategory,
    Vendor,
)

# Why a row is inactive whose record is not there any more.
GONE = "no longer in Acumatica"
VendorStatus = Literal["active", "on_hold", "hold_payments", "one_time", "inactive", "unknown"]
CODING_TYPES = frozenset({"expense", "asset"})
COST_TASK_TYPES = frozenset({"cost", "cost and revenue", "costrevenue"})
BILLABLE_STATUSES = frozenset({"open", "completed"})
# An item that may still be sold, or that people may not request, is bought all the same.
ITEM_STATUSES = frozenset({"active", "nosales", "norequest"})
CONTAINER_TYPES = frozenset({"blanket", "standard"})
# Labels vary a little from build to build (acumatica_api.md 7): letters alone count.
_VENDOR_STATUSES: dict[str, VendorStatus] = {
    "active": "active",
    "hold": "on_hold",
    "onhold": "on_hold",
    "holdpayments": "hold_payments",
    "holdpayment": "hold_payments",
    "onetime": "one_time",
    "inactive": "inactive",
}


@dataclass(frozen=True, slots=True)
class VendorCoding:
    """May the vendor be coded, are its payments on hold, and why it may not be coded."""

    active: bool
    payments_on_hold: bool = False
    reason: str | None = None


def vendor_status(vendor: Vendor) -> VendorStatus:
    """The vendor's status, whatever the label's spelling; ``unknown`` for a label that is none of the five."""
    return _VENDOR_STATUSES.get(re.sub(r"[^a-z]", "", vendor.status.casefold()), "unknown")


def vendor_coding(vendor: Vendor) -> VendorCoding:
    """What coding allows a vendor of that status, tax agencies and unions left out (``ap_domain.md`` 2.1)."""
    status = vendor_status(vendor)
    if status in ("active", "one_time", "hold_payments"):
        return VendorCoding(vendor.other_kind is None, status == "hold_payments", vendor.other_kind)
    if status == "on_hold":
        return VendorCoding(active=False, payments_on_hold=True, reason="on hold")
    return VendorCoding(active=False, reason="inactive" if status == "inactive" else f"status {vendor.status}")


def account_refusal(account: Account) -> str | None:
    """Control, cash and inactive accounts never, and only expense and asset accounts."""
    if not account.active:
        return "inactive"
    if account.control:
        return "reserved for the subledger"
    if account.cash_account:
        return "cash account"
    if account.type.strip().casefold() not in CODING_TYPES:
        return "not an expense or asset account"
    return None


def subaccount_refusal(subaccount: Subaccount) -> str | None:
    """Only active ones."""
    return None if subaccount.active else "inactive"


def branch_refusal(branch: Branch) -> str | None:
    """Only active ones."""
    return None if branch.active else "inactive"


def project_refusal(project: Project) -> str | None:
    """Only Active projects that AP may see."""
    if not same_label(project.status, "Active"):
        return project.status.strip().lower() or "not active"
    return "hidden from AP" if project.visible_in_ap is False else None


def task_refusal(task: ProjectTask, project: Project | None) -> str | None:
    """Only Active cost tasks that AP may see, of a project that may be picked (None: it is not known)."""
    if project is not None:
        reason = project_refusal(project)
        if reason is not None:
            return f"project {reason}"
    if not same_label(task.status, "Active"):
        return task.status.strip().lower() or "not active"
    if is_revenue_only(task):
        return "not a cost task"
    return "hidden from AP" if task.visible_in_ap is False else None


def cost_code_refusal(cost_code: CostCode) -> str | None:
    """Only active ones, where the tenant tells it."""
    return "inactive" if cost_code.active is False else None


def terms_refusal(terms: PaymentTerms) -> str | None:
    """Only terms that a bill may have."""
    return None if terms.for_vendors else "not for vendors"


def tax_category_refusal(category: TaxCategory) -> str | None:
    """Only active ones."""
    return None if category.active else "inactive"


def item_refusal(item: InventoryItem) -> str | None:
    """Only items that may be bought."""
    letters = re.sub(r"[^a-z]", "", item.status.casefold())
    return None if letters in ITEM_STATUSES else item.status.strip().lower() or "not active"


def order_refusal(order: PurchaseOrder) -> str | None:
    """Open and Completed orders only; a blanket or standard order is never billed itself."""
    if order.order_type.strip().casefold() in CONTAINER_TYPES:
        return f"a {order.order_type.strip().lower()} order is not billed itself"
    if order.status.strip().casefold() not in BILLABLE_STATUSES:
        return f"order {order.status.strip().lower()}"
    return None


def order_line_refusal(order: PurchaseOrder, line: PurchaseOrderLine) -> str | None:
    """Lines of a billable order with something left to bill, texts left out."""
    reason = order_refusal(order)
    if reason is not None:
        return reason
    if line.cancelled:
        return "line canceled"
    if line.line_type is not None and line.line_type.strip().casefold() == "description":
        return "a text, not a line to bill"
    if line.closed or (line.unbilled_quantity == 0 and line.unbilled_amount == 0):
        return "fully billed"
    return None


def is_revenue_only(task: ProjectTask) -> bool:
    """Is the task known to be of a type that carries no cost?"""
    return task.type is not None and task.type.strip().casefold() not in COST_TASK_TYPES


def same_label(one: str, other: str) -> bool:
    """Are these one label of a drop-down, without regard to case and outer blanks?"""
    return one.strip().casefold() == other.strip().casefold()
