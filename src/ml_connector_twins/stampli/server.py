"""The listening server of the Stampli twin: accepts, hands each connection to SSH, stops cleanly.

It accepts the sockets itself, so that a fault can strike before the first byte and a changed host key is in force from
the next connection on. Knows nothing of files or invoices.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from ml_connector_twins.stampli.faults import FaultBook
from ml_connector_twins.stampli.folders import Folders, prepare_folders
from ml_connector_twins.stampli.journal import Journal
from ml_connector_twins.stampli.sign_in import Account, Doorkeeper, load_host_key, make_host_key, public_line

_SIGN_IN_SECONDS_MAX = 30
_WIND_UP_SECONDS_MAX = 30


@dataclass(frozen=True, slots=True)
class StampliTwin:
    """A running server: where it listens, the keys it shows (OpenSSH form), its folders, faults and journal."""

    host: str
    port: int
    host_key: str
    other_host_key: str
    username: str
    folders: Folders
    faults: FaultBook
    journal: Journal


class StampliServer:
    """Start and stop it inside one event loop."""

    def __init__(
        self, account: Account, folders: Folders, *, host_key: asyncssh.SSHKey, faults: FaultBook, journal: Journal
    ) -> None:
        self._account = account
        self._folders = folders
        self._host_key = host_key
        self._other_host_key = make_host_key()
        self._faults = faults
        self._journal = journal
        self._listener: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, *, host: str, port: int) -> StampliTwin:
        """Listen; port 0 lets the operating system choose. Returns what a client needs to know."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=128)
        self._listener.setblocking(False)
        self._keep(self._accept(self._listener))
        return StampliTwin(
            host=host,
            port=self._listener.getsockname()[1],
            host_key=public_line(self._host_key),
            other_host_key=public_line(self._other_host_key),
            username=self._account.username,
            folders=self._folders,
            faults=self._faults,
            journal=self._journal,
        )

    async def stop(self) -> None:
        """Close the listener and cut every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(listener)
            self._keep(self._serve(client))

    async def _serve(self, client: socket.socket) -> None:
        fault = self._faults.strike("connect", [""])
        if fault is not None:
            with client:
                await asyncio.sleep(fault.seconds if fault.action == "stall" else 0)
            return
        with suppress(asyncssh.Error, OSError):
            connection = await self._speak(client)
            try:
                await connection.wait_closed()
            finally:
                connection.abort()

    async def _speak(self, client: socket.socket) -> asyncssh.SSHServerConnection:
        shows_other = self._faults.current.other_host_key
        return await asyncssh.run_server(
            client,
            server_factory=lambda: Doorkeeper(
                self._account, self._folders.root, faults=self._faults, journal=self._journal
            ),
            server_host_keys=[self._other_host_key if shows_other else self._host_key],
            login_timeout=_SIGN_IN_SECONDS_MAX,
            agent_forwarding=False,
            x11_forwarding=False,
            allow_scp=False,
            encoding=None,
        )


@contextmanager
def running_stampli(
    root: Path,
    account: Account,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    host_key_file: Path | None = None,
    faults: FaultBook | None = None,
) -> Iterator[StampliTwin]:
    """The twin in a thread of this process, for tests: listening on entry, gone on exit."""
    server = StampliServer(
        account,
        prepare_folders(root),
        host_key=load_host_key(host_key_file),
        faults=faults or FaultBook(),
        journal=Journal(),
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stampli-twin", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(server.start(host=host, port=port), loop).result(_WIND_UP_SECONDS_MAX)
    finally:
        asyncio.run_coroutine_threadsafe(wind_up(server), loop).result(_WIND_UP_SECONDS_MAX)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_WIND_UP_SECONDS_MAX)
        loop.close()


async def wind_up(server: StampliServer) -> None:
    """Stop the server and wait for whatever its connections left behind in this event loop."""
    await server.stop()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
