"""``file``: list what was seen, replay one."""

from __future__ import annotations

import getpass

from ml_connector.bootstrap import open_connection
from ml_connector.bootstrap import replay_file as replay
from ml_connector.cli.exit_codes import DONE
from ml_connector.cli.invoice import print_replayed
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import ProgressBar, print_json, print_line, print_table
from ml_connector.cli.sync import tell_result


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


def replay_file(name: str, id: str, *, options: Options = NO_OPTIONS) -> int:
    """Run a file again from the archived bytes; what of it is booked is only held against its bills.

    Parameters
    ----------
    name
        The connection.
    id
        Our id, or the name of the file.
    """
    with ProgressBar() as progress, open_connection(options.config, name, progress=progress) as house:
        result = replay(house, id, actor=getpass.getuser())
    return tell_result(result, _print_words, options=options)


def _print_words(shown: dict[str, object]) -> None:
    layout = shown["layout"]
    if isinstance(layout, dict):
        print_line(f"{shown['name']}, read by {layout['used']} ({layout['reason']}): {shown['state']}")
    for each in _rows(shown.get("invoices")):
        # Of ten thousand that are as they were a person needs the number alone.
        if each["result"] != "same":
            print_replayed(each)
    for each in _rows(shown.get("payments")):
        if each["result"] != "same":
            print_line(f"payment {each['payment_id']}: {each['result']}")
    counts = shown["counts"]
    if isinstance(counts, dict):
        told = ", ".join(f"{count} {result.replace('_', ' ')}" for result, count in counts.items())
        print_line(f"{sum(counts.values())} looked at: {told or 'nothing in it'}")
    for each in _rows(shown["problems"]):
        print_line(f"      {each['code']}: {each['message']}")


def _rows(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
