"""The settings as values: what the rest of the house reads. Nothing here opens a file or checks a rule.

Keys, meanings and defaults are those of ``operator_contract.md 2``; ``load`` makes these values from a file. A key
without a value in the file and without a default is None, or empty text where that means the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

Auth = Literal["authorization_code", "password", "session"]
Finish = Literal["hold", "balance", "release"]
ClosedPeriod = Literal["refuse", "next_open"]
DuplicateNear = Literal["review", "stop"]
FeedMode = Literal["delta", "snapshot"]
FeedAfter = Literal["leave", "move", "delete"]


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where our own records live; ``directory`` is the folder of the database, for the master key too, ``digests`` a
    second place for signed digests of the audit trail (None: none)."""

    # May hold the password of a PostgreSQL server.
    url: str = field(repr=False)
    archive: Path
    directory: Path
    digests: Path | None = None


@dataclass(frozen=True, slots=True)
class AcumaticaSettings:
    """One tenant of one Acumatica instance and how to sign in to it; ``url`` has no slash at its end."""

    url: str
    tenant: str
    endpoint: str
    version: str
    branch: str | None
    auth: Auth
    client_id: str | None
    username: str | None
    requests_per_minute: int
    concurrent_requests: int
    ca_file: Path | None
    allow_private: bool
    subaccount_segments: tuple[int, ...]
    extended_endpoint: str
    mark_attribute: str = ""


@dataclass(frozen=True, slots=True)
class StampliSettings:
    """Stampli's folders on an SFTP server; ``payment_statuses`` maps the customer's words to our five states."""

    host: str
    port: int
    username: str
    host_keys: tuple[str, ...]
    inbound: str
    outbound: str
    settle_seconds: float
    company: str
    final_statuses: tuple[str, ...]
    payment_statuses: Mapping[str, str]
    allow_private: bool
    pgp_signers: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """One kind of file one way; ``layout`` holds shipped names, or absolute paths ending in ``.toml``: editions
    that hold on different days. ``match`` is None where the layout's own glob counts. ``attributes`` are ids;
    ``locations`` says that a vendor's locations have rows of their own."""

    name: str
    layout: tuple[str, ...]
    match: str | None
    mode: FeedMode
    after: FeedAfter
    move_to: str | None
    folder: str | None
    attributes: tuple[str, ...] = ()
    locations: bool = False


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """What the customer decided: amounts in the document's currency, percentages from 0 to 100, times in seconds."""

    finish: Finish
    closed_period: ClosedPeriod
    duplicate_near: DuplicateNear
    tax_tolerance: Decimal
    price_tolerance_percent: Decimal
    price_tolerance_amount: Decimal
    non_po_extra: Decimal
    shrink_limit_percent: Decimal
    amount_max: Decimal
    total_max: Decimal
    two_persons: bool
    quarantine_seconds: float
    crash_quarantine_seconds: float
    blackout: tuple[str, ...]
    freeze_until: date | None
    round_to_tax: Decimal
    subcontract_tolerance: Decimal
    payment_days: int
    send_bank_details: bool


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """When each flow runs: cron lines of five fields, in the connection's time zone."""

    master_data: str
    invoices: str
    payments: str


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One Acumatica tenant with one Stampli company; ``label`` is the name where the file gives none."""

    name: str
    label: str
    time_zone: str
    cut_over: date | None
    acumatica: AcumaticaSettings
    stampli: StampliSettings
    feeds: Mapping[str, FeedSettings]
    policy: PolicySettings
    schedule: ScheduleSettings


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How ``worker`` and ``serve`` run passes: so many at once in this process; seconds without a heartbeat after which
    a process is dead; seconds that a running step has to end when the process is told to stop."""

    workers: int
    dead_after_seconds: float
    grace_seconds: float


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one file; ``path`` is that file, absolute."""

    store: StoreSettings
    engine: EngineSettings
    connections: Mapping[str, ConnectionSettings]
    path: Path
