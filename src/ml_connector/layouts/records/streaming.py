"""A long file of flat rows to documents, one by one, in memory that does not grow with the file.

Rows of one document stand together here. A document that goes on after others came between refuses the file, since the
part of it that was given away cannot be taken back. What is regular goes a short way; whatever is not (a fault, a
repeat, a credit, an attachment) goes the way of ``grouping`` and ``assembly``, which alone judge.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator, Sequence
from operator import getitem, itemgetter
from typing import Any, TextIO

from ml_connector.layouts.csv_format import Record, reader_options
from ml_connector.layouts.document import Document, Source
from ml_connector.layouts.layout import INVOICE_MEMBERS, LINE_MEMBERS, CsvDialect
from ml_connector.layouts.records.assembly import Members, assemble_document, number_lines
from ml_connector.layouts.records.columns import Plan
from ml_connector.layouts.records.grouping import group_rows
from ml_connector.layouts.records.rows import ragged_problem, type_row
from ml_connector.problems import Problem

_SLOTS = 1 << 20
_GROWTH = 4
Values = tuple[object, ...]
Taken = tuple[int, int, list[str], Values]


class FileRefused(Exception):
    """Carries the problem because of which nothing of the file counts."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Lines:
    """The physical lines of a stream; it refuses a zero byte, a lost character and bytes of another encoding."""

    def __init__(self, stream: TextIO, file: str, characters_max: int) -> None:
        self._stream = stream
        self._file = file
        self._number = 0
        self.characters_max = characters_max
        self.last = "\n"
        self.long = False

    def __iter__(self) -> Iterator[str]:
        """The lines; the last one given is ``last``, ``long`` says that one was longer than a cell may be."""
        most = self.characters_max
        try:
            for line in self._stream:
                self._number += 1
                if "\x00" in line or (not line.isascii() and "\ufffd" in line):
                    raise FileRefused(self._refusal("file.lost_character", "holds a character that was lost", "text"))
                self.last = line
                if len(line) > most:
                    self.long = True
                yield line
        except UnicodeDecodeError as error:
            self._number += 1
            raise FileRefused(
                self._refusal("file.not_its_encoding", f"or near it is not {error.encoding}", f"{error.encoding} text")
            ) from None

    def _refusal(self, code: str, what: str, rule: str) -> Problem:
        number = self._number
        return Problem(code, f"Row {number} {what}.", self._file, line=number, rule=rule, scope="file")


