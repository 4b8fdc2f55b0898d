"""A feed of ours beside its rows: what changed, why it is held, and how Stampli stands with it. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ml_connector.domain.values.records import InvoiceRecord


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell before and after, as text; an absent one is empty."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that is new, changed or gone from what approvers may pick, with the cells that differ."""

    key: str
    kind: Literal["added", "changed", "removed"]
    cells: tuple[CellChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """Why a file is held: rows that would be lost, a column that is empty, names that all changed. ``part`` is the
    column or the dimension it is about, ``rows`` the keys of what would be lost or changed."""

    kind: Literal["rows", "column", "names"]
    part: str
    message: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldFeed:
    """A difference that waits for a person, first seen at ``held_at``; ``changes`` are the first of its rows. Where a
    person, ``accepted_by``, let it pass, the next file goes that loses no more than this one."""

    held_at: datetime
    alarms: tuple[Alarm, ...]
    added: int
    changed: int
    removed: int
    changes: tuple[RowChange, ...] = ()
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    accepted_reason: str | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """``confirmed_at``: when Stampli last had what Acumatica says, sent then or unchanged; None: never."""

    confirmed_at: datetime | None = None
    held: HeldFeed | None = None


@dataclass(frozen=True, slots=True)
class SentHead:
    """What was last sent of a feed, without its rows."""

    feed: str
    file_name: str
    rows: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Inactivation:
    """A row that may not be picked any more, why, and our open invoices that name it."""

    key: str
    reason: str
    invoices: tuple[InvoiceRecord, ...] = ()
