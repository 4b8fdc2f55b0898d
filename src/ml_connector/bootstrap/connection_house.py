"""One connection, opened: its flows over its edges, and what people ask of its records.

Foreign systems are reached on first use only; whatever was opened is closed at the end, signed out where that is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.acumatica.ports import Deadlines, never_cut
from ml_connector.acumatica.wire.limiter import SharedBudget
from ml_connector.bootstrap.folders import SftpFolders
from ml_connector.bootstrap.store_house import StoreHouse, open_store
from ml_connector.bootstrap.telling import telling_warnings
from ml_connector.bootstrap.terms import address_of, profile_of, terms_of, wanted_of
from ml_connector.clock import Clock, day_in_zone
from ml_connector.domain.values.decision import Act
from ml_connector.engine.face import Boundary
from ml_connector.engine.holder import holder_alive, process_holder
from ml_connector.engine.inline import InlineSteps
from ml_connector.engine.stopping import Interruption, StoppableClock
from ml_connector.errors import ConfigurationError, ConnectorError
from ml_connector.flows.catalog import FlowName, LateNeed, PassReport
from ml_connector.flows.context import FlowContext, Progress, Silence
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from ml_connector.flows.invoices.prove_bookings import prove_bookings
from ml_connector.flows.invoices.sweeping.sweep_bills import carry_sweep
from ml_connector.flows.master_data.guard_feeds import OVERDUE_AFTER
from ml_connector.flows.master_data.send_master_data import FEED_COLLECTIONS, send_master_data
from ml_connector.flows.master_data.send_records import send_late_records, send_record
from ml_connector.flows.payments.carry_payments import carry_payments
from ml_connector.flows.payments.reconcile_payments import reconcile_payments
from ml_connector.flows.people.accept_invoice import accept_invoice
from ml_connector.flows.people.handle_invoice import handle_invoice
from ml_connector.flows.people.instruction import Instruction
from ml_connector.flows.people.reject_invoice import reject_invoice
from ml_connector.flows.results.send_results import send_results
from ml_connector.operations.digests import TrailKeeper
from ml_connector.operations.feeds import accept_feed, list_feeds
from ml_connector.operations.identity import require_identity, require_pin
from ml_connector.operations.leases import LEASE_HELD, LeaseKeeper
from ml_connector.operations.lookups import (
    Records,
    find_invoice,
    list_files,
    list_invoices,
    parse_bill_name,
    show_invoice,
)
from ml_connector.operations.passes import Flows, SyncResult, flows_named, refuse_pass, render_result, run_passes
from ml_connector.operations.reconciling import render_proof, render_reconciliation, require_period
from ml_connector.operations.views import JsonObject, render_record
from ml_connector.settings.model import AcumaticaSettings, ConnectionSettings
from ml_connector.sftp.session import Refusals, SftpSession
from ml_connector.stampli.exchange import StampliExchange
from ml_connector.store.audit import AuditRepository
from ml_connector.store.connections import IdentityRepository, RefusalRepository, RunRepository, WayRepository
from ml_connector.store.copies.digests import DigestFolder
from ml_connector.store.copies.draft import DraftArchive, open_draft
from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.files import FileRepository
from ml_connector.store.invoices.repository import InvoiceRepository
from ml_connector.store.invoices.sweeps import SweepRepository
from ml_connector.store.master_data import MasterDataRepository
from ml_connector.store.payments import PaymentRepository
from ml_connector.store.running.leases import LeaseRepository
from ml_connector.store.running.pace_book import pace_book
from ml_connector.store.running.turns import LeaseTurn
from ml_connector.telemetry import ids_bound

# The name of the lease under which one process at a time renews a connection's grant.
RENEWAL = "grant renewal"


@dataclass(frozen=True, slots=True)
class Opening:
    """How a connection is opened: what watches, what breaks (tests), how patient the edges are, what stops it where it
    runs in a thread; a ``dry_run`` works on a draft of the records, over edges that read only."""

    progress: Progress | None = None
    boundary: Boundary | None = None
    deadlines: Deadlines | None = None
    foreground: bool = True
    dry_run: bool = False
    interruption: Interruption | None = None


_ACTS = {"accept": accept_invoice, "reject": reject_invoice}


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """An invoice after a person's act as ``sync`` shows it, and what the person should know."""

    shown: JsonObject
    told: str


