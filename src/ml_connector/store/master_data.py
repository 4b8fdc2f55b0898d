"""The last snapshot of Acumatica's master data, and of each feed the rows that last reached Stampli.

A snapshot is what was read, kept to work from; a sent feed is a change outside, so saving it is audited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, insert, or_, select

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.values.feed_cells import CellsPacker
from ml_connector.domain.values.feeds import FeedState, SentHead
from ml_connector.domain.values.master_data import (
    Account,
    AttributeValue,
    Branch,
    Combination,
    CostCode,
    InventoryItem,
    OrderDraft,
    PaymentTerms,
    PostPeriod,
    Project,
    ProjectTask,
    PurchaseOrder,
    Segment,
    Snapshot,
    Subaccount,
    TaxCategory,
    Vendor,
    VendorLocation,
)
from ml_connector.domain.values.records import SentFeed
from ml_connector.domain.values.renames import Rename
from ml_connector.store.audit import record_notes
from ml_connector.store.database import Database
from ml_connector.store.rows.codec import parse_json, render_json
from ml_connector.store.rows.tables import feed_state, sent_feed, sent_row, snapshot

_READ_AT, _COMPARED_AT, _PERIODS, _SEGMENTS = "read_at", "compared_at", "periods", "segments"
_COMBINATIONS, _DRAFTS, _ATTRIBUTES = "combinations", "drafts", "attribute_values"
_LOCATIONS = "vendor_locations"
_GAPS, _RENAMES, _ABSENT = "gaps", "renames", "null"
# So many records of a collection are kept in one text; what comes after the first of these has a number.
_LOT, _LOT_SIGN = 2_000, "/"
# Collections kept as pairs of key and record, since some keys are pairs themselves.
_KEYED: Mapping[str, Any] = {
    "vendors": tuple[tuple[str, Vendor], ...],
    "accounts": tuple[tuple[str, Account], ...],
    "subaccounts": tuple[tuple[str, Subaccount], ...] | None,
    "branches": tuple[tuple[str, Branch], ...] | None,
    "projects": tuple[tuple[str, Project], ...] | None,
    "tasks": tuple[tuple[tuple[str, str], ProjectTask], ...] | None,
    "cost_codes": tuple[tuple[str, CostCode], ...] | None,
    "purchase_orders": tuple[tuple[tuple[str, str], PurchaseOrder], ...] | None,
    "subcontracts": tuple[tuple[tuple[str, str], PurchaseOrder], ...] | None,
    "terms": tuple[tuple[str, PaymentTerms], ...] | None,
    "tax_categories": tuple[tuple[str, TaxCategory], ...] | None,
    "items": tuple[tuple[str, InventoryItem], ...] | None,
}
# What may be read later than the rest.
_LATE = ("vendors", "purchase_orders", "subcontracts")
_COMPARED_AT_KIND: Any = datetime | None
_PERIODS_KIND: Any = tuple[PostPeriod, ...] | None
_SEGMENTS_KIND: Any = tuple[Segment, ...] | None
_RENAMES_KIND: Any = tuple[Rename, ...] | None
_DRAFTS_KIND: Any = tuple[OrderDraft, ...] | None
_COMBINATIONS_KIND: Any = tuple[Combination, ...] | None
_ATTRIBUTES_KIND: Any = tuple[AttributeValue, ...] | None
_LOCATIONS_KIND: Any = tuple[VendorLocation, ...] | None


class MasterDataRepository:
    """Snapshot and sent feeds of one connection; fits the flows' MasterDataStore."""

    def __init__(self, database: Database, connection_name: str, clock: Clock) -> None:
        self._database = database.scoped(connection_name)
        self._connection_name = connection_name
        self._clock = clock

    def load_snapshot(self) -> Snapshot | None:
        """The last snapshot, None before the first."""
        mine = snapshot.c.connection == self._connection_name
        with self._database.transaction() as connection:
            names = sorted(connection.execute(select(snapshot.c.collection).where(mine)).scalars())
            if not names:
                return None
            body = select(snapshot.c.body).where(mine)
            # One at a time: the text of all of them is as long as what it says.
            read = {name: partial(_scalar, connection, body.where(snapshot.c.collection == name)) for name in names}
            bodies = {name: text() for name, text in read.items() if name.partition(_LOT_SIGN)[0] not in _KEYED}
            collections: dict[str, Any] = {name: _collected(name, read, kind) for name, kind in _KEYED.items()}
        return Snapshot(
            read_at=parse_json(bodies[_READ_AT], datetime),
            # A snapshot of an earlier version does not say it.
            compared_at=parse_json(bodies.get(_COMPARED_AT, _ABSENT), _COMPARED_AT_KIND),
            periods=parse_json(bodies[_PERIODS], _PERIODS_KIND),
            segments=parse_json(bodies.get(_SEGMENTS, _ABSENT), _SEGMENTS_KIND),
            combinations=parse_json(bodies.get(_COMBINATIONS, _ABSENT), _COMBINATIONS_KIND),
            drafts=parse_json(bodies.get(_DRAFTS, _ABSENT), _DRAFTS_KIND),
            attribute_values=parse_json(bodies.get(_ATTRIBUTES, _ABSENT), _ATTRIBUTES_KIND),
            vendor_locations=parse_json(bodies.get(_LOCATIONS, _ABSENT), _LOCATIONS_KIND),
            gaps=parse_json(bodies[_GAPS], dict[str, str]),
            renames=parse_json(bodies.get(_RENAMES, _ABSENT), _RENAMES_KIND) or (),
            **collections,
        )

    def save_snapshot(self, taken: Snapshot) -> None:
        """Take the place of the last snapshot, whole."""
        bodies: dict[str, object] = {
            _READ_AT: taken.read_at,
            _COMPARED_AT: taken.compared_at,
            _PERIODS: taken.periods,
            _SEGMENTS: taken.segments,
            _COMBINATIONS: taken.combinations,
            _DRAFTS: taken.drafts,
            _ATTRIBUTES: taken.attribute_values,
            _LOCATIONS: taken.vendor_locations,
            _GAPS: dict(taken.gaps),
            _RENAMES: taken.renames,
        }
        with self._database.transaction() as connection:
            connection.execute(delete(snapshot).where(snapshot.c.connection == self._connection_name))
            self._put(connection, chain(bodies.items(), _in_lots(taken, _KEYED)))

    def _put(self, connection: Connection, bodies: Iterable[tuple[str, object]]) -> None:
        for key, body in bodies:
            row = {"connection": self._connection_name, "collection": key, "body": render_json(body)}
            connection.execute(insert(snapshot).values(row))

    def load_renames(self) -> tuple[Rename, ...]:
        """What the last snapshot knows of records with other codes than before, without reading all of it."""
        mine = (snapshot.c.connection == self._connection_name) & (snapshot.c.collection == _RENAMES)
        with self._database.transaction() as connection:
            body = connection.execute(select(snapshot.c.body).where(mine)).scalar()
        return parse_json(body or _ABSENT, _RENAMES_KIND) or ()

    def extend_snapshot(self, taken: Snapshot) -> None:
        """Keep vendors and orders that were read later than the rest of the snapshot; where there is none yet, or
        another one by now, nothing is kept."""
        mine = snapshot.c.connection == self._connection_name
        read_at = select(snapshot.c.body).where(mine, snapshot.c.collection == _READ_AT)
        with self._database.transaction() as connection:
            if connection.execute(read_at).scalar() != render_json(taken.read_at):
                return
            for name in _LATE:
                lots = or_(snapshot.c.collection == name, snapshot.c.collection.startswith(f"{name}{_LOT_SIGN}"))
                connection.execute(delete(snapshot).where(mine, lots))
            self._put(connection, _in_lots(taken, _LATE))

    def load_sent_keys(self, feed: str) -> frozenset[str] | None:
        """The keys of the rows that last reached Stampli, None where none did."""
        head = select(sent_feed.c.feed).where(sent_feed.c.connection == self._connection_name, sent_feed.c.feed == feed)
        keys = select(sent_row.c.key).where(sent_row.c.connection == self._connection_name, sent_row.c.feed == feed)
        with self._database.transaction() as connection:
            if connection.execute(head).first() is None:
                return None
            return frozenset(connection.execute(keys).scalars())

    def load_sent(self, feed: str) -> SentFeed | None:
        """The state of a feed that last reached Stampli, None where none did."""
        head = select(sent_feed).where(sent_feed.c.connection == self._connection_name, sent_feed.c.feed == feed)
        rows = (
            select(sent_row.c.key, sent_row.c.body)
            .where(sent_row.c.connection == self._connection_name, sent_row.c.feed == feed)
            .order_by(sent_row.c.position)
        )
        with self._database.transaction() as connection:
            found = connection.execute(head).first()
            if found is None:
                return None
            packer = CellsPacker()
            sent = {row.key: packer.pack(parse_json(row.body, dict[str, str])) for row in connection.execute(rows)}
        return SentFeed(feed, sent, found.sha256, found.file_name, found.sent_at)

    def load_sent_heads(self) -> Mapping[str, SentHead]:
        """What was last sent of each feed, by feed, without the rows."""
        counted = (
            select(sent_row.c.feed, func.count().label("rows")).where(self._mine(sent_row)).group_by(sent_row.c.feed)
        )
        heads = select(sent_feed).where(self._mine(sent_feed))
        with self._database.transaction() as connection:
            counts = {row.feed: int(row.rows) for row in connection.execute(counted)}
            found = connection.execute(heads).all()
        return {row.feed: SentHead(row.feed, row.file_name, counts.get(row.feed, 0), row.sent_at) for row in found}

    def load_feed_state(self, feed: str) -> FeedState:
        """How Stampli stands with the feed."""
        statement = select(feed_state.c.body).where(self._mine(feed_state), feed_state.c.feed == feed)
        with self._database.transaction() as connection:
            body = connection.execute(statement).scalar()
        return FeedState() if body is None else parse_json(body, FeedState)

    def save_feed_state(self, feed: str, state: FeedState, note: AuditNote | None) -> None:
        """Take the place of the feed's state, with its audit entry where there is one."""
        name = self._connection_name
        with self._database.transaction() as connection:
            connection.execute(delete(feed_state).where(self._mine(feed_state), feed_state.c.feed == feed))
            connection.execute(insert(feed_state).values(connection=name, feed=feed, body=render_json(state)))
            if note is not None:
                record_notes(connection, name, self._clock.now(), [note])

    def _mine(self, table: Table) -> ColumnElement[bool]:
        return table.c.connection == self._connection_name

    def save_sent(self, sent: SentFeed, note: AuditNote) -> None:
        """Take the place of the feed's last sent state, with its audit entry."""
        name = self._connection_name
        rows = (
            {"connection": name, "feed": sent.feed, "key": key, "position": position, "body": render_json(dict(row))}
            for position, (key, row) in enumerate(sent.rows.items())
        )
        with self._database.transaction() as connection:
            self._clear(connection, sent.feed)
            values = {"sha256": sent.sha256, "file_name": sent.file_name, "sent_at": sent.sent_at}
            head = insert(sent_feed).values(connection=self._connection_name, feed=sent.feed, **values)
            connection.execute(head)
            while lot := list(islice(rows, _LOT)):
                connection.execute(insert(sent_row), lot)
            record_notes(connection, self._connection_name, self._clock.now(), [note])

    def _clear(self, connection: Connection, feed: str) -> None:
        for table in (sent_row, sent_feed):
            mine = (table.c.connection == self._connection_name) & (table.c.feed == feed)
            connection.execute(delete(table).where(mine))


def _scalar(connection: Connection, statement: Select[Any]) -> str:
    return str(connection.execute(statement).scalar_one())


def _collected(name: str, read: Mapping[str, Callable[[], str]], kind: Any) -> dict[Any, Any] | None:
    """The records of a collection by key, from its lots; None where it was not read, as in an earlier version that did
    not keep it."""
    lots = [text for each, text in read.items() if each.partition(_LOT_SIGN)[0] == name]
    found: dict[Any, Any] | None = None
    for text in lots:
        lot = parse_json(text(), kind)
        if lot is not None:
            found = {} if found is None else found
            found.update(lot)
    return found


def _in_lots(taken: Snapshot, names: Iterable[str]) -> Iterator[tuple[str, object]]:
    """The records of each collection as pairs, so many in a row, the first under the name of the collection alone."""
    for name in names:
        collection: Mapping[object, object] | None = getattr(taken, name)
        if not collection:
            yield name, None if collection is None else ()
            continue
        pairs = iter(collection.items())
        number = 0
        while lot := tuple(islice(pairs, _LOT)):
            yield f"{name}{_LOT_SIGN}{number:05d}" if number else name, lot
            number += 1
