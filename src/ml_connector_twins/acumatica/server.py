"""Runs the twin: in a thread for tests (`running_acumatica`), or in the foreground for a process of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import uvicorn

from ml_connector_twins.acumatica.app import build_app
from ml_connector_twins.acumatica.control.client import ControlClient
from ml_connector_twins.acumatica.instance import Site, SiteOptions, open_site
from ml_connector_twins.acumatica.switches import SwitchValue
from ml_connector_twins.acumatica.web.gate import Connections, FaultGate, protocol_for

_START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class RunningTwin:
    """A twin that answers: ``url`` is the instance URL with its virtual directory, ``control`` changes and reads it."""

    url: str
    control: ControlClient
    options: SiteOptions

    @property
    def client_id(self) -> str:
        """``GUID@Tenant`` as Connected Applications shows it."""
        return f"{self.options.client_id}@{self.options.tenants[0]}"


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def server_for(site: Site) -> uvicorn.Server:
    """A server that is not yet running; quiet, one process, no proxy headers."""
    connections: Connections = {}
    config = uvicorn.Config(
        FaultGate(build_app(site), site, connections),
        http=protocol_for(connections),
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


@contextmanager
def running_acumatica(
    firm: str = "small", switches: Mapping[str, SwitchValue] | None = None, options: SiteOptions | None = None
) -> Iterator[RunningTwin]:
    """A twin on a free loopback port, served by a thread until the block ends."""
    site = open_site(replace(options or SiteOptions(), firm=firm), switches)
    server = server_for(site)
    bound = listening_socket("127.0.0.1", 0)
    port = bound.getsockname()[1]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="acumatica-twin", daemon=True)
    thread.start()
    until = time.monotonic() + _START_SECONDS
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    root = f"http://127.0.0.1:{port}"
    try:
        yield RunningTwin(f"{root}{site.options.virtual_directory}", ControlClient(f"{root}/twin"), site.options)
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        bound.close()
