"""Conservation (posting protocol, 9): every document that a pass read from a file is somewhere on record, to the cent.
Pure; credits are negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.money import Money
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord

Fate = Literal["done", "linked", "open", "closed", "known"]
FATES: tuple[Fate, ...] = ("done", "linked", "open", "closed", "known")
_FATE_OF: Mapping[PostingState, Fate] = {
    PostingState.DONE: "done",
    PostingState.LINKED: "linked",
    PostingState.CLOSED: "closed",
}
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class FileTold:
    """What one file said on the day it was first seen: the amount of each document that is new, by its key, and those
    of documents that were known before."""

    file_id: str
    day: date
    new: Mapping[str, Money]
    known: tuple[Money, ...] = ()


@dataclass(slots=True)
class Tally:
    """Documents and their sum."""

    count: int = 0
    total: Decimal = _ZERO

    def add(self, amount: Decimal) -> None:
        """One more."""
        self.count += 1
        self.total += amount


@dataclass(slots=True)
class Conserved:
    """One day and currency: what the files held, and where it is now."""

    day: date
    currency: str
    read: Tally = field(default_factory=Tally)
    fates: dict[Fate, Tally] = field(default_factory=lambda: {fate: Tally() for fate in FATES})

    @property
    def lost(self) -> Tally:
        """What was read and is nowhere: nothing of it where all is well."""
        count = self.read.count - sum(each.count for each in self.fates.values())
        return Tally(count, self.read.total - sum((each.total for each in self.fates.values()), _ZERO))


def signed_total(invoice: ApprovedInvoice) -> Money:
    """The total of a document, negative for a credit."""
    return -invoice.total if invoice.kind == "credit_memo" else invoice.total


def conserve(told: Iterable[FileTold], records: Iterable[InvoiceRecord]) -> tuple[Conserved, ...]:
    """Hold what files said against the records as they stand, one row a day and currency."""
    standing = {record.posting.key: record for record in records}
    rows: dict[tuple[date, str], Conserved] = {}

    def row_of(file: FileTold, currency: str) -> Conserved:
        return rows.setdefault((file.day, currency), Conserved(file.day, currency))

    for file in told:
        for money in file.known:
            row = row_of(file, money.currency)
            row.read.add(money.amount)
            row.fates["known"].add(money.amount)
        for key, money in file.new.items():
            row_of(file, money.currency).read.add(money.amount)
            record = standing.get(key)
            if record is not None:
                found, fate = _fate(record, file, money)
                row_of(file, found.currency).fates[fate].add(found.amount)
    return tuple(rows[place] for place in sorted(rows))


def _fate(record: InvoiceRecord, file: FileTold, money: Money) -> tuple[Money, Fate]:
    """Where a document is, and with what amount; one that a later file has replaced since is known by that one."""
    if record.source.file_id != file.file_id:
        return money, "known"
    return signed_total(record.invoice), _FATE_OF.get(record.posting.state, "open")
