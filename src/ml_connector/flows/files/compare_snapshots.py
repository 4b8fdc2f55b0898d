"""Where each file holds everything again, what an earlier file held and a later one does not is told, and nothing more:
that data is absent is never an instruction (``stampli_files.md`` 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml_connector.domain.values.records import FileRecord
from ml_connector.flows.context import FlowContext
from ml_connector.flows.files.judge_file import add_reason

_NAMED_MAX = 10
_READ = ("taken", "settled")


@dataclass(frozen=True, slots=True)
class Earlier:
    """The file before, with its archived bytes and those of the files that came with it."""

    record: FileRecord
    content: bytes
    parts: Mapping[str, bytes]


def load_earlier(context: FlowContext, record: FileRecord) -> Earlier | None:
    """The file that the one just read stands in for; None where files hold only what is new, where there is none, or
    where one of the two could not be read whole."""
    if context.exchange.mode_of(record.feed) != "snapshot" or record.problems or record.state not in _READ:
        return None
    rows = context.files.load_files(record.feed)
    read = [row for row in rows if row.state in _READ and row.belongs_to is None and row.id != record.id]
    last = read[-1] if read else None
    if last is None or last.sha256 is None or last.problems or _written_later(last, record):
        return None
    load = context.files.load_content
    parts = {row.name: load(row.sha256) for row in rows if row.belongs_to == last.id and row.sha256 is not None}
    return Earlier(last, load(last.sha256), parts)


def tell_vanished(record: FileRecord, earlier: Earlier, names: Sequence[str]) -> FileRecord:
    """The file's row with a reason that names what is in it no more."""
    if not names:
        return record
    more = f" and {len(names) - _NAMED_MAX} more" if len(names) > _NAMED_MAX else ""
    shown = ", ".join(names[:_NAMED_MAX])
    told = f"no longer in it, as in {earlier.record.name}: {shown}{more}; nothing was changed for that"
    return add_reason(record, told)


def _written_later(one: FileRecord, other: FileRecord) -> bool:
    return one.modified_at is not None and other.modified_at is not None and one.modified_at > other.modified_at
