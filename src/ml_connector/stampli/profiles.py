"""The feeds there are and how a connection has switched them on. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ml_connector.layouts.layout import Layout

FEEDS_OUT = ("vendors", "accounts", "subaccounts", "dimensions", "combinations", "purchase_orders", "results")
FEEDS_IN = ("approved_invoices", "payments")


@dataclass(frozen=True, slots=True)
class FeedProfile:
    """One feed of a connection: its folder on the server, its layout and, for files we read, what to do with them
    after."""

    feed: str
    folder: str
    layout: Layout
    match: str = "*"
    mode: Literal["delta", "snapshot"] = "delta"
    after: Literal["leave", "move", "delete"] = "leave"
    move_to: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangeProfile:
    """All feeds of a connection by name, the customer's words for the states of a payment, and the lengths
    of subaccount segments where codes carry no separators."""

    feeds: Mapping[str, FeedProfile]
    payment_statuses: Mapping[str, str]
    subaccount_segments: tuple[int, ...] = ()
    size_bytes_max: int = 100 * 1024 * 1024
