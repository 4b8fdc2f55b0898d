"""The command line of the twin: ``python -m ml_connector_twins acumatica --port 0 …``.

Prints one JSON line with the addresses and credentials once it answers, then serves until it is told to stop.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from datetime import date

import uvicorn

from ml_connector_twins.acumatica.firm import FIRMS
from ml_connector_twins.acumatica.instance import SiteOptions, open_site
from ml_connector_twins.acumatica.server import listening_socket, server_for


def _parser() -> argparse.ArgumentParser:
    plain = SiteOptions()
    parser = argparse.ArgumentParser(prog="ml_connector_twins acumatica", description="A twin of Acumatica's REST API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port, told on standard output")
    parser.add_argument("--firm", choices=sorted(FIRMS), default=plain.firm)
    parser.add_argument("--tenant", action="append", help="repeat for several; the first is the default")
    parser.add_argument("--virtual-directory", default="", help="such as /AcumaticaERP")
    parser.add_argument("--username", default=plain.username)
    parser.add_argument("--password", default=plain.password)
    parser.add_argument("--client-id", default=plain.client_id, help="the GUID before the @")
    parser.add_argument("--client-secret", default=plain.client_secret)
    parser.add_argument("--business-date", type=date.fromisoformat, default=plain.business_on)
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=JSON")
    parser.add_argument("--exit-with-stdin", action="store_true", help="stop when standard input ends")
    return parser


def main(argv: list[str]) -> int:
    """Serves until SIGTERM, SIGINT, or the end of standard input where asked; returns 0."""
    given = _parser().parse_args(argv)
    options = SiteOptions(
        firm=given.firm,
        tenants=tuple(given.tenant or SiteOptions().tenants),
        virtual_directory=given.virtual_directory.rstrip("/"),
        username=given.username,
        password=given.password,
        client_id=given.client_id.partition("@")[0],
        client_secret=given.client_secret,
        business_on=given.business_date,
    )
    positions = {name: json.loads(value) for name, _, value in (text.partition("=") for text in given.switch)}
    server = server_for(open_site(options, positions))
    _end_quietly(server)
    bound = listening_socket(given.host, given.port)
    root = f"http://{given.host}:{bound.getsockname()[1]}"
    bound.listen(128)
    started = {
        "url": f"{root}{options.virtual_directory}",
        "control": f"{root}/twin",
        "tenant": options.tenants[0],
        "username": options.username,
        "password": options.password,
        "client_id": f"{options.client_id}@{options.tenants[0]}",
        "client_secret": options.client_secret,
    }
    print(json.dumps(started), flush=True)
    if given.exit_with_stdin:

        def stop_at_end() -> None:
            sys.stdin.buffer.read()
            server.should_exit = True

        threading.Thread(target=stop_at_end, daemon=True).start()
    server.run(sockets=[bound])
    return 0


def _end_quietly(server: uvicorn.Server) -> None:
    """A signal ends the server, even before it runs; raised again by the server at its end, it does no harm."""

    def stop(_number: int, _frame: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
