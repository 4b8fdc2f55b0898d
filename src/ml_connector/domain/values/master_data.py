"""Master data of one Acumatica tenant as the connector needs it: records and the snapshot that holds them.

Codes are texts exactly as Acumatica gives them, trailing padding removed, leading zeros kept. Nothing is fetched here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from sys import intern

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.renames import Rename

_ALIKE = (
    "status",
    "vendor_class",
    "terms",
    "currency",
    "tax_zone",
    "payment_method",
    "ap_account",
    "location",
    "city",
    "state",
    "postal_code",
    "country",
    "default_account",
    "default_subaccount",
)


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor; ``status`` is the display label (Active, Hold / On Hold, Hold Payments, One-Time, Inactive);
    ``other_kind`` says what it is where it is no trade vendor. The defaults are those for expenses. The last members
    are read where the customer asks for them: pairs of a name and what stands there."""

    vendor_id: str
    name: str
    status: str
    record_id: str
    vendor_class: str | None = None
    terms: str | None = None
    currency: str | None = None
    currency_override: bool = False
    tax_zone: str | None = None
    payment_method: str | None = None
    is_1099: bool = False
    ap_account: str | None = None
    location: str | None = None
    remit_name: str | None = None
    address_line_1: str | None = None
    address_line_2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None
    modified_at: datetime | None = None
    default_account: str | None = None
    default_subaccount: str | None = None
    other_kind: str | None = None
    tax_registration_id: str | None = None
    payment_instructions: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        # Of tens of thousands of vendors, these say one of a few things each: held once, they take half the memory.
        for member in _ALIKE:
            said = getattr(self, member)
            if said is not None:
                object.__setattr__(self, member, intern(said))
        if self.remit_name == self.name:
            object.__setattr__(self, "remit_name", self.name)


@dataclass(frozen=True, slots=True)
class VendorLocation:
    """A location of a vendor beside its default one: another address to remit to."""

    vendor_id: str
    location_id: str
    name: str
    active: bool
    tax_zone: str | None = None
    address_line_1: str | None = None
    address_line_2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A GL account; ``account_group`` None means it cannot carry job cost; ``control`` None means it cannot be read."""

    account_id: str
    description: str
    type: str
    active: bool
    record_id: str
    account_group: str | None = None
    cash_account: bool = False
    require_units: bool = False
    currency: str | None = None
    control: bool | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subaccount:
    """A whole subaccount code, with or without separators as Acumatica gives it."""

    subaccount_id: str
    description: str
    active: bool
    record_id: str


@dataclass(frozen=True, slots=True)
class SegmentValue:
    """A value that a segment of the subaccount may have."""

    value: str
    description: str
    active: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of the subaccount, counted from 1, with its length in characters; ``values`` None means they were not
    read."""

    number: int
    description: str
    length: int
    values: tuple[SegmentValue, ...] | None = None


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """Payment terms; ``for_vendors`` false means that no bill may have them."""

    terms_id: str
    description: str
    for_vendors: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch and the company it belongs to."""

    branch_id: str
    name: str
    active: bool
    company_id: str
    base_currency: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A project; ``visible_in_ap`` None means it cannot be read."""

    project_id: str
    description: str
    status: str
    record_id: str
    branch: str | None = None
    visible_in_ap: bool | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProjectTask:
    """A task of one project; ``type`` is Cost, Revenue or Cost and Revenue where it can be read."""

    project_id: str
    task_id: str
    description: str
    status: str
    record_id: str
    type: str | None = None
    is_default: bool = False
    visible_in_ap: bool | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CostCode:
    """A cost code; the stock contract tells no active flag, then ``active`` is None."""

    cost_code_id: str
    description: str
    record_id: str
    active: bool | None = None
    modified_at: datetime | None = None


SUBCONTRACT = "Subcontract"
"""The label under which a bill line names a subcontract as its order (``acumatica_api.md`` 8.3)."""


@dataclass(frozen=True, slots=True)
class Combination:
    """What a project's cost budget lets be charged together; ``cost_code_id`` None where the tenant has none."""

    project_id: str
    task_id: str
    cost_code_id: str | None
    account_group: str


