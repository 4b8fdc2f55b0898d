"""A wire to a PostgreSQL server that breaks at a chosen word, before or after the server has heard it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

_BYTES = 65536


@contextmanager
def severed(url: str, *, at: bytes, deliver: bool, for_good: bool = False) -> Iterator[tuple[str, threading.Event]]:
    """The URL through the wire, and the event that arms it: the next message with the word ``at`` breaks the connection
    it came on, having reached the server where ``deliver``; ``for_good`` takes no connection afterwards."""
    target = make_url(url)
    armed, closed = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]

        def serve() -> None:
            while not closed.is_set():
                with contextlib.suppress(OSError):
                    client = door.accept()[0]
                    threading.Thread(target=carry, args=(client,), daemon=True).start()

        def carry(client: socket.socket) -> None:
            with client, socket.create_connection((target.host, target.port)) as server:
                threading.Thread(target=copy, args=(server, client), daemon=True).start()
                while data := _read(client):
                    if armed.is_set() and at in data:
                        armed.clear()
                        if for_good:
                            # First of all, or the client that notices could come in once more. Closing alone would not
                            # wake the thread that waits there.
                            closed.set()
                            door.shutdown(socket.SHUT_RDWR)
                        client.shutdown(socket.SHUT_RDWR)
                        if deliver:
                            server.sendall(data)
                            # The server is left to finish: it closes when it has nothing more to hear.
                            server.shutdown(socket.SHUT_WR)
                            while _read(server):
                                pass
                        else:
                            server.shutdown(socket.SHUT_RDWR)
                        return
                    server.sendall(data)

        def copy(server: socket.socket, client: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while data := _read(server):
                    client.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        through = target.set(host="127.0.0.1", port=port).update_query_dict({"sslmode": "disable"})
        yield through.render_as_string(hide_password=False), armed
        closed.set()
        with contextlib.suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)


def _read(end: socket.socket) -> bytes:
    try:
        return end.recv(_BYTES)
    except OSError:
        return b""
