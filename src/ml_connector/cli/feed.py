"""``feed``: list what Stampli has of each feed we send; accept lets a held one pass."""

from __future__ import annotations

import getpass

from ml_connector.bootstrap import open_connection
from ml_connector.cli.exit_codes import DONE
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_json, print_line, print_table


def list_feed(name: str, *, options: Options = NO_OPTIONS) -> int:
    """List the feeds that are sent: whether each is current, overdue or held, and the difference of one that is held.

    Parameters
    ----------
    name
        The connection.
    """
    with open_connection(options.config, name) as house:
        rows = house.list_feeds()
    if options.json:
        print_json(rows)
        return DONE
    names = ("feed", "state", "rows", "file", "confirmed_at")
    print_table(names, [[row[name] for name in names] for row in rows])
    for row in rows:
        if isinstance(row["held"], dict):
            print_held(str(row["feed"]), row["held"])
    return DONE


def accept_feed(name: str, feed: str, *, reason: str = "", options: Options = NO_OPTIONS) -> int:
    """Let the difference pass for which a feed is held; the next pass sends it. It is on record under your user name.

    Parameters
    ----------
    name
        The connection.
    feed
        The feed that is held.
    reason
        Why it is right.
    """
    with open_connection(options.config, name) as house:
        held = house.accept_feed(feed, actor=getpass.getuser(), reason=reason)
    if options.json:
        print_json({"feed": feed, "held": held})
    else:
        print_held(feed, held)
        print_line(f"{feed}: let pass, the next pass sends it")
    return DONE


def print_held(feed: str, held: dict[str, object]) -> None:
    """Why it is held, and the rows that differ."""
    counts = f"{held['added']} added, {held['changed']} changed, {held['removed']} removed"
    print_line(f"{feed} is held since {held['held_at']}: {counts}")
    for alarm in _rows(held["alarms"]):
        print_line(f"   {alarm['message']}")
    print_changes(_rows(held["changes"]))
    if held["accepted_by"]:
        print_line(f"   let pass by {held['accepted_by']} at {held['accepted_at']}")


def print_changes(changes: list[dict[str, object]]) -> None:
    """One line a row that differs, cell by cell."""
    for change in changes:
        cells = ", ".join(
            f"{cell['field']} {cell['before']!r} -> {cell['after']!r}" for cell in _rows(change["fields"])
        )
        print_line(f"      {change['change']} {change['key']}{'' if change['change'] == 'added' else f': {cells}'}")


def _rows(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
