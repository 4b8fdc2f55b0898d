"""Parse and take in: read each new file of approved invoices and record every document and every problem of it.

A document seen before with the same content adds nothing; a file that looks cut waits whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import day_in_zone
from ml_connector.domain.codes.renames import vendor_record_of
from ml_connector.domain.intake import (
    Correction,
    Known,
    NotFinal,
    Replace,
    TakeNew,
    Withdrawn,
    judge_arrival,
    may_be_corrected,
)
from ml_connector.domain.keys import content_hash, document_key, marker
from ml_connector.domain.protocol.conservation import FileTold, signed_total
from ml_connector.domain.values.arrivals import DocumentSource, InvoicesRead, TakenFile
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import FileRecord, InvoiceRecord, RecordSource
from ml_connector.flows.context import FlowContext, Terms
from ml_connector.flows.files.await_attachments import await_attachments, fill_awaited
from ml_connector.flows.files.compare_snapshots import load_earlier, tell_vanished
from ml_connector.flows.files.file_rows import follow
from ml_connector.flows.files.judge_file import add_reason, judge_file
from ml_connector.flows.files.pick_up_files import Parsed, PickedUp, TakenFiles, take_files
from ml_connector.flows.invoices.posting_run import CORRECTION_CODES

FEED = "approved_invoices"


def take_invoices(context: FlowContext) -> TakenFiles:
    """Pick up, read and record all that is new; the row of every name that was looked at comes back."""
    feed = _InvoiceFeed(context)
    return replace(take_files(context, feed), told=feed.told)


@dataclass(frozen=True, slots=True)
class _Keyed:
    """What a file says, with the document key of each invoice, in their order."""

    read: InvoicesRead
    keys: tuple[str, ...]


class _InvoiceFeed:
    """Files of approved invoices; fits the pick-up's ``Feed``."""

    name = FEED

    def __init__(self, context: FlowContext) -> None:
        self._context = context
        self._standing: Mapping[str, InvoiceRecord] = {}
        self._judged: dict[str, FileTold] = {}
        self.told: tuple[FileTold, ...] = ()

    @cached_property
    def _snapshot(self) -> Snapshot | None:
        return self._context.master_data.load_snapshot()

    def parse(self, picked: PickedUp) -> Parsed[_Keyed]:
        """The file's invoices; one that is held against the file before it, or fills what others await, comes alone."""
        read = self._context.exchange.parse_invoices(picked.record, picked.content, picked.parts)
        keys = tuple(self._key_of(invoice) for invoice, _ in read.invoices)
        whole = self._context.exchange.mode_of(FEED) == "snapshot"
        return Parsed(_Keyed(read, keys), frozenset(keys), alone=whole or bool(read.contents))

    def look_up(self, reads: Sequence[_Keyed]) -> None:
        """The rows that the documents' keys have."""
        self._standing = self._context.invoices.load_by_keys([key for each in reads for key in each.keys])

    def judge(self, picked: PickedUp, said: _Keyed) -> TakenFile[InvoiceRecord, AuditNote]:
        """What is new in it."""
        context, read = self._context, said.read
        record, note = _judge_file(picked.record, read)
        intake = _Intake(context, picked.record)
        if record.state not in ("waiting", "refused"):
            intake.take_all(said, self._standing)
            if picked.again:
                record = add_reason(record, f"{intake.new} new {'invoice' if intake.new == 1 else 'invoices'} taken")
            record = self._compare_with_earlier(record, said, intake)
        if read.contents:
            contents = [(content, sha256) for sha256, content in read.contents.items()]
            context.steps.step("archive attachments", lambda: context.files.save_contents(contents))
            fill_awaited(context, record, intake.known)
        beside = (*follow(record, picked.beside), *await_attachments(context, record, intake.records))
        self._judged[record.id] = intake.told(said if intake.records or intake.known else None)
        return TakenFile(record, beside, intake.records, (note, *intake.notes))

    def record(self, files: Sequence[TakenFile[InvoiceRecord, AuditNote]]) -> None:
        """One transaction for all of them."""
        self._context.invoices.save_taken_files(files)
        self.told += tuple(self._judged.pop(each.file.id) for each in files)

    def _key_of(self, invoice: ApprovedInvoice) -> str:
        return key_of(self._context.terms, invoice, self._snapshot)

    def _compare_with_earlier(self, record: FileRecord, said: _Keyed, intake: _Intake) -> FileRecord:
        """The file's row, which tells of invoices that an earlier file held and this one, which holds all, does not."""
        context = self._context
        earlier = load_earlier(context, record)
        if earlier is None:
            return record
        read = context.steps.step(
            "parse earlier file",
            lambda: context.exchange.parse_invoices(earlier.record, earlier.content, earlier.parts),
        )
        before = {self._key_of(invoice): invoice for invoice, _ in read.invoices}
        gone = {key: invoice for key, invoice in before.items() if key not in said.keys}
        told = f"no longer in {record.name}; it was in {earlier.record.name}. Nothing was changed for that"
        for known in context.invoices.load_by_keys(gone).values():
            intake.notes.append(AuditNote("invoice.vanished", known.posting.id, told, data={"file": record.name}))
        names = [invoice.invoice_number or invoice.external_id or "?" for invoice in gone.values()]
        return tell_vanished(record, earlier, names)


