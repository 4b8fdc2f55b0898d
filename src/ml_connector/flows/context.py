"""What a flow is given: the connection's terms, its ports, its engine's steps and the clock. Values and names only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from ml_connector.clock import Clock, day_in_zone
from ml_connector.domain.rules.facts import RulePolicy
from ml_connector.domain.values.posting import Finish
from ml_connector.engine.face import Steps
from ml_connector.engine.windows import Window, open_window
from ml_connector.flows.master_data_store import MasterDataStore
from ml_connector.flows.ports import Erp, ErpDrafting, Exchange, FileLog, InvoiceLedger, PaymentLedger
from ml_connector.flows.sweep_ledger import SweepLedger


class Progress(Protocol):
    """Where long work tells how far it is."""

    def report(self, label: str, done: int, total: int) -> None:
        """``done`` of ``total`` of the work named ``label``."""
        ...


class Silence:
    """Progress that nobody watches."""

    def report(self, label: str, done: int, total: int) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What makes this connection itself: the identity its document keys are built on, and what the customer decided."""

    connection: str
    instance: str
    tenant: str
    company: str
    time_zone: str
    final_statuses: tuple[str, ...]
    cut_over: date | None
    finish: Finish
    quarantine_seconds: float
    crash_quarantine_seconds: float
    shrink_limit_percent: Decimal
    freeze_until: date | None
    blackout: tuple[Window, ...]
    payment_days: int
    rules: RulePolicy
    two_persons: bool = False
    requests_per_minute: int = 50


@dataclass(frozen=True, slots=True)
class FlowContext:
    """Everything a flow may touch. Where ``drafting`` is given it is a dry run: the records are a draft that nobody
    keeps, and neither system is written to."""

    terms: Terms
    steps: Steps
    clock: Clock
    erp: Erp
    exchange: Exchange
    files: FileLog
    invoices: InvoiceLedger
    payments: PaymentLedger
    master_data: MasterDataStore
    sweeps: SweepLedger
    holder: str
    progress: Progress
    foreground: bool = True
    drafting: ErpDrafting | None = None

    def today(self) -> date:
        """The calendar day in the connection's zone."""
        return day_in_zone(self.clock.now(), self.terms.time_zone)

    def pause(self) -> str | None:
        """Why nothing may be written to Acumatica now, None where it may: a freeze, or a blackout window."""
        frozen = self.terms.freeze_until
        if frozen is not None and self.today() < frozen:
            return f"no posting before {frozen} (policy.freeze_until)"
        window = open_window(self.terms.blackout, self.clock.now(), self.terms.time_zone)
        return None if window is None else f"no posting {window.text} (policy.blackout)"
