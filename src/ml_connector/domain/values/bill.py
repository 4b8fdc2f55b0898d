"""The bill in Acumatica: the one we plan to create and the one we read back. Names follow the Bill entity
(``acumatica_api.md`` 8); "bill" is any AP document we create (Bill, Debit Adj., Prepayment).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

BillType = Literal["Bill", "Debit Adj.", "Prepayment"]


@dataclass(frozen=True, slots=True)
class BillKey:
    """Type (display label) and reference number: the key of a bill in one tenant."""

    type: str
    number: str

    def __str__(self) -> str:
        return f"{self.type}/{self.number}"


def parse_bill_key(text: str) -> BillKey | None:
    """The key that reads ``TYPE/NUMBER``, as it shows itself; None where one of the two is missing. A number may hold a
    slash, a type never does."""
    kind, _, number = (part.strip() for part in text.partition("/"))
    return BillKey(kind, number) if kind and number else None


@dataclass(frozen=True, slots=True)
class BillLine:
    """One row of a bill, planned or read; ``amount`` is the extended cost, before tax. None = not sent, or empty there.

    ``tax_category`` None leaves Acumatica's default. ``description`` is the transaction description.
    """

    amount: Decimal
    description: str | None = None
    account: str | None = None
    subaccount: str | None = None
    branch: str | None = None
    project: str | None = None
    task: str | None = None
    cost_code: str | None = None
    inventory_id: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_cost: Decimal | None = None
    tax_category: str | None = None
    po_type: str | None = None
    po_number: str | None = None
    po_line: int | None = None
    receipt_type: str | None = None
    receipt_number: str | None = None
    receipt_line: int | None = None


@dataclass(frozen=True, slots=True)
class BillTax:
    """One row of a bill's tax details."""

    tax_id: str
    taxable_amount: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BillPlan:
    """Everything we send to create one bill, always on hold. ``amount`` is the control total, tax included.

    ``post_period`` is ``YYYY-MM``. ``description`` begins with ``marker``; ``description_cut`` says that its text was
    shortened. ``stated_tax`` is compared, never sent as a line. A ``currency`` of ``money.UNSTATED`` is not sent.
    """

    type: BillType
    vendor: str
    vendor_ref: str
    dated_on: date
    currency: str
    amount: Decimal
    marker: str
    description: str
    lines: tuple[BillLine, ...]
    stated_tax: Decimal | None = None
    post_period: str | None = None
    due_on: date | None = None
    terms: str | None = None
    branch: str | None = None
    location: str | None = None
    note: str | None = None
    description_cut: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill as read from Acumatica. ``lines`` and ``taxes`` are None where the read did not expand them;
    ``id`` is the record's GUID; ``status`` is the display label (On Hold, Balanced, Open ...)."""

    key: BillKey
    id: str
    status: str
    hold: bool
    vendor: str
    vendor_ref: str
    amount: Decimal
    description: str = ""
    dated_on: date | None = None
    post_period: str | None = None
    due_on: date | None = None
    terms: str | None = None
    currency: str | None = None
    branch: str | None = None
    balance: Decimal | None = None
    tax_total: Decimal | None = None
    modified_at: datetime | None = None
    lines: tuple[BillLine, ...] | None = None
    taxes: tuple[BillTax, ...] | None = None


@dataclass(frozen=True, slots=True)
class BillFiles:
    """The names of the files on a bill, and the address for more of them, None where the record shows none."""

    names: tuple[str, ...]
    address: str | None = None


@dataclass(frozen=True, slots=True)
class BillQuery:
    """What a look-up asks for one invoice: any bill with this vendor and reference, or with this marker."""

    vendor: str
    vendor_ref: str
    marker: str


@dataclass(frozen=True, slots=True)
class BillsFound:
    """The answer of one look-up, all pages of it: headers, lines where the list showed them. It proves something only
    where ``witness_seen`` (posting protocol, 4.5)."""

    bills: tuple[Bill, ...]
    witness_seen: bool
