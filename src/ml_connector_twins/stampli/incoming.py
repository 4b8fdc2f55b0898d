"""How Stampli reads what we put into `/inbound`: strictly, and against the contract's names and columns.

Every departure from `operator_contract.md` 3 is a fault in words; must not repair or guess.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ml_connector_twins.stampli.columns import FEED_COLUMNS, FEED_KEYS

_NAME = re.compile(r"(?P<feed>[a-z_]+)_(?P<stamp>[0-9]{8}T[0-9]{6}Z)(?:[-_.][0-9A-Za-z]+)*\.csv")


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One file of `/inbound`; ``feed`` is empty where the name tells none, ``faults`` where all is right."""

    name: str
    feed: str
    content: bytes
    rows: tuple[Mapping[str, str], ...]
    faults: tuple[str, ...]


def list_received(inbound: Path) -> tuple[ReceivedFile, ...]:
    """All files of `/inbound` in the order of their names, each read; leftovers of an upload are files with a fault."""
    names = sorted(entry.name for entry in inbound.iterdir() if entry.is_file())
    return tuple(read_received(name, (inbound / name).read_bytes()) for name in names)


def read_received(name: str, content: bytes) -> ReceivedFile:
    """One file by its name and bytes."""
    match = _NAME.fullmatch(name)
    feed = match["feed"] if match else ""
    if feed not in FEED_KEYS:
        fault = "left over from an upload" if name.startswith(".") else "not a name of the contract"
        return ReceivedFile(name=name, feed="", content=content, rows=(), faults=(f"{name}: {fault}",))
    rows, faults = read_master_file(feed, content)
    return ReceivedFile(
        name=name, feed=feed, content=content, rows=rows, faults=tuple(f"{name}: {fault}" for fault in faults)
    )


def read_master_file(feed: str, content: bytes) -> tuple[tuple[Mapping[str, str], ...], tuple[str, ...]]:
    """Rows and faults of one file of ``feed``; no rows where the bytes cannot be read as a table at all."""
    byte_faults = _byte_faults(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return (), (*byte_faults, f"byte {error.start} is not UTF-8")
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return (), (*byte_faults, f"not RFC 4180: {error}")
    if not records:
        return (), (*byte_faults, "no heading row")
    heading, body = records[0], records[1:]
    faults = [*byte_faults, *_heading_faults(feed, heading)]
    faults += [
        f"row {n} has {len(row)} cells, heading {len(heading)}"
        for n, row in enumerate(body, 2)
        if len(row) != len(heading)
    ]
    rows = tuple(dict(zip(heading, row, strict=True)) for row in body if len(row) == len(heading))
    return rows, (*faults, *_key_faults(feed, rows))


def index_rows(feed: str, rows: Sequence[Mapping[str, str]]) -> dict[tuple[str, ...], Mapping[str, str]]:
    """Rows by the columns that name them; of two rows with one name the later counts."""
    return {tuple(row.get(column, "") for column in FEED_KEYS[feed]): row for row in rows}


def _byte_faults(content: bytes) -> list[str]:
    faults = []
    if content.startswith(b"\xef\xbb\xbf"):
        faults.append("begins with a byte order mark")
    if b"\0" in content:
        faults.append("holds a zero byte")
    if content and not content.endswith(b"\r\n"):
        faults.append("does not end with CRLF")
    return faults + (["has a line end that is not CRLF"] if _outside_quotes_bare_line_end(content) else [])


def _outside_quotes_bare_line_end(content: bytes) -> bool:
    """Whether a row ends in a bare LF or CR; inside quotes both are data."""
    unquoted = b"".join(content.split(b'"')[::2])
    bare = unquoted.replace(b"\r\n", b"")
    return b"\n" in bare or b"\r" in bare


def _heading_faults(feed: str, heading: Sequence[str]) -> list[str]:
    expected = FEED_COLUMNS[feed]
    if tuple(heading[: len(expected)]) != expected:
        return [f"heading is {','.join(heading)}, expected {','.join(expected)}"]
    return [f"column {name} appears {count} times" for name, count in Counter(heading).items() if count > 1]


def _key_faults(feed: str, rows: Sequence[Mapping[str, str]]) -> list[str]:
    keys = Counter(tuple(row.get(column, "") for column in FEED_KEYS[feed]) for row in rows)
    return [f"{'/'.join(key)} appears {count} times" for key, count in keys.items() if count > 1]
