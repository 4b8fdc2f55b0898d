"""What the flows ask of Acumatica's master data. Declares only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ml_connector.domain.values.master_data import (
    Account,
    AttributeValue,
    Branch,
    Combination,
    CostCode,
    Gap,
    InventoryItem,
    OrderDraft,
    PaymentTerms,
    PostPeriod,
    Project,
    ProjectTask,
    PurchaseOrder,
    Segment,
    Subaccount,
    TaxCategory,
    Vendor,
    VendorLocation,
)


class ErpReading(Protocol):
    """Master data as Acumatica has it now, complete or an error; Gap where the tenant does not let it be read."""

    def fetch_vendors(self, held: Mapping[str, Vendor] | None = None) -> tuple[Vendor, ...]:
        """All of them; of a long list, one of ``held`` whose date of change is the same may be given back as it is."""
        ...

    def fetch_vendor(self, vendor_id: str) -> Vendor | None: ...
    def fetch_vendor_locations(self) -> tuple[VendorLocation, ...] | Gap:
        """Those beside the default ones, none where nobody asks for them."""
        ...

    def fetch_accounts(self) -> tuple[Account, ...]: ...
    def fetch_subaccounts(self) -> tuple[Subaccount, ...] | Gap: ...
    def fetch_branches(self) -> tuple[Branch, ...] | Gap: ...
    def fetch_projects(self) -> tuple[Project, ...] | Gap: ...
    def fetch_tasks(self) -> tuple[ProjectTask, ...] | Gap: ...
    def fetch_cost_codes(self) -> tuple[CostCode, ...] | Gap: ...
    def fetch_combinations(self) -> tuple[Combination, ...] | Gap: ...
    def fetch_tax_categories(self) -> tuple[TaxCategory, ...] | Gap: ...
    def fetch_items(self) -> tuple[InventoryItem, ...] | Gap: ...
    def fetch_attribute_values(self) -> tuple[AttributeValue, ...] | Gap: ...
    def fetch_periods(self) -> tuple[PostPeriod, ...] | Gap: ...
    def fetch_purchase_orders(self, about: int = 0) -> tuple[PurchaseOrder, ...] | Gap:
        """Every order of every status that the tenant shows, with lines; an empty answer that is not believed is a
        TransientError. ``about`` so many were there last time (0: nobody knows): a few come in one answer."""
        ...

    def fetch_subcontracts(self, about: int = 0) -> tuple[PurchaseOrder, ...] | Gap:
        """Every subcontract of every status, with lines, as orders of that type; ``about`` as of orders."""
        ...

    def fetch_order_drafts(self) -> tuple[OrderDraft, ...] | Gap:
        """What bills that are not released take of order lines, whoever made them."""
        ...

    def fetch_purchase_order(self, order_type: str, order_number: str) -> PurchaseOrder | None: ...
    def fetch_billed_figures(self, orders: Sequence[PurchaseOrder]) -> tuple[PurchaseOrder, ...] | Gap:
        """The same orders with what was billed of their lines, where it did not come with them."""
        ...

    def fetch_terms(self) -> tuple[PaymentTerms, ...] | Gap: ...
    def fetch_segments(self, *, with_values: bool) -> tuple[Segment, ...] | Gap:
        """The segments of the subaccount in their order, with the values of each where they are asked for."""
        ...
