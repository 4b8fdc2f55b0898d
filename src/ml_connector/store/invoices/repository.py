"""Invoices and their postings: one row an invoice for ever, moved from state to state by compare-and-set.

Each change is one transaction with its audit entries. Which move is right is the posting protocol's decision, made by
the flow; here a move is refused that somebody else has overtaken or that would name a second verified bill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.intake import nothing_sent
from ml_connector.domain.values.arrivals import TakenFile
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.decision import Decision
from ml_connector.domain.values.invoice import Attachment
from ml_connector.domain.values.posting import Finish, Posting, PostingState
from ml_connector.domain.values.records import FileRecord, HistoryEntry, InvoiceRecord, RequestEntry
from ml_connector.errors import IntegrityError
from ml_connector.problems import Finding
from ml_connector.store.audit import record_notes
from ml_connector.store.database import Database
from ml_connector.store.disk.faults import row_taken_over
from ml_connector.store.files import put_file, put_files
from ml_connector.store.invoices.decisions import load_decisions, load_restarting, record_decision
from ml_connector.store.invoices.lookup import load_meant, load_newest, load_rows
from ml_connector.store.invoices.story import CLAIMED, RequestLog, load_story, stamp_note
from ml_connector.store.invoices.taking import attach, correct, take_invoices
from ml_connector.store.rows.codec import render_json
from ml_connector.store.rows.lots import in_lots
from ml_connector.store.rows.postings import invoice_record_of, posting_of, posting_values
from ml_connector.store.rows.tables import document, invoice

_AFTER_VALIDATION = frozenset(
    {
        PostingState.WAITING,
        PostingState.RECEIVED,
        PostingState.READY,
        PostingState.REJECTED,
        PostingState.PERSON,
        PostingState.CLOSED,
    }
)


class InvoiceRepository:
    """The invoices of one connection; fits the flows' InvoiceLedger and the ERP's log of requests."""

    def __init__(self, database: Database, connection_name: str, clock: Clock) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock
        self._requests = RequestLog(database, connection_name)

    def load_by_key(self, key: str) -> InvoiceRecord | None:
        """The invoice of a document key."""
        return next(iter(self._load(invoice.c.key == key)), None)

    def load_by_keys(self, keys: Iterable[str]) -> dict[str, InvoiceRecord]:
        """The invoices of those document keys that are on record, by key."""
        found: dict[str, InvoiceRecord] = {}
        for some in in_lots(keys):
            found |= {record.posting.key: record for record in self._load(invoice.c.key.in_(some))}
        return found

    def load_in(self, states: Iterable[PostingState] | None = None) -> tuple[InvoiceRecord, ...]:
        """Invoices in any of the states, all for None; the first received first."""
        if states is None:
            return self._load()
        return self._load(invoice.c.state.in_([state.value for state in states]))

    def load_of_file(self, file_id: str) -> tuple[InvoiceRecord, ...]:
        """Invoices of which any version came with that file, each with its newest version."""
        return self.load_of_files([file_id])

    def load_of_files(self, file_ids: Iterable[str]) -> tuple[InvoiceRecord, ...]:
        """As ``load_of_file`` for several; an invoice that came with two of them is given once."""
        found: dict[str, InvoiceRecord] = {}
        for some in in_lots(file_ids):
            of_files = select(document.c.invoice_id).where(document.c.file_id.in_(some))
            found |= {record.posting.id: record for record in self._load(invoice.c.id.in_(of_files))}
        return tuple(found.values())

    def load_files_of(self, states: Iterable[PostingState]) -> frozenset[str]:
        """The ids of the files with which any version of an invoice in one of the states came."""
        statement = (
            select(document.c.file_id)
            .distinct()
            .join(invoice, document.c.invoice_id == invoice.c.id)
            .where(
                invoice.c.connection == self._connection_name,
                invoice.c.state.in_([state.value for state in states]),
            )
        )
        with self._database.transaction() as connection:
            return frozenset(connection.execute(statement).scalars())

    def load_with_finding(self, code: str) -> tuple[InvoiceRecord, ...]:
        """Invoices that have a finding of that code; the first received first."""
        return self._load(invoice.c.findings.contains(f'"code":"{code}"', autoescape=True))

    def load_record(self, name: str) -> InvoiceRecord | None:
        """The invoice a person means: by id, Stampli's id, ``TYPE/NUMBER`` of its bill or that number alone, tried in
        this order. ConfigurationError ``store.several_match`` where one of these names several."""
        with self._database.transaction() as connection:
            return load_meant(connection, self._connection_name, name)

    def load_of_bill(self, key: BillKey) -> tuple[InvoiceRecord, ...]:
        """The invoices that have this bill on record."""
        return self._load(invoice.c.ref_type == key.type, invoice.c.ref_number == key.number)

    def load_decisions(self, ids: Sequence[str]) -> Mapping[str, tuple[Decision, ...]]:
        """What people decided about these invoices, by id, the first decision first."""
        with self._database.transaction() as connection:
            return load_decisions(connection, self._connection_name, ids)

    def load_restarting(self) -> frozenset[str]:
        """The vendors, in lower case, of which a person said that their numbers begin anew each year."""
        with self._database.transaction() as connection:
            return load_restarting(connection, self._connection_name)

    def load_last_bill(self) -> BillKey | None:
        """The bill of the posting that was verified last, None before the first."""
        statement = (
            select(invoice)
            .where(invoice.c.connection == self._connection_name, invoice.c.verified_at.is_not(None))
            .order_by(invoice.c.verified_at.desc(), invoice.c.number.desc())
            .limit(1)
        )
        with self._database.transaction() as connection:
            row = connection.execute(statement).first()
        return None if row is None else posting_of(row).verified_ref

    def save_taken(
        self,
        file: FileRecord,
        records: Sequence[InvoiceRecord],
        notes: Sequence[AuditNote],
        beside: Sequence[FileRecord] = (),
    ) -> None:
        """As ``save_taken_files`` for one file."""
        self.save_taken_files([TakenFile(file, tuple(beside), tuple(records), tuple(notes))])

    def save_taken_files(self, files: Sequence[TakenFile[InvoiceRecord, AuditNote]]) -> None:
        """The files' rows, those of the files beside them, and all their invoices, all or nothing; a key may be in one
        of the files only.

        A key not seen before gets a new row. One for which nothing was sent yet takes the newer version under its old
        id, epoch + 1. One for which a bill was asked for keeps its document; the version is kept beside it, findings
        and a move to PERSON are taken over, provided the posting is the one on record (``store.row_taken_over``)."""
        records = [record for each in files for record in each.documents]
        for record in records:
            self._require_own(record)
        with self._database.transaction() as connection:
            rows = [row for each in files for row in (each.file, *each.beside)]
            put_files(connection, self._connection_name, rows)
            taken = take_invoices(connection, self._connection_name, records, self._clock.now())
            paid = {record.posting.id: record.paid for record in records}
            self._record(connection, [_stamped(note, taken, paid) for each in files for note in each.notes])

    def save_attached(self, file: FileRecord, awaited: str, attachment: Attachment, note: AuditNote) -> None:
        """The row of an attachment that came, and the attachment in the documents of the file it belongs to; the
        content hash of a document does not depend on it."""
        with self._database.transaction() as connection:
            put_file(connection, self._connection_name, file)
            attach(connection, file.belongs_to, awaited, attachment)
            self._record(connection, [note])

    def save_validated(self, record: InvoiceRecord, note: AuditNote) -> InvoiceRecord:
        """Findings and state after validation. The row must still have the record's epoch and nothing may have been
        sent for it, else TransientError ``store.row_taken_over``."""
        posting = record.posting
        if posting.state not in _AFTER_VALIDATION:
            raise ValueError(f"validation does not lead to {posting.state}")
        at = self._clock.now()
        with self._database.transaction() as connection:
            row = self._row(connection, posting.id)
            if row.epoch != posting.epoch or not nothing_sent(posting_of(row)):
                raise row_taken_over(f"Invoice {posting.id}")
            self._update(
                connection,
                posting.id,
                state=posting.state.value,
                reason=posting.reason,
                payload_hash=posting.payload_hash,
                plan=None if posting.plan is None else render_json(posting.plan),
                findings=render_json(record.findings),
                validated_at=record.validated_at,
                updated_at=at,
            )
            self._record(connection, [stamp_note(note, posting, paid=row.paid)])
        return replace(record, posting=replace(posting, updated_at=at))

    def claim(self, record: InvoiceRecord, holder: str) -> InvoiceRecord:
        """Epoch + 1 for this holder, of the row as the record has it, else TransientError ``store.row_taken_over``.
        What an earlier holder still tries to write fails from now on."""
        before = record.posting
        claimed = replace(before, epoch=before.epoch + 1, holder=holder, updated_at=self._clock.now())
        with self._database.transaction() as connection:
            _require_unmoved(self._row(connection, before.id), before)
            values = {"epoch": claimed.epoch, "holder": holder, "updated_at": claimed.updated_at}
            self._update(connection, before.id, **values)
            facts = {"epoch": str(claimed.epoch), "holder": holder}
            self._record(connection, [AuditNote(CLAIMED, before.id, "taken up by a run", data=facts)])
        return replace(record, posting=claimed)

    def save_posting(
        self, before: Posting, after: Posting, note: AuditNote, findings: tuple[Finding, ...] | None = None
    ) -> Posting:
        """Move a posting from ``before`` to ``after``, findings too where given; id, state and epoch of ``before`` must
        be those on record, else TransientError ``store.row_taken_over``. IntegrityError ``posting.second_verified``
        where another bill number is verified already."""
        _require_same_posting(before, after)
        saved = replace(after, epoch=before.epoch, updated_at=self._clock.now())
        with self._database.transaction() as connection:
            row = self._row(connection, before.id)
            _require_one_verified(posting_of(row), after)
            _require_unmoved(row, before)
            values = posting_values(saved) | {"updated_at": saved.updated_at}
            if saved.verified_ref is not None and row.verified_at is None:
                values["verified_at"] = saved.updated_at
            if findings is not None:
                values["findings"] = render_json(findings)
            self._update(connection, before.id, **values)
            self._record(connection, [stamp_note(note, saved, paid=row.paid)])
        return saved

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
        """A person's decision with the move it makes, as ``save_posting``, and a new invoice ``beside`` it; epoch + 1,
        so that a run that took the row up before no longer moves it."""
        _require_same_posting(before, after)
        saved = replace(after, epoch=before.epoch + 1, updated_at=self._clock.now())
        with self._database.transaction() as connection:
            row = self._row(connection, before.id)
            _require_unmoved(row, before)
            _require_one_verified(posting_of(row), after)
            values = posting_values(saved) | {"epoch": saved.epoch, "updated_at": saved.updated_at}
            self._update(connection, before.id, findings=render_json(findings), **values)
            record_decision(connection, self._connection_name, made)
            self._record(connection, [stamp_note(note, saved, paid=row.paid)])
            if beside is not None:
                taken = take_invoices(connection, self._connection_name, [beside[0]], saved.updated_at or made.at)
                self._record(connection, [_stamped(beside[1], taken, {beside[0].posting.id: False})])
        return saved

    def load_newest(self, invoice_id: str) -> InvoiceRecord:
        """The invoice with the newest version of its document, which may be later than the one that is booked."""
        with self._database.transaction() as connection:
            return load_newest(connection, self._connection_name, invoice_id)

    def save_correction(
        self, before: Posting, after: Posting, newest: InvoiceRecord, note: AuditNote, *, findings: tuple[Finding, ...]
    ) -> Posting:
        """The newest version becomes the one that is booked, with the plan of its bill; as ``save_posting``."""
        _require_same_posting(before, after)
        saved = replace(after, epoch=before.epoch, updated_at=self._clock.now())
        with self._database.transaction() as connection:
            row = self._row(connection, before.id)
            _require_unmoved(row, before)
            _require_one_verified(posting_of(row), after)
            correct(connection, newest)
            values = posting_values(saved) | {"updated_at": saved.updated_at, "findings": render_json(findings)}
            self._update(connection, before.id, **values)
            self._record(connection, [stamp_note(note, saved, paid=row.paid)])
        return saved

    def save_findings(self, posting: Posting, findings: tuple[Finding, ...], note: AuditNote) -> None:
        """Other findings of an invoice that stays where it stands; the posting must be the one on record, else
        TransientError ``store.row_taken_over``."""
        with self._database.transaction() as connection:
            row = self._row(connection, posting.id)
            _require_unmoved(row, posting)
            self._update(connection, posting.id, findings=render_json(findings))
            self._record(connection, [stamp_note(note, posting, paid=row.paid)])

    def save_paid(self, invoice_id: str, bill_status: str, note: AuditNote) -> None:
        """What a read says of a booked bill: its status, and that it is paid where it is Closed."""
        paid = bill_status == "Closed"
        with self._database.transaction() as connection:
            posting = replace(posting_of(self._row(connection, invoice_id)), bill_status=bill_status)
            values = {"bill_status": bill_status, "paid": paid, "updated_at": self._clock.now()}
            self._update(connection, invoice_id, **values)
            self._record(connection, [stamp_note(note, posting, paid=paid)])

    def load_history(self, invoice_id: str, *, finish: Finish = "hold") -> tuple[HistoryEntry, ...]:
        """The story of an invoice, oldest first, in the words of the operator contract under that ``finish``."""
        with self._database.transaction() as connection:
            return load_story(connection, self._connection_name, invoice_id, finish)

    def record_request(
        self, invoice_id: str | None, at: datetime, method: str, path: str, *, status: int | None
    ) -> None:
        """One request that was sent; see ``RequestLog``: it never raises one of the store's errors."""
        self._requests.record_request(invoice_id, at, method, path, status=status)

    def load_requests(self, invoice_id: str) -> tuple[RequestEntry, ...]:
        """The requests sent on behalf of one invoice, in the order they were sent."""
        return self._requests.load_requests(invoice_id)

    def _load(self, *conditions: ColumnElement[bool]) -> tuple[InvoiceRecord, ...]:
        with self._database.transaction() as connection:
            rows = load_rows(connection, self._connection_name, *conditions)
        return tuple(invoice_record_of(row) for row in rows)

    def _require_own(self, record: InvoiceRecord) -> None:
        if record.posting.connection != self._connection_name:
            raise ValueError(f"an invoice of {record.posting.connection} does not belong to {self._connection_name}")

    def _row(self, connection: Connection, invoice_id: str) -> Row[Any]:
        mine = (invoice.c.connection == self._connection_name) & (invoice.c.id == invoice_id)
        row = connection.execute(select(invoice).where(mine).with_for_update()).first()
        if row is None:
            raise ValueError(f"connection {self._connection_name} has no invoice {invoice_id}")
        return row

    def _update(self, connection: Connection, invoice_id: str, **values: object) -> None:
        connection.execute(update(invoice).where(invoice.c.id == invoice_id).values(**values))

    def _record(self, connection: Connection, notes: Sequence[AuditNote]) -> None:
        record_notes(connection, self._connection_name, self._clock.now(), notes)


