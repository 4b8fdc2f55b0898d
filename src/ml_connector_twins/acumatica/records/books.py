"""The books of one tenant: its tables, ledger entries, calendars and rates, its clock and its numbering.

State only; the rules that change it live in ``payables``. One process may hold several tenants.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ml_connector_twins.acumatica.contract import VERSIONS, contracts
from ml_connector_twins.acumatica.records.rows import Row, Table
from ml_connector_twins.acumatica.switches import Switches

_OWN_KEYS = {
    "ProjectBudget": ("ProjectID", "ProjectTaskID", "AccountGroup", "CostCode", "InventoryID"),
    "CompanyFinancialPeriod": ("Company", "FinancialYear"),
    "FinancialPeriod": ("FinancialYear",),
}
_NAMESPACE = uuid.UUID("6f0a1c52-8a35-4f0e-9a0e-3a5f0c1d2e3f")


@dataclass(slots=True)
class Clock:
    """The server's clock: real time plus an offset that tests move."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        """This instant, aware UTC."""
        return datetime.now(UTC) + self.offset


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of a GL batch; amounts are in the base currency, one of the two is zero."""

    batch: str
    posted: bool
    period: str
    on: date
    account: str
    subaccount: str
    branch: str
    debit: Decimal
    credit: Decimal
    document: str
    project: str = ""
    task: str = ""
    cost_code: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """One financial period of one company; ``code`` is MMYYYY."""

    company: str
    code: str
    starts_on: date
    ends_on: date
    status: str
    closed_in_ap: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch and its company; branches of one company balance by mapping."""

    code: str
    name: str
    company: str
    company_name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """Payment terms: due days, and a cash discount within ``discount_days``."""

    code: str
    description: str
    due_days: int
    discount_percent: Decimal = Decimal(0)
    discount_days: int = 0


@dataclass(slots=True)
class Books:
    """Everything one tenant holds."""

    tenant: str
    switches: Switches
    clock: Clock
    business_on: date
    tables: dict[str, Table] = field(default_factory=dict)
    entries: list[LedgerEntry] = field(default_factory=list)
    periods: dict[tuple[str, str], Period] = field(default_factory=dict)
    branches: dict[str, Branch] = field(default_factory=dict)
    terms: dict[str, Terms] = field(default_factory=dict)
    rates: dict[str, dict[date, Decimal]] = field(default_factory=dict)
    branch_mapping: set[tuple[str, str]] = field(default_factory=set)
    approvals: dict[str, str] = field(default_factory=dict)
    ids_given: int = 0
    last_numbers: dict[str, int] = field(default_factory=dict)
    base_currency: str = "USD"
    default_branch: str = "MAIN"

    def __post_init__(self) -> None:
        newest = contracts()[VERSIONS[-1]]
        for name, entity in newest.types.items():
            if entity.top_level:
                self.tables[name] = Table(name, entity.keys or _OWN_KEYS.get(name, ()), self.clock.now)

    def table(self, entity: str) -> Table:
        """The table of an entity."""
        return self.tables[entity]

    def find(self, entity: str, *key: str) -> Row | None:
        """The record with that key, or None."""
        return self.tables[entity].get(*key)

    def bills(self) -> Iterator[Row]:
        """Every AP document in key order."""
        return iter(self.tables["Bill"])

    def new_id(self) -> str:
        """The next GUID of this tenant; the same firm always gets the same ones."""
        self.ids_given += 1
        return str(uuid.uuid5(_NAMESPACE, f"{self.tenant}/{self.ids_given}"))

    def new_row(self) -> Row:
        """An empty row with its own GUID."""
        return Row(id=self.new_id())

    def next_number(self, sequence: str) -> str:
        """The next six-digit number of a numbering sequence."""
        self.last_numbers[sequence] = self.last_numbers.get(sequence, 0) + 1
        return f"{self.last_numbers[sequence]:06d}"

    def touch(self, row: Row) -> None:
        """Moves LastModifiedDateTime of a record (``acumatica_api.md`` 4.4)."""
        row.fields["LastModifiedDateTime"] = self.clock.now()

    def period_for(self, company: str, on: date) -> Period | None:
        """The generated period of a company that holds the day, or None."""
        for period in self.periods.values():
            if period.company == company and period.starts_on <= on <= period.ends_on:
                return period
        return None
