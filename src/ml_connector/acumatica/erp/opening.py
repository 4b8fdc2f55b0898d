"""One connection's Acumatica, plugged together from its settings; nothing is sent yet."""

from __future__ import annotations

import httpx2

from ml_connector.acumatica.booking.desk import BillDesk
from ml_connector.acumatica.booking.list_ways import ListWays
from ml_connector.acumatica.booking.lists import BillLists
from ml_connector.acumatica.checking.stages import StagedCheck
from ml_connector.acumatica.checking.tenant import TenantProof
from ml_connector.acumatica.contract import Contract, load_contract
from ml_connector.acumatica.erp.tenant import AcumaticaErp
from ml_connector.acumatica.marking import MarkingClient
from ml_connector.acumatica.master_data.dac.book import OwnBook, WayBook
from ml_connector.acumatica.master_data.dac.opening import open_book, open_dac
from ml_connector.acumatica.master_data.extended import ExtendedReads
from ml_connector.acumatica.ports import (
    Budget,
    CanaryStore,
    Deadlines,
    RenewalTurn,
    RequestLog,
    SecretStore,
    Wanted,
    WayStore,
)
from ml_connector.acumatica.reading import Reader
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.acumatica.wire.limiter import SharedBudget
from ml_connector.acumatica.wire.memory_book import MemoryBook
from ml_connector.acumatica.wire.origin import split_url
from ml_connector.acumatica.wire.session import OwnTurn, Session
from ml_connector.acumatica.wire.signing import CookieSignIn, OAuthSignIn
from ml_connector.acumatica.wire.sockets import Flights, Sockets, SocketTransport, tls_context
from ml_connector.acumatica.wire.transport import Transport
from ml_connector.clock import Clock
from ml_connector.settings import AcumaticaSettings

_DEADLINES = Deadlines()
_USUAL = Wanted()


def open_acumatica(
    settings: AcumaticaSettings,
    *,
    secrets: SecretStore,
    canary: CanaryStore,
    log: RequestLog,
    clock: Clock,
    ways: WayStore | None = None,
    deadlines: Deadlines = _DEADLINES,
    budget: Budget | None = None,
    turn: RenewalTurn | None = None,
    http: httpx2.BaseTransport | None = None,
    reads_only: bool = False,
    wanted: Wanted = _USUAL,
) -> AcumaticaErp:
    """One connection's Acumatica; nothing is sent yet. ``ways`` and ``budget`` default to ones of this process,
    ``turn`` to that of a grant that no other process has, ``http`` to sockets. With ``reads_only`` a write is an
    IntegrityError ``acumatica.write_in_dry_run``, and a session opened with a password is not kept for the next run.
    Raises ConfigurationError for a url, version or ca_file that cannot be used.
    """
    contract = load_contract(settings.endpoint, settings.version)
    flights = Flights()
    wire = http or _open_sockets(settings, flights, deadlines)
    pace = (settings.requests_per_minute, settings.concurrent_requests)
    transport = Transport(
        settings.url,
        wire,
        flights,
        budget=budget or SharedBudget(MemoryBook(clock), *pace, clock),
        log=log,
        clock=clock,
        deadlines=deadlines,
    )
    by_code = OAuthSignIn(settings, transport, secrets, deadlines, lasting=not reads_only)
    if settings.auth == "session":
        by_cookie = CookieSignIn(settings, transport, secrets, deadlines)
        session = Session(by_cookie, transport, clock, deadlines, turn=OwnTurn())
    else:
        session = Session(by_code, transport, clock, deadlines, turn=turn or OwnTurn())
    proof = TenantProof(contract, canary, settings.extended_endpoint)
    client = _open_client(settings, transport, session, proof, clock=clock, deadlines=deadlines, reads_only=reads_only)
    reader = Reader(client, contract)
    sockets = wire if isinstance(wire, SocketTransport) else None
    desk = BillDesk(client, reader, contract)
    book = open_book(settings, ways or OwnBook(), clock)
    extended = _open_extended(settings, client, contract, book)
    parts = StagedCheck(
        settings=settings,
        http=sockets,
        client=client,
        proof=proof,
        reader=reader,
        desk=desk,
        clock=clock,
        dac=open_dac(settings, client, book, secrets),
        master=Reader(extended, contract) if extended else reader,
        extended=extended,
    )
    lists = BillLists(reader, ListWays(book), mark_attribute=settings.mark_attribute)
    return AcumaticaErp(transport, session, parts, by_code=by_code, lists=lists, wanted=wanted)


def _open_extended(
    settings: AcumaticaSettings, client: ApiClient, contract: Contract, book: WayBook
) -> ExtendedReads | None:
    own = settings.extended_endpoint
    return ExtendedReads(client, contract, book, endpoint=own) if own else None


def _open_client(
    settings: AcumaticaSettings,
    transport: Transport,
    session: Session,
    proof: TenantProof,
    *,
    clock: Clock,
    deadlines: Deadlines,
    reads_only: bool,
) -> ApiClient:
    root, attribute = f"entity/{settings.endpoint}/{settings.version}", settings.mark_attribute
    client = MarkingClient if attribute else ApiClient
    opened = client(transport, session, proof, root=root, clock=clock, deadlines=deadlines, reads_only=reads_only)
    if isinstance(opened, MarkingClient):
        opened.attribute = attribute
    return opened


def _open_sockets(settings: AcumaticaSettings, flights: Flights, deadlines: Deadlines) -> SocketTransport:
    origin = httpx2.URL(split_url(settings.url)[0])
    context = tls_context(settings.ca_file) if origin.scheme == "https" else None
    sockets = Sockets(origin, allow_private=settings.allow_private, flights=flights)
    return SocketTransport(sockets, context, deadlines.connect_seconds)
