"""The exchanged files of one connection: which folder, which layout, what is known already.

It fits the flows' ``Exchange`` port. Reading bytes and giving them meaning are two calls, so that no step does both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

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
)
from ml_connector.domain.values.feed_cells import CellsPacker
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.records import FeedFile, FeedRow, FileRecord, SentFeed
from ml_connector.errors import ConfigurationError
from ml_connector.layouts.document import Document, Reading
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.reading import find_feed, read_file_set
from ml_connector.layouts.returning.fix_it import return_refused
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.wrapping.names import glob_of
from ml_connector.layouts.writer import render_rows, write_files, written_columns
from ml_connector.stampli.attachments import attachment_of, contents_of, safe_path, with_awaited
from ml_connector.stampli.file_sets import FileNames, bind_files
from ml_connector.stampli.folders import Folders
from ml_connector.stampli.invoice_files import parse_invoice_values, unread_invoice
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
        """``delta`` or ``snapshot``: does a file hold what is new, or all there is? The connection or its layout may
        say that it is all."""
        profile = self._profile.feeds[feed]
        whole = any(each.feeds[feed].mode == "snapshot" for each in profile.layouts if feed in each.feeds)
        return "snapshot" if whole else profile.mode

    def layout_of(self, feed: str, written_at: datetime | None) -> str:
        """Name and version of the layout that reads a file written then."""
        layout = self._profile.feeds[feed].layout_on(self._day(written_at))
        return f"{layout.name}@{layout.version}" if layout else "none"

    def list_arrivals(self, feed: str, known: Iterable[FileRecord]) -> Listing:
        """Settled files of the feed's folder that are not known by name, size and time, each with those that came with
        it; a set that is not whole waits."""
        profile = self._profile.feeds[feed]
        taken = {(record.name, record.size_bytes, record.modified_at) for record in known if record.state in _TAKEN}
        names = [FileNames(profile.match_of(each), each, find_feed(each, feed)) for each in profile.layouts]
        globs = tuple(dict.fromkeys(glob for each in names for glob in each.globs()))
        listing = _without_done(
            profile,
            self._folders.list_settled(
                profile.folder, globs, lambda name, size, modified_at: (name, size, modified_at) in taken
            ),
        )
        bound = [bind_files(each, listing, self._holds(profile, each.layout)) for each in names]
        unread = [each for each in listing.arrivals if profile.layout_on(self._day(each.modified_at)) is None]
        return Listing(
            arrivals=tuple(each for one in bound for each in one.arrivals),
            not_taken=(*dict.fromkeys(each for one in bound for each in one.not_taken), *map(_no_layout, unread)),
            known=tuple(dict.fromkeys(each for one in bound for each in one.known)),
            crowd=listing.crowd,
        )

    def fetch_arrivals(self, arrivals: Sequence[Arrival]) -> Iterator[Fetched | NotTaken]:
        """Each whole file with its parts, or why they are not taken now, in the order asked."""
        members = [member for arrival in arrivals for member in (arrival, *arrival.parts)]
        with closing(self._folders.fetch_many(members, self._profile.size_bytes_max)) as coming:
            for arrival in arrivals:
                yield _together(arrival, [next(coming) for _ in (arrival, *arrival.parts)])

    def look_for_attachments(self, feed: str, names: Sequence[str]) -> frozenset[str]:
        """Those of the awaited names that are there by now; one that leads out of the feed's folder never is."""
        paths = {name: path for name in names if (path := safe_path(name)) is not None}
        there = self._folders.look_for(self._profile.feeds[feed].folder, list(paths.values()))
        return frozenset(name for name, path in paths.items() if path in there)

    def fetch_attachment(self, feed: str, name: str) -> FetchedAttachment | None:
        """A file that a document names, by its path below the feed's folder; None where it is not there yet, or cannot
        be taken now, or where the path leads elsewhere."""
        path = safe_path(name)
        lying = self._folders.look(self._profile.feeds[feed].folder, path) if path else None
        fetched = self._folders.fetch(lying, self._profile.size_bytes_max) if lying else None
        if lying is None or not isinstance(fetched, Fetched) or not fetched.content:
            return None
        return FetchedAttachment(lying, fetched.content, attachment_of(name, fetched.content))

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
            target = f"{(record.sha256 or '')[:8]}_{record.name.replace('/', '_')}"
            self._folders.move(profile.folder, record.name, profile.move_to, target)

    def put_feed_file(self, feed: str, name: str, content: bytes) -> str:
        """Hand over a file of ours; the name it landed under."""
        return self._folders.put(self._profile.feeds[feed].folder, name, content)

    def parse_invoices(self, file: FileRecord, content: bytes, parts: Mapping[str, bytes]) -> InvoicesRead:
        """The approved invoices of a file and its parts, problems and the bytes of attachments beside them."""
        layout, reading = self._read(file, content, parts)
        feed = layout.feeds[file.feed]
        folder = file.name.rpartition("/")[0]
        invoices = ((parse_invoice_values(each.values), each) for each in reading.documents)
        return InvoicesRead(
            invoices=tuple((with_awaited(feed, each, invoice, folder), _source(each)) for invoice, each in invoices),
            problems=reading.problems,
            rows=reading.rows,
            incomplete=reading.incomplete,
            contents=contents_of(reading.documents),
        )

    def parse_payments(self, file: FileRecord, content: bytes, parts: Mapping[str, bytes]) -> PaymentsRead:
        """The payments of a file and its parts, problems beside them."""
        _, reading = self._read(file, content, parts)
        words = self._profile.payment_statuses
        return PaymentsRead(
            payments=tuple((parse_payment_values(each.values, words), _source(each)) for each in reading.documents),
            problems=reading.problems,
            rows=reading.rows,
            incomplete=reading.incomplete,
        )

    def return_rows(self, file: FileRecord, content: Mapping[str, bytes], refused: Mapping[int, str]) -> ReturnedRows:
        """The invoices of a file that cannot be read, and the file's own rows of these and of the ``refused`` ones,
        each with its reason. No rows where results go to the folder that invoices are taken from: they would come
        in."""
        layout, files = self._layout_and_files(file, content)
        returned = return_refused(layout, file.feed, files=files, keys=self._profile.pgp_keys, refused=refused)
        unread = (
            unread_invoice(each.refused.source.record, each.refused.values, each.problems) for each in returned.unread
        )
        cut = () if self._would_come_in(file.feed) else returned.files
        return ReturnedRows(tuple(unread), tuple(FeedFile(name, each) for name, each in cut))

    def render_feed_rows(
        self, feed: str, snapshot: Snapshot, sent: SentFeed | None, today: str
    ) -> Mapping[str, FeedRow]:
        """The feed's rows by key; see ``master_files``."""
        before = sent.rows if sent else {}
        profile = self._profile
        rows = render_master_rows(
            feed,
            snapshot,
            before,
            today=today,
            segments=profile.subaccount_segments,
            by_segment="subaccounts" not in profile.feeds,
        )
        return self._as_texts(feed, rows, before)

    def render_result_rows(self, results: Mapping[str, InvoiceResult]) -> Mapping[str, FeedRow]:
        """The rows of the results feed, under the keys the results are given by."""
        return self._as_texts("results", result_rows(results), {})

    def render_feed_files(self, feed: str, rows: Iterable[FeedRow], *, stem: str, today: str) -> tuple[FeedFile, ...]:
        """The files of a feed in its layout, in the order they are handed over: the same rows under the same name give
        the same bytes. ConfigurationError where no layout of the feed holds on the day ``today``."""
        layout = self._profile.feeds[feed].layout_on(date.fromisoformat(today))
        if layout is None:
            raise ConfigurationError(
                f"No layout of the feed {feed} holds on {today}",
                fix="Name a layout in feeds.*.layout whose effective days contain it.",
                code="layout.none_in_force",
                at="settings",
            )
        kept = list(rows)
        files = write_files(
            layout, feed, kept, stem=stem, rendered=kept if _is_as_written(layout, feed, kept) else None
        )
        return tuple(FeedFile(each.name, each.content, each.data) for each in files)

    def _as_texts(
        self, feed: str, rows: Mapping[str, Mapping[str, object]], before: Mapping[str, FeedRow]
    ) -> Mapping[str, FeedRow]:
        """The rows in the standard's own form, so that a change of layout changes no row; one that says what it said
        ``before`` is that row."""
        packer, packed = CellsPacker(), dict[str, FeedRow]()
        for key, row in zip(rows, render_rows(_STANDARD, feed, rows.values()), strict=True):
            known, now = before.get(key), packer.pack(row)
            packed[key] = now if known is None or known != now else known
        return packed

    def _read(self, file: FileRecord, content: bytes, parts: Mapping[str, bytes]) -> tuple[Layout, Reading]:
        layout, files = self._layout_and_files(file, {file.name: content, **parts})
        return layout, read_file_set(layout, file.feed, files=files, keys=self._profile.pgp_keys)

    def _layout_and_files(self, file: FileRecord, content: Mapping[str, bytes]) -> tuple[Layout, Mapping[str, bytes]]:
        """The layout that reads the file, and what came with it without its marker."""
        profile: FeedProfile = self._profile.feeds[file.feed]
        layout = profile.layout_on(self._day(file.modified_at)) or profile.layout
        marker = layout.files.marker
        data = {
            name: each
            for name, each in content.items()
            if name == file.name or not (marker and fnmatchcase(name, glob_of(marker)))
        }
        # Names are told from the data file's own folder, where that is one below the feed's.
        own = file.name.rpartition("/")[0] + "/" if "/" in file.name else ""
        return layout, {name.removeprefix(own): each for name, each in data.items()}

    def _would_come_in(self, feed: str) -> bool:
        """Do results go to the folder that the feed is read from, or to one below it?"""
        source = self._profile.feeds[feed].folder.rstrip("/")
        return f"{self._profile.feeds['results'].folder.rstrip('/')}/".startswith(f"{source}/")

    def _holds(self, profile: FeedProfile, layout: Layout) -> Callable[[Arrival], bool]:
        return lambda lead: profile.layout_on(self._day(lead.modified_at)) is layout

    def _day(self, written_at: datetime | None) -> date | None:
        """The day in the connection's zone on which a file was written, by the server's word."""
        return None if written_at is None else written_at.astimezone(ZoneInfo(self._profile.time_zone)).date()


