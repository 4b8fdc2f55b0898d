"""`python -m ml_connector_twins stampli …`: the twin of Stampli's folders as a process.

Prints one JSON line on standard output once it listens: ``{"host", "port", "host_key", "root"}``, the key in OpenSSH
form. Runs until SIGTERM, SIGINT or, with ``--exit-with-stdin``, the end of standard input. Only reads options and
starts the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from ml_connector_twins.stampli.faults import FaultBook, FaultPlan
from ml_connector_twins.stampli.folders import prepare_folders
from ml_connector_twins.stampli.journal import Journal
from ml_connector_twins.stampli.server import StampliServer, StampliTwin, wind_up
from ml_connector_twins.stampli.sign_in import Account, load_host_key


def main(argv: list[str]) -> int:
    """Serve until told to stop; 0 then, 2 where the options are wrong."""
    options = _parser().parse_args(argv)
    account = _account(options)
    if account is None:
        print("neither a password nor a key may sign in: give --password-env or --authorized-key", file=sys.stderr)
        return 2
    plan = FaultPlan(posix_rename=not options.no_posix_rename, other_host_key=options.other_host_key)
    server = StampliServer(
        account,
        prepare_folders(options.root),
        host_key=load_host_key(options.host_key),
        faults=FaultBook(plan, control=options.control),
        journal=Journal(options.journal),
    )
    asyncio.run(_serve(server, host=options.host, port=options.port, exit_with_stdin=options.exit_with_stdin))
    return 0


async def _serve(server: StampliServer, *, host: str, port: int, exit_with_stdin: bool) -> None:
    loop = asyncio.get_running_loop()
    enough = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, enough.set)
    if exit_with_stdin:
        loop.add_reader(sys.stdin.fileno(), _watch_input, enough)
    _announce(await server.start(host=host, port=port))
    await enough.wait()
    await wind_up(server)


def _watch_input(enough: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        enough.set()


def _announce(twin: StampliTwin) -> None:
    line = {"host": twin.host, "port": twin.port, "host_key": twin.host_key, "root": str(twin.folders.root)}
    print(json.dumps(line), flush=True)


def _account(options: argparse.Namespace) -> Account | None:
    password = os.environ.get(options.password_env) if options.password_env else None
    keys = tuple(_key_line(entry) for entry in options.authorized_key)
    if not password and not keys:
        return None
    return Account(options.username, password=password or None, authorized_keys=keys)


def _key_line(entry: str) -> str:
    """An option names a public key file or is the key line itself."""
    return entry if " " in entry else Path(entry).read_text(encoding="ascii").strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ml_connector_twins stampli", description="Stampli's folders over SFTP")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: the operating system chooses")
    parser.add_argument("--root", type=Path, required=True, help="folder that the client sees as /")
    parser.add_argument("--username", default="stampli")
    parser.add_argument("--password-env", help="name of the environment variable that holds the password")
    parser.add_argument("--authorized-key", action="append", default=[], help="public key line, or a file with one")
    parser.add_argument("--host-key", type=Path, help="keep the host key in this file")
    parser.add_argument("--control", type=Path, help="JSON file of planted faults, read again when it changes")
    parser.add_argument("--journal", type=Path, help="append what clients did to this file, JSON lines")
    parser.add_argument("--no-posix-rename", action="store_true", help="do not offer posix-rename@openssh.com")
    parser.add_argument("--other-host-key", action="store_true", help="show another host key than the one printed")
    parser.add_argument("--exit-with-stdin", action="store_true", help="also stop when standard input is closed")
    return parser
