"""What is kept of a connection itself: its identity and canary, and its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.values.records import Identity
from ml_connector.errors import IntegrityError
from ml_connector.store.audit import record_notes
from ml_connector.store.database import Database
from ml_connector.store.rows.codec import parse_json, render_json
from ml_connector.store.rows.ids import draw_id
from ml_connector.store.rows.tables import connection_row, run, secret


class IdentityRepository:
    """The identity of one connection, written once, and its canary; fits the ERP's store of the canary."""

    def __init__(self, database: Database, connection_name: str, clock: Clock) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock

    def load_identity(self) -> Identity | None:
        """What every document key is built on, None before it was first checked."""
        row = self._load()
        if row is None or row.url is None:
            return None
        confirmed = None if row.confirmed is None else parse_json(row.confirmed, tuple[str, str, str])
        return Identity(row.url, row.tenant, row.company, row.canary_vendor, row.canary_record_id, confirmed)

    def save_identity(self, identity: Identity, *, actor: str = "connector") -> None:
        """Keep URL, tenant and company; the same again changes nothing, others are an IntegrityError
        ``store.identity_fixed``, since every document's identity is built on them. The canary is not touched."""
        known = self.load_identity()
        new = {"url": identity.url, "tenant": identity.tenant, "company": identity.company}
        if known is None:
            data: dict[str, str | None] = {**new}
            note = AuditNote("connection.identity", self._connection_name, "identity stored and fixed", actor, data)
            self._save(new, note)
        elif (known.url, known.tenant, known.company) != (identity.url, identity.tenant, identity.company):
            raise IntegrityError(
                f"Connection {self._connection_name} was first checked with {_told(known)}, and is now"
                f" {_told(identity)}",
                fix="Set url, tenant and company back, or use another connection name for the other company.",
                stage="store",
                code="store.identity_fixed",
                facts=(_told(known), _told(identity)),
            )

    def save_confirmed(self, url: str, tenant: str, company: str, *, actor: str = "connector") -> None:
        """Keep that the settings may name the same system like this now; what keys are built on stays."""
        data: dict[str, str | None] = {"url": url, "tenant": tenant, "company": company}
        note = AuditNote("connection.confirmed", self._connection_name, "confirmed under another name", actor, data)
        self._save({"confirmed": render_json((url, tenant, company))}, note)

    def load_canary(self) -> tuple[str, str] | None:
        """Vendor id and record id of the vendor that proves the tenant, None before one was chosen."""
        row = self._load()
        return None if row is None or row.canary_vendor is None else (row.canary_vendor, row.canary_record_id)

    def save_canary(self, vendor_id: str, record_id: str, *, actor: str = "connector") -> None:
        """Choose the canary, in place of the one before."""
        data: dict[str, str | None] = {"vendor": vendor_id, "record": record_id}
        note = AuditNote("connection.canary", self._connection_name, f"canary vendor {vendor_id} chosen", actor, data)
        self._save({"canary_vendor": vendor_id, "canary_record_id": record_id}, note)

    def _load(self) -> Row[Any] | None:
        statement = select(connection_row).where(connection_row.c.name == self._connection_name)
        with self._database.transaction() as connection:
            return connection.execute(statement).first()

    def _save(self, values: dict[str, str], note: AuditNote) -> None:
        at = self._clock.now()
        mine = connection_row.c.name == self._connection_name
        with self._database.transaction() as connection:
            changed = connection.execute(update(connection_row).where(mine).values(updated_at=at, **values))
            if changed.rowcount == 0:
                fresh = {"name": self._connection_name, "updated_at": at, **values}
                connection.execute(insert(connection_row).values(**fresh))
            record_notes(connection, self._connection_name, at, [note])


