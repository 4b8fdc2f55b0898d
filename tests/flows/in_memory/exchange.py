"""Stampli's folders in memory: files dropped with what they say, files of ours as they landed. No bytes are parsed
here: a dropped file's content is only a name for what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from ml_connector.clock import Clock
from ml_connector.domain.results import InvoiceResult
from ml_connector.domain.values.arrivals import (
    Arrival,
    DocumentSource,
    Fetched,
    FetchedAttachment,
    InvoicesRead,
    Listing,
    NotTaken,
    PaymentsRead,
    ReturnedRows,
    UnreadInvoice,
)
from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.payment import StampliPayment
from ml_connector.domain.values.records import FeedFile, FeedRow, FileRecord, SentFeed
from ml_connector.errors import TransientError
from ml_connector.problems import Problem

T = TypeVar("T")
BROKEN = TransientError("the server did not answer", stage="outbound_list", code="sftp.unreachable")
ALL_FEEDS = ("vendors", "accounts", "dimensions", "purchase_orders", "results", "approved_invoices", "payments")


@dataclass(frozen=True, slots=True)
class Lying:
    """A file that lies in a folder."""

    content: bytes
    modified_at: datetime


@dataclass
class InMemoryExchange:
    """Fits ``flows.ports.Exchange``. ``after`` is what becomes of settled files, by feed; ``rows`` are the rows a feed
    of master data should have, by feed; ``faults`` are raised by the next call of that name, ``broken`` by
    every one."""

    clock: Clock
    switched_on: tuple[str, ...] = ALL_FEEDS
    outbound: dict[str, dict[str, Lying]] = field(default_factory=dict)
    inbound: list[tuple[str, tuple[FeedRow, ...]]] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    after: dict[str, str] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    rows: dict[str, dict[str, FeedRow]] = field(default_factory=dict)
    round_files: int = 5_000
    not_taken: list[NotTaken] = field(default_factory=list)
    faults: dict[str, BaseException] = field(default_factory=dict)
    broken: dict[str, BaseException] = field(default_factory=dict)
    _said: dict[bytes, InvoicesRead | PaymentsRead] = field(default_factory=dict)
    _files: dict[str, tuple[FeedRow, ...]] = field(default_factory=dict)
    _written: int = 0

    # What Stampli does.

    def drop_invoices(
        self,
        name: str,
        *invoices: ApprovedInvoice,
        problems: Sequence[Problem] = (),
        incomplete: bool = False,
    ) -> None:
        """A file of approved invoices appears, or changes."""
        read = InvoicesRead(_numbered(invoices), tuple(problems), rows=len(invoices), incomplete=incomplete)
        self._drop("approved_invoices", name, read)

    def append_invoices(self, name: str, *invoices: ApprovedInvoice) -> None:
        """A file of approved invoices goes on where it ended; ``invoices`` are all it holds then."""
        before = self.outbound["approved_invoices"][name].content
        self.drop_invoices(name, *invoices)
        grown = self.outbound["approved_invoices"][name]
        self._said[before + grown.content] = self._said[grown.content]
        self.outbound["approved_invoices"][name] = replace(grown, content=before + grown.content)

    def date(self, name: str, modified_at: datetime, feed: str = "approved_invoices") -> None:
        """The server gives the file another time."""
        self.outbound[feed][name] = replace(self.outbound[feed][name], modified_at=modified_at)

    def drop_payments(self, name: str, *payments: StampliPayment, problems: Sequence[Problem] = ()) -> None:
        """A file of payments appears, or changes."""
        self._drop("payments", name, PaymentsRead(_numbered(payments), tuple(problems), rows=len(payments)))

    def copy(self, name: str, to: str, feed: str = "approved_invoices") -> None:
        """The same bytes lie there under another name too."""
        self.outbound[feed][to] = replace(self.outbound[feed][name], modified_at=self._stamp())

    def touch(self, name: str, feed: str = "approved_invoices") -> None:
        """The same bytes were written again."""
        self.copy(name, name, feed)

    def names(self, feed: str = "approved_invoices") -> set[str]:
        """What lies there."""
        return set(self.outbound.get(feed, {}))

    # The port.

    def feeds(self) -> tuple[str, ...]:
        return self.switched_on

    def list_arrivals(self, feed: str, known: Iterable[FileRecord]) -> Listing:
        self._strike("list_arrivals")
        taken = {
            (record.name, record.size_bytes, record.modified_at)
            for record in known
            if record.state in ("settled", "taken", "repeat", "refused")
        }
        lying = {name: _arrival(feed, name, file) for name, file in self.outbound.get(feed, {}).items()}
        fresh = [each for each in lying.values() if (each.name, each.size_bytes, each.modified_at) not in taken]
        rest = tuple(each for _, each in sorted(lying.items()) if each not in fresh)
        crowd = len(fresh) if len(fresh) > self.round_files else 0
        return Listing(tuple(fresh[: self.round_files]), tuple(self.not_taken), rest, crowd)

    def fetch_arrivals(self, arrivals: Sequence[Arrival]) -> Iterator[Fetched | NotTaken]:
        for arrival in arrivals:
            self._strike("fetch_arrival")
            self._strike(f"fetch {arrival.name}")
            content = self.outbound[arrival.folder][arrival.name].content
            yield Fetched(content, hashlib.sha256(content).hexdigest())

    def look_for_attachments(self, feed: str, names: Sequence[str]) -> frozenset[str]:
        self._strike("look_for_attachments")
        return frozenset(name for name in names if name in self.outbound.get(feed, {}))

    def fetch_attachment(self, feed: str, name: str) -> FetchedAttachment | None:
        self._strike("fetch_attachment")
        file = self.outbound.get(feed, {}).get(name)
        if file is None:
            return None
        described = Attachment(
            name.rpartition("/")[2], None, len(file.content), hashlib.sha256(file.content).hexdigest()
        )
        return FetchedAttachment(_arrival(feed, name, file), file.content, described)

    def disposes(self, feed: str) -> bool:
        return self.after.get(feed, "leave") != "leave"

    def dispose_arrival(self, feed: str, record: FileRecord) -> None:
        self._strike("dispose_arrival")
        file = self.outbound[feed].get(record.name)
        if file is None or (len(file.content), file.modified_at) != (record.size_bytes, record.modified_at):
            return
        del self.outbound[feed][record.name]
        if self.after[feed] == "move":
            self.moved.append(record.name)

    def put_feed_file(self, feed: str, name: str, content: bytes) -> str:
        self._strike(f"put_feed_file {feed}")
        self._strike("put_feed_file")
        self.inbound.append((name, self._files[content.decode()]))
        return name

    def parse_invoices(self, file: FileRecord, content: bytes, parts: Mapping[str, bytes]) -> InvoicesRead:
        self._strike(f"parse {file.name}")
        read = self._said[content]
        assert isinstance(read, InvoicesRead)
        return read

    def return_rows(self, file: FileRecord, content: Mapping[str, bytes], refused: Mapping[int, str]) -> ReturnedRows:
        read = self._said.get(content[file.name], InvoicesRead((), (), 0))
        unread = tuple(
            UnreadInvoice(each.record or 0, each.value, None, None, (each,))
            for each in read.problems
            if each.scope == "document"
        )
        reasons = {each.record: each.problems[0].message for each in unread} | dict(refused)
        rows = tuple({"Record": str(record), "Reason": reason} for record, reason in sorted(reasons.items()))
        text = f"{file.name} {rows}"
        self._files[text] = rows
        return ReturnedRows(unread, (FeedFile(file.name, text.encode()),) if rows else ())

    def parse_payments(self, file: FileRecord, content: bytes, parts: Mapping[str, bytes]) -> PaymentsRead:
        self._strike(f"parse {file.name}")
        read = self._said[content]
        assert isinstance(read, PaymentsRead)
        return read

    def render_feed_rows(
        self, feed: str, snapshot: Snapshot, sent: SentFeed | None, today: str
    ) -> Mapping[str, FeedRow]:
        """The rows the test says; for vendors, those of the snapshot where it says none."""
        if feed == "vendors" and feed not in self.rows:
            return {key: {"VendorID": key, "VendorName": each.name} for key, each in snapshot.vendors.items()}
        return self.rows.get(feed, {})

    def render_result_rows(self, results: Mapping[str, InvoiceResult]) -> Mapping[str, FeedRow]:
        return {
            key: {
                "ExternalID": result.external_id or "",
                "InvoiceNumber": result.invoice_number or "",
                "Result": result.result,
                "Bill": str(result.bill or ""),
                "Code": result.code or "",
                "At": result.at.isoformat(),
            }
            for key, result in results.items()
        }

    def render_feed_files(self, feed: str, rows: Iterable[FeedRow], *, stem: str, today: str) -> Sequence[FeedFile]:
        kept = tuple(rows)
        text = hashlib.sha256(repr([sorted(row.items()) for row in kept]).encode()).hexdigest()
        self._files[text] = kept
        return [FeedFile(f"{stem}.csv", text.encode())]

    def mode_of(self, feed: str) -> str:
        return self.modes.get(feed, "delta")

    def layout_of(self, feed: str, written_at: datetime | None) -> str:
        return "in-memory@1"

    def _drop(self, feed: str, name: str, read: InvoicesRead | PaymentsRead) -> None:
        content = hashlib.sha256(repr(read).encode()).hexdigest().encode()
        self._said[content] = read
        self.outbound.setdefault(feed, {})[name] = Lying(content, self._stamp())

    def _stamp(self) -> datetime:
        """No two files were written at one time."""
        self._written += 1
        return self.clock.now() + timedelta(milliseconds=self._written)

    def _strike(self, call: str) -> None:
        fault = self.faults.pop(call, None) or self.broken.get(call)
        if fault is not None:
            raise fault


def _numbered(documents: Sequence[T]) -> tuple[tuple[T, DocumentSource], ...]:
    return tuple((document, DocumentSource(number, (number + 1,))) for number, document in enumerate(documents, 1))


def _arrival(feed: str, name: str, file: Lying) -> Arrival:
    return Arrival(feed, name, len(file.content), file.modified_at)