@dataclass(frozen=True, slots=True)
class ConnectionHouse:
    """A connection with its edges plugged in."""

    settings: ConnectionSettings
    context: FlowContext
    erp: AcumaticaErp
    identity: IdentityRepository
    records: Records
    keeper: LeaseKeeper
    runs: RunRepository
    trail: TrailKeeper
    clock: Clock

    def sync(self, wanted: str) -> SyncResult:
        """One pass of the wanted flows, in their order."""
        return self._carry(wanted, flows_named(wanted))

    def sync_flow(self, flow: FlowName) -> SyncResult:
        """One pass of that flow alone."""
        return self._carry(flow, (flow,))

    def _carry(self, wanted: str, flows: tuple[FlowName, ...]) -> SyncResult:
        try:
            self.require_identity()
        except ConnectorError as error:
            if isinstance(error, ConfigurationError) and error.at == "settings":
                raise
            reports = refuse_pass(flows[0], error, runs=self.runs, clock=self.clock)
        else:
            reports = run_passes(flows, self._flows(), keeper=self.keeper, runs=self.runs, clock=self.clock)
            reports += self._send_late(tuple(need for report in reports for need in report.needs))
        return self._told(wanted, reports)

    def sync_record(self, feed: str, key: str) -> SyncResult:
        """One record of a feed of master data, read anew and sent out of turn."""
        self.require_identity()
        carry: Flows = {"master-data": lambda: send_record(self.context, feed, key)}
        reports = run_passes(("master-data",), carry, keeper=self.keeper, runs=self.runs, clock=self.clock)
        return self._told("master-data", reports)

    def _send_late(self, needs: tuple[LateNeed, ...]) -> tuple[PassReport, ...]:
        """What invoices need of master data; where another process sends that at the moment, it sends this as well."""
        if not needs:
            return ()
        carry: Flows = {"late-records": lambda: send_late_records(self.context, needs)}
        reports = run_passes(("late-records",), carry, keeper=self.keeper, runs=self.runs, clock=self.clock)
        return tuple(report for report in reports if all(error.code != LEASE_HELD for error in report.errors))

    def _told(self, wanted: str, reports: tuple[PassReport, ...]) -> SyncResult:
        dry_run = self.context.drafting is not None
        result = render_result(
            self.settings.name,
            wanted,
            reports,
            finish=self.settings.policy.finish,
            requests=self.erp.request_counts(),
            dry_run=dry_run,
        )
        return result if dry_run else replace(result, errors=(*result.errors, *self._digest()))

    def _digest(self) -> tuple[ConnectorError, ...]:
        """Bring the second place of the trail up to date; that it cannot be reached stops no pass."""
        try:
            self.trail.catch_up()
        except ConnectorError as error:
            return (error,)
        return ()

    def require_identity(self) -> None:
        """Pass where the settings name the system that this connection was first checked with; sign in the first
        time."""
        require_identity(self.identity, self._identity_now(), self.erp.sign_in)

    def prove(self) -> list[JsonObject]:
        """Every approved invoice and its bill, one row a currency."""
        self.require_identity()
        return render_proof(prove_bookings(self.context))

    def reconcile(self, period: str | None) -> JsonObject:
        """Payments and totals of both sides."""
        require_period(period)
        self.require_identity()
        reconciled = reconcile_payments(self.context, period)
        return render_reconciliation(reconciled.lines, reconciled.totals)

    def list_invoices(self, state: str | None) -> list[JsonObject]:
        """What became of each approved invoice."""
        return list_invoices(self.records, self.settings.policy.finish, state)

    def show_invoice(self, name: str) -> JsonObject:
        """The story of one invoice."""
        return show_invoice(self.records, self.settings.policy.finish, name)

    def decide_invoice(self, name: str, act: Act, *, actor: str, reason: str, bill: str | None = None) -> DecisionMade:
        """What a person decides about one invoice; ``bill`` is ``TYPE/NUMBER`` of the one that was booked by hand, None
        to look for it."""
        key = None if bill is None else parse_bill_name(bill)
        record, by = find_invoice(self.records, name), Instruction(actor, reason)
        if act == "handled":
            self.require_identity()
            decided = handle_invoice(self.context, record, key, by)
        else:
            decided = _ACTS[act](self.context, record, by)
        return DecisionMade(render_record(decided.record, self.settings.policy.finish), decided.told)

    def list_files(self) -> list[JsonObject]:
        """Every file seen."""
        return list_files(self.records)

    def list_feeds(self) -> list[JsonObject]:
        """What Stampli has of each feed of master data we send."""
        return list_feeds(self._sent(), self.context.master_data, self.clock.now(), OVERDUE_AFTER)

    def accept_feed(self, feed: str, *, actor: str, reason: str) -> JsonObject:
        """Let the difference pass for which a feed is held; that difference comes back."""
        return accept_feed(self._sent(), feed, self.context.master_data, self.clock, actor=actor, reason=reason)

    def _sent(self) -> list[str]:
        return [feed for feed in FEED_COLLECTIONS if feed in self.context.exchange.feeds()]

    def verify_audit(self) -> JsonObject:
        """Is the trail unbroken?"""
        return self.trail.verify()

    def _flows(self) -> Flows:
        return {
            "master-data": lambda: send_master_data(self.context),
            "invoices": lambda: carry_invoices(self.context),
            "results": lambda: send_results(self.context),
            "payments": lambda: carry_payments(self.context),
            "sweep": lambda: carry_sweep(self.context),
        }

    def _identity_now(self) -> tuple[str, str, str]:
        acumatica = self.settings.acumatica
        return acumatica.url, acumatica.tenant, self.settings.stampli.company


