"""Settle: a file of which every document came to its end is settled, and with it those that came with it; only then
their ``after`` runs at the source.

Nothing is moved or deleted while anything of it is open, and what cannot be moved stays: the log knows it, and the next
pass that sees it lying there tries again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import FileRecord
from ml_connector.errors import ConnectorError
from ml_connector.flows.context import FlowContext

_OPEN = frozenset(PostingState) - {PostingState.DONE, PostingState.LINKED, PostingState.CLOSED}


def settle_files(context: FlowContext, feed: str, lying: Collection[str]) -> tuple[ConnectorError, ...]:
    """Settle what can be settled, then clear away what is settled of the names ``lying`` in the folder. Errors of
    moving or deleting come back, they stop nothing."""
    records = context.files.load_files(feed)
    settled = {record.id for record in records if record.state == "settled"}
    still_open = context.invoices.load_files_of(_OPEN)
    for record in records:
        whole = record.state == "taken" and record.belongs_to is None and not record.problems
        if whole and record.id not in still_open:
            note = AuditNote("file.settled", record.id, f"{record.name}: everything in it came to its end")
            context.files.save_file(replace(record, state="settled"), note)
            settled.add(record.id)
    for record in records:
        if record.state == "taken" and record.belongs_to in settled:
            context.files.save_file(replace(record, state="settled"), None)
    if not lying or context.drafting is not None or not context.exchange.disposes(feed):
        return ()
    return tuple(error for record in _to_clear(context, feed, lying) for error in _dispose(context, feed, record))


def _to_clear(context: FlowContext, feed: str, lying: Collection[str]) -> list[FileRecord]:
    """The newest row of each name that lies there, or came with one that does, where it is settled, or repeats one that
    is. A set's first file goes last, so that what is left of it is never taken for a new one."""
    rows = {record.id: record for record in context.files.load_files(feed)}
    newest = {record.name: record for record in rows.values()}
    found = [
        record
        for record in newest.values()
        if record.sha256 is not None
        and _settled(record, rows)
        and (record.name in lying or (record.belongs_to is not None and rows[record.belongs_to].name in lying))
    ]
    return sorted(found, key=lambda record: record.belongs_to is None)


def _settled(record: FileRecord, rows: Mapping[str, FileRecord]) -> bool:
    first = rows.get(record.belongs_to or "", record)
    original = rows.get(first.repeat_of or "") if first.state == "repeat" else first
    return original is not None and original.state == "settled"


def _dispose(context: FlowContext, feed: str, record: FileRecord) -> list[ConnectorError]:
    try:
        context.steps.step("dispose file", lambda: context.exchange.dispose_arrival(feed, record))
    except ConnectorError as error:
        return [error]
    return []
