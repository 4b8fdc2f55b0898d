"""What the connector keeps of files, invoices, payments and feeds: values that the flows move and the store keeps.

Nothing here is read from or written to anywhere; ids are a letter and eight base-32 characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.payment import PaymentResult, StampliPayment
from ml_connector.domain.values.posting import Posting
from ml_connector.problems import Finding, Problem

FileState = Literal["new", "waiting", "repeat", "taken", "settled", "refused"]
FeedRow = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file seen on the exchange; ``sha256`` is None until its bytes were fetched (a growing or empty file
    waits).

    Files that come together have a row each: the one with the documents, and the others, which ``belongs_to`` it by id.
    ``set_sha256`` is the hash over all of them, empty for a file that came alone."""

    id: str
    connection: str
    feed: str
    name: str
    size_bytes: int
    modified_at: datetime | None
    first_seen_at: datetime
    state: FileState
    sha256: str | None = None
    documents: int = 0
    problems: tuple[Problem, ...] = ()
    repeat_of: str | None = None
    layout: str | None = None
    reason: str | None = None
    set_sha256: str = ""
    belongs_to: str | None = None

    @property
    def digest(self) -> str | None:
        """What tells new content from known: the hash of all that came together."""
        return self.set_sha256 or self.sha256


@dataclass(frozen=True, slots=True)
class FeedFile:
    """One file of a feed of ours on its way out; ``data`` is false for what only says that others are whole."""

    name: str
    content: bytes
    data: bool = True


@dataclass(frozen=True, slots=True)
class RecordSource:
    """Where a document came from: the file's id, name and hash, its record number and its physical lines (heading =
    1)."""

    file_id: str
    file_name: str
    sha256: str
    record: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InvoiceRecord:
    """One approved invoice with its posting, the newest document version and what was found about it."""

    posting: Posting
    invoice: ApprovedInvoice
    content_hash: str
    source: RecordSource
    received_at: datetime
    findings: tuple[Finding, ...] = ()
    validated_at: datetime | None = None
    paid: bool = False


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """One Stampli payment with the file it came from and what reconciliation last said of it."""

    id: str
    payment: StampliPayment
    content_hash: str
    source: RecordSource
    received_at: datetime
    result: PaymentResult = "waiting"
    code: str | None = None


@dataclass(frozen=True, slots=True)
class SentFeed:
    """The last state of a feed that reached Stampli: rows by key, the hash of the bytes, the file's name."""

    feed: str
    rows: Mapping[str, FeedRow]
    sha256: str
    file_name: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of an invoice's story."""

    at: datetime
    actor: str
    state: str
    note: str


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """One request that was sent on behalf of an invoice; ``status`` None: no answer came."""

    at: datetime
    method: str
    path: str
    status: int | None


@dataclass(frozen=True, slots=True)
class Identity:
    """What every document key of a connection is built on, as first checked, and the canary that proves the tenant.

    ``confirmed`` is the url, tenant and company under which the same system was confirmed since, None where never."""

    url: str
    tenant: str
    company: str
    canary_vendor: str | None = None
    canary_record_id: str | None = None
    confirmed: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Requests an edge has sent: all of them, those sent again after a transient fault, those slowed down or refused
    for pace."""

    sent: int = 0
    retried: int = 0
    throttled: int = 0
