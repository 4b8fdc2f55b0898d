"""Attachments that lie beside their file, or will: each is awaited under its name, fetched once it is there, archived,
and named in the documents that await it. A bill never waits for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.arrivals import Arrival, FetchedAttachment
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.records import FileRecord, InvoiceRecord
from ml_connector.errors import ConnectorError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.files.pick_up_files import TakenFiles

# A file that did not follow its invoice in a month is not looked for in every pass any more.
PATIENCE = timedelta(days=30)


def await_attachments(
    context: FlowContext, file: FileRecord, records: Sequence[InvoiceRecord]
) -> tuple[FileRecord, ...]:
    """The rows of the attachments that these documents of a file name and that did not come inside it."""
    names = dict.fromkeys(each.name for record in records for each in record.invoice.attachments if each.sha256 is None)
    return tuple(
        FileRecord(
            id=context.files.next_id("f"),
            connection=file.connection,
            feed=file.feed,
            name=name,
            size_bytes=0,
            modified_at=None,
            first_seen_at=context.clock.now(),
            state="waiting",
            reason=f"an attachment named in {file.name}; not there yet",
            belongs_to=file.id,
        )
        for name in names
    )


def take_attachments(context: FlowContext, feed: str) -> TakenFiles:
    """Fetch every awaited attachment that is there by now. What cannot be fetched is looked for again by the next pass,
    and stops nothing."""
    taken: list[FileRecord] = []
    if feed not in context.exchange.feeds():
        return TakenFiles()
    try:
        for awaited in _arrived(context, feed):
            fetched = _fetch(context, awaited)
            if fetched is not None:
                taken.append(_take(context, awaited, fetched))
    except ConnectorError as error:
        return TakenFiles(tuple(taken), frozenset(each.name for each in taken), (error,))
    return TakenFiles(tuple(taken), frozenset(each.name for each in taken))


def fill_awaited(context: FlowContext, file: FileRecord, came: Sequence[tuple[InvoiceRecord, ApprovedInvoice]]) -> None:
    """Where a later file brings inside what an earlier version of the same document awaits, it is awaited no more."""
    awaited = {(row.belongs_to, _last(row.name)): row for row in _awaited(context, file.feed)}
    for standing, later in came:
        for attachment in later.attachments:
            row = awaited.get((standing.source.file_id, _last(attachment.name)))
            if row is not None and attachment.sha256 is not None:
                arrival = Arrival("", row.name, attachment.size or 0, None)
                named = replace(attachment, name=row.name)
                _record(context, row, FetchedAttachment(arrival, b"", named), f"it came in {file.name}")


def _last(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _awaited(context: FlowContext, feed: str) -> list[FileRecord]:
    since = context.clock.now() - PATIENCE
    return [
        record
        for record in context.files.load_files(feed)
        if record.state == "waiting" and record.belongs_to is not None and record.first_seen_at >= since
    ]


def _arrived(context: FlowContext, feed: str) -> list[FileRecord]:
    """What is awaited and lies there by now: one look for all of them."""
    awaited = _awaited(context, feed)
    if not awaited:
        return []
    names = [record.name for record in awaited]
    look = context.exchange.look_for_attachments
    there = context.steps.step("look for attachments", lambda: look(feed, names), repeatable=True)
    return [record for record in awaited if record.name in there]


def _fetch(context: FlowContext, awaited: FileRecord) -> FetchedAttachment | None:
    fetch = context.exchange.fetch_attachment
    return context.steps.step("fetch attachment", lambda: fetch(awaited.feed, awaited.name), repeatable=True)


def _take(context: FlowContext, awaited: FileRecord, fetched: FetchedAttachment) -> FileRecord:
    sha256 = fetched.attachment.sha256 or ""
    context.steps.step("archive attachment", lambda: context.files.save_contents([(fetched.content, sha256)]))
    return _record(context, awaited, fetched, "it lay beside its file")


def _record(context: FlowContext, awaited: FileRecord, fetched: FetchedAttachment, how: str) -> FileRecord:
    arrival, attachment = fetched.arrival, fetched.attachment
    sha256 = attachment.sha256 or ""
    record = FileRecord(
        id=awaited.id,
        connection=awaited.connection,
        feed=awaited.feed,
        name=awaited.name,
        size_bytes=arrival.size_bytes,
        modified_at=arrival.modified_at,
        first_seen_at=awaited.first_seen_at,
        state="taken",
        sha256=sha256,
        reason=f"an attachment; {how}",
        belongs_to=awaited.belongs_to,
    )
    note = AuditNote(
        "file.attachment", record.id, f"{record.name}: {how}", data={"name": record.name, "sha256": sha256}
    )
    context.steps.step(
        "record attachment", lambda: context.invoices.save_attached(record, awaited.name, attachment, note)
    )
    return record
