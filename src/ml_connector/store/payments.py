"""Stampli's payments with what reconciliation last said of each, and Acumatica's payments as last read.

A payment is known by Stampli's id for it: a newer file's version takes the older one's place under the same id of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.values.arrivals import TakenFile
from ml_connector.domain.values.payment import Check, StampliPayment
from ml_connector.domain.values.records import FileRecord, PaymentRecord
from ml_connector.store.audit import record_notes
from ml_connector.store.database import Database
from ml_connector.store.files import put_files
from ml_connector.store.rows.codec import parse_json, render_json
from ml_connector.store.rows.postings import source_of, source_values
from ml_connector.store.rows.tables import erp_check, payment


class PaymentRepository:
    """The payments of one connection; fits the flows' PaymentLedger."""

    def __init__(self, database: Database, connection_name: str, clock: Clock) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock

    def load_payments(self) -> tuple[PaymentRecord, ...]:
        """All payments, the first received first."""
        statement = select(payment).where(payment.c.connection == self._connection_name).order_by(payment.c.number)
        with self._database.transaction() as connection:
            return tuple(_record_of(row) for row in connection.execute(statement))

    def save_payments_taken(
        self,
        file: FileRecord,
        records: Sequence[PaymentRecord],
        notes: Sequence[AuditNote],
        beside: Sequence[FileRecord] = (),
    ) -> None:
        """As ``save_payment_files`` for one file."""
        self.save_payment_files([TakenFile(file, tuple(beside), tuple(records), tuple(notes))])

    def save_payment_files(self, files: Sequence[TakenFile[PaymentRecord, AuditNote]]) -> None:
        """The files' rows, those of the files beside them, and all their new or newer payments, all or nothing."""
        with self._database.transaction() as connection:
            rows = [row for each in files for row in (each.file, *each.beside)]
            put_files(connection, self._connection_name, rows)
            for each in files:
                kept = {record.id: self._put(connection, record) for record in each.documents}
                self._record(connection, [_under_kept_id(note, kept) for note in each.notes])

    def save_results(self, records: Sequence[PaymentRecord], notes: Sequence[AuditNote]) -> None:
        """What reconciliation says of each payment now: its result and code."""
        with self._database.transaction() as connection:
            for record in records:
                mine = (payment.c.connection == self._connection_name) & (payment.c.id == record.id)
                values = {"result": record.result, "code": record.code}
                if connection.execute(update(payment).where(mine).values(**values)).rowcount == 0:
                    raise ValueError(f"connection {self._connection_name} has no payment {record.id}")
            self._record(connection, notes)

    def load_checks(self) -> tuple[Check, ...]:
        """Acumatica's AP payments as last read, by type and number."""
        statement = select(erp_check.c.body).where(erp_check.c.connection == self._connection_name)
        with self._database.transaction() as connection:
            bodies = connection.execute(statement.order_by(erp_check.c.type, erp_check.c.number)).scalars().all()
        return tuple(parse_json(body, Check) for body in bodies)

    def save_checks(self, checks: Sequence[Check]) -> None:
        """Insert or replace by type and number; what is read of Acumatica is no change of ours and not audited."""
        by_key = {(check.type, check.number): check for check in checks}
        with self._database.transaction() as connection:
            for (kind, number), check in by_key.items():
                same = (erp_check.c.connection == self._connection_name) & (erp_check.c.type == kind)
                connection.execute(delete(erp_check).where(same, erp_check.c.number == number))
                values = {"type": kind, "number": number, "body": render_json(check)}
                connection.execute(insert(erp_check).values(connection=self._connection_name, **values))

    def forget_check(self, check_type: str, number: str) -> None:
        """Acumatica has it no longer."""
        same = (erp_check.c.connection == self._connection_name) & (erp_check.c.type == check_type)
        with self._database.transaction() as connection:
            connection.execute(delete(erp_check).where(same, erp_check.c.number == number))

    def _put(self, connection: Connection, record: PaymentRecord) -> str:
        same = (payment.c.connection == self._connection_name) & (payment.c.payment_id == record.payment.payment_id)
        known = connection.execute(select(payment.c.id).where(same)).scalar()
        if known is None:
            values = {"id": record.id, "connection": self._connection_name, **_values_of(record)}
            connection.execute(insert(payment).values(**values))
            return record.id
        connection.execute(update(payment).where(same).values(**_values_of(record)))
        return known

    def _record(self, connection: Connection, notes: Sequence[AuditNote]) -> None:
        record_notes(connection, self._connection_name, self._clock.now(), notes)


def _under_kept_id(note: AuditNote, kept: Mapping[str, str]) -> AuditNote:
    return replace(note, subject=kept.get(note.subject, note.subject))


def _values_of(record: PaymentRecord) -> dict[str, object]:
    return {
        "payment_id": record.payment.payment_id,
        "content_hash": record.content_hash,
        "body": render_json(record.payment),
        "received_at": record.received_at,
        "result": record.result,
        "code": record.code,
        **source_values(record.source),
    }


def _record_of(row: Row[Any]) -> PaymentRecord:
    return PaymentRecord(
        id=row.id,
        payment=parse_json(row.body, StampliPayment),
        content_hash=row.content_hash,
        source=source_of(row),
        received_at=row.received_at,
        result=row.result,
        code=row.code,
    )