@contextmanager
def open_connection(
    config: Path | None,
    name: str,
    *,
    progress: Progress | None = None,
    opening: Opening | None = None,
    dry_run: bool = False,
) -> Iterator[ConnectionHouse]:
    """Open the store and one connection of it, for a dry run on a draft of its records."""
    with open_store(config) as store, telling_warnings(store.clock, store.masker), ids_bound(connection=name):
        settings = store.connection(name)
        require_pin(name, settings.stampli.host_keys)
        with connect(store, settings, opening or Opening(progress=progress, dry_run=dry_run)) as house:
            yield house


@contextmanager
def connect(store: StoreHouse, settings: ConnectionSettings, how: Opening) -> Iterator[ConnectionHouse]:
    """Plug a connection's edges together; they are reached on first use and closed at the end."""
    interruption, holder = how.interruption, process_holder()
    clock = store.clock if interruption is None else StoppableClock(store.clock, interruption)
    cuts = never_cut if interruption is None else interruption.cuts
    secrets = store.secrets_of(settings.name)
    with ExitStack() as stack:
        database, archive = stack.enter_context(_kept_or_drafted(store, settings.name, dry_run=how.dry_run))
        identity = IdentityRepository(database, settings.name, clock)
        invoices = InvoiceRepository(database, settings.name, clock)
        files = FileRepository(database, settings.name, clock, archive=archive)
        payments = PaymentRepository(database, settings.name, clock)
        # A person's grant is renewed in the store itself, also in a dry run: its old token is used up by it.
        kept = store.database if settings.acumatica.auth == "authorization_code" else database
        renewals = LeaseRepository(kept, settings.name, clock, holder_alive=holder_alive)
        audit = AuditRepository(database, settings.name, clock)
        keeper = LeaseKeeper(LeaseRepository(database, settings.name, clock, holder_alive=holder_alive), holder, clock)
        erp = open_acumatica(
            settings.acumatica,
            secrets=secrets,
            canary=identity,
            log=invoices,
            clock=clock,
            ways=WayRepository(database, settings.name, clock),
            deadlines=replace(how.deadlines or Deadlines(), cuts=cuts),
            budget=stack.enter_context(_shared_budget(store, settings.acumatica, holder, clock)),
            turn=LeaseTurn(renewals, RENEWAL, holder, clock),
            reads_only=how.dry_run,
            wanted=wanted_of(settings),
        )
        stack.callback(erp.close)
        session = stack.enter_context(_session(store, settings, clock, reads_only=how.dry_run, cuts=cuts))
        folders = SftpFolders(session, clock, settings.stampli.settle_seconds)
        context = FlowContext(
            terms=terms_of(settings, identity.load_identity(), day_in_zone(clock.now(), settings.time_zone)),
            steps=InlineSteps(clock, how.boundary, heartbeat=partial(_beat, keeper, interruption)),
            clock=clock,
            erp=erp,
            exchange=StampliExchange(profile_of(settings, secrets), folders),
            files=files,
            invoices=invoices,
            payments=payments,
            master_data=MasterDataRepository(database, settings.name, clock),
            sweeps=SweepRepository(database, settings.name, clock),
            holder=holder,
            progress=how.progress or Silence(),
            foreground=how.foreground,
            drafting=erp if how.dry_run else None,
        )
        yield ConnectionHouse(
            settings=settings,
            context=context,
            erp=erp,
            identity=identity,
            records=Records(invoices, files, payments),
            keeper=keeper,
            runs=RunRepository(database, settings.name, clock),
            trail=TrailKeeper(settings.name, audit, secrets, _second_place(store, settings.name), clock),
            clock=clock,
        )


def _beat(keeper: LeaseKeeper, interruption: Interruption | None) -> None:
    if interruption is not None:
        interruption.look()
    keeper.beat()


def _second_place(store: StoreHouse, name: str) -> DigestFolder | None:
    folder = store.settings.store.digests
    return None if folder is None else DigestFolder(folder, name)


@contextmanager
def _kept_or_drafted(store: StoreHouse, name: str, *, dry_run: bool) -> Iterator[tuple[Database, Archive]]:
    """The records and the archive to work on: the store's own, or a draft of them."""
    folder = store.settings.store.archive
    if not dry_run:
        yield store.database, Archive(folder)
        return
    with open_draft(store.database, name) as draft:
        yield draft, DraftArchive(folder)


def _session(
    store: StoreHouse, settings: ConnectionSettings, clock: Clock, *, reads_only: bool, cuts: Callable[[], bool] | None
) -> SftpSession:
    """One session with Stampli's server; that it refused us is remembered in the store itself, also in a dry run."""
    refusals = Refusals(RefusalRepository(store.database, settings.name, clock), clock)
    address = address_of(settings, store.secrets_of(settings.name))
    return SftpSession(address, reads_only=reads_only, cuts=cuts, refusals=refusals)


@contextmanager
def _shared_budget(store: StoreHouse, settings: AcumaticaSettings, holder: str, clock: Clock) -> Iterator[SharedBudget]:
    """The tenant's budget, whichever connection or process of this database calls it."""
    tenant = f"{settings.url}|{settings.tenant}".casefold()
    book = pace_book(store.database, tenant, holder, clock, holder_alive=holder_alive)
    try:
        yield SharedBudget(book, settings.requests_per_minute, settings.concurrent_requests, clock)
    finally:
        book.close()
