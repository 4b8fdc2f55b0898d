"""The health page of ``serve``: one JSON document that says which processes live and how each connection stands.

It reads our own records alone, shows nothing secret, and changes nothing. The console takes its place later.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ml_connector.bootstrap.store_house import StoreHouse
from ml_connector.engine.holder import machine_of
from ml_connector.errors import ConfigurationError, ConnectorError
from ml_connector.operations.views import JsonObject, render_instant
from ml_connector.store.running.processes import ProcessRepository

_PATHS = ("/", "/health")
# A client that says nothing holds a thread no longer than this, in seconds.
_CLIENT_SECONDS = 10


@contextmanager
def serving_health(
    listen: tuple[str, int],
    store: StoreHouse,
    processes: ProcessRepository,
    next_due: Callable[[str], dict[str, str]],
) -> Iterator[tuple[str, int]]:
    """Answer at that host and port (0: any that is free) while inside; where it listens comes back. ConfigurationError
    ``serve.address_in_use`` where it cannot."""

    class Handler(_Handler):
        def document(self) -> JsonObject:
            return render_health(store, processes, next_due)

    try:
        server = ThreadingHTTPServer(listen, Handler)
    except OSError as error:
        raise ConfigurationError(
            f"Nothing can listen at {listen[0]}:{listen[1]}: {error.strerror or error}",
            fix="Name a free port of this machine with --port, and an address of it with --host.",
            stage="serve",
            code="serve.address_in_use",
        ) from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield str(server.server_address[0]), int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def render_health(
    store: StoreHouse, processes: ProcessRepository, next_due: Callable[[str], dict[str, str]]
) -> JsonObject:
    """Processes with their last sign of life, connections with their last run and what is due next."""
    return {
        "processes": [
            {
                "machine": machine_of(record.name),
                "kind": record.kind,
                "started_at": render_instant(record.started_at),
                "beat_at": render_instant(record.beat_at),
            }
            for record in processes.load_open()
            if not record.dead
        ],
        "connections": [
            {**connection, "next_due": next_due(str(connection["name"]))} for connection in store.list_connections()
        ],
    }


class _Handler(BaseHTTPRequestHandler):
    timeout = _CLIENT_SECONDS

    def document(self) -> JsonObject:
        raise NotImplementedError

    def do_GET(self) -> None:  # the name is the library's
        if self.path not in _PATHS:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "There is nothing here; see /health."})
            return
        try:
            self._answer(HTTPStatus.OK, self.document())
        except ConnectorError as error:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": error.message})

    def version_string(self) -> str:
        return "ml-connector"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: who asks how we are is of no interest."""

    def _answer(self, status: HTTPStatus, document: JsonObject) -> None:
        content = json.dumps(document, ensure_ascii=False, indent=2).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)
