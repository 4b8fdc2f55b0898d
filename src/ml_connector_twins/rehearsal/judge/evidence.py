"""Everything one day left behind, and how a case is judged on it. Values only; nothing is fetched here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ml_connector_twins.rehearsal.product import Outcome, mapping, rows
from ml_connector_twins.stampli.incoming import ReceivedFile

Record = Mapping[str, Any]

_NOT_PAYABLE = ("On Hold", "Voided", "Rejected", "Pending Approval")


@dataclass(frozen=True, slots=True)
class Books:
    """The Acumatica twin's ground truth at the end of a day; records as its control interface gives them."""

    bills: Sequence[Record] = ()
    entries: Sequence[Record] = ()
    checks: Sequence[Record] = ()
    vendors: Sequence[Record] = ()
    accounts: Sequence[Record] = ()
    projects: Sequence[Record] = ()
    tasks: Sequence[Record] = ()
    cost_codes: Sequence[Record] = ()
    requests: Sequence[Record] = ()

    def bills_of(self, vendor_id: str, invoice_number: str) -> list[Record]:
        """Every AP document of that vendor and reference that was not voided, whoever made it."""
        wanted = (vendor_id.casefold(), invoice_number.strip().casefold())
        return [bill for bill in self.bills if _identity(bill) == wanted and bill.get("Status") != "Voided"]


def is_payable(bill: Record) -> bool:
    """Whether money may leave on this document: off hold, approved, not voided."""
    return bill.get("Status") not in _NOT_PAYABLE


def amount(value: Any) -> Decimal:
    """A decimal string of the twin or the product; zero where there is none."""
    return Decimal(str(value)) if value not in (None, "") else Decimal(0)


def _identity(bill: Record) -> tuple[str, str]:
    vendor, reference = str(bill.get("Vendor") or ""), str(bill.get("VendorRef") or "")
    return vendor.strip().casefold(), reference.strip().casefold()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One day's end: what the product answered and what both twins hold.

    ``syncs`` are the day's passes, more than one only where the product asked to be run again (exit 3).
    """

    day: int
    on: date
    syncs: Sequence[Outcome]
    prove: Outcome
    reconcile: Outcome
    invoice_list: Outcome
    file_list: Outcome
    books: Books
    received: Sequence[ReceivedFile]
    new_names: frozenset[str]

    @property
    def commands(self) -> tuple[Outcome, ...]:
        """Every command of the day in the order they were run."""
        return (*self.syncs, self.prove, self.reconcile, self.invoice_list, self.file_list)

    @property
    def invoices(self) -> list[Record]:
        """Every invoice the product knows."""
        return rows(self.invoice_list.document)

    @property
    def files(self) -> list[Record]:
        """Every file the product has seen."""
        return rows(self.file_list.document)

    def invoice(self, external_id: str) -> Record:
        """The product's row of that Stampli id, empty where it knows none."""
        return next((row for row in self.invoices if row.get("external_id") == external_id), {})

    def sync_rows(self, key: str) -> list[Record]:
        """The rows under ``key`` of all of the day's passes."""
        return [row for sync in self.syncs for row in rows(mapping(sync.document).get(key))]

    def arrived(self, feed: str) -> list[ReceivedFile]:
        """Files of that feed that came to `/inbound` today."""
        return [file for file in self.received if file.feed == feed and file.name in self.new_names]

    def latest(self, feed: str) -> ReceivedFile | None:
        """The newest file of that feed, whenever it came."""
        files = [file for file in self.received if file.feed == feed]
        return files[-1] if files else None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, in words, and whether it is what was planted."""

    words: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Expectation:
    """One planted case: its name, how it must end, and how that is looked up."""

    case: str
    expected: str
    find: Callable[[Evidence], Found]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judged case, as `rehearse --json` shows it."""

    case: str
    expected: str
    found: str
    ok: bool


def judge(expectation: Expectation, evidence: Evidence) -> Verdict:
    """Judge one case on one day's evidence."""
    found = expectation.find(evidence)
    return Verdict(expectation.case, expectation.expected, found.words, found.ok)
