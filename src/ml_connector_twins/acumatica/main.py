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
from pathlib import Path

import uvicorn

from ml_connector_twins.acumatica.faults import KINDS
from ml_connector_twins.acumatica.firm import FIRMS
from ml_connector_twins.acumatica.instance import Site, SiteOptions, open_site
from ml_connector_twins.acumatica.records.keeping import BadState
from ml_connector_twins.acumatica.server import listening_socket, server_for
from ml_connector_twins.acumatica.state_file import load_site, load_switches, save_site
from ml_connector_twins.acumatica.switches import UnknownSwitch
from ml_connector_twins.acumatica.switches.page import render_kinds, render_switches

_ABOUT = """A twin of Acumatica's contract-based REST API, for anyone who tests against Acumatica.

It serves the endpoint Default in the versions 20.200.001 to 24.200.001 (25.200.001 by switch), OAuth and cookie
sign-in, OData, a sample construction firm with vendors, jobs, orders and periods, and the rules of bills and payments.
It is as unkind as the documents say: rows come shuffled, unknown fields are ignored, seats run out, answers get lost.
"""

_MORE = """On its first line of output it tells, as one JSON document: url, control, tenant, username, password,
client_id and client_secret. Below the control URL (no sign-in) lie the truth and the levers:

  curl -s CONTROL/bills                                            what is really in the books
  curl -s CONTROL/requests                                         every request, in order
  curl -s -X PUT  CONTROL/switches -d '{"po_filter": "500"}'       turn switches while it runs
  curl -s -X POST CONTROL/faults -d '{"kind": "drop_after_commit", "method": "PUT", "path": "/Bill"}'
  curl -s -X POST CONTROL/faults/storm -d '{"seed": 7, "rate": 0.1}'
  curl -s -X POST CONTROL/people/approve_bill -d '{"number": "000001"}'

Examples:

  python -m ml_connector_twins acumatica --port 8090 --firm small
  python -m ml_connector_twins acumatica --switch login_limit_dress='"html"' --switch api_users_max=2
  python -m ml_connector_twins acumatica --state books.json --switches found.json
  python -m ml_connector_twins acumatica --list switches
"""


def _parser() -> argparse.ArgumentParser:
    plain = SiteOptions()
    parser = argparse.ArgumentParser(
        prog="python -m ml_connector_twins acumatica",
        description=_ABOUT,
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--list", choices=["switches", "faults"], help="print every switch, or every kind of fault")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; it is no server for a network")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port, told on standard output")
    parser.add_argument(
        "--firm",
        choices=sorted(FIRMS),
        default=plain.firm,
        help="small: the fixture alone; full: with its volumes; large: 50,000 vendors",
    )
    parser.add_argument("--tenant", action="append", help="repeat for several; the first is the default")
    parser.add_argument("--virtual-directory", default="", help="such as /AcumaticaERP")
    parser.add_argument("--username", default=plain.username)
    parser.add_argument("--password", default=plain.password)
    parser.add_argument("--client-id", default=plain.client_id, help="the GUID before the @")
    parser.add_argument("--client-secret", default=plain.client_secret)
    parser.add_argument("--business-date", type=date.fromisoformat, default=plain.business_on, metavar="YYYY-MM-DD")
    parser.add_argument(
        "--switch", action="append", default=[], metavar="NAME=JSON", help="an assumption, flipped; see --list switches"
    )
    parser.add_argument(
        "--switches", type=Path, metavar="FILE", help="switches as a JSON object, as the conformance run writes them"
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="books, clock and switches: loaded if there, written at the end"
    )
    parser.add_argument("--exit-with-stdin", action="store_true", help="stop when standard input ends")
    return parser


def main(argv: list[str]) -> int:
    """Serves until SIGTERM, SIGINT, or the end of standard input where asked; returns 0."""
    given = _parser().parse_args(argv)
    if given.list:
        print(render_switches() if given.list == "switches" else render_kinds(dict(KINDS)))
        return 0
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
    try:
        site = _opened(options, given)
    except (UnknownSwitch, json.JSONDecodeError) as fault:
        _parser().error(f"--switch takes NAME=JSON, see --list switches: {fault}")
    except BadState as fault:
        _parser().error(f"--state: {fault}")
    server = server_for(site)
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
    if given.state is not None:
        save_site(site, given.state)
    return 0


def _opened(options: SiteOptions, given: argparse.Namespace) -> Site:
    """The site as kept where there is a state, else a fresh one; a switch on the command line beats those of files."""
    positions = load_switches(given.switches) if given.switches is not None else {}
    positions |= {name: json.loads(value) for name, _, value in (text.partition("=") for text in given.switch)}
    if given.state is not None and given.state.exists():
        return load_site(options, given.state, positions)
    return open_site(options, positions)


def _end_quietly(server: uvicorn.Server) -> None:
    """A signal ends the server, even before it runs; raised again by the server at its end, it does no harm."""

    def stop(_number: int, _frame: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