def key_of(terms: Terms, invoice: ApprovedInvoice, snapshot: Snapshot | None) -> str:
    """The document key of an invoice in this connection."""
    return document_key(
        instance=terms.instance,
        tenant=terms.tenant,
        company=terms.company,
        invoice=invoice,
        vendor_record_id=vendor_record_of(invoice.vendor_id, snapshot),
    )


def retake_invoices(
    context: FlowContext,
    file: FileRecord,
    read: InvoicesRead,
    wanted: Mapping[str, tuple[ApprovedInvoice, DocumentSource]],
) -> FileRecord:
    """Of a file that was read again, take in the ``wanted`` documents by key, and keep what the file comes to now."""
    record, note = _judge_file(file, read)
    if record.state in ("waiting", "refused"):
        return record
    intake = _Intake(context, file)
    said = _Keyed(replace(read, invoices=tuple(wanted.values())), tuple(wanted))
    intake.take_all(said, context.invoices.load_by_keys(wanted))
    contents = [(content, sha256) for sha256, content in read.contents.items()]
    context.steps.step("archive attachments", lambda: context.files.save_contents(contents))
    beside = await_attachments(context, record, intake.records)
    taken = TakenFile(record, beside, intake.records, (note, *intake.notes))
    context.steps.step("record documents", lambda: context.invoices.save_taken_files([taken]))
    return record


def _judge_file(record: FileRecord, read: InvoicesRead) -> tuple[FileRecord, AuditNote]:
    """The file's row after reading: waiting where it looks cut, refused where nothing of it can be read, else taken."""
    judged = judge_file(record, read)
    if judged.state == "settled" and read.invoices:
        judged = replace(judged, state="taken")
    note = AuditNote(
        event=f"file.{judged.state}",
        subject=record.id,
        note=f"{record.name}: {len(read.invoices)} documents of {read.rows} rows"
        + (f"; {judged.reason}" if judged.reason else ""),
        data={"name": record.name, "sha256": record.sha256, "documents": str(len(read.invoices))},
    )
    return judged, note


