"""Rows that all have the same columns to documents, with the counts and notes of their file."""

from __future__ import annotations

from collections.abc import Iterable

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.document import Document, Reading, Refused, Source
from ml_connector.layouts.records.assembly import assemble_document
from ml_connector.layouts.records.columns import Plan
from ml_connector.layouts.records.controls import Tally, tally_rows
from ml_connector.layouts.records.grouping import group_rows
from ml_connector.layouts.records.rows import Row
from ml_connector.problems import Problem


def read_flat(
    plan: Plan, records: Iterable[Record | Problem], tally: Tally, *, file: str, marked: bool = False
) -> Reading:
    """The documents of these rows; ``marked`` says that a byte order mark stood before them."""
    grouped = group_rows(plan, records, file=file)
    if isinstance(grouped, Problem):
        return Reading(problems=(grouped,))
    assembled = [assemble_document(plan, rows, file=file) for rows in grouped.groups]
    problems = grouped.problems + tuple(each for each in assembled if isinstance(each, Problem))
    refusals = tuple(each for each in problems if each.scope == "file")
    if refusals:
        return Reading(problems=refusals[:1])
    tally_rows(plan, grouped, tally, file=file)
    unmade = [rows for rows, made in zip(grouped.groups, assembled, strict=True) if isinstance(made, Problem)]
    return Reading(
        documents=tuple(each for each in assembled if isinstance(each, Document)),
        problems=tuple(sorted(problems, key=lambda each: each.line or 0)),
        rows=grouped.rows,
        repeats=grouped.repeats,
        notes=file_notes(grouped.rows, marked=marked) + plan.notes + grouped.notes,
        refused=tuple(_refused(plan, rows, file=file) for rows in (*grouped.refused, *unmade)),
    )


def _refused(plan: Plan, rows: tuple[Row, ...], *, file: str) -> Refused:
    """What the rows of a document that is left out say of it, the first that says it counting."""
    values: dict[str, object] = {}
    for at in plan.places["document"]:
        said = next((each.values[at] for each in rows if each.values[at] is not None), None)
        values.setdefault(plan.columns[at].column.member, said)
    first = rows[0]
    return Refused(Source(file, first.record, first.line, tuple(each.line for each in rows)), values)


def file_notes(rows: int, *, marked: bool) -> tuple[str, ...]:
    """What is to be said of a file with that many rows; ``marked`` says that a byte order mark stood before them."""
    mark = "A byte order mark stands before the text; it was taken off." if marked else ""
    alone = "" if rows else "The file holds its heading alone."
    return tuple(each for each in (mark, alone) if each)
