"""Sockets to the one host of the connection: resolved, judged, connected, and cut at the deadline of the request.

It knows whether the first byte of a request was handed to the network, which is what "not sent" rests on
(``posting_protocol.md 5``). It follows nothing, repeats nothing and knows no proxy.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpcore2
import httpx2

from ml_connector.acumatica.ports import never_cut
from ml_connector.addresses import check_resolved
from ml_connector.clock import Clock
from ml_connector.errors import ConfigurationError

# A pooled connection older than this may be half closed (fault_catalogue.md 70).
_IDLE_SECONDS_MAX = 5.0
# How often a request under way is asked whether it is to be given up.
_SLICE_SECONDS = 0.5
FRESH = "ml_connector.fresh"
"""Request extension: open a connection of its own."""


class Flight:
    """One request under way in one thread; ``cuts`` says once it is True that those under way are to be given up."""

    def __init__(self, clock: Clock, seconds: float, cuts: Callable[[], bool] = never_cut) -> None:
        self._clock = clock
        self._ends_at = clock.monotonic() + seconds
        # What is sent later than that is a part of ending: signing out.
        self._cuts = never_cut if cuts() else cuts
        self.first_byte_sent = False

    def look(self) -> None:
        """KeyboardInterrupt where it is to be given up."""
        if self._cuts():
            raise KeyboardInterrupt

    def remaining(self) -> float:
        """Seconds left; never more than asked for, never below a hair."""
        return self._ends_at - self._clock.monotonic()


class Flights(threading.local):
    """The flight of each thread; a request is sent and read in one thread from end to end."""

    current: Flight | None = None


class _Stream(httpcore2.NetworkStream):
    """A connected socket that stops at the flight's deadline and notes its first byte."""

    def __init__(self, inner: httpcore2.NetworkStream, flights: Flights) -> None:
        self._inner = inner
        self._flights = flights

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            left = self._left(httpcore2.ReadTimeout)
            try:
                return self._inner.read(max_bytes, min(left, _SLICE_SECONDS))
            except httpcore2.ReadTimeout:
                if left <= _SLICE_SECONDS:
                    raise
                if self._flights.current is not None:
                    self._flights.current.look()

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = self._left(httpcore2.WriteTimeout)
        if self._flights.current is not None:
            self._flights.current.first_byte_sent = True
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = min(timeout or _IDLE_SECONDS_MAX, self._left(httpcore2.ConnectTimeout))
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._flights)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)

    def _left(self, timed_out: type[httpcore2.TimeoutException]) -> float:
        flight = self._flights.current
        left = _IDLE_SECONDS_MAX if flight is None else flight.remaining()
        if left <= 0:
            raise timed_out("the request's deadline has passed")
        return left


class Sockets(httpcore2.NetworkBackend):
    """Opens connections to one host and port, to an address that ``check_resolved`` lets through."""

    def __init__(self, origin: httpx2.URL, *, allow_private: bool, flights: Flights) -> None:
        self.host = origin.host
        self._port = origin.port or (443 if origin.scheme == "https" else 80)
        self._allow_private = allow_private
        self._flights = flights
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection for the HTTP library, to this host and port alone."""
        if (host, port) != (self.host, self._port):
            raise ValueError("a request to another host than the connection's")
        return self.connect(timeout)

    def connect(self, timeout: float | None) -> httpcore2.NetworkStream:
        """The first address that answers; the address connected to is the one that was judged, never resolved anew."""
        failure: Exception | None = None
        for ip in self.resolve():
            try:
                stream = self._plain.connect_tcp(ip, self._port, timeout, None, ())
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._flights)
        raise failure or httpcore2.ConnectError("the name has no address")

    def resolve(self) -> list[str]:
        """The addresses of the host that may be connected to.

        Raises ConfigurationError ``acumatica.address_refused`` where all of them are refused, ConnectError where the
        name cannot be resolved.
        """
        try:
            found = socket.getaddrinfo(self.host, self._port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore2.ConnectError(f"the name {self.host} cannot be resolved") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        reasons = {ip: check_resolved(self.host, ip, allow_private=self._allow_private) for ip in addresses}
        allowed = [ip for ip, reason in reasons.items() if reason is None]
        if not allowed and addresses:
            raise ConfigurationError(
                f"The address of Acumatica is not allowed: {reasons[addresses[0]]}. Nothing was sent.",
                fix="Check the url; set allow_private = true only for an instance on your own network.",
                stage="address",
                code="acumatica.address_refused",
            )
        return allowed


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, host name checked; ``ca_file`` adds trust, takes none away (``security_checklist.md 27``)."""
    context = httpx2.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise ConfigurationError(
                f"The certificate file {ca_file.name} cannot be read: {error.strerror or 'it holds no certificate'}.",
                fix="Set acumatica.ca_file to a PEM file with the certificate of your own authority.",
                stage="tls",
                code="acumatica.ca_file",
                at="settings",
            ) from None
    return context


@contextmanager
def _translated() -> Iterator[None]:
    """The errors of the socket library as those of the HTTP library, which carry the same names."""
    try:
        yield
    except _SOCKET_ERRORS as error:
        named = getattr(httpx2, type(error).__name__, httpx2.TransportError)
        raise named(str(error)) from error


_SOCKET_ERRORS = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
)


class _Body(httpx2.SyncByteStream):
    """An answer's body as it comes in."""

    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class SocketTransport(httpx2.BaseTransport):
    """HTTP/1.1 over ``Sockets``: reads share kept connections, a request marked ``FRESH`` opens its own."""

    def __init__(self, sockets: Sockets, context: ssl.SSLContext | None, connect_seconds: float) -> None:
        self._sockets = sockets
        self._context = context
        self._timeout = {"connect": connect_seconds}
        self._kept = httpcore2.ConnectionPool(
            ssl_context=context, keepalive_expiry=_IDLE_SECONDS_MAX, retries=0, network_backend=sockets
        )
        self._fresh = httpcore2.ConnectionPool(
            ssl_context=context, max_keepalive_connections=0, retries=0, network_backend=sockets
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request, once."""
        pool = self._fresh if request.extensions.get(FRESH) else self._kept
        core = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.read(),
            extensions={"timeout": self._timeout},
        )
        with _translated():
            response = pool.handle_request(core)
        return httpx2.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def probe(self, *, tls: bool) -> bool:
        """Open a connection, with TLS on it where asked and where the url has it, and close it; whether it was done."""
        if tls and self._context is None:
            return False
        with _translated():
            stream = self._sockets.connect(self._timeout["connect"])
            try:
                if tls and self._context is not None:
                    stream = stream.start_tls(self._context, self._sockets.host, self._timeout["connect"])
            finally:
                stream.close()
        return True

    def close(self) -> None:
        """Close every connection."""
        self._kept.close()
        self._fresh.close()
