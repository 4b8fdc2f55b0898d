"""Read each new payment file and record its payments: the newest word of Stampli about a payment replaces the older."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.keys import payment_hash
from ml_connector.domain.values.arrivals import DocumentSource, PaymentsRead, TakenFile
from ml_connector.domain.values.payment import StampliPayment
from ml_connector.domain.values.records import FileRecord, PaymentRecord, RecordSource
from ml_connector.flows.context import FlowContext
from ml_connector.flows.files.compare_snapshots import load_earlier, tell_vanished
from ml_connector.flows.files.file_rows import follow
from ml_connector.flows.files.judge_file import judge_file
from ml_connector.flows.files.pick_up_files import Parsed, PickedUp, TakenFiles, take_files

FEED = "payments"


def take_payments(context: FlowContext) -> TakenFiles:
    """Pick up, read and record all that is new; the row of every name that was looked at comes back."""
    return take_files(context, _PaymentFeed(context))


class _PaymentFeed:
    """Files of payments; fits the pick-up's ``Feed``."""

    name = FEED

    def __init__(self, context: FlowContext) -> None:
        self._context = context

    def parse(self, picked: PickedUp) -> Parsed[PaymentsRead]:
        """The file's payments; one that is held against the file before it comes alone."""
        read = self._context.exchange.parse_payments(picked.record, picked.content, picked.parts)
        keys = frozenset(payment.payment_id for payment, _ in read.payments)
        return Parsed(read, keys, alone=self._context.exchange.mode_of(FEED) == "snapshot")

    def look_up(self, reads: Sequence[PaymentsRead]) -> None:
        """All payments are known already."""

    def judge(self, picked: PickedUp, said: PaymentsRead) -> TakenFile[PaymentRecord, AuditNote]:
        """What is new in it."""
        record = judge_file(picked.record, said)
        records = self._changed_payments(record, said)
        record, vanished = self._compare_with_earlier(record, said)
        notes = (_file_note(record, said), *vanished, *_received(record, records))
        return TakenFile(record, follow(record, picked.beside), records, notes)

    def judge_again(self, file: FileRecord, said: PaymentsRead) -> TakenFile[PaymentRecord, AuditNote]:
        """What is new in a file that was read before; nothing is told of files before it."""
        record = judge_file(file, said)
        records = self._changed_payments(record, said)
        return TakenFile(record, (), records, (_file_note(record, said), *_received(record, records)))

    def record(self, files: Sequence[TakenFile[PaymentRecord, AuditNote]]) -> None:
        """One transaction for all of them."""
        self._context.payments.save_payment_files(files)
        for each in files:
            self._known |= {record.payment.payment_id: record for record in each.documents}

    @cached_property
    def _known(self) -> dict[str, PaymentRecord]:
        return {record.payment.payment_id: record for record in self._context.payments.load_payments()}

    def _changed_payments(self, file: FileRecord, read: PaymentsRead) -> tuple[PaymentRecord, ...]:
        """Rows for payments that say something new; a known payment keeps its id."""
        if file.state in ("waiting", "refused"):
            return ()
        changed: dict[str, PaymentRecord] = {}
        for payment, source in read.payments:
            digest = payment_hash(payment)
            before = changed.get(payment.payment_id) or self._known.get(payment.payment_id)
            if before is not None and before.content_hash == digest:
                continue
            changed[payment.payment_id] = PaymentRecord(
                id=before.id if before else self._context.files.next_id("p"),
                payment=payment,
                content_hash=digest,
                source=RecordSource(file.id, file.name, file.sha256 or "", source.record, source.lines),
                received_at=self._context.clock.now(),
            )
        return tuple(changed.values())

    def _compare_with_earlier(self, record: FileRecord, read: PaymentsRead) -> tuple[FileRecord, list[AuditNote]]:
        """The file's row, which tells of payments that an earlier file held and this one, which holds all, does not."""
        context = self._context
        earlier = load_earlier(context, record)
        if earlier is None:
            return record, []
        before = context.steps.step(
            "parse earlier file",
            lambda: context.exchange.parse_payments(earlier.record, earlier.content, earlier.parts),
        )
        now = {payment.payment_id for payment, _ in read.payments}
        gone = list(dict.fromkeys(each.payment_id for each, _ in before.payments if each.payment_id not in now))
        told = f"no longer in {record.name}; it was in {earlier.record.name}. Nothing was changed for that"
        known = [self._known[name] for name in gone if name in self._known]
        return tell_vanished(record, earlier, gone), [AuditNote("payment.vanished", each.id, told) for each in known]


def retake_payments(
    context: FlowContext,
    file: FileRecord,
    read: PaymentsRead,
    wanted: Sequence[tuple[StampliPayment, DocumentSource]],
) -> FileRecord:
    """Of a file that was read again, take in the ``wanted`` payments, and keep what the file comes to now."""
    feed = _PaymentFeed(context)
    taken = feed.judge_again(file, replace(read, payments=tuple(wanted)))
    context.steps.step("record payments", lambda: feed.record([taken]))
    return taken.file


def _received(file: FileRecord, records: Sequence[PaymentRecord]) -> list[AuditNote]:
    return [
        AuditNote(
            event="payment.received",
            subject=payment.id,
            note=f"payment {payment.payment.payment_id}: {payment.payment.status_word}",
            data={"file": file.name, "amount": payment.payment.amount.render()},
        )
        for payment in records
    ]


def _file_note(record: FileRecord, read: PaymentsRead) -> AuditNote:
    return AuditNote(
        event=f"file.{record.state}",
        subject=record.id,
        note=f"{record.name}: {len(read.payments)} payments of {read.rows} rows",
        data={"name": record.name, "sha256": record.sha256, "documents": str(len(read.payments))},
    )
