"""What people decided about invoices, one row a decision; rows are only ever added, in the transaction of the move that
a decision made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.decision import Decision
from ml_connector.problems import Finding
from ml_connector.store.rows.codec import parse_json, render_json
from ml_connector.store.rows.lots import in_lots
from ml_connector.store.rows.tables import decision


def record_decision(connection: Connection, name: str, made: Decision) -> None:
    """Add one decision of the connection ``name``, inside the caller's transaction."""
    connection.execute(
        insert(decision).values(
            connection=name,
            invoice_id=made.invoice_id,
            act=made.act,
            actor=made.actor,
            reason=made.reason,
            at=made.at,
            content_hash=made.content_hash,
            payload_hash=made.payload_hash,
            findings=render_json(made.findings),
            bills=render_json(made.bills),
            restarts=made.restarts,
        )
    )


def load_decisions(connection: Connection, name: str, ids: Sequence[str]) -> Mapping[str, tuple[Decision, ...]]:
    """The decisions about these invoices by id, the first made first; those without any are left out."""
    found: dict[str, list[Decision]] = defaultdict(list)
    for some in in_lots(ids):
        mine = (decision.c.connection == name) & decision.c.invoice_id.in_(some)
        statement = select(decision).where(mine).order_by(decision.c.number)
        for row in connection.execute(statement):
            found[row.invoice_id].append(_decision_of(row))
    return {invoice_id: tuple(made) for invoice_id, made in found.items()}


def load_restarting(connection: Connection, name: str) -> frozenset[str]:
    """The vendors, in lower case, of which a person said that their numbers begin anew each year."""
    restarts = func.lower(decision.c.restarts)
    statement = select(restarts).where(decision.c.connection == name, decision.c.restarts.is_not(None)).distinct()
    return frozenset(connection.execute(statement).scalars())


def _decision_of(row: Row[Any]) -> Decision:
    return Decision(
        invoice_id=row.invoice_id,
        act=row.act,
        actor=row.actor,
        reason=row.reason,
        at=row.at,
        content_hash=row.content_hash,
        payload_hash=row.payload_hash,
        findings=parse_json(row.findings, tuple[Finding, ...]),
        bills=parse_json(row.bills, tuple[BillKey, ...]),
        restarts=row.restarts,
    )
