"""Rows as lines of JSON that any of our databases takes back: bytes marked, instants and amounts as exact texts.

The form is that of SQLite's own columns, so that rows of an older schema can be put back as they were and migrated.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection, Table, select

from ml_connector.store.rows.tables import lease, metadata

_ROWS_AT_ONCE = 1000
_BYTES = "base64"
# Who is at work now means nothing in another store.
_PASSING = frozenset({lease.name})


def kept_tables() -> tuple[Table, ...]:
    """The tables a backup holds, each after those it refers to."""
    return tuple(table for table in metadata.sorted_tables if table.name not in _PASSING)


def stream_rows(connection: Connection, table: Table) -> Iterator[Mapping[str, object]]:
    """All rows of a table by column, in the order of its key, a part at a time in memory."""
    ordered = select(table).order_by(*table.primary_key.columns)
    streamed = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(ordered)
    for some in streamed.mappings().partitions():
        yield from (dict(row) for row in some)


def render_row(row: Mapping[str, object]) -> bytes:
    """One row as one line, its end included."""
    text = json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def parse_row(line: bytes) -> dict[str, object]:
    """One line as SQLite's columns take it; ValueError where it is none of ours."""
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("a row is a JSON object")
    return {str(name): _stored(value) for name, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode("ascii")}
    return value


def _stored(value: object) -> object:
    if isinstance(value, dict):
        return base64.b64decode(str(value[_BYTES]), validate=True)
    return value
