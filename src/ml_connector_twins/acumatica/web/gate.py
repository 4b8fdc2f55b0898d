"""Carries out planned faults around the application, at the level of the connection.

``drop_*`` reset the TCP connection, so the client sees what a failing network shows; the application below runs, late
or twice, as the plan says.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from ml_connector_twins.acumatica.faults import Fault
from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.web.calls import Call
from ml_connector_twins.acumatica.web.journal import logged

_RESET = struct.pack("ii", 1, 0)
_CHUNKS_A_SECOND = 10
_TURN_SECONDS = 0.005
STALE_HEADER = b"x-twin-stale-before"

Connections = dict[tuple[str, int], asyncio.Transport]


def protocol_for(connections: Connections) -> type[H11Protocol]:
    """An HTTP protocol that keeps its open connections by the client's address."""

    class TrackedProtocol(H11Protocol):
        """One connection of the twin."""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            connections[transport.get_extra_info("peername")[:2]] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            for address, transport in list(connections.items()):
                if transport is self.transport:
                    del connections[address]
            super().connection_lost(exc)

    return TrackedProtocol


class Captured:
    """A response kept instead of sent."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def send(self, message: Message) -> None:
        """Takes the place of the server's ``send``."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class FaultGate:
    """The outermost application: faults first, then the site."""

    def __init__(self, app: ASGIApp, site: Site, connections: Connections) -> None:
        self.app = app
        self.site = site
        self.connections = connections
        self._late: set[asyncio.Task[None]] = set()
        self._last = Captured()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/twin/"):
            await self.app(scope, receive, send)
            return
        body = await _whole_body(receive)
        target = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
        now = self.site.clock.now().isoformat(timespec="microseconds")
        fault = self.site.faults.take(scope["method"], target, body.decode("utf-8", "replace"), now)
        if fault is None:
            await self._serve(scope, body, send)
            return
        scope["twin.fault"] = fault.kind
        await self._hit(fault, scope, body, send)

    async def _hit(self, fault: Fault, scope: Scope, body: bytes, send: Send) -> None:
        match fault.kind:
            case "drop_before":
                self._log_only(scope, body, fault.kind)
                await self._drop(scope)
            case "drop_after_commit":
                await self._run(scope, body)
                await self._drop(scope)
            case "late_commit":
                self._later(fault, scope, body)
                await self._drop(scope)
            case "delay":
                await self._delayed(fault, scope, body, send)
            case "truncate" | "drip":
                await self._slow_or_short(fault, scope, await self._run(scope, body), send)
            case "duplicate":
                await self._run(scope, body)
                await asyncio.sleep(fault.seconds)
                await _send_all(await self._run(scope, body), send)
            case "stale":
                scope["headers"] = [*scope["headers"], (STALE_HEADER, fault.set_at.encode())]
                await self.app(scope, _replay(body), send)
            case "turn":
                self.site.switches.turn(fault.switches)
                await self._serve(scope, body, send)
            case "swap":
                before, self._last = self._last, await self._run(scope, body)
                await _send_all(before, send)
            case _:
                await self._without_an_answer(fault, scope, body, send)

    async def _without_an_answer(self, fault: Fault, scope: Scope, body: bytes, send: Send) -> None:
        """Faults that keep the site's own answer back: a hang, a recycle, or another answer."""
        if fault.commit:
            await self._run(scope, body)
        else:
            self._log_only(scope, body, fault.kind)
        match fault.kind:
            case "hang":
                await self._until_gone(scope)
            case "recycle":
                self.site.recycles += 1
                await self._drop(scope)
            case _:
                await _send_all(_staged(fault), send)

    async def _serve(self, scope: Scope, body: bytes, send: Send) -> None:
        """The request as it is; its answer is kept for a proxy that mixes answers up."""
        self._last = await self._run(scope, body)
        await _send_all(self._last, send)

    async def _until_gone(self, scope: Scope) -> None:
        while tuple(scope["client"]) in self.connections:
            await asyncio.sleep(_TURN_SECONDS)

    async def _run(self, scope: Scope, body: bytes) -> Captured:
        captured = Captured()
        await self.app(dict(scope), _replay(body), captured.send)
        return captured

    def _log_only(self, scope: Scope, body: bytes, kind: str) -> None:
        root = self.site.options.virtual_directory
        query = scope["query_string"].decode("latin-1")
        logged(self.site, Call(scope["method"], scope["path"].removeprefix(root), query, {}, body), kind)

    def _later(self, fault: Fault, scope: Scope, body: bytes) -> None:
        async def work() -> None:
            await asyncio.sleep(fault.seconds)
            await self._run(scope, body)

        task = asyncio.get_running_loop().create_task(work())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _delayed(self, fault: Fault, scope: Scope, body: bytes, send: Send) -> None:
        if fault.after_commit:
            captured = await self._run(scope, body)
            await asyncio.sleep(fault.seconds)
            await _send_all(captured, send)
            return
        await asyncio.sleep(fault.seconds)
        await self.app(scope, _replay(body), send)

    async def _slow_or_short(self, fault: Fault, scope: Scope, captured: Captured, send: Send) -> None:
        await send({"type": "http.response.start", "status": captured.status, "headers": captured.headers})
        if fault.kind == "truncate":
            part = captured.body[: int(len(captured.body) * fault.fraction)]
            await send({"type": "http.response.body", "body": part, "more_body": True})
            transport = self.connections.get(tuple(scope["client"]))
            if transport is not None:
                transport.close()
            await asyncio.sleep(_TURN_SECONDS)
            return
        size = max(1, int(fault.bytes_per_second / _CHUNKS_A_SECOND))
        for start in range(0, len(captured.body), size):
            chunk = captured.body[start : start + size]
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(len(chunk) / fault.bytes_per_second)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _drop(self, scope: Scope) -> None:
        """Resets the connection (RST, not FIN) and waits until the server noticed."""
        transport = self.connections.get(tuple(scope["client"]))
        if transport is None:
            return
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()
        while tuple(scope["client"]) in self.connections:
            await asyncio.sleep(_TURN_SECONDS)


def _staged(fault: Fault) -> Captured:
    captured = Captured()
    headers = dict(fault.headers)
    match fault.kind:
        case "html":
            captured.status = 200
            captured.body = (
                fault.body or "<!DOCTYPE html><html><title>Sign In</title><body>Sign In</body></html>"
            ).encode()
            headers.setdefault("content-type", "text/html; charset=utf-8")
        case "redirect":
            captured.status = 302
            headers["location"] = fault.url
        case _:
            captured.status = fault.code
            captured.body = fault.body.encode()
            headers.setdefault("content-type", "text/plain")
    headers["content-length"] = str(len(captured.body))
    captured.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return captured


async def _whole_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


def _replay(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send_all(captured: Captured, send: Send) -> None:
    await send({"type": "http.response.start", "status": captured.status, "headers": captured.headers})
    await send({"type": "http.response.body", "body": captured.body})
