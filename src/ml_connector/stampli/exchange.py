"""The exchanged files of one connection: which folder, which layout, what is known already.

It fits the flows' ``Exchange`` port. Reading bytes and giving them meaning are two calls, so that no step does both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ml_connector.domain.results import InvoiceResult
from ml_connector.domain.values.arrivals import (
    Arrival,
    DocumentSource,
    Fetched,
    InvoicesRead,
    Listing,
    NotTaken,
    PaymentsRead,
)
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.records import FeedRow, FileRecord, SentFeed
from ml_connector.layouts.document import Document, Reading
from ml_connector.layouts.reading import read_document_file
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.writer import render_rows, write_rows
from ml_connector.stampli.folders import Folders
from ml_connector.stampli.invoice_files import parse_invoice_values
from ml_connector.stampli.master_files import render_master_rows
from ml_connector.stampli.payment_files import parse_payment_values
from ml_connector.stampli.profiles import ExchangeProfile, FeedProfile
from ml_connector.stampli.result_rows import result_rows

_STANDARD = load_shipped_layout("standard-csv")
_TAKEN = frozenset({"settled", "taken", "repeat", "refused"})


class StampliExchange:
    """Feeds, folders and layouts of one connection."""

    def __init__(self, profile: ExchangeProfile, folders: Folders) -> None:
        self._profile = profile
        self._folders = folders

    def feeds(self) -> tuple[str, ...]:
        """The feeds that are switched on."""
        return tuple(self._profile.feeds)

    def mode_of(self, feed: str) -> str:
        """``delta`` or ``snapshot``: does a file hold what is new, or all there is?"""
        return self._profile.feeds[feed].mode

    def layout_of(self, feed: str) -> str:
        """Name and version of the feed's layout."""
        layout = self._profile.feeds[feed].layout
        return f"{layout.name}@{layout.version}"

    def list_arrivals(self, feed: str, known: Iterable[FileRecord]) -> Listing:
        """Settled files of the feed's folder that are not known by name, size and time."""
        profile = self._profile.feeds[feed]
        taken = {(record.name, record.size_bytes, record.modified_at) for record in known if record.state in _TAKEN}
        return self._folders.list_settled(
            profile.folder, profile.match, lambda name, size, modified_at: (name, size, modified_at) in taken
        )

    def fetch_arrival(self, arrival: Arrival) -> Fetched | NotTaken:
        """The whole file, or why it is not taken now."""
        return self._folders.fetch(arrival, self._profile.size_bytes_max)

    def disposes(self, feed: str) -> bool:
        """Does the feed's ``after`` move or delete settled files?"""
        return self._profile.feeds[feed].after != "leave"

    def dispose_arrival(self, feed: str, record: FileRecord) -> None:
        """Leave, move or delete a settled file; a moved one carries the head of its hash where its name alone could
        collide. One that is gone, or is another file by now, is left alone."""
        profile = self._profile.feeds[feed]
        lying = self._folders.look(profile.folder, record.name) if self.disposes(feed) else None
        if lying is None or (lying.size_bytes, lying.modified_at) != (record.size_bytes, record.modified_at):
            return
        if profile.after == "delete":
            self._folders.delete(profile.folder, record.name)
        elif profile.after == "move" and profile.move_to is not None:
            target = f"{(record.sha256 or '')[:8]}_{record.name}"
            self._folders.move(profile.folder, record.name, profile.move_to, target)

    def put_feed_file(self, feed: str, name: str, content: bytes) -> str:
        """Hand over a file of ours; the name it landed under."""
        profile = self._profile.feeds[feed]
        return self._folders.put(profile.folder, f"{name}.{profile.layout.format}", content)

    def parse_invoices(self, name: str, content: bytes) -> InvoicesRead:
        """The approved invoices of a file, its problems beside them."""
        reading = self._read("approved_invoices", name, content)
        return InvoicesRead(
            invoices=tuple((parse_invoice_values(each.values), _source(each)) for each in reading.documents),
            problems=reading.problems,
            rows=reading.rows,
            incomplete=reading.incomplete,
        )

    def parse_payments(self, name: str, content: bytes) -> PaymentsRead:
        """The payments of a file, its problems beside them."""
        reading = self._read("payments", name, content)
        words = self._profile.payment_statuses
        return PaymentsRead(
            payments=tuple((parse_payment_values(each.values, words), _source(each)) for each in reading.documents),
            problems=reading.problems,
            rows=reading.rows,
            incomplete=reading.incomplete,
        )

    def render_feed_rows(
        self, feed: str, snapshot: Snapshot, sent: SentFeed | None, today: str
    ) -> Mapping[str, FeedRow]:
        """The feed's rows by key; see ``master_files``."""
        before = sent.rows if sent else {}
        rows = render_master_rows(feed, snapshot, before, today=today, segments=self._profile.subaccount_segments)
        return self._as_texts(feed, rows)

    def render_result_rows(self, results: Mapping[str, InvoiceResult]) -> Mapping[str, FeedRow]:
        """The rows of the results feed, under the keys the results are given by."""
        return self._as_texts("results", result_rows(results))

    def render_feed_file(self, feed: str, rows: Iterable[FeedRow]) -> bytes:
        """The bytes of a feed's file in its layout: the same rows give the same bytes."""
        return write_rows(self._profile.feeds[feed].layout, feed, rows)

    def _as_texts(self, feed: str, rows: Mapping[str, Mapping[str, object]]) -> Mapping[str, FeedRow]:
        # Rows are kept in the standard's own form, so that a change of layout changes no row.
        return dict(zip(rows, render_rows(_STANDARD, feed, rows.values()), strict=True))

    def _read(self, feed: str, name: str, content: bytes) -> Reading:
        profile: FeedProfile = self._profile.feeds[feed]
        return read_document_file(profile.layout, feed, name=name, content=content)


def _source(document: Document) -> DocumentSource:
    return DocumentSource(document.source.record, document.source.lines)
