"""What the sweep keeps and tells: how far it has looked, what a restored backup leaves to do, what it found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.values.bill import Bill
from ml_connector.domain.values.records import InvoiceRecord


@dataclass(frozen=True, slots=True)
class SweepState:
    """How far a connection has been swept.

    ``swept_to`` is the newest change seen, by Acumatica's clock; ``swept_at`` when that was, by ours; ``checked_to``
    how far the posted bills have been looked for again; ``stopped`` why nothing is posted until a person has looked;
    ``accepted_at`` when a person last said that what was reported is known; ``restored_at`` the last restored backup
    that everything was linked for.
    """

    swept_to: datetime | None = None
    swept_at: datetime | None = None
    checked_to: int = 0
    stopped: str | None = None
    accepted_at: datetime | None = None
    restored_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RestoreMark:
    """Our records were put back from a backup made at ``backup_at``: bills made since are not in them."""

    backup_at: datetime
    restored_at: datetime


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep found. ``bills`` is how many it read; ``doubles`` are invoices with more than one bill, or a bill
    like theirs; ``missing`` those whose bill is gone; ``back`` those of either that are in order again; ``linked``
    those whose bill was found although we had none on record; ``strangers`` bills with our mark that no invoice here
    has; ``marked`` the bills whose description says now that they are a double; ``restored`` whether our records had
    been put back from a backup; ``stopped`` why nothing is posted."""

    at: datetime
    bills: int = 0
    doubles: tuple[InvoiceRecord, ...] = ()
    missing: tuple[InvoiceRecord, ...] = ()
    back: tuple[InvoiceRecord, ...] = ()
    linked: tuple[InvoiceRecord, ...] = ()
    strangers: tuple[Bill, ...] = ()
    marked: tuple[Bill, ...] = ()
    restored: bool = False
    stopped: str | None = None
