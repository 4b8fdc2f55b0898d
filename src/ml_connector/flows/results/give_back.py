"""Give refused rows back: of each file with refused invoices, its own rows of these with the reason behind them, to be
mended and dropped again. What is in a file is known to the exchange; here is decided which files are asked, and once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from ml_connector.domain.results import InvoiceResult, reason_in_words, unread_result
from ml_connector.domain.values.arrivals import ReturnedRows
from ml_connector.domain.values.records import FeedFile, FileRecord, InvoiceRecord
from ml_connector.flows.context import FlowContext
from ml_connector.flows.replay.replay_file import load_with_parts

INVOICES = "approved_invoices"
# The key of an invoice that never came to be begins so; that of one on record never does.
UNREAD = "unread/"
_READ = ("taken", "settled")
_GIVEN_BACK = re.compile(r"(.+)_fix-it_\d{8}T\d{6}Z(?:-\d+)?")


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Invoices that never came to be because their rows cannot be read, by a key that names the file; and the files to
    mend, under the names they came under."""

    unread: Mapping[str, InvoiceResult] = field(default_factory=dict)
    files: tuple[FeedFile, ...] = ()


def give_back(context: FlowContext, refused: Sequence[InvoiceRecord], told: Iterable[str]) -> GivenBack:
    """What is to be given back for these newly ``refused`` invoices, and of files with rows that cannot be read where
    no key in ``told`` is of them yet."""
    rows = context.files.load_files(INVOICES)
    known = {key.split("/")[1] for key in told if key.startswith(UNREAD)}
    wanted: dict[str, dict[int, str]] = defaultdict(dict)
    for record in refused:
        wanted[record.source.file_id][record.source.record] = reason_in_words(record)
    unread: dict[str, InvoiceResult] = {}
    files: list[FeedFile] = []
    for row in rows:
        if row.sha256 is not None and (row.id in wanted or (_has_unread(row) and row.id not in known)):
            returned = _return_rows(context, row, rows, wanted[row.id])
            for each in returned.unread:
                unread[f"{UNREAD}{row.id}/{each.record}"] = unread_result(each, row.first_seen_at)
            files += returned.files
    return GivenBack(unread, tuple(files))


def _has_unread(row: FileRecord) -> bool:
    alone = row.belongs_to is None and row.repeat_of is None
    return alone and row.state in _READ and any(each.scope == "document" for each in row.problems)


def _return_rows(
    context: FlowContext, row: FileRecord, rows: Sequence[FileRecord], refused: Mapping[int, str]
) -> ReturnedRows:
    content, parts = load_with_parts(context, row, rows)
    return context.steps.step(
        "return rows", lambda: context.exchange.return_rows(row, {row.name: content, **parts}, refused)
    )


def name_files(files: Sequence[FeedFile], now: datetime) -> tuple[FeedFile, ...]:
    """The files under names that begin as those they came under, so that they are taken again where they are dropped;
    no two have one name."""
    named: dict[str, FeedFile] = {}
    for file in files:
        path = PurePosixPath(file.name)
        found = _GIVEN_BACK.fullmatch(path.stem)
        stem = f"{found[1] if found else path.stem}_fix-it_{now:%Y%m%dT%H%M%SZ}"
        names = (f"{stem}{number}{path.suffix}" for number in ("", *(f"-{more}" for more in range(2, len(files) + 1))))
        name = next(each for each in names if each not in named)
        named[name] = FeedFile(name, file.content)
    return tuple(named.values())