def _is_as_written(layout: Layout, feed: str, rows: Iterable[FeedRow]) -> bool:
    """Rows are kept as the standard writes them, so that they need not be made anew for it; those of an earlier version
    may lack a column."""
    if layout != _STANDARD:
        return False
    names = [each.name for each in written_columns(find_feed(layout, feed))]
    return all(list(row) == names for row in rows)


def _together(arrival: Arrival, fetched: Sequence[Fetched | NotTaken]) -> Fetched | NotTaken:
    """A file with its parts; where one of them is not taken, none is, under the file's own name."""
    parts: dict[str, bytes] = {}
    lead = fetched[0]
    for member, each in zip((arrival, *arrival.parts), fetched, strict=True):
        if isinstance(each, NotTaken):
            return replace(each, name=arrival.name, size_bytes=arrival.size_bytes, modified_at=arrival.modified_at)
        if each is not lead:
            parts[member.name] = each.content
    return lead if isinstance(lead, NotTaken) else replace(lead, parts=parts)


def _source(document: Document) -> DocumentSource:
    return DocumentSource(document.source.record, document.source.lines)


def _without_done(profile: FeedProfile, listing: Listing) -> Listing:
    """The listing without what we moved into a folder below the feed's."""
    base = f"{profile.folder.rstrip('/')}/"
    if not (profile.move_to or "").startswith(base):
        return listing
    done = f"{(profile.move_to or '').removeprefix(base).rstrip('/')}/"
    return Listing(
        tuple(each for each in listing.arrivals if not each.name.startswith(done)),
        tuple(each for each in listing.not_taken if not each.name.startswith(done)),
        tuple(each for each in listing.known if not each.name.startswith(done)),
        listing.crowd,
    )


def _no_layout(arrival: Arrival) -> NotTaken:
    day = arrival.modified_at.date() if arrival.modified_at else "that day"
    reason = f"no layout of the feed holds on {day}, when it was written"
    return NotTaken(arrival.name, arrival.size_bytes, arrival.modified_at, "refused", reason, code="file.no_layout")