@dataclass(frozen=True, slots=True)
class TaxCategory:
    """A tax category of lines."""

    tax_category_id: str
    description: str
    active: bool
    record_id: str
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A value that an attribute may have, of those the customer codes by."""

    attribute_id: str
    value: str
    description: str
    active: bool


@dataclass(frozen=True, slots=True)
class InventoryItem:
    """A non-stock item; ``status`` is the display label (Active, No Purchases, Inactive ...)."""

    inventory_id: str
    description: str
    status: str
    record_id: str
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PurchaseOrderLine:
    """One line of an order; the last figures are None where the tenant's endpoint does not tell them."""

    line_number: int
    order_quantity: Decimal
    unit_cost: Decimal
    extended_cost: Decimal
    line_type: str | None = None
    inventory_id: str | None = None
    description: str | None = None
    unit: str | None = None
    account: str | None = None
    subaccount: str | None = None
    branch: str | None = None
    project: str | None = None
    task: str | None = None
    cost_code: str | None = None
    completed: bool = False
    cancelled: bool = False
    received_quantity: Decimal | None = None
    billed_quantity: Decimal | None = None
    billed_amount: Decimal | None = None
    unbilled_quantity: Decimal | None = None
    unbilled_amount: Decimal | None = None
    closed: bool | None = None
    billing_basis: str | None = None
    retainage_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """A purchase order or subcontract; ``order_type`` is the label (Normal, Drop-Ship ... Subcontract), ``status`` as
    shown (Open, Completed ...)."""

    order_type: str
    order_number: str
    vendor_id: str
    status: str
    record_id: str
    lines: tuple[PurchaseOrderLine, ...]
    order_date: date | None = None
    currency: str | None = None
    terms: str | None = None
    branch: str | None = None
    location: str | None = None
    total: Decimal | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What a bill that is not released takes of one order line, before tax; ``quantity`` None where it states none,
    ``bill`` None where there is none yet. ``description`` is the bill's."""

    bill: BillKey | None
    order_type: str
    order_number: str
    line_number: int
    amount: Decimal
    quantity: Decimal | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class PostPeriod:
    """A financial period ``YYYY-MM`` of one company (None: of the whole tenant) with its status and AP flag."""

    period: str
    status: str
    closed_in_ap: bool
    start_on: date | None = None
    end_on: date | None = None
    company_id: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A collection that this tenant does not let us read, with the reason in plain words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All master data at one time, by key. A collection that is None could not be read on this tenant (feature off or
    no way to read it) or is needed by no feed: rules that need it are silent, and the reason stands in ``gaps`` by
    collection name. ``compared_at``: when the vendors were last read without trusting a date of change; ``renames``:
    the codes that records had before, the last renamed last."""

    read_at: datetime
    vendors: Mapping[str, Vendor] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    subaccounts: Mapping[str, Subaccount] | None = None
    branches: Mapping[str, Branch] | None = None
    projects: Mapping[str, Project] | None = None
    tasks: Mapping[tuple[str, str], ProjectTask] | None = None
    cost_codes: Mapping[str, CostCode] | None = None
    purchase_orders: Mapping[tuple[str, str], PurchaseOrder] | None = None
    periods: tuple[PostPeriod, ...] | None = None
    terms: Mapping[str, PaymentTerms] | None = None
    segments: tuple[Segment, ...] | None = None
    combinations: tuple[Combination, ...] | None = None
    tax_categories: Mapping[str, TaxCategory] | None = None
    items: Mapping[str, InventoryItem] | None = None
    attribute_values: tuple[AttributeValue, ...] | None = None
    vendor_locations: tuple[VendorLocation, ...] | None = None
    gaps: Mapping[str, str] = field(default_factory=dict)
    compared_at: datetime | None = None
    renames: tuple[Rename, ...] = ()
    subcontracts: Mapping[tuple[str, str], PurchaseOrder] | None = None
    drafts: tuple[OrderDraft, ...] | None = None

    @property
    def orders(self) -> Mapping[tuple[str, str], PurchaseOrder]:
        """Purchase orders and subcontracts by type and number, as far as they were read."""
        purchasing = self.purchase_orders or {}
        return {**purchasing, **self.subcontracts} if self.subcontracts else purchasing
