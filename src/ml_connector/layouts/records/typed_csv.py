"""CSV files whose rows are of several types, told by a word in each row or by the file they stand in."""

from __future__ import annotations

from ml_connector.layouts.csv_format import Record, read_records
from ml_connector.layouts.document import Reading
from ml_connector.layouts.fields import loose_word
from ml_connector.layouts.layout import FeedLayout, Layout, Records, RecordType
from ml_connector.layouts.records.columns import Plan, plan_columns, plan_positions
from ml_connector.layouts.records.controls import Tally
from ml_connector.layouts.records.filters import filter_rows
from ml_connector.layouts.records.rows import ragged_problem
from ml_connector.layouts.records.typed import Joiner
from ml_connector.layouts.wrapping.decode import decode_text
from ml_connector.layouts.wrapping.opening import OpenedFiles
from ml_connector.problems import Problem

Refusal = tuple[Problem, ...]


def read_typed_csv(layout: Layout, feed: FeedLayout, opened: OpenedFiles, tally: Tally) -> Reading:
    """The documents of a file, or of a set of files, with several record types."""
    records = feed.records
    assert records is not None
    joiner = Joiner(feed, tally, opened.name)
    files = opened.members or (("", opened.name, opened.content),)
    for type_name, name, content in files:
        reader = _Reader(layout, feed, records, joiner)
        refusal = reader.read(type_name, name, content)
        if refusal:
            return Reading(problems=refusal)
    return joiner.result()


class _Reader:
    """Reads one file record by record."""

    def __init__(self, layout: Layout, feed: FeedLayout, records: Records, joiner: Joiner) -> None:
        self._layout = layout
        self._feed = feed
        self._records = records
        self._joiner = joiner
        self._plans: dict[str, Plan] = {}
        self._heading: Record | None = None
        self._place = records.position - 1
        self._ended = False

    def read(self, type_name: str, name: str, content: bytes) -> Refusal:
        """Hands every record to the joiner; the problems that refuse the file, none where all went well."""
        dialect = self._layout.dialect
        decoded = decode_text(content, file=name, encoding=dialect.encoding)
        if isinstance(decoded, Problem):
            return (decoded,)
        rows = read_records(decoded.text, dialect, file=name)
        if type_name and dialect.heading or self._records.heading == "one":
            heading = next(rows, None)
            if not isinstance(heading, Record):
                return (heading or _empty(name),)
            self._heading = heading
            if not type_name:
                names = [loose_word(each) for each in heading.cells]
                wanted = loose_word(self._records.column)
                self._place = names.index(wanted) if wanted in names else -1
                if self._place < 0:
                    return (_no_type_column(name, self._records.column),)
        filtered = filter_rows(self._layout, self._feed, self._heading or Record(0, 0, []), rows)
        for record in filtered:
            refusal = (record,) if isinstance(record, Problem) else self._take(type_name, record, name)
            if refusal:
                return refusal
        return self._without_trailer(name)

    def _without_trailer(self, name: str) -> Refusal:
        if any(each.place == "trailer" for each in self._records.types) and not self._ended:
            message = "The file ends without its trailer."
            return (Problem("file.cut_short", message, name, rule="a trailer at the end", scope="file"),)
        return ()

    def _take(self, type_name: str, record: Record, name: str) -> Refusal:
        if self._ended:
            message = f"Row {record.line} stands behind the trailer."
            rule = "nothing stands behind the trailer"
            return (Problem("file.behind_trailer", message, name, record.number, record.line, rule=rule, scope="file"),)
        kind = self._kind(type_name, record)
        if kind is None:
            return () if self._records.others == "ignore" else (self._unknown(record, name),)
        if kind.place == "ignore":
            return ()
        if kind.name not in self._plans:
            plan = self._plan(kind, record, name)
            if not isinstance(plan, Plan):
                return plan
            self._plans[kind.name] = plan
            if self._records.heading == "each" and not type_name:
                return ()
        plan = self._plans[kind.name]
        if len(record.cells) != plan.width:
            return (ragged_problem(plan, record, file=name),)
        self._ended = kind.place == "trailer"
        self._joiner.take(kind, plan, record, file=name)
        return ()

    def _kind(self, type_name: str, record: Record) -> RecordType | None:
        if type_name:
            return next(each for each in self._records.types if each.name == type_name)
        word = record.cells[self._place].strip() if self._place < len(record.cells) else ""
        return next((each for each in self._records.types if each.word == word), None)

    def _plan(self, kind: RecordType, record: Record, name: str) -> Plan | Refusal:
        if self._heading is not None:
            return plan_columns(self._layout, self._feed, self._heading, file=name, record=kind.name)
        if self._records.heading == "each":
            cells = ["" if at == self._place else each for at, each in enumerate(record.cells)]
            own = Record(record.number, record.line, cells)
            return plan_columns(self._layout, self._feed, own, file=name, record=kind.name)
        positions = [each.position for each in self._feed.columns if each.record == kind.name]
        if max(positions, default=0) > len(record.cells):
            message = f"Row {record.line} has {len(record.cells)} cells, {kind.name} needs {max(positions)}."
            rule = "each record has all its cells"
            return (Problem("row.ragged", message, name, record.number, record.line, rule=rule, scope="file"),)
        return plan_positions(self._layout, self._feed, len(record.cells), file=name, record=kind.name)

    def _unknown(self, record: Record, name: str) -> Problem:
        word = record.cells[self._place][:60] if self._place < len(record.cells) else ""
        message = f"Row {record.line}: the record type {word!r} is not known."
        rule = f"one of {', '.join(each.word for each in self._records.types)}"
        return Problem(
            "record.unknown_type", message, name, record.number, record.line, value=word, rule=rule, scope="file"
        )


def _empty(name: str) -> Problem:
    message = "The file has no heading row."
    return Problem("file.no_heading", message, name, rule="the first row names the columns", scope="file")


def _no_type_column(name: str, column: str) -> Problem:
    message = f"Column '{column}' is missing."
    rule = "a column that must be there"
    return Problem("heading.missing", message, name, line=1, column=column, rule=rule, scope="file")
