"""What the sweep of one connection keeps: how far it has looked, the bills it has seen in Acumatica, and whether our
records were put back from a backup.

Nothing is judged here. A known bill is a copy of what Acumatica showed, never a proof that it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, tuple_, update

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.keys import mark_in
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.domain.values.sweeping import RestoreMark, SweepState
from ml_connector.store.audit import record_notes
from ml_connector.store.database import Database
from ml_connector.store.invoices.lookup import load_rows
from ml_connector.store.rows.codec import parse_json, render_json
from ml_connector.store.rows.lots import in_lots
from ml_connector.store.rows.postings import invoice_record_of
from ml_connector.store.rows.tables import invoice, known_bill, restored, sweep


class SweepRepository:
    """The sweep of one connection; fits the flows' SweepLedger."""

    def __init__(self, database: Database, connection_name: str, clock: Clock) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock

    def load_sweep(self) -> SweepState:
        """How far the last sweep came; as new before the first."""
        with self._database.transaction() as connection:
            body = connection.execute(select(sweep.c.body).where(self._mine_in(sweep.c.connection))).scalar()
        return SweepState() if body is None else parse_json(body, SweepState)

    def save_sweep(
        self, state: SweepState, note: AuditNote | None, *, seen: Sequence[Bill] = (), gone: Sequence[BillKey] = ()
    ) -> None:
        """How far it came, the bills ``seen`` as they are now, without those ``gone``: all or nothing."""
        body, at = render_json(state), self._clock.now()
        with self._database.transaction() as connection:
            for some in in_lots(seen, columns=2):
                self._put_bills(connection, some, at)
            for key in gone:
                connection.execute(delete(known_bill).where(self._is(key)))
            changed = connection.execute(update(sweep).where(self._mine_in(sweep.c.connection)).values(body=body))
            if changed.rowcount == 0:
                connection.execute(insert(sweep).values(connection=self._connection_name, body=body))
            if note is not None:
                record_notes(connection, self._connection_name, at, [note])

    def load_restored(self) -> RestoreMark | None:
        """When our records were last put back from a backup, None for never."""
        with self._database.transaction() as connection:
            row = connection.execute(select(restored).order_by(restored.c.number.desc()).limit(1)).first()
        return None if row is None else RestoreMark(row.backup_at, row.restored_at)

    def load_known(self, keys: Iterable[BillKey]) -> dict[BillKey, Bill]:
        """Those of these bills that were seen before, as they were then."""
        found: dict[BillKey, Bill] = {}
        columns = tuple_(known_bill.c.type, known_bill.c.number)
        with self._database.transaction() as connection:
            for some in in_lots(((key.type, key.number) for key in keys), columns=2):
                statement = select(known_bill.c.body).where(self._mine_in(known_bill.c.connection), columns.in_(some))
                bills = (parse_json(body, Bill) for body in connection.execute(statement).scalars())
                found |= {bill.key: bill for bill in bills}
        return found

    def load_foreign_bills(self, vendor: str | None = None) -> tuple[Bill, ...]:
        """The bills seen that no invoice of this database is booked as, of one vendor where it is named."""
        conditions = [] if vendor is None else [known_bill.c.vendor == _folded(vendor)]
        return self._load_bills(~_marked_by_us(), *conditions)

    def load_strangers(self, after: datetime | None) -> tuple[Bill, ...]:
        """The bills first seen after that instant with a mark like ours that no invoice of this database has."""
        since = [] if after is None else [known_bill.c.first_seen_at > after]
        return self._load_bills(known_bill.c.mark.is_not(None), ~_marked_by_us(), *since)

    def load_with_marks(self, marks: Iterable[str]) -> tuple[InvoiceRecord, ...]:
        """The invoices of this connection that have one of these marks."""
        rows: list[Row[Any]] = []
        with self._database.transaction() as connection:
            for some in in_lots(sorted(marks)):
                rows += load_rows(connection, self._connection_name, invoice.c.marker.in_(some))
        return tuple(invoice_record_of(row) for row in rows)

    def load_booked(self, *, newest: int, others: int, after: int) -> tuple[tuple[InvoiceRecord, ...], int]:
        """Invoices that came to their end with a bill: the ``newest`` ones, and ``others`` from the place ``after`` on;
        with the place to go on from, 0 for the beginning."""
        done = invoice.c.state == PostingState.DONE.value
        mine = self._mine_in(invoice.c.connection)
        with self._database.transaction() as connection:
            last = select(invoice.c.id).where(mine, done).order_by(invoice.c.verified_at.desc()).limit(newest)
            rows = [*load_rows(connection, self._connection_name, invoice.c.id.in_(last))]
            slice_of = select(invoice.c.number).where(mine, done, invoice.c.number > after)
            numbers = list(connection.execute(slice_of.order_by(invoice.c.number).limit(others)).scalars())
            rows += load_rows(connection, self._connection_name, invoice.c.number.in_(numbers))
        records = {record.posting.id: record for record in map(invoice_record_of, rows)}
        return tuple(records.values()), numbers[-1] if len(numbers) == others else 0

    def _load_bills(self, *conditions: ColumnElement[bool]) -> tuple[Bill, ...]:
        statement = select(known_bill.c.body).where(self._mine_in(known_bill.c.connection), *conditions)
        with self._database.transaction() as connection:
            bodies = connection.execute(statement.order_by(known_bill.c.type, known_bill.c.number)).scalars().all()
        return tuple(parse_json(body, Bill) for body in bodies)

    def _put_bills(self, connection: Connection, bills: Sequence[Bill], at: datetime) -> None:
        columns = tuple_(known_bill.c.type, known_bill.c.number)
        wanted = [(bill.key.type, bill.key.number) for bill in bills]
        mine = self._mine_in(known_bill.c.connection) & columns.in_(wanted)
        known = select(known_bill.c.type, known_bill.c.number, known_bill.c.first_seen_at).where(mine)
        first_seen = {(row.type, row.number): row.first_seen_at for row in connection.execute(known)}
        connection.execute(delete(known_bill).where(mine))
        rows = [
            {
                "connection": self._connection_name,
                "type": bill.key.type,
                "number": bill.key.number,
                "vendor": _folded(bill.vendor),
                "mark": mark_in(bill.description),
                "first_seen_at": first_seen.get((bill.key.type, bill.key.number), at),
                "body": render_json(bill),
            }
            for bill in {bill.key: bill for bill in bills}.values()
        ]
        connection.execute(insert(known_bill), rows)

    def _is(self, key: BillKey) -> ColumnElement[bool]:
        same = (known_bill.c.type == key.type) & (known_bill.c.number == key.number)
        return self._mine_in(known_bill.c.connection) & same

    def _mine_in(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        return column == self._connection_name


def record_restored(connection: Connection, backup_at: datetime, restored_at: datetime) -> None:
    """Note, inside the transaction that puts a backup back, that nothing since ``backup_at`` is in it: before any
    connection posts again, what was booked since is looked for in Acumatica."""
    connection.execute(insert(restored).values(backup_at=backup_at, restored_at=restored_at))


def _marked_by_us() -> ColumnElement[bool]:
    """Has an invoice of any connection of this database the bill's mark?"""
    return select(invoice.c.id).where(invoice.c.marker == known_bill.c.mark).exists()


def _folded(vendor: str) -> str:
    return vendor.strip().casefold()