class WayRepository:
    """What one connection remembers of the ways its tenant can be read; fits the ERP's store of them. It is found
    again where it is lost, so it leaves no audit entry."""

    def __init__(self, database: Database, connection_name: str, clock: Clock) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock

    def load_ways(self) -> str | None:
        """What was last saved, None before the first time."""
        statement = select(connection_row.c.ways).where(connection_row.c.name == self._connection_name)
        with self._database.transaction() as connection:
            found: str | None = connection.execute(statement).scalar()
        return found

    def save_ways(self, text: str) -> None:
        """Take its place."""
        mine = connection_row.c.name == self._connection_name
        values = {"ways": text, "updated_at": self._clock.now()}
        with self._database.transaction() as connection:
            if connection.execute(update(connection_row).where(mine).values(**values)).rowcount == 0:
                connection.execute(insert(connection_row).values(name=self._connection_name, **values))


class RefusalRepository:
    """When Stampli's server refused to sign one connection in; fits the SFTP edge's book of refusals. It is of use for
    an hour, so it leaves no audit entry."""

    def __init__(self, database: Database, connection_name: str, clock: Clock) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock

    def load_refusals(self, account: str) -> tuple[datetime, ...]:
        """The refusals of that account since a secret of the server was last set, the oldest first."""
        mine = connection_row.c.name == self._connection_name
        newest = select(func.max(secret.c.set_at)).where(
            secret.c.connection == self._connection_name, secret.c.key.startswith("stampli.")
        )
        with self._database.transaction() as connection:
            text = connection.execute(select(connection_row.c.refusals).where(mine)).scalar()
            set_at = connection.execute(newest).scalar() if text else None
        if text is None:
            return ()
        name, instants = parse_json(text, tuple[str, tuple[str, ...]])
        found = [datetime.fromisoformat(each) for each in instants if name == account]
        return tuple(each for each in found if set_at is None or each > set_at)

    def save_refusals(self, account: str, refusals: Sequence[datetime]) -> None:
        """Take the place of what was remembered, of another account too."""
        mine = connection_row.c.name == self._connection_name
        text = render_json((account, [each.isoformat() for each in refusals]))
        values = {"refusals": text, "updated_at": self._clock.now()}
        with self._database.transaction() as connection:
            if connection.execute(update(connection_row).where(mine).values(**values)).rowcount == 0:
                connection.execute(insert(connection_row).values(name=self._connection_name, **values))


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One travel of a flow; ``ended_at`` and ``outcome`` are None while it runs, or where it was killed."""

    id: str
    connection: str
    flow: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    summary: Mapping[str, Any]


class RunRepository:
    """The runs of one connection, for people to see; nothing is decided by them."""

    def __init__(self, database: Database, connection_name: str, clock: Clock) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock

    def record_start(self, flow: str) -> str:
        """A run begins now; its fresh id."""
        with self._database.transaction() as connection:
            run_id = draw_id(connection, "r")
            values = {"id": run_id, "connection": self._connection_name, "flow": flow, "summary": "{}"}
            connection.execute(insert(run).values(started_at=self._clock.now(), **values))
        return run_id

    def record_end(self, run_id: str, outcome: str, summary: Mapping[str, object]) -> None:
        """A run ended now, and how; ``summary`` holds what JSON can hold."""
        mine = (run.c.connection == self._connection_name) & (run.c.id == run_id)
        values = {"ended_at": self._clock.now(), "outcome": outcome, "summary": render_json(dict(summary))}
        with self._database.transaction() as connection:
            connection.execute(update(run).where(mine).values(**values))

    def load_runs(self, flow: str | None = None, *, limit: int = 100) -> tuple[RunRecord, ...]:
        """The last runs, of one flow where it is named, the newest first."""
        statement = select(run).where(run.c.connection == self._connection_name)
        if flow is not None:
            statement = statement.where(run.c.flow == flow)
        with self._database.transaction() as connection:
            rows = connection.execute(statement.order_by(run.c.number.desc()).limit(limit)).all()
        return tuple(_run_of(row) for row in rows)


def _told(identity: Identity) -> str:
    return f"{identity.url} / {identity.tenant} / {identity.company}"


def _run_of(row: Row[Any]) -> RunRecord:
    summary = parse_json(row.summary, dict[str, Any])
    return RunRecord(row.id, row.connection, row.flow, row.started_at, row.ended_at, row.outcome, summary)
