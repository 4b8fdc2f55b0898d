"""What the flows ask of the outside: small protocols that the edges fit and ``bootstrap`` plugs in.

Every method that touches a foreign system raises only the five families of ``errors``. Declares only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.results import InvoiceResult
from ml_connector.domain.values.arrivals import (
    Arrival,
    Fetched,
    FetchedAttachment,
    InvoicesRead,
    Listing,
    NotTaken,
    PaymentsRead,
    ReturnedRows,
    TakenFile,
)
from ml_connector.domain.values.bill import Bill, BillFiles, BillKey, BillPlan, BillQuery, BillsFound, BillTax
from ml_connector.domain.values.decision import Decision
from ml_connector.domain.values.draft import PlannedWrite
from ml_connector.domain.values.invoice import Attachment
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.payment import Check
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import (
    FeedFile,
    FeedRow,
    FileRecord,
    InvoiceRecord,
    PaymentRecord,
    RequestCounts,
    SentFeed,
)
from ml_connector.flows.ports.reading import ErpReading
from ml_connector.problems import Finding


class ErpBooking(Protocol):
    """Bills: looked up, created on hold, finished. No write is ever repeated in here."""

    def fetch_any_bill(self) -> BillKey | None:
        """Some bill of the tenant, None where an unfiltered read is empty."""
        ...

    def look_bills(self, queries: Sequence[BillQuery], witness: BillKey | None, *, lines: bool = False) -> BillsFound:
        """All bills of any type and status that match any query, and the witness; with their lines where they are asked
        for and this site's lists show them, else headers. All pages; split where the filter would grow too long.
        ``witness_seen`` is true only where each read showed the witness (or none was asked)."""
        ...

    def fetch_bills_like(
        self, vendors: Sequence[str], references: Sequence[str], *, since: date, witness: BillKey | None
    ) -> tuple[Bill, ...]:
        """Headers of the bills of these vendors, and of those with one of these references at any vendor, dated since
        that day, older ones perhaps among them; ``witness`` is a bill the read should show. It warns, it proves
        nothing."""
        ...

    def fetch_bill(self, key: BillKey) -> Bill | None:
        """One bill by key with lines and taxes; None where it is not there."""
        ...

    def fetch_changed_bills(self, since: datetime) -> tuple[Bill, ...]:
        """Headers of all bills of any type and status that changed after that instant, by Acumatica's clock."""
        ...

    def fetch_bills(self, keys: Sequence[BillKey]) -> tuple[Bill, ...]:
        """Headers of those of these bills that a list shows, maybe others beside; one it lacks may be there."""
        ...

    def prepare_write(self, plan: BillPlan | None = None) -> None:
        """Sign in and take the next write's place in the budget, so that nothing waits between an intent and its
        PUT. ConfigurationError ``acumatica.contract_changed`` where the site no longer has a field of that plan."""
        ...

    def create_bill(self, plan: BillPlan) -> Bill:
        """One PUT with Hold true; the bill as answered. RejectedError: refused in the field-error form. TransientError:
        certainly not executed. UncertainError: everything else."""
        ...

    def set_bill_taxes(self, key: BillKey, taxes: Sequence[BillTax]) -> None:
        """Set the tax details of a bill on hold by key; ConfigurationError ``acumatica.no_tax_override`` where the
        pinned version cannot."""
        ...

    def change_bill(self, key: BillKey, plan: BillPlan, seen: Bill) -> Bill:
        """Change a bill on hold to the plan, by key, only where it exists, and is as it was ``seen`` (else
        TransientError); it stays on hold. The bill as answered."""
        ...

    def take_bill_off_hold(self, key: BillKey) -> Bill:
        """Hold false, by key, only where it exists; the bill as answered, with its lines where the answer has them."""
        ...

    def describe_bill(self, key: BillKey, description: str) -> None:
        """Give a bill another description, by key, only where it exists."""
        ...

    def release_bill(self, key: BillKey) -> None:
        """The release action, polled to its end; what it did is for the caller to read back."""
        ...

    def fetch_bill_files(self, key: BillKey) -> BillFiles | None:
        """The files on a bill, None where the bill is not there."""
        ...

    def attach_file(self, key: BillKey, files: BillFiles, name: str, content: bytes) -> None:
        """One PUT of one file under that name; the same name again would be a new revision."""
        ...


class ErpDrafting(Protocol):
    """What the calls that write a bill would send; nothing is sent."""

    def describe_creation(self, plan: BillPlan) -> PlannedWrite: ...
    def describe_change(self, key: BillKey, plan: BillPlan) -> PlannedWrite: ...
    def describe_off_hold(self, key: BillKey) -> PlannedWrite: ...
    def describe_release(self, key: BillKey) -> PlannedWrite: ...


