"""The feeds there are and how a connection has switched them on. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ml_connector.layouts.layout import Layout
from ml_connector.layouts.wrapping.pgp import PgpKeys

FEEDS_OUT = ("vendors", "accounts", "subaccounts", "dimensions", "combinations", "purchase_orders", "results")
FEEDS_IN = ("approved_invoices", "payments")


@dataclass(frozen=True, slots=True)
class FeedProfile:
    """One feed of a connection: its folder on the server, its layout and, for files we read, what to do with them
    after. ``others`` are earlier and later editions of the layout, told apart by the days between which they hold."""

    feed: str
    folder: str
    layout: Layout
    match: str | None = None
    mode: Literal["delta", "snapshot"] = "delta"
    after: Literal["leave", "move", "delete"] = "leave"
    move_to: str | None = None
    others: tuple[Layout, ...] = ()

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """All editions."""
        return (self.layout, *self.others)

    def match_of(self, layout: Layout) -> str:
        """The glob of the feed's file names: the connection's, else the layout's, else ``{feed}_*``; any name where the
        layout names the files of a set one by one."""
        records = layout.feeds[self.feed].records if self.feed in layout.feeds else None
        if self.match is not None or layout.files.match != "*":
            return self.match or layout.files.match
        return "*" if records is not None and any(each.match for each in records.types) else f"{self.feed}_*"

    def layout_on(self, day: date | None) -> Layout | None:
        """The edition that holds on that day, the newest where no day is known; None where none holds."""
        if day is None:
            return max(self.layouts, key=lambda each: each.effective_from or date.min)
        return next((each for each in self.layouts if _holds(each, day)), None)


@dataclass(frozen=True, slots=True)
class ExchangeProfile:
    """All feeds of a connection by name, the customer's words for the states of a payment, and the lengths
    of subaccount segments where codes carry no separators."""

    feeds: Mapping[str, FeedProfile]
    payment_statuses: Mapping[str, str]
    subaccount_segments: tuple[int, ...] = ()
    size_bytes_max: int = 100 * 1024 * 1024
    time_zone: str = "UTC"
    pgp_keys: PgpKeys | None = None


def _holds(layout: Layout, day: date) -> bool:
    return (layout.effective_from or date.min) <= day <= (layout.effective_until or date.max)
