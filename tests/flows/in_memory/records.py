"""Our own records in memory: files, invoices with their postings, payments, master data; each move as strict as the
store's. Notes are kept in order, as the trail would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.intake import may_be_replaced, nothing_sent
from ml_connector.domain.values.arrivals import TakenFile
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.decision import Decision
from ml_connector.domain.values.feeds import FeedState, SentHead
from ml_connector.domain.values.invoice import Attachment
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.payment import Check
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import FileRecord, InvoiceRecord, PaymentRecord, SentFeed
from ml_connector.domain.values.renames import Rename
from ml_connector.errors import IntegrityError, TransientError
from ml_connector.problems import Finding


@dataclass
class InMemoryFiles:
    """Fits ``flows.ports.FileLog``."""

    notes: list[AuditNote] = field(default_factory=list)
    rows: dict[str, FileRecord] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    _drawn: int = 0

    def load_files(self, feed: str | None = None) -> tuple[FileRecord, ...]:
        rows = [row for row in self.rows.values() if feed in (None, row.feed)]
        return tuple(sorted(rows, key=lambda row: (row.first_seen_at, row.id)))

    def load_content(self, sha256: str) -> bytes:
        if sha256 in self.damaged:
            raise IntegrityError("a stored file was changed", code="store.file_changed")
        return self.contents[sha256]

    def save_file(self, record: FileRecord, note: AuditNote | None) -> None:
        self.rows[record.id] = record
        self.notes += [note] if note else []

    def save_content(self, content: bytes, sha256: str) -> None:
        self.contents[sha256] = content

    def save_contents(self, contents: Sequence[tuple[bytes, str]]) -> None:
        for content, sha256 in contents:
            self.save_content(content, sha256)

    def next_id(self, letter: str) -> str:
        self._drawn += 1
        return f"{letter}{self._drawn:08d}"


@dataclass
class InMemoryInvoices:
    """Fits ``flows.ports.InvoiceLedger``: compare-and-set on state and epoch, a verified number once for ever.

    ``fenced`` False leaves both out, to show what they are good for; files named in ``unrecordable`` cannot be
    recorded."""

    files: InMemoryFiles
    clock: Clock
    fenced: bool = True
    rows: dict[str, InvoiceRecord] = field(default_factory=dict)
    versions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    newest: dict[str, InvoiceRecord] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    unrecordable: set[str] = field(default_factory=set)
    _verified: list[BillKey] = field(default_factory=list)

    @property
    def notes(self) -> list[AuditNote]:
        """The trail."""
        return self.files.notes

    def load_by_key(self, key: str) -> InvoiceRecord | None:
        return next((row for row in self.rows.values() if row.posting.key == key), None)

    def load_by_keys(self, keys: Iterable[str]) -> dict[str, InvoiceRecord]:
        return {row.posting.key: row for row in self.rows.values() if row.posting.key in set(keys)}

    def load_in(self, states: Iterable[PostingState] | None = None) -> tuple[InvoiceRecord, ...]:
        wanted = None if states is None else set(states)
        return tuple(row for row in self.rows.values() if wanted is None or row.posting.state in wanted)

    def load_of_file(self, file_id: str) -> tuple[InvoiceRecord, ...]:
        return tuple(row for row in self.rows.values() if file_id in self.versions[row.posting.id])

    def load_of_files(self, file_ids: Iterable[str]) -> tuple[InvoiceRecord, ...]:
        return tuple({row.posting.id: row for each in file_ids for row in self.load_of_file(each)}.values())

    def load_files_of(self, states: Iterable[PostingState]) -> frozenset[str]:
        return frozenset(each for row in self.load_in(states) for each in self.versions[row.posting.id])

    def load_with_finding(self, code: str) -> tuple[InvoiceRecord, ...]:
        return tuple(row for row in self.rows.values() if any(each.code == code for each in row.findings))

    def load_of_bill(self, key: BillKey) -> tuple[InvoiceRecord, ...]:
        return tuple(row for row in self.rows.values() if row.posting.ref == key)

    def load_decisions(self, ids: Sequence[str]) -> Mapping[str, tuple[Decision, ...]]:
        made = {each: tuple(one for one in self.decisions if one.invoice_id == each) for each in ids}
        return {each: ones for each, ones in made.items() if ones}

    def load_restarting(self) -> frozenset[str]:
        return frozenset(made.restarts.lower() for made in self.decisions if made.restarts is not None)

    def load_last_bill(self) -> BillKey | None:
        return self._verified[-1] if self._verified else None

    def save_taken(
        self,
        file: FileRecord,
        records: Sequence[InvoiceRecord],
        notes: Sequence[AuditNote],
        beside: Sequence[FileRecord] = (),
    ) -> None:
        self.save_taken_files([TakenFile(file, tuple(beside), tuple(records), tuple(notes))])

    def save_taken_files(self, files: Sequence[TakenFile[InvoiceRecord, AuditNote]]) -> None:
        if any(each.file.name in self.unrecordable for each in files):
            raise KeyError("bug")
        before, versions = dict(self.rows), {key: set(ids) for key, ids in self.versions.items()}
        try:
            for each in files:
                for record in each.documents:
                    self._take(record)
        except TransientError:
            self.rows, self.versions = before, defaultdict(set, versions)
            raise
        for each in files:
            for row in (each.file, *each.beside):
                self.files.save_file(row, None)
            self.notes.extend(each.notes)

    def save_attached(self, file: FileRecord, awaited: str, attachment: Attachment, note: AuditNote) -> None:
        self.files.save_file(file, note)
        for row in self.load_of_file(file.belongs_to or ""):
            self.rows[row.posting.id] = replace(row, invoice=row.invoice.with_attachment(awaited, attachment))

    def save_validated(self, record: InvoiceRecord, note: AuditNote) -> InvoiceRecord:
        standing = self.rows[record.posting.id].posting
        if standing.epoch != record.posting.epoch or not nothing_sent(standing):
            raise _taken_over(standing.id)
        return self._put(record, replace(record.posting, updated_at=self.clock.now()), note)

    def claim(self, record: InvoiceRecord, holder: str) -> InvoiceRecord:
        standing = self.rows[record.posting.id].posting
        _require_unmoved(standing, record.posting)
        claimed = replace(record.posting, epoch=standing.epoch + 1, holder=holder, updated_at=self.clock.now())
        return self._put(record, claimed, AuditNote("posting.claimed", standing.id, "taken up by a run"))

    def save_posting(
        self, before: Posting, after: Posting, note: AuditNote, findings: tuple[Finding, ...] | None = None
    ) -> Posting:
        row = self.rows[before.id]
        standing = row.posting
        if self.fenced:
            if standing.verified_ref is not None and standing.verified_ref != after.verified_ref:
                raise IntegrityError("a second verified bill", code="posting.second_verified")
            _require_unmoved(standing, before)
        if after.verified_ref is not None and standing.verified_ref is None:
            self._verified.append(after.verified_ref)
        kept = row if findings is None else replace(row, findings=findings)
        return self._put(kept, replace(after, epoch=before.epoch, updated_at=self.clock.now()), note).posting

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
        _require_unmoved(self.rows[before.id].posting, before)
        saved = self.save_posting(before, after, note, findings)
        self.decisions.append(made)
        if beside is not None:
            self._take(beside[0])
            self.notes.append(beside[1])
        row = self.rows[before.id]
        self.rows[before.id] = replace(row, posting=replace(saved, epoch=before.epoch + 1))
        return self.rows[before.id].posting

    def load_newest(self, invoice_id: str) -> InvoiceRecord:
        row = self.rows[invoice_id]
        later = self.newest.get(invoice_id, row)
        return replace(row, invoice=later.invoice, content_hash=later.content_hash, source=later.source)

    def save_correction(
        self, before: Posting, after: Posting, newest: InvoiceRecord, note: AuditNote, *, findings: tuple[Finding, ...]
    ) -> Posting:
        _require_unmoved(self.rows[before.id].posting, before)
        row = self.rows[before.id]
        self.rows[before.id] = replace(
            row, invoice=newest.invoice, content_hash=newest.content_hash, source=newest.source
        )
        return self.save_posting(before, after, note, findings)

    def save_findings(self, posting: Posting, findings: tuple[Finding, ...], note: AuditNote) -> None:
        row = self.rows[posting.id]
        _require_unmoved(row.posting, posting)
        self._put(replace(row, findings=findings), row.posting, note)

    def save_paid(self, invoice_id: str, bill_status: str, note: AuditNote) -> None:
        row = self.rows[invoice_id]
        paid = replace(row, paid=bill_status == "Closed")
        self._put(paid, replace(row.posting, bill_status=bill_status, updated_at=self.clock.now()), note)

    def _put(self, record: InvoiceRecord, posting: Posting, note: AuditNote) -> InvoiceRecord:
        saved = replace(record, posting=posting)
        self.rows[posting.id] = saved
        self.notes.append(note)
        return saved

    def _take(self, record: InvoiceRecord) -> None:
        row = self.load_by_key(record.posting.key)
        if row is None:
            self.rows[record.posting.id] = replace(record, posting=replace(record.posting, updated_at=self.clock.now()))
            self.versions[record.posting.id].add(record.source.file_id)
            return
        standing, told = row.posting, record.posting
        now = self.clock.now()
        if may_be_replaced(standing):
            epoch = max(standing.epoch + 1, told.epoch)
            taken = replace(record, posting=replace(told, id=standing.id, epoch=epoch, updated_at=now))
        else:
            if (told.id, told.epoch, told.updated_at) != (standing.id, standing.epoch, standing.updated_at):
                raise _taken_over(standing.id)
            moved = replace(standing, state=told.state, reason=told.reason, updated_at=now)
            taken = replace(row, posting=moved, findings=record.findings)
            self.newest[standing.id] = record
        self.rows[standing.id] = taken
        self.versions[standing.id].add(record.source.file_id)


@dataclass
class InMemoryPayments:
    """Fits ``flows.ports.PaymentLedger``."""

    files: InMemoryFiles
    rows: dict[str, PaymentRecord] = field(default_factory=dict)
    checks: dict[tuple[str, str], Check] = field(default_factory=dict)

    def load_payments(self) -> tuple[PaymentRecord, ...]:
        return tuple(self.rows.values())

    def save_payments_taken(
        self,
        file: FileRecord,
        records: Sequence[PaymentRecord],
        notes: Sequence[AuditNote],
        beside: Sequence[FileRecord] = (),
    ) -> None:
        self.save_payment_files([TakenFile(file, tuple(beside), tuple(records), tuple(notes))])

    def save_payment_files(self, files: Sequence[TakenFile[PaymentRecord, AuditNote]]) -> None:
        for each in files:
            for row in (each.file, *each.beside):
                self.files.save_file(row, None)
            self.files.notes.extend(each.notes)
            self.rows |= {record.payment.payment_id: record for record in each.documents}

    def load_checks(self) -> tuple[Check, ...]:
        return tuple(self.checks.values())

    def forget_check(self, check_type: str, number: str) -> None:
        del self.checks[check_type, number]

    def save_checks(self, checks: Sequence[Check]) -> None:
        self.checks |= {(check.type, check.number): check for check in checks}

    def save_results(self, records: Sequence[PaymentRecord], notes: Sequence[AuditNote]) -> None:
        self.rows |= {record.payment.payment_id: record for record in records}
        self.files.notes.extend(notes)


@dataclass
class InMemoryMasterData:
    """Fits ``flows.master_data_store.MasterDataStore``."""

    files: InMemoryFiles
    snapshot: Snapshot | None = None
    sent: dict[str, SentFeed] = field(default_factory=dict)
    states: dict[str, FeedState] = field(default_factory=dict)

    def load_snapshot(self) -> Snapshot | None:
        return self.snapshot

    def save_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def load_renames(self) -> tuple[Rename, ...]:
        return self.snapshot.renames if self.snapshot else ()

    def extend_snapshot(self, snapshot: Snapshot) -> None:
        if self.snapshot is not None and self.snapshot.read_at == snapshot.read_at:
            self.snapshot = snapshot

    def load_sent_keys(self, feed: str) -> frozenset[str] | None:
        sent = self.sent.get(feed)
        return None if sent is None else frozenset(sent.rows)

    def load_sent_heads(self) -> Mapping[str, SentHead]:
        return {feed: SentHead(feed, sent.file_name, len(sent.rows), sent.sent_at) for feed, sent in self.sent.items()}

    def load_feed_state(self, feed: str) -> FeedState:
        return self.states.get(feed, FeedState())

    def save_feed_state(self, feed: str, state: FeedState, note: AuditNote | None) -> None:
        self.states[feed] = state
        if note is not None:
            self.files.notes.append(note)

    def load_sent(self, feed: str) -> SentFeed | None:
        return self.sent.get(feed)

    def save_sent(self, sent: SentFeed, note: AuditNote) -> None:
        self.sent[sent.feed] = sent
        self.files.notes.append(note)


def _require_unmoved(standing: Posting, before: Posting) -> None:
    if (standing.state, standing.epoch) != (before.state, before.epoch):
        raise _taken_over(standing.id)


def _taken_over(invoice_id: str) -> TransientError:
    return TransientError(f"Invoice {invoice_id} was taken over", code="store.row_taken_over")