class _Seen:
    """The hashes of identities that were given away: eight bytes each, whatever they are."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _SLOTS))
        self._count = 0

    def add(self, key: object) -> bool:
        """Whether the key is new; it is kept."""
        if self._count * 2 >= len(self._slots):
            self._grow()
        value = hash(key) & 0xFFFF_FFFF_FFFF_FFFF or 1
        at = self._place(value)
        if self._slots[at]:
            return False
        self._slots[at] = value
        self._count += 1
        return True

    def _place(self, value: int) -> int:
        slots = self._slots
        mask = len(slots) - 1
        at = value & mask
        while slots[at] and slots[at] != value:
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        old = self._slots
        self._slots = array("Q", bytes(8 * len(old) * _GROWTH))
        for value in old:
            if value:
                self._slots[self._place(value)] = value


def heading_of(lines: Lines, dialect: CsvDialect) -> tuple[Record | None, Any]:
    """The first row, and the reader that goes on behind it."""
    reader = csv.reader(iter(lines), **reader_options(dialect))
    for cells in reader:
        if cells:
            return Record(0, reader.line_num, cells), reader
    return None, reader


def stream_rows(plan: Plan, reader: Any, lines: Lines, *, file: str) -> Iterator[Document | Problem]:
    """Each document when its rows are whole, and what is wrong with others. ``FileRefused`` or a problem of scope
    ``file`` at any point says that nothing counts, of what was given already neither."""
    group: list[Taken] = []
    irregular = False
    seen = _Seen()
    assembling = _Assembling(plan, file)
    memos, faulty, width = plan.memos, plan.faulty, plan.width
    header_places = plan.places["document"]
    rest_places = [at for at in range(len(plan.columns)) if at not in header_places]
    header_cells_of = _taking([plan.columns[at].index for at in header_places])
    rest_cells_of = _taking([plan.columns[at].index for at in rest_places])
    header_memos = [memos[at] for at in header_places]
    rest_memos = [memos[at] for at in rest_places]
    before: Sequence[str] | None = None
    identity: object = None
    number, end = 0, reader.line_num
    try:
        for cells in reader:
            line, end = end + 1, reader.line_num
            if not cells:
                continue
            number += 1
            if len(cells) != width or lines.long:
                _refuse_row(plan, Record(number, line, cells), lines, file=file)
            header_cells = header_cells_of(cells)
            if header_cells != before:
                header = tuple(map(getitem, header_memos, header_cells))
                odd = bool(faulty)
                if odd:
                    header = tuple(type_row(plan, Record(number, line, cells))[0].values[at] for at in header_places)
                own = assembling.identity(header)
                if own is None or own != identity:
                    yield from assembling.documents(group, irregular=irregular)
                    group, irregular, identity = [], False, own
                    assembling.header = header
                    if own is not None and not seen.add(own):
                        raise FileRefused(_resumed(plan, number, line, file=file))
                elif header != assembling.header:
                    irregular = True
                before = header_cells
                irregular = irregular or odd or own is None
            values = tuple(map(getitem, rest_memos, rest_cells_of(cells)))
            if faulty:
                faulty.clear()
                irregular = True
            group.append((number, line, cells, values))
    except csv.Error:
        raise FileRefused(_unreadable(end + 1, lines, file)) from None
    if lines.last[-1] not in "\r\n":
        message = f"File ends in the middle of row {end}."
        rule = "the last row ends with a line end"
        raise FileRefused(Problem("file.cut_short", message, file, line=end, rule=rule, scope="file"))
    yield from assembling.documents(group, irregular=irregular)


class _Assembling:
    """Puts the rows of one document together, the short way where nothing is odd about them."""

    def __init__(self, plan: Plan, file: str) -> None:
        feed = plan.feed
        self._plan = plan
        self._file = file
        header_places = plan.places["document"]
        self._identities = [
            (number, _taking([header_places.index(at) for at in each])) for number, each in enumerate(plan.identities)
        ]
        self.header: Values = ()
        rest = [at for at in range(len(plan.columns)) if at not in header_places]
        self._lines_of = _taking([rest.index(at) for at in plan.places.get("lines", ())])
        self._key_of = _taking([rest.index(at) for at in plan.line_key]) if plan.line_key else None
        self._attached_of = _taking([rest.index(at) for at in plan.places.get("attachments", ())])
        self._has_attachments = bool(plan.places.get("attachments"))
        self._header_names = plan.members["document"]
        self._line_names = plan.members.get("lines", ())
        self._invoice: Members = dict.fromkeys(INVOICE_MEMBERS, None)
        self._line: Members = dict.fromkeys(LINE_MEMBERS, None)
        odd = plan.groups or plan.minus or any(plan.places.get(each) for each in ("shares", "taxes", "control"))
        self._short = feed.document == "approved_invoice" and feed.sign == "as_is" and not odd

    def identity(self, values: Values) -> object:
        """What tells the document of a row by the values of its header, None where nothing does."""
        for number, take in self._identities:
            found = take(values)
            if None not in found:
                return (number, *found)
        return None

    def documents(self, group: list[Taken], *, irregular: bool) -> Iterator[Document | Problem]:
        """The document of these rows, or what is wrong with it."""
        if not group:
            return
        document = None if irregular or not self._short else self._shortly(group)
        if document is not None:
            yield document
        else:
            yield from self._carefully(group)

    def _shortly(self, group: list[Taken]) -> Document | None:
        """The document where nothing about it is odd, None where the long way must judge."""
        rows = [each[3] for each in group]
        key_of = self._key_of
        if key_of is not None and len({key_of(each) for each in rows}) < len(rows):
            return None
        if self._has_attachments and any(each is not None for row in rows for each in self._attached_of(row)):
            return None
        invoice = self._invoice | dict(zip(self._header_names, self.header, strict=True))
        total = invoice["total"]
        if total is None or not total > 0:  # type: ignore[operator]
            return None
        lines = [self._one_line(each) for each in rows]
        if any(each["line_number"] is None for each in lines):
            number_lines(lines)
        invoice["kind"] = invoice["kind"] or "invoice"
        invoice |= {"lines": lines, "taxes": [], "attachments": [], "custom": {}}
        first = group[0]
        source = Source(self._file, first[0], first[1], tuple(each[1] for each in group))
        return Document(self._plan.feed.name, invoice, source)

    def _one_line(self, values: Values) -> Members:
        line = self._line.copy()
        line.update(zip(self._line_names, self._lines_of(values), strict=True))
        line["custom"] = {}
        if line["kind"] is None:
            line["kind"] = "item" if line["po_number"] else "expense"
        return line

    def _carefully(self, group: list[Taken]) -> Iterator[Document | Problem]:
        grouped = group_rows(
            self._plan, [Record(number, line, cells) for number, line, cells, _ in group], file=self._file
        )
        if isinstance(grouped, Problem):
            raise FileRefused(grouped)
        yield from grouped.problems
        for rows in grouped.groups:
            yield assemble_document(self._plan, rows, file=self._file)


def _taking(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """The function that takes these places of a row; always a tuple."""
    if len(places) == 1:
        only = places[0]
        return lambda values: (values[only],)
    return itemgetter(*places) if places else lambda values: ()


def _refuse_row(plan: Plan, record: Record, lines: Lines, *, file: str) -> None:
    """Refuses the file where a row has other cells than the heading, or one that is too long."""
    if len(record.cells) != plan.width:
        raise FileRefused(ragged_problem(plan, record, file=file))
    lines.long = False
    if max(map(len, record.cells)) > lines.characters_max:
        most = f"{lines.characters_max:,} characters"
        message = f"Row {record.line}: field too long, more than {most}; perhaps a quote never closes."
        rule = f"at most {most} in a cell"
        raise FileRefused(Problem("row.field_too_long", message, file, line=record.line, rule=rule, scope="file"))


def _resumed(plan: Plan, number: int, line: int, *, file: str) -> Problem:
    noun = plan.feed.noun
    message = f"Row {line} goes on with an {noun} whose rows ended above; the rows of one {noun} must stand together."
    rule = f"the rows of one {noun} stand together"
    return Problem("row.document_resumed", message, file, number, line, rule=rule, scope="file")


def _unreadable(line: int, lines: Lines, file: str) -> Problem:
    if lines.last[-1] not in "\r\n":
        message = f"File ends in the middle of row {line}."
        return Problem("file.cut_short", message, file, line=line, rule="a whole file", scope="file")
    message = f"Row {line}: a quote never closes, or text follows a closing quote."
    return Problem("row.stray_quote", message, file, line=line, rule="quotes in pairs", scope="file")
