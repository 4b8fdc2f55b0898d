"""The catalog of flows: their names, their order, and what a pass of each has to tell when it ends. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ml_connector.domain.protocol.conservation import Conserved
from ml_connector.domain.values.draft import DraftedBooking
from ml_connector.domain.values.feeds import Inactivation, RowChange
from ml_connector.domain.values.records import FileRecord, InvoiceRecord, PaymentRecord
from ml_connector.domain.values.sweeping import SweepReport
from ml_connector.errors import ConnectorError

FlowName = Literal["master-data", "invoices", "payments", "results", "sweep", "late-records"]

# The order of `sync NAME all` (operator contract, section 1): a failure of one does not stop the next.
ALL_FLOWS: tuple[FlowName, ...] = ("master-data", "invoices", "results", "payments")


@dataclass(frozen=True, slots=True)
class FeedReport:
    """What became of one outgoing feed: the file it was sent as (None: not sent), its rows, the difference to what was
    sent before, and why it was not sent or is held, or what of it could not be read. ``fix_it`` are the files that give
    refused rows back; ``changes`` the first rows that differ, cell by cell, ``left_out`` how many more there are;
    ``inactivated`` the rows that can be picked no more; ``overdue`` where Stampli never had the feed, or not what
    Acumatica says for more than a day."""

    feed: str
    file: str | None
    rows: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    sent: bool = False
    held: bool = False
    reason: str | None = None
    fix_it: tuple[str, ...] = ()
    changes: tuple[RowChange, ...] = ()
    left_out: int = 0
    inactivated: tuple[Inactivation, ...] = ()
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class LateNeed:
    """A record that an invoice names and that Stampli was not sent yet: its feed, and its key there."""

    feed: str
    key: str


@dataclass(frozen=True, slots=True)
class PassReport:
    """One pass of one flow. ``errors`` stopped it or a part of it; ``waiting`` is true where rows wait for a later
    pass; ``paused`` says why nothing was posted where the customer wants it so. ``drafts`` is what a dry run would send
    and book, by the invoice's id; ``sweep`` what a sweep found where there was one; ``conserved`` is what the files of
    this pass held against what is on record. ``notices`` are worth reading and stop nothing; ``needs`` are
    to be sent out of turn."""

    flow: FlowName
    started_at: datetime
    ended_at: datetime
    feeds: tuple[FeedReport, ...] = ()
    files: tuple[FileRecord, ...] = ()
    invoices: tuple[InvoiceRecord, ...] = ()
    payments: tuple[PaymentRecord, ...] = ()
    errors: tuple[ConnectorError, ...] = ()
    waiting: bool = False
    paused: str | None = None
    drafts: Mapping[str, DraftedBooking] = field(default_factory=dict)
    sweep: SweepReport | None = None
    conserved: tuple[Conserved, ...] = ()
    notices: tuple[str, ...] = ()
    needs: tuple[LateNeed, ...] = ()
