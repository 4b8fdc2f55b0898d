"""A long file of flat rows to documents, one by one, in memory that does not grow with the file.

Rows of one document stand together here. A document that goes on after others came between refuses the file, since the
part of it that was given away cannot be taken back. What is regular goes a short way; whatever is not (a fault, a
repeat, a credit, an attachment) goes the way of ``grouping`` and ``assembly``, which alone judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.document import Document, Source
from ml_connector.layouts.records.assembly import assemble_document
from ml_connector.layouts.records.batches import Batch, FileRefused, Rows
from ml_connector.layouts.records.columns import Plan
from ml_connector.layouts.records.grouping import group_rows
from ml_connector.layouts.records.in_bulk import BulkReader, Typed
from ml_connector.layouts.records.regular import RegularForm
from ml_connector.layouts.records.rows import ragged_problem
from ml_connector.layouts.records.seen import KEPT_WHOLE, STREAMED, SeenKeys
from ml_connector.problems import Problem

_ROWS = 128
Span = tuple[int, int, int]


@dataclass(slots=True)
class Counts:
    """What a file held besides its documents: its rows, and those that say again what an earlier one said."""

    rows: int = 0
    repeats: int = 0
    notes: list[str] = field(default_factory=list)


def can_be_regular(plan: Plan) -> bool:
    """Whether documents of that plan can go the short way at all."""
    more = plan.groups or plan.minus or any(plan.places.get(each) for each in ("shares", "taxes", "control"))
    return plan.feed.document != "row" and plan.feed.sign == "as_is" and not more


def stream_rows(plan: Plan, rows: Rows, *, file: str, counts: Counts | None = None) -> Iterator[Document | Problem]:
    """Each document when its rows are whole, and what is wrong with others. ``FileRefused`` at any point says that
    nothing counts, of what was given already neither; ``counts`` is filled on the way where the file is kept whole."""
    counted = counts or Counts()
    seen = SeenKeys(STREAMED if counts is None else KEPT_WHOLE)
    assembling = _Assembling(plan, file, counts)
    bulk = BulkReader(plan)
    held = Batch((), ())
    while True:
        fresh = rows.take(max(_ROWS, 2 * len(held.rows)))
        _refuse_ragged(plan, fresh, counted.rows + len(held.rows), file=file)
        batch = Batch((*held.rows, *fresh.rows), (*held.lines, *fresh.lines))
        if not batch.rows:
            return
        typed = bulk.read(batch.rows)
        spans = _spans(typed, len(batch.rows))
        # More rows of the last document may follow.
        last = spans.pop() if fresh.rows else None
        for begin, start, end in spans:
            own = typed.identities[begin]
            if own is not None and not seen.add(own):
                raise FileRefused(_resumed(plan, counted.rows + start + 1, batch.lines[start], file=file))
            yield from assembling.documents(batch, typed, (begin, start, end), before=counted.rows)
        kept = len(batch.rows) if last is None else last[1]
        counted.rows += kept
        held = Batch(batch.rows[kept:], batch.lines[kept:])


def _spans(typed: Typed, count: int) -> list[Span]:
    """The documents of a batch: the place of its first header, its first row and the one behind its last."""
    own = typed.identities
    begins = [at for at in range(len(own)) if not at or own[at] is None or own[at] != own[at - 1]]
    starts = [typed.starts[at] for at in begins]
    return list(zip(begins, starts, (*starts[1:], count), strict=True))


class _Assembling:
    """Puts the rows of one document together, the short way where nothing is odd about them."""

    def __init__(self, plan: Plan, file: str, counts: Counts | None) -> None:
        self._plan = plan
        self._file = file
        self._counts = counts
        self._short = can_be_regular(plan)
        self._form = RegularForm(plan.feed, plan.members["document"])

    def documents(self, batch: Batch, typed: Typed, span: Span, *, before: int) -> Iterable[Document | Problem]:
        """The document of these rows of the batch, or what is wrong with it; ``before`` counts the rows before it."""
        begin, start, end = span
        if self._short and typed.is_regular(begin, start, end):
            values = self._form.document(typed.headers[begin], typed.items[start:end], unnumbered=typed.unnumbered)
            if values is not None:
                source = Source(self._file, before + start + 1, batch.lines[start], tuple(batch.lines[start:end]))
                return (Document(self._plan.feed.name, values, source),)
        return self._carefully(
            [Record(before + at + 1, batch.lines[at], batch.rows[at]) for at in range(start, end)],
        )

    def _carefully(self, records: list[Record]) -> Iterator[Document | Problem]:
        grouped = group_rows(self._plan, records, file=self._file)
        problems = (grouped,) if isinstance(grouped, Problem) else grouped.problems
        refusal = next((each for each in problems if each.scope == "file"), None)
        if isinstance(grouped, Problem) or refusal is not None:
            raise FileRefused(refusal or problems[0])
        if self._counts is not None:
            self._counts.repeats += grouped.repeats
            self._counts.notes += grouped.notes
        yield from grouped.problems
        for rows in grouped.groups:
            yield assemble_document(self._plan, rows, file=self._file)


def _refuse_ragged(plan: Plan, batch: Batch, before: int, *, file: str) -> None:
    """Refuses the file where a row has other cells than the heading."""
    if set(map(len, batch.rows)) <= {plan.width}:
        return
    number, line, cells = next(
        (number, line, cells)
        for number, (line, cells) in enumerate(zip(batch.lines, batch.rows, strict=True), start=before + 1)
        if len(cells) != plan.width
    )
    raise FileRefused(ragged_problem(plan, Record(number, line, cells), file=file))


def _resumed(plan: Plan, number: int, line: int, *, file: str) -> Problem:
    noun = plan.feed.noun
    message = f"Row {line} goes on with an {noun} whose rows ended above; the rows of one {noun} must stand together."
    rule = f"the rows of one {noun} stand together"
    return Problem("row.document_resumed", message, file, number, line, rule=rule, scope="file")