class _Intake:
    """Collects what one file brings; a key that comes twice in it meets its own first version."""

    def __init__(self, context: FlowContext, file: FileRecord) -> None:
        self._context = context
        self._file = file
        self._by_key: dict[str, InvoiceRecord] = {}
        self._beside: set[str] = set()
        self.new = 0
        self.notes: list[AuditNote] = []
        self.known: list[tuple[InvoiceRecord, ApprovedInvoice]] = []

    @property
    def records(self) -> tuple[InvoiceRecord, ...]:
        """The rows to write, one a key."""
        return tuple(self._by_key.values())

    def told(self, said: _Keyed | None) -> FileTold:
        """What the file said, for the proof that all of it is on record: of several versions of one document the last
        one, and nothing that a person is asked about beside a bill, is new."""
        day = day_in_zone(self._file.first_seen_at, self._context.terms.time_zone)
        new = {key: signed_total(each.invoice) for key, each in self._by_key.items() if key not in self._beside}
        pairs = () if said is None else zip(said.keys, said.read.invoices, strict=True)
        last = {} if said is None else {key: number for number, key in enumerate(said.keys)}
        known = tuple(
            signed_total(invoice)
            for number, (key, (invoice, _)) in enumerate(pairs)
            if key not in new or last[key] != number
        )
        return FileTold(self._file.id, day, new, known)

    def take_all(self, said: _Keyed, standing: Mapping[str, InvoiceRecord]) -> None:
        """Judge the documents of the file, each against the row its key has in ``standing``, and note what they lead
        to."""
        for key, (invoice, source) in zip(said.keys, said.read.invoices, strict=True):
            self._take(key, invoice, source, existing=self._by_key.get(key) or standing.get(key))

    def _take(
        self, key: str, invoice: ApprovedInvoice, source: DocumentSource, *, existing: InvoiceRecord | None
    ) -> None:
        terms = self._context.terms
        digest = content_hash(invoice)
        verdict = judge_arrival(invoice, existing, digest, final_statuses=terms.final_statuses, cut_over=terms.cut_over)
        if isinstance(verdict, TakeNew):
            self.new += 1
            posting = self._new_posting(key, verdict)
            self._put(self._record(posting, invoice, digest, source), "invoice.received", verdict.note)
        elif existing is None:
            raise AssertionError("only a new document has no row")
        elif isinstance(verdict, Replace):
            posting = replace(_fresh(existing.posting), state=verdict.state, reason=verdict.reason)
            self._put(
                self._record(posting, invoice, digest, source),
                "invoice.replaced",
                f"replaced by a newer version: {verdict.note}",
            )
        elif isinstance(verdict, Correction | Withdrawn):
            self._ask_person(existing, self._record(existing.posting, invoice, digest, source), verdict)
        else:
            self._note_only(existing, verdict)
            self.known.append((existing, invoice))

    def _new_posting(self, key: str, verdict: TakeNew) -> Posting:
        return Posting(
            id=self._context.files.next_id("i"),
            connection=self._context.terms.connection,
            key=key,
            marker=marker(key),
            state=verdict.state,
            epoch=0,
            reason=verdict.reason,
        )

    def _record(self, posting: Posting, invoice: ApprovedInvoice, digest: str, source: DocumentSource) -> InvoiceRecord:
        file = self._file
        return InvoiceRecord(
            posting=posting,
            invoice=invoice,
            content_hash=digest,
            source=RecordSource(file.id, file.name, file.sha256 or "", source.record, source.lines),
            received_at=self._context.clock.now(),
        )

    def _ask_person(self, existing: InvoiceRecord, later: InvoiceRecord, verdict: Correction | Withdrawn) -> None:
        """A later version after a bill was asked for: the booked document stays, a person reads the difference beside
        what was found before."""
        settled = existing.posting.state in (PostingState.CLOSED, PostingState.LINKED)
        reason = "voided" if isinstance(verdict, Withdrawn) else "correction"
        posting = existing.posting
        if isinstance(verdict, Correction) and may_be_corrected(posting):
            posting = replace(posting, state=PostingState.CORRECTING, reason=None)
        elif not settled and _may_wait_for_person(posting):
            posting = replace(posting, state=PostingState.PERSON, reason=reason)
        before = tuple(finding for finding in existing.findings if finding.code not in CORRECTION_CODES)
        self._beside.add(posting.key)
        record = replace(later, posting=posting, findings=(*before, *verdict.findings))
        self._put(record, f"invoice.{reason}", "; ".join(finding.message for finding in verdict.findings))

    def _note_only(self, existing: InvoiceRecord, verdict: Known | NotFinal) -> None:
        if isinstance(verdict, NotFinal):
            self.notes.append(AuditNote("invoice.not_final", existing.posting.id, verdict.note))

    def _put(self, record: InvoiceRecord, event: str, note: str) -> None:
        self._by_key[record.posting.key] = record
        self.notes.append(
            AuditNote(
                event=event,
                subject=record.posting.id,
                note=note,
                data={"file": self._file.name, "content": record.content_hash, "total": record.invoice.total.render()},
            )
        )


def _fresh(posting: Posting) -> Posting:
    """The same row with nothing left of an earlier version's attempts."""
    return replace(posting, payload_hash=None, attempts=0, uncertain_cause=None, sent_at=None)


def _may_wait_for_person(posting: Posting) -> bool:
    """A row whose PUT may still be running is settled by the protocol first; its story holds the later version."""
    return posting.state not in (
        PostingState.INTENT,
        PostingState.UNCERTAIN,
        PostingState.RECORDED,
        PostingState.CORRECTING,
    )
