"""``secret set`` and ``secret list``: the value comes from standard input and is never shown again."""

from __future__ import annotations

import getpass
import sys

from ml_connector.bootstrap import open_store
from ml_connector.cli.exit_codes import DONE
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_json, print_note, print_table
from ml_connector.errors import ConfigurationError


def set_secret(name: str, key: str, *, options: Options = NO_OPTIONS) -> int:
    """Read a secret from standard input and store it encrypted.

    Parameters
    ----------
    name
        The connection.
    key
        For example acumatica.password or stampli.private_key.
    """
    value = getpass.getpass(f"{key}: ") if sys.stdin.isatty() else sys.stdin.read()
    # One line end belongs to the shell that wrote the value; a private key is a text of many lines and keeps its own.
    value = value.removesuffix("\n").removesuffix("\r")
    if "PRIVATE KEY" in value:
        value += "\n"
    if not value:
        raise ConfigurationError(
            f"No value for {key} came on standard input",
            fix=f"Pipe it in: ml-connector secret set {name} {key} < FILE",
            code="vault.empty_secret",
            at="settings",
        )
    with open_store(options.config) as store:
        store.set_secret(name, key, value, set_by=getpass.getuser())
    print_note(f"{key} of {name} is stored.")
    if options.json:
        print_json({"connection": name, "key": key, "stored": True})
    return DONE


def list_secret(name: str, *, options: Options = NO_OPTIONS) -> int:
    """List which secrets are set and when, never their values."""
    with open_store(options.config) as store:
        rows = store.list_secrets(name)
    if options.json:
        print_json(rows)
    else:
        print_table(("key", "set_at", "set_by"), [[row["key"], row["set_at"], row["set_by"]] for row in rows])
    return DONE
