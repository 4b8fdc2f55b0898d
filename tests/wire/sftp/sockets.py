"""Plain TCP servers for what no SSH server would do, and a proxy that cuts the line."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def raw_server(talk: Callable[[socket.socket], None], *, path: str = "") -> Iterator[int]:
    """A server that runs ``talk`` with each caller and hangs up when it returns; gives its port, 0 at a path."""
    listening = _listen(path)
    callers: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(caller: socket.socket) -> None:
        with caller, suppress(OSError):
            talk(caller)

    def accept() -> None:
        with suppress(OSError):
            while True:
                caller, _ = listening.accept()
                callers.append(caller)
                threads.append(threading.Thread(target=serve, args=(caller,), daemon=True))
                threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield 0 if path else int(listening.getsockname()[1])
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for caller in callers:
            with suppress(OSError):
                caller.shutdown(socket.SHUT_RDWR)
        for thread in (accepting, *threads):
            thread.join(5)


def _listen(path: str) -> socket.socket:
    if not path:
        return socket.create_server(("127.0.0.1", 0))
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen()
    return listening


@contextmanager
def cutting_proxy(port: int, *, bytes_max: int, cuts: int = 1_000_000) -> Iterator[int]:
    """A proxy to ``port`` that cuts its first ``cuts`` lines after so many bytes from the server; gives its port."""
    lines = iter(range(1_000_000))

    def talk(caller: socket.socket) -> None:
        left = bytes_max if next(lines) < cuts else None
        with socket.create_connection(("127.0.0.1", port)) as server:
            forward = threading.Thread(target=_pump, args=(caller, server, None), daemon=True)
            forward.start()
            _pump(server, caller, left)
            for end in (server, caller):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            forward.join(5)

    with raw_server(talk) as proxy_port:
        yield proxy_port


def _pump(source: socket.socket, sink: socket.socket, left: int | None) -> None:
    with suppress(OSError):
        while (left is None or left > 0) and (data := source.recv(65_536 if left is None else min(left, 65_536))):
            sink.sendall(data)
            left = None if left is None else left - len(data)
