"""``connection list``, ``connection check`` and ``connection sign-in``."""

from __future__ import annotations

import getpass
import sys
import webbrowser
from functools import partial
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from ml_connector.bootstrap import check_connection as run_check
from ml_connector.bootstrap import open_store
from ml_connector.bootstrap import sign_in_connection as run_sign_in
from ml_connector.cli.exit_codes import DONE, exit_code_of
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_json, print_line, print_note, print_table
from ml_connector.errors import render_error


def list_connection(*, options: Options = NO_OPTIONS) -> int:
    """List the connections of the settings file."""
    with open_store(options.config) as store:
        rows = store.list_connections()
    if options.json:
        print_json(rows)
    else:
        names = ("name", "label", "source", "state", "last_run")
        print_table(names, [[row[name] for name in names] for row in rows])
    return DONE


def check_connection(
    name: str,
    *,
    options: Options = NO_OPTIONS,
    probe: Annotated[bool, Parameter(negative=())] = False,
    new_canary: Annotated[bool, Parameter(negative=())] = False,
    new_identity: Annotated[bool, Parameter(negative=())] = False,
    accept_sweep: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Check both systems stage by stage; reads only.

    Parameters
    ----------
    name
        The connection.
    probe
        Also try the writes.
    new_canary
        Choose the vendor anew by which the tenant is recognised.
    new_identity
        Confirm a changed url, tenant or company, where the same canary record is still there.
    accept_sweep
        What the sweep reported is known to you: missing bills stop posting no longer, strange bills are told no more.
    """
    result = run_check(
        options.config,
        name,
        probe=probe,
        new_canary=new_canary,
        new_identity=new_identity,
        accepted_by=getpass.getuser() if accept_sweep else None,
    )
    shown = dict(result.shown)
    if result.error is not None:
        shown["error"] = render_error(result.error)
    if options.json:
        print_json(shown)
    else:
        for stage in result.stages:
            print_line(f"{stage['system']:<10}{stage['stage']:<18}{stage['result']:<8}{stage['seconds']:>6.2f} s")
            for text in (stage["message"], stage["fix"]):
                if text:
                    print_line(f"          {text}")
    return DONE if result.error is None else exit_code_of(result.error)


def sign_in_connection(
    name: str,
    *,
    options: Options = NO_OPTIONS,
    port: Annotated[int, Parameter(validator=Number(gte=1, lte=65_535))] = 8123,
    browser: Annotated[bool, Parameter(negative="--no-browser")] = True,
) -> int:
    """Let a person allow unattended use of Acumatica in a browser; the permission is stored encrypted.

    Parameters
    ----------
    name
        The connection; its auth is authorization_code.
    port
        The redirect address is http://localhost:PORT/callback, as registered with the connected application.
    browser
        Open the address here; with --no-browser it is only shown.
    """
    run_sign_in(options.config, name, port=port, show=partial(_show_address, open_it=browser))
    print_note(f"{name} is signed in; its permission is stored.")
    if options.json:
        print_json({"connection": name, "signed_in": True})
    return DONE


def _show_address(address: str, *, open_it: bool) -> None:
    print_note(f"Sign in to Acumatica and allow the access, at this address:\n\n  {address}\n")
    sys.stderr.flush()
    if open_it:
        webbrowser.open(address)