class ErpPayments(Protocol):
    """AP payments."""

    def fetch_check_headers(self, modified_since: datetime | None) -> tuple[Check, ...]:
        """AP payment records of all types, without applications, modified since that instant (None: all)."""
        ...

    def fetch_check(self, check_type: str, number: str) -> Check | None:
        """One AP payment record with its applications, released and entered."""
        ...


class Erp(ErpReading, ErpBooking, ErpPayments, Protocol):
    """One tenant of Acumatica, signed in on first use, the tenant proven by its canary."""

    def request_counts(self) -> RequestCounts: ...
    def about(self, invoice_id: str | None) -> None:
        """Requests from now on are on behalf of this invoice (for its story), None for none."""
        ...


class Exchange(Protocol):
    """The exchanged files of one connection: folders on the outside, layouts inside."""

    def list_arrivals(self, feed: str, known: Iterable[FileRecord]) -> Listing:
        """Two looks ``settle_seconds`` apart; files whose record has the same size and time are listed as known. Files
        that come in sets are one arrival; a set that is not whole waits."""
        ...

    def fetch_arrivals(self, arrivals: Sequence[Arrival]) -> Iterator[Fetched | NotTaken]:
        """Each whole file with its parts, or why it is not taken (grew, vanished, too large), in the order asked;
        several are on their way while one is worked on."""
        ...

    def look_for_attachments(self, feed: str, names: Sequence[str]) -> frozenset[str]:
        """Those of the awaited names that are there by now."""
        ...

    def fetch_attachment(self, feed: str, name: str) -> FetchedAttachment | None:
        """A file that a document names, by its path from the feed's folder; None where it is not there yet."""
        ...

    def dispose_arrival(self, feed: str, record: FileRecord) -> None:
        """What the feed's ``after`` says: leave, move or delete; a file that changed since that record stays."""
        ...

    def disposes(self, feed: str) -> bool:
        """Does the feed's ``after`` move or delete settled files?"""
        ...

    def put_feed_file(self, feed: str, name: str, content: bytes) -> str:
        """Hand a file over under a temporary name, renamed when whole; the name it landed under."""
        ...

    def parse_invoices(self, file: FileRecord, content: bytes, parts: Mapping[str, bytes]) -> InvoicesRead: ...
    def parse_payments(self, file: FileRecord, content: bytes, parts: Mapping[str, bytes]) -> PaymentsRead: ...
    def return_rows(self, file: FileRecord, content: Mapping[str, bytes], refused: Mapping[int, str]) -> ReturnedRows:
        """The invoices of a file that cannot be read and those ``refused``, by record; parts are in ``content`` too."""
        ...

    def render_feed_rows(
        self, feed: str, snapshot: Snapshot, sent: SentFeed | None, today: str
    ) -> Mapping[str, FeedRow]:
        """The rows of a feed by key as they should stand now; rows sent before that may no longer be picked stay,
        marked."""
        ...

    def render_result_rows(self, results: Mapping[str, InvoiceResult]) -> Mapping[str, FeedRow]:
        """The rows of the results feed, under the keys the results are given by."""
        ...

    def render_feed_files(self, feed: str, rows: Iterable[FeedRow], *, stem: str, today: str) -> Sequence[FeedFile]:
        """The files of a feed under names that begin with ``stem``, in the order they are handed over: parts, each with
        its control file and marker where the layout asks for them."""
        ...

    def feeds(self) -> tuple[str, ...]:
        """The feeds the connection has switched on."""
        ...

    def mode_of(self, feed: str) -> str:
        """``delta`` or ``snapshot``: does a file hold what is new, or all there is?"""
        ...

    def layout_of(self, feed: str, written_at: datetime | None) -> str:
        """Name and version of the layout that reads a file written then."""
        ...


class FileLog(Protocol):
    """The processed-files log of one connection and the archive of original bytes."""

    def load_files(self, feed: str | None = None) -> tuple[FileRecord, ...]: ...
    def load_content(self, sha256: str) -> bytes: ...
    def save_file(self, record: FileRecord, note: AuditNote | None) -> None:
        """Insert or replace the file's row by id; None for a look that is worth no entry."""
        ...

    def save_contents(self, contents: Sequence[tuple[bytes, str]]) -> None:
        """Keep the original bytes, each with its SHA-256, durable before it returns."""
        ...

    def next_id(self, letter: str) -> str:
        """A fresh id: that letter and eight base-32 characters."""
        ...


