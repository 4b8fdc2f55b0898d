"""Files on their way in: what one look at a folder shows, and what one file says. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.payment import StampliPayment
from ml_connector.domain.values.records import FileState
from ml_connector.problems import Problem


@dataclass(frozen=True, slots=True)
class Arrival:
    """A regular file in the outbound folder that did not change between two looks."""

    folder: str
    name: str
    size_bytes: int
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A name in the outbound folder that is not taken now, with the reason in plain words; ``state`` waiting or
    refused."""

    name: str
    size_bytes: int
    modified_at: datetime | None
    state: FileState
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One settled look at a feed's folder; ``known`` are names that lie there and are known already."""

    arrivals: tuple[Arrival, ...]
    not_taken: tuple[NotTaken, ...]
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of an arrival, whole."""

    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """Record number and physical lines of a document in its file."""

    record: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InvoicesRead:
    """What one file of approved invoices says; ``incomplete`` means it looks cut and should be looked at again
    later."""

    invoices: tuple[tuple[ApprovedInvoice, DocumentSource], ...]
    problems: tuple[Problem, ...]
    rows: int
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class PaymentsRead:
    """What one file of payments says."""

    payments: tuple[tuple[StampliPayment, DocumentSource], ...]
    problems: tuple[Problem, ...]
    rows: int
    incomplete: bool = False
