"""Proof, once a process, that a write reaches the network once: the plumbing of others takes a PUT for repeatable.

Some HTTP libraries repeat a PUT by themselves (``posting_protocol.md 0.5``, ``fault_catalogue.md 49``). A socket of
this machine takes one PUT, hangs up without an answer, and counts what comes.
"""

from __future__ import annotations

import socket
import threading
from datetime import datetime
from functools import cache

import httpx2

from ml_connector.acumatica.ports import Deadlines
from ml_connector.acumatica.wire.limiter import SharedBudget
from ml_connector.acumatica.wire.memory_book import MemoryBook
from ml_connector.acumatica.wire.sockets import Flights, Sockets, SocketTransport
from ml_connector.acumatica.wire.transport import Call, Transport
from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError, IntegrityError

_SECONDS = 5.0
# How long a second request is waited for; a library that repeats does so at once.
_GRACE_SECONDS = 0.05


class _NoLog:
    def record_request(
        self, invoice_id: str | None, at: datetime, method: str, path: str, *, status: int | None
    ) -> None:
        """Nothing: the request is nobody's."""


@cache
def prove_single_send() -> None:
    """Raises IntegrityError ``acumatica.repeats_writes`` where one PUT reaches the socket more than once."""
    came = count_requests()
    if came != 1:
        raise IntegrityError(
            "Internal check failed; posting is off.",
            fix="Install the program anew with the versions of its lock file.",
            code="acumatica.repeats_writes",
            facts=("one write was sent", f"{came} requests came"),
        )


def count_requests() -> int:
    """How many requests one PUT through our own door makes when its connection ends without an answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen: list[bool] = []
        listener = threading.Thread(target=_hang_up_on_all, args=(server, seen), daemon=True)
        listener.start()
        _send_one(server.getsockname()[1])
        listener.join(_SECONDS)
    return len(seen)


def _hang_up_on_all(server: socket.socket, seen: list[bool]) -> None:
    server.settimeout(_SECONDS)
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(_SECONDS)
            try:
                if connection.recv(65_536):
                    seen.append(True)
            except OSError:
                return
        server.settimeout(_GRACE_SECONDS)


def _send_one(port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    clock, flights = SystemClock(), Flights()
    wire = SocketTransport(Sockets(httpx2.URL(url), allow_private=False, flights=flights), None, _SECONDS)
    transport = Transport(
        url,
        wire,
        flights,
        budget=SharedBudget(MemoryBook(clock), 1, 1, clock),
        log=_NoLog(),
        clock=clock,
        deadlines=Deadlines(),
    )
    try:
        transport.send(Call("PUT", "self-test", content=b"{}", kind="write"), _SECONDS)
    except ConnectorError:
        # The answer never comes; what counts is how often the question did.
        return
    finally:
        transport.close()
