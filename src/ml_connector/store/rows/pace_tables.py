"""The tables by which machines on one database server share the pace of requests; beside one file of SQLite they lie
in a file of their own (``running.pace``), and these stay empty."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, MetaData, Named, Table, Text, TypedColumns

from ml_connector.store.rows.types import WIDE

# Apart from the records: no copy of these takes them along.
pace_metadata = MetaData()


class _SentColumns(TypedColumns):
    tenant: Named[str] = Column(Text, nullable=False)
    at: Named[float] = Column(Double, nullable=False)


class _PlaceColumns(TypedColumns):
    number: Named[int] = Column(WIDE, primary_key=True, autoincrement=True)
    tenant: Named[str] = Column(Text, nullable=False)
    holder: Named[str] = Column(Text, nullable=False)
    until: Named[float] = Column(Double, nullable=False)


class _PauseColumns(TypedColumns):
    tenant: Named[str] = Column(Text, primary_key=True)
    until: Named[float] = Column(Double, nullable=False)


class _UsualColumns(TypedColumns):
    tenant: Named[str] = Column(Text, primary_key=True)
    kind: Named[str] = Column(Text, primary_key=True)
    seconds: Named[float] = Column(Double, nullable=False)


pace_sent = Table("pace_sent", pace_metadata, _SentColumns)
pace_place = Table("pace_place", pace_metadata, _PlaceColumns)
pace_pause = Table("pace_pause", pace_metadata, _PauseColumns)
pace_usual = Table("pace_usual", pace_metadata, _UsualColumns)
Index("ix_pace_sent_tenant_at", pace_sent.c.tenant, pace_sent.c.at)
