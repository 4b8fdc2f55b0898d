"""Files on their way in: what one look at a folder shows, and what one file says. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment
from ml_connector.domain.values.payment import StampliPayment
from ml_connector.domain.values.records import FeedFile, FileRecord, FileState
from ml_connector.problems import Problem

R = TypeVar("R")
N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A regular file in the outbound folder that did not change between two looks; ``parts`` are the files that came
    with it and are taken with it: lines of a set, a side file, a marker."""

    folder: str
    name: str
    size_bytes: int
    modified_at: datetime | None
    parts: tuple[Arrival, ...] = ()


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A name in the outbound folder that is not taken now, with the reason in plain words; ``state`` waiting or
    refused. ``patience_hours`` says how long it may wait before it is refused, None for ever."""

    name: str
    size_bytes: int
    modified_at: datetime | None
    state: FileState
    reason: str
    code: str | None = None
    patience_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One settled look at a feed's folder; ``known`` are the files that lie there and are known already. ``crowd`` is
    how many new ones lie there where the look shows the first of them only, zero where it shows all."""

    arrivals: tuple[Arrival, ...]
    not_taken: tuple[NotTaken, ...]
    known: tuple[Arrival, ...] = ()
    crowd: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of an arrival, whole, and those of its parts by name."""

    content: bytes
    sha256: str
    parts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FetchedAttachment:
    """A file that a document names: as it lay there, its bytes, and what the document says of it from now on."""

    arrival: Arrival
    content: bytes
    attachment: Attachment


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """Record number and physical lines of a document in its file."""

    record: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InvoicesRead:
    """What one file of approved invoices says; ``incomplete`` means it looks cut and should be looked at again
    later. ``contents`` are the bytes of attachments that came inside, by their hash; an attachment without a hash is
    still to come, under its name, which is a path from the file's folder."""

    invoices: tuple[tuple[ApprovedInvoice, DocumentSource], ...]
    problems: tuple[Problem, ...]
    rows: int
    incomplete: bool = False
    contents: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnreadInvoice:
    """An invoice of a file that was left out because something of it could not be read: its record, what its rows say
    of it, and why."""

    record: int
    external_id: str | None
    vendor_id: str | None
    invoice_number: str | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ReturnedRows:
    """What a file has to be mended: invoices that could not be read, and the refused rows as they came with a reason
    behind each, under the names they came under."""

    unread: tuple[UnreadInvoice, ...] = ()
    files: tuple[FeedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenFile(Generic[R, N]):
    """One file ready to be recorded: its row, those of the files beside it, its new documents, and the entries of the
    trail."""

    file: FileRecord
    beside: tuple[FileRecord, ...]
    documents: tuple[R, ...]
    notes: tuple[N, ...]


@dataclass(frozen=True, slots=True)
class PaymentsRead:
    """What one file of payments says."""

    payments: tuple[tuple[StampliPayment, DocumentSource], ...]
    problems: tuple[Problem, ...]
    rows: int
    incomplete: bool = False
