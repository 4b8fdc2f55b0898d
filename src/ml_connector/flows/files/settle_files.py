"""Settle: a file of which every document came to its end is settled; only then its ``after`` runs at the source.

Nothing is moved or deleted while anything of it is open, and what cannot be moved stays: the log knows it.
"""

from __future__ import annotations

from dataclasses import replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import FileRecord
from ml_connector.errors import ConnectorError
from ml_connector.flows.context import FlowContext

_ENDED = frozenset({PostingState.DONE, PostingState.LINKED, PostingState.CLOSED})


def settle_files(context: FlowContext, feed: str) -> tuple[ConnectorError, ...]:
    """Settle what can be settled; errors of moving or deleting come back, they stop nothing."""
    errors = []
    for record in context.files.load_files(feed):
        if record.state == "taken" and not record.problems and _all_ended(context, record):
            settled = replace(record, state="settled")
            note = AuditNote("file.settled", record.id, f"{record.name}: everything in it came to its end")
            context.files.save_file(settled, note)
            errors += _dispose(context, feed, settled)
    return tuple(errors)


def _all_ended(context: FlowContext, record: FileRecord) -> bool:
    return all(invoice.posting.state in _ENDED for invoice in context.invoices.load_of_file(record.id))


def _dispose(context: FlowContext, feed: str, record: FileRecord) -> list[ConnectorError]:
    try:
        context.steps.step("dispose file", lambda: context.exchange.dispose_arrival(feed, record))
    except ConnectorError as error:
        return [error]
    return []
