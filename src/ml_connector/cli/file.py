"""``file list``."""

from __future__ import annotations

from ml_connector.bootstrap import open_connection
from ml_connector.cli.exit_codes import DONE
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_json, print_table


def list_file(name: str, *, options: Options = NO_OPTIONS) -> int:
    """List every file that was seen, with hash, state and counts."""
    with open_connection(options.config, name) as house:
        rows = house.list_files()
    if options.json:
        print_json(rows)
    else:
        names = ("id", "name", "state", "documents", "sha256", "reason")
        print_table(names, [[row[name] for name in names] for row in rows])
    return DONE
