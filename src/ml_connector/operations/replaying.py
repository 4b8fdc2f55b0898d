"""What a replay is shown as, and which file a person means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ml_connector.domain.protocol.comparison import Mismatch
from ml_connector.domain.protocol.replaying import PaymentReplay, Replay, Replayed
from ml_connector.domain.values.posting import Finish, PostingState
from ml_connector.domain.values.records import FileRecord, InvoiceRecord
from ml_connector.errors import ConfigurationError, IntegrityError
from ml_connector.operations.lookups import Records
from ml_connector.operations.views import JsonObject, render_file, render_finding, render_record

_LOST = {
    "missing": ("flows.replay_missing", "which is not in Acumatica any more"),
    "twice": ("flows.replay_twice", "and another bill for it can be paid as well"),
}
_ASKED = frozenset({PostingState.PERSON, PostingState.REJECTED})


def file_of(records: Records, record: InvoiceRecord) -> FileRecord:
    """The file that the invoice's document came with."""
    file = records.files.load_file(record.source.file_id)
    if file is None:
        raise AssertionError(f"invoice {record.posting.id} came with a file that is not on record")
    return file


def find_file(records: Records, word: str) -> FileRecord:
    """The file a person means, by its id or, where no other has it, by its name. One that came with another, or repeats
    one, stands for that one."""
    rows = records.files.load_files()
    by_id = {row.id: row for row in rows}
    named = [row for row in rows if row.name == word and row.state != "repeat"]
    found = by_id.get(word.lower()) or (named[0] if len(named) == 1 else None)
    if found is None:
        told = "names several files" if named else "is not the id or the name of a file"
        raise ConfigurationError(
            f"{word!r} {told}",
            fix="Give an id from `file list`.",
            code="cli.unknown_file",
            at="settings",
        )
    first = by_id.get(found.belongs_to or "", found)
    return by_id.get(first.repeat_of or "", first)


def lost_bills(replay: Replay) -> tuple[IntegrityError, ...]:
    """An error for each booked invoice whose bill is gone, or that has two on which money may leave."""
    return tuple(
        IntegrityError(
            f"Invoice {each.record.invoice.invoice_number} of {each.record.invoice.vendor_id} was booked as"
            f" {each.record.posting.bill}, {_LOST[each.result][1]}",
            fix="Look in Acumatica who did that; to post it again is an act of its own, with a reason and a second"
            " person.",
            stage="replay",
            code=_LOST[each.result][0],
        )
        for each in replay.invoices
        if each.result in _LOST
    )


def needs_person(replay: Replay) -> bool:
    """Has anything changed since it was booked, or does an invoice wait for somebody?"""
    changed = any(each.result == "changed" or not each.read or each.document for each in replay.invoices)
    asked = any(each.record.posting.state in _ASKED for each in replay.invoices)
    return changed or asked or bool(replay.file.problems)


def render_invoice_replay(replay: Replay, finish: Finish) -> JsonObject:
    """The invoice with what its replay came to."""
    (replayed,) = replay.invoices
    return {**_render(replayed, finish), "file": replay.file.name, "layout": _layout(replay.file, replay.layout)}


def render_file_replay(replay: Replay | PaymentReplay, finish: Finish) -> JsonObject:
    """The file with what its replay came to, invoice by invoice or payment by payment, and the counts of that."""
    shown = {**render_file(replay.file), "layout": _layout(replay.file, replay.layout)}
    if isinstance(replay, PaymentReplay):
        payments = [{"payment_id": each.payment_id, "result": each.result} for each in replay.payments]
        return {**shown, "payments": payments, "counts": _count([each.result for each in replay.payments])}
    invoices = [_render(each, finish) for each in replay.invoices]
    return {**shown, "invoices": invoices, "counts": _count([each.result for each in replay.invoices])}


def _render(replayed: Replayed, finish: Finish) -> JsonObject:
    return {
        **render_record(replayed.record, finish),
        "result": replayed.result,
        "differences": [_difference(each) for each in replayed.bill],
        "document": [render_finding(each) for each in replayed.document],
        "read": replayed.read,
    }


def _difference(mismatch: Mismatch) -> JsonObject:
    field = mismatch.field if mismatch.line is None else f"lines[{mismatch.line}].{mismatch.field}"
    return {"field": field, "expected": mismatch.expected, "found": mismatch.found}


def _layout(file: FileRecord, now: str) -> JsonObject:
    """Which layout read the file first, which reads it now, and why that one."""
    if file.layout in (None, now):
        reason = "the same as when it came"
    else:
        reason = "the settings name another layout, or another version of it, for the day the file was written"
    return {"recorded": file.layout, "used": now, "reason": reason}


def _count(results: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(results).items()))