class InvoiceLedger(Protocol):
    """Invoices and their postings of one connection. Each change is one transaction with its audit entry."""

    def load_by_key(self, key: str) -> InvoiceRecord | None: ...
    def load_by_keys(self, keys: Iterable[str]) -> Mapping[str, InvoiceRecord]:
        """Those of the document keys that are on record."""
        ...

    def load_in(self, states: Iterable[PostingState] | None = None) -> tuple[InvoiceRecord, ...]: ...
    def load_of_file(self, file_id: str) -> tuple[InvoiceRecord, ...]: ...
    def load_of_files(self, file_ids: Iterable[str]) -> tuple[InvoiceRecord, ...]:
        """The invoices of which any version came with one of the files."""
        ...

    def load_files_of(self, states: Iterable[PostingState]) -> frozenset[str]:
        """The ids of the files with which any version of an invoice in one of the states came."""
        ...

    def load_with_finding(self, code: str) -> tuple[InvoiceRecord, ...]:
        """The invoices that have a finding of that code, the first received first."""
        ...

    def load_of_bill(self, key: BillKey) -> tuple[InvoiceRecord, ...]:
        """The invoices that have this bill on record."""
        ...

    def load_decisions(self, ids: Sequence[str]) -> Mapping[str, tuple[Decision, ...]]:
        """What people decided about these invoices, by id, the first decision first."""
        ...

    def load_restarting(self) -> frozenset[str]:
        """The vendors, in lower case, whose numbers a person said begin anew each year."""
        ...

    def load_last_bill(self) -> BillKey | None:
        """The bill of the posting that was verified last."""
        ...

    def save_taken_files(self, files: Sequence[TakenFile[InvoiceRecord, AuditNote]]) -> None:
        """The files' rows, the rows of those beside them, and all new or replaced invoice rows, all or nothing; no key
        is in two of the files."""
        ...

    def save_attached(self, file: FileRecord, awaited: str, attachment: Attachment, note: AuditNote) -> None:
        """The row of an attachment that came, and in the documents of the file it belongs to the attachment in place of
        the one ``awaited`` under that name; all or nothing."""
        ...

    def save_validated(self, record: InvoiceRecord, note: AuditNote) -> InvoiceRecord:
        """Findings and state after validation; compare-and-set on the posting's state and epoch before."""
        ...

    def claim(self, record: InvoiceRecord, holder: str) -> InvoiceRecord:
        """Epoch + 1 for this holder; what an earlier holder still tries to write fails from now on."""
        ...

    def save_posting(
        self, before: Posting, after: Posting, note: AuditNote, findings: tuple[Finding, ...] | None = None
    ) -> Posting:
        """Compare-and-set on (id, state, epoch) of ``before``; TransientError ``store.row_taken_over`` where another
        holder has it, IntegrityError where a second verified number would be written."""
        ...

    def save_decision(
        self,
        before: Posting,
        after: Posting,
        made: Decision,
        note: AuditNote,
        *,
        findings: tuple[Finding, ...],
        beside: tuple[InvoiceRecord, AuditNote] | None = None,
    ) -> Posting:
        """A person's decision with the move it makes, the findings it leaves, and a new invoice ``beside`` it;
        compare-and-set as ``save_posting``, epoch + 1."""
        ...

    def load_newest(self, invoice_id: str) -> InvoiceRecord:
        """The invoice with the newest version of its document, perhaps later than the one that is booked."""
        ...

    def save_correction(
        self, before: Posting, after: Posting, newest: InvoiceRecord, note: AuditNote, *, findings: tuple[Finding, ...]
    ) -> Posting:
        """The newest version becomes the one that is booked; compare-and-set as ``save_posting``."""
        ...

    def save_findings(self, posting: Posting, findings: tuple[Finding, ...], note: AuditNote) -> None:
        """Other findings of an invoice that stays where it stands; compare-and-set on (id, state, epoch)."""
        ...

    def save_paid(self, invoice_id: str, bill_status: str, note: AuditNote) -> None: ...


class PaymentLedger(Protocol):
    """Stampli's payments of one connection."""

    def load_payments(self) -> tuple[PaymentRecord, ...]: ...
    def save_payment_files(self, files: Sequence[TakenFile[PaymentRecord, AuditNote]]) -> None:
        """The files' rows, the rows of those beside them, and all new or newer payments, all or nothing."""
        ...

    def load_checks(self) -> tuple[Check, ...]:
        """Acumatica's AP payments as last read."""
        ...

    def save_checks(self, checks: Sequence[Check]) -> None:
        """Insert or replace by type and number."""
        ...

    def forget_check(self, check_type: str, number: str) -> None:
        """Acumatica has it no longer."""
        ...

    def save_results(self, records: Sequence[PaymentRecord], notes: Sequence[AuditNote]) -> None: ...
