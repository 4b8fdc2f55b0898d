"""An invoice's story: the requests sent on its behalf, and what became of it, told from the audit trail.

Each entry about an invoice carries the state the invoice was in after it, so the trail that is proven unbroken and the
story that people read are one.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.posting import Finish, InvoiceState, Posting, PostingState, invoice_state
from ml_connector.domain.values.records import HistoryEntry, RequestEntry
from ml_connector.errors import ConnectorError
from ml_connector.store.database import Database
from ml_connector.store.rows.codec import parse_json
from ml_connector.store.rows.tables import audit_entry, request

# The event of a run that takes an invoice up.
CLAIMED = "posting.claimed"
_FIRST_STATE: InvoiceState = "received"
_STATE, _REASON, _BILL_STATUS, _PAID = "state", "reason", "bill_status", "paid"


def stamp_note(note: AuditNote, posting: Posting, *, paid: bool) -> AuditNote:
    """The note with the state its invoice is in now; ValueError where the note is about something else."""
    if note.subject != posting.id:
        raise ValueError(f"the note is about {note.subject}, the change about invoice {posting.id}")
    stamps = {
        _STATE: posting.state.value,
        _REASON: posting.reason,
        _BILL_STATUS: posting.bill_status,
        _PAID: "true" if paid else None,
    }
    return replace(note, data={**note.data, **{name: text for name, text in stamps.items() if text is not None}})


def load_story(connection: Connection, name: str, invoice_id: str, finish: Finish) -> tuple[HistoryEntry, ...]:
    """What became of one invoice, in order; states in the operator contract's words. An entry that moved nothing is
    told with the state the invoice was in; that a run took it up is left out."""
    statement = (
        select(audit_entry)
        .where(audit_entry.c.connection == name, audit_entry.c.subject == invoice_id, audit_entry.c.event != CLAIMED)
        .order_by(audit_entry.c.sequence)
    )
    history = []
    state = _FIRST_STATE
    for row in connection.execute(statement):
        stamps = parse_json(row.data, dict[str, str | None])
        if _STATE in stamps:
            state = _state_told(invoice_id, stamps, finish)
        history.append(HistoryEntry(row.at, row.actor, state, row.note))
    return tuple(history)


def _state_told(invoice_id: str, stamps: dict[str, str | None], finish: Finish) -> InvoiceState:
    then = Posting(
        id=invoice_id,
        connection="",
        key="",
        marker="",
        state=PostingState(stamps[_STATE] or ""),
        epoch=0,
        reason=stamps.get(_REASON),
        bill_status=stamps.get(_BILL_STATUS),
    )
    return invoice_state(then, finish, paid=stamps.get(_PAID) == "true")


class RequestLog:
    """The requests of one connection. An aid to people: that it cannot be written never stops, nor changes the outcome
    of, the request it tells of; such an entry is kept in memory and written with the next one."""

    def __init__(self, database: Database, connection_name: str) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._lock = threading.Lock()
        self._unwritten: list[dict[str, object]] = []

    def record_request(
        self, invoice_id: str | None, at: datetime, method: str, path: str, *, status: int | None
    ) -> None:
        """One request that was sent on behalf of that invoice; ``status`` None: no answer came. Those of no invoice
        are nobody's story and not kept."""
        if invoice_id is None:
            return
        entry: dict[str, object] = {
            "connection": self._connection_name,
            "invoice_id": invoice_id,
            "at": at,
            "method": method,
            "path": path,
            "status": status,
        }
        with self._lock:
            self._unwritten.append(entry)
            try:
                with self._database.transaction() as connection:
                    connection.execute(insert(request), self._unwritten)
            except ConnectorError:
                return
            self._unwritten = []

    def load_requests(self, invoice_id: str) -> tuple[RequestEntry, ...]:
        """The requests sent on behalf of one invoice, in the order they were sent."""
        mine = (request.c.connection == self._connection_name) & (request.c.invoice_id == invoice_id)
        with self._database.transaction() as connection:
            rows = connection.execute(select(request).where(mine).order_by(request.c.number)).all()
        return tuple(RequestEntry(row.at, row.method, row.path, row.status) for row in rows)
