"""The redirect listener: one address on this machine alone, open for one answer of a browser (RFC 8252, 7.3).

It hands the query on and judges nothing; no answer is logged, since a code stands in its address.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from select import select
from socketserver import TCPServer
from urllib.parse import parse_qsl, urlsplit

from ml_connector.clock import Clock
from ml_connector.errors import ConfigurationError, TransientError

Answer = Mapping[str, str]
_DONE = "<!doctype html><title>ml-connector</title><p>Thank you. You can close this window and go back to the terminal."
_NOT_OURS = "<!doctype html><title>ml-connector</title><p>This is not the answer that was waited for."
# A browser's idle extra connection must not keep the one with the answer waiting.
_REQUEST_SECONDS = 2.0
_TICK_SECONDS = 0.5


class LoopbackListener:
    """Listens on ``localhost``; made by ``listening``."""

    def __init__(self, servers: list[_Server], path: str, clock: Clock) -> None:
        self._servers = servers
        self._path = path
        self._clock = clock

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._servers[0].server_port

    def wait(self, accepts: Callable[[Answer], bool], seconds: float) -> Answer:
        """The first answer that is accepted; all else is turned away and waited past.

        Raises TransientError ``acumatica.permission_awaited`` where none came in time.
        """
        ends_at = self._clock.monotonic() + seconds
        while self._clock.monotonic() < ends_at:
            ready, _, _ = select(self._servers, [], [], _TICK_SECONDS)
            for server in ready:
                server.expect(self._path, accepts)
                server.handle_request()
                if server.answer is not None:
                    return server.answer
        raise TransientError(
            "Nobody signed in to Acumatica within the time allowed.",
            fix="Run connection sign-in again and finish in the browser.",
            stage="sign_in",
            code="acumatica.permission_awaited",
        )


@contextmanager
def listening(port: int, path: str, clock: Clock) -> Iterator[LoopbackListener]:
    """Open the port on this machine's own addresses, both families where there are two: a browser may take either.

    Raises ConfigurationError ``acumatica.port_taken``.
    """
    with ExitStack() as stack:
        first = stack.enter_context(_open(_Server, port))
        servers = [first]
        # Without IPv6 on this machine localhost leads to the other address alone.
        with suppress(OSError):
            servers.append(stack.enter_context(_open(_ServerOfSix, first.server_port)))
        yield LoopbackListener(servers, path, clock)


class _Server(HTTPServer):
    address_family = socket.AF_INET
    host = "127.0.0.1"
    # Elsewhere this only skips the minute a closed port rests; there it would let two programs listen on one port.
    allow_reuse_address = sys.platform != "win32"
    timeout = _REQUEST_SECONDS

    def __init__(self, port: int) -> None:
        self.answer: Answer | None = None
        self._path = ""
        self._accepts: Callable[[Answer], bool] = bool
        super().__init__((self.host, port), _Handler)

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Not HTTPServer's own, which asks the name service for a name nobody needs.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.host, self.server_address[1]

    def expect(self, path: str, accepts: Callable[[Answer], bool]) -> None:
        self._path, self._accepts = path, accepts

    def take(self, target: str) -> bool:
        """Keep the answer of that address where it is the one waited for."""
        parts = urlsplit(target)
        answer = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50))
        if parts.path != self._path or not self._accepts(answer):
            return False
        self.answer = answer
        return True

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that ends early is nothing to tell."""


class _ServerOfSix(_Server):
    address_family = socket.AF_INET6
    host = "::1"


class _Handler(BaseHTTPRequestHandler):
    timeout = _REQUEST_SECONDS
    server: _Server

    def do_GET(self) -> None:
        try:
            taken = self.server.take(self.path)
        except ValueError:
            taken = False
        body = (_DONE if taken else _NOT_OURS).encode()
        self.send_response(200 if taken else 404)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the code would stand in it."""

    def version_string(self) -> str:
        return "ml-connector"


def _open(kind: type[_Server], port: int) -> _Server:
    try:
        return kind(port)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise ConfigurationError(
            f"Port {port} of this machine cannot be listened on.",
            fix="Give another one with --port, and register its address with the connected application.",
            stage="sign_in",
            code="acumatica.port_taken",
            at="settings",
        ) from error
