"""Read each new payment file and record its payments: the newest word of Stampli about a payment replaces the older."""

from __future__ import annotations

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.keys import payment_hash
from ml_connector.domain.values.arrivals import PaymentsRead
from ml_connector.domain.values.records import FileRecord, PaymentRecord, RecordSource
from ml_connector.flows.context import FlowContext
from ml_connector.flows.files.compare_snapshots import load_earlier, tell_vanished
from ml_connector.flows.files.judge_file import judge_file
from ml_connector.flows.files.pick_up_files import PickedUp, TakenFiles, follow, take_files

FEED = "payments"


def take_payments(context: FlowContext) -> TakenFiles:
    """Pick up, read and record all that is new; the row of every name that was looked at comes back."""
    return take_files(context, FEED, lambda picked: _take_file(context, picked))


def _take_file(context: FlowContext, picked: PickedUp) -> tuple[FileRecord, ...]:
    read = context.steps.step(
        "parse file", lambda: context.exchange.parse_payments(picked.record, picked.content, picked.parts)
    )
    record = judge_file(picked.record, read)
    records = _changed_payments(context, record, read)
    record, vanished = _compare_with_earlier(context, record, read)
    notes = [_file_note(record, read), *vanished]
    notes += [
        AuditNote(
            event="payment.received",
            subject=payment.id,
            note=f"payment {payment.payment.payment_id}: {payment.payment.status_word}",
            data={"file": record.name, "amount": payment.payment.amount.render()},
        )
        for payment in records
    ]
    beside = follow(record, picked.beside)
    context.steps.step("record payments", lambda: context.payments.save_payments_taken(record, records, notes, beside))
    return (record, *beside)


def _changed_payments(context: FlowContext, file: FileRecord, read: PaymentsRead) -> tuple[PaymentRecord, ...]:
    """Rows for payments that say something new; a known payment keeps its id."""
    if file.state in ("waiting", "refused"):
        return ()
    known = {record.payment.payment_id: record for record in context.payments.load_payments()}
    changed: dict[str, PaymentRecord] = {}
    for payment, source in read.payments:
        digest = payment_hash(payment)
        before = changed.get(payment.payment_id) or known.get(payment.payment_id)
        if before is not None and before.content_hash == digest:
            continue
        changed[payment.payment_id] = PaymentRecord(
            id=before.id if before else context.files.next_id("p"),
            payment=payment,
            content_hash=digest,
            source=RecordSource(file.id, file.name, file.sha256 or "", source.record, source.lines),
            received_at=context.clock.now(),
        )
    return tuple(changed.values())


def _compare_with_earlier(
    context: FlowContext, record: FileRecord, read: PaymentsRead
) -> tuple[FileRecord, list[AuditNote]]:
    """The file's row, which tells of payments that an earlier file held and this one, which holds all, does not."""
    earlier = load_earlier(context, record)
    if earlier is None:
        return record, []
    before = context.steps.step(
        "parse earlier file", lambda: context.exchange.parse_payments(earlier.record, earlier.content, earlier.parts)
    )
    now = {payment.payment_id for payment, _ in read.payments}
    gone = list(dict.fromkeys(each.payment_id for each, _ in before.payments if each.payment_id not in now))
    known = {each.payment.payment_id: each.id for each in context.payments.load_payments()}
    told = f"no longer in {record.name}; it was in {earlier.record.name}. Nothing was changed for that"
    notes = [AuditNote("payment.vanished", known[name], told) for name in gone if name in known]
    return tell_vanished(record, earlier, gone), notes


def _file_note(record: FileRecord, read: PaymentsRead) -> AuditNote:
    return AuditNote(
        event=f"file.{record.state}",
        subject=record.id,
        note=f"{record.name}: {len(read.payments)} payments of {read.rows} rows",
        data={"name": record.name, "sha256": record.sha256, "documents": str(len(read.payments))},
    )
