"""``backup`` and ``restore``: the database and the archive as one file, and back."""

from __future__ import annotations

import getpass
from pathlib import Path

from ml_connector.bootstrap import open_store
from ml_connector.cli.exit_codes import DONE, INTEGRITY
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_json, print_line, print_note


def backup(path: Path, /, *, options: Options = NO_OPTIONS) -> int:
    """Write a consistent copy of the database and the archive, without the master key, into one tar file.

    Parameters
    ----------
    path
        The file to write; one of that name is replaced when the new one is whole.
    """
    with open_store(options.config) as store:
        shown = store.back_up(path)
    damaged = shown["damaged"]
    if options.json:
        print_json(shown)
    else:
        print_line(f"{shown['file']}: {shown['rows']} rows and {shown['files']} original files as of {shown['at']}")
        print_line("Keep the master key in another place: without it the secrets in this backup stay closed.")
    if damaged:
        print_note(f"Left out, since they are no longer what was archived: {damaged}")
    return INTEGRITY if damaged else DONE


def restore(path: Path, /, *, options: Options = NO_OPTIONS) -> int:
    """Put a backup back into a store that is empty.

    Parameters
    ----------
    path
        The file that ``backup`` wrote.
    """
    with open_store(options.config) as store:
        shown = store.restore(path, actor=getpass.getuser())
    if options.json:
        print_json(shown)
    else:
        print_line(f"{shown['rows']} rows and {shown['files']} original files are back as of {shown['at']}")
        print_line("Posting waits until the next pass has found what was booked since.")
    return DONE
