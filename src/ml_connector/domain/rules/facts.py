"""What the rules are given besides the invoice: master data, the customer's policy and our other invoices. Values only;
a collection that is None in the snapshot silences its rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ml_connector.domain.rules.ledger import Ledger
from ml_connector.domain.values.master_data import Snapshot

NON_PROJECT = "X"  # the usual code (acumatica_api.md 7)
REFERENCE_LENGTH_MAX = 40
DESCRIPTION_LENGTH_MAX = 512


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """The customer's decisions that rules and resolution need (operator contract, section 2); ``today`` is the day in
    the connection's zone."""

    today: date
    closed_period: Literal["refuse", "next_open"] = "refuse"
    duplicate_near: Literal["review", "stop"] = "review"
    tax_tolerance: Decimal = Decimal("0.05")
    round_to_tax: Decimal = Decimal("0.00")
    amount_max: Decimal = Decimal("100000.00")
    total_max: Decimal = Decimal("0.00")
    price_tolerance_percent: Decimal = Decimal("2")
    price_tolerance_amount: Decimal = Decimal("50.00")
    non_po_extra: Decimal = Decimal("50.00")
    subcontract_tolerance: Decimal = Decimal("0.00")
    cut_over: date | None = None
    branch: str | None = None
    subaccount_segments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a rule may look at. ``own_key`` is the document key of the invoice itself, ``received_at`` when it
    came: of two open invoices with one number the earlier goes on; ``restarting`` are the vendors, in lower case, of
    which a person said that their numbers begin anew each year."""

    snapshot: Snapshot
    policy: RulePolicy
    ledger: Ledger = field(default_factory=Ledger)
    own_key: str | None = None
    received_at: datetime | None = None
    restarting: frozenset[str] = frozenset()
