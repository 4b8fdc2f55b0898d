"""``vault rotate``: another master key for all secrets. No key is ever shown."""

from __future__ import annotations

import getpass
import io
import sys

from ml_connector.bootstrap import open_store
from ml_connector.cli.exit_codes import DONE
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_json, print_line, print_note


def rotate_vault(*, options: Options = NO_OPTIONS) -> int:
    """Put all secrets under a new master key: the one on standard input, or a new random one where nothing is there.

    Stopped anywhere, it goes on when it is run again. A worker that runs meanwhile opens its secrets all the time.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        # A key may come as its bare bytes.
        sys.stdin.reconfigure(errors="surrogateescape")
    given = "" if sys.stdin.isatty() else sys.stdin.read()
    with open_store(options.config, without_file=True) as store:
        rotated = store.rotate_master_key(given.encode("utf-8", "surrogateescape"), actor=getpass.getuser())
    if options.json:
        print_json({"key_id": rotated.key_id, "rewrapped": rotated.rewrapped, "resumed": rotated.resumed})
    else:
        print_line(f"{rotated.rewrapped} secrets are under the master key {rotated.key_id} now.")
    if rotated.to_be_placed:
        print_note("Put the new key in the place of the old one in ML_CONNECTOR_MASTER_KEY now.")
    print_note("Keep a copy of the new key in another place; the old one opens the backups made before.")
    return DONE