def _stamped(note: AuditNote, taken: Mapping[str, Posting], paid: Mapping[str, bool]) -> AuditNote:
    """A note about a taken invoice, with its state and under the id it is kept by; any other note as it is."""
    if note.subject not in taken:
        return note
    posting = taken[note.subject]
    return stamp_note(replace(note, subject=posting.id), posting, paid=paid[note.subject])


def _require_unmoved(row: Row[Any], before: Posting) -> None:
    if (row.state, row.epoch) != (before.state.value, before.epoch):
        raise row_taken_over(f"Invoice {before.id}")


def _require_same_posting(before: Posting, after: Posting) -> None:
    kept = ("id", "connection", "key", "marker", "epoch")
    changed = [name for name in kept if getattr(before, name) != getattr(after, name)]
    if changed:
        raise ValueError(f"a move of a posting never changes its {', '.join(changed)}")


def _require_one_verified(standing: Posting, after: Posting) -> None:
    if standing.verified_ref is None or standing.verified_ref == after.verified_ref:
        return
    raise IntegrityError(
        f"Invoice {standing.id} already has the verified bill {standing.verified_ref}; {after.verified_ref or 'none'}"
        " was about to take its place",
        fix="Posting for this connection stops here. Compare both bills in Acumatica before anything is released.",
        stage="store",
        code="posting.second_verified",
        facts=(str(standing.verified_ref), str(after.verified_ref or "")),
    )
