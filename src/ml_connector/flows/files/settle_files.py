"""Settle: a file of which every document came to its end is settled; only then its ``after`` runs at the source.

Nothing is moved or deleted while anything of it is open, and what cannot be moved stays: the log knows it, and the next
pass that sees it lying there tries again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import FileRecord
from ml_connector.errors import ConnectorError
from ml_connector.flows.context import FlowContext

_ENDED = frozenset({PostingState.DONE, PostingState.LINKED, PostingState.CLOSED})


def settle_files(context: FlowContext, feed: str, lying: Collection[str]) -> tuple[ConnectorError, ...]:
    """Settle what can be settled, then clear away what is settled of the names ``lying`` in the folder. Errors of
    moving or deleting come back, they stop nothing."""
    for record in context.files.load_files(feed):
        if record.state == "taken" and not record.problems and _all_ended(context, record):
            note = AuditNote("file.settled", record.id, f"{record.name}: everything in it came to its end")
            context.files.save_file(replace(record, state="settled"), note)
    if not lying or not context.exchange.disposes(feed):
        return ()
    return tuple(error for record in _to_clear(context, feed, lying) for error in _dispose(context, feed, record))


def _all_ended(context: FlowContext, record: FileRecord) -> bool:
    return all(invoice.posting.state in _ENDED for invoice in context.invoices.load_of_file(record.id))


def _to_clear(context: FlowContext, feed: str, lying: Collection[str]) -> list[FileRecord]:
    """The newest row of each name that lies there, where it is settled, or repeats one that is."""
    records = context.files.load_files(feed)
    states = {record.id: record.state for record in records}
    newest = {record.name: record for record in records if record.name in lying}
    return [
        record
        for record in newest.values()
        if "settled" in (record.state, states.get(record.repeat_of or "") if record.state == "repeat" else None)
    ]


def _dispose(context: FlowContext, feed: str, record: FileRecord) -> list[ConnectorError]:
    try:
        context.steps.step("dispose file", lambda: context.exchange.dispose_arrival(feed, record))
    except ConnectorError as error:
        return [error]
    return []
