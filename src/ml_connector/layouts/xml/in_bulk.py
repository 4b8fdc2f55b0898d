"""Elements of documents with their lines to documents, a batch at a time, column by column.

Only what is regular is made here; a document with a fault, an attachment or no line is left to the ``Joiner``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.document import Document, Source
from ml_connector.layouts.layout import FeedLayout, Place
from ml_connector.layouts.records.columns import Plan
from ml_connector.layouts.records.in_bulk import ColumnReader, mark_rows
from ml_connector.layouts.records.regular import RegularForm

Unit = tuple[Record, Sequence[Record]]
# What tells a document, and the document.
Told = tuple[object, Document]


def are_regular(feed: FeedLayout, header: Plan, lines: Plan) -> bool:
    """Whether documents of these two records can be made by the batch at all."""
    form = RegularForm(feed, ())
    odd = any(plan.groups or plan.minus for plan in (header, lines))
    above = {place for place, at in header.places.items() if at} - {"attachments"}
    below = {place for place, at in lines.places.items() if at} - {"attachments"}
    alike = above == {"document"} and below == {form.inner}
    return feed.sign == "as_is" and not feed.balanced and not odd and alike


class UnitsReader:
    """Makes the documents of one file."""

    def __init__(self, feed: FeedLayout, header: Plan, lines: Plan, file: str) -> None:
        self._feed = feed
        self._header = header
        self._lines = lines
        self._file = file
        self._form = RegularForm(feed, header.members["document"])
        self._header_cells = ColumnReader(header)
        self._line_cells = ColumnReader(lines)
        members = {each.column.name: each.column.member for each in header.columns if each.column.place == "document"}
        self._identities = [
            (names, [members[name] for name in names])
            for names in feed.group_by
            if all(name in members for name in names)
        ]

    def documents(self, units: Sequence[Unit]) -> list[Told | None]:
        """What tells each document, and the document; None where the ``Joiner`` must judge."""
        records = [each for _, lines in units for each in lines]
        if not records:
            return [None] * len(units)
        odd_headers = bytearray(bool(header.faults) for header, _ in units)
        odd = bytearray(bool(each.faults) for each in records)
        headers = self._typed(self._header, self._header_cells, [each for each, _ in units], odd_headers)
        lines = self._typed(self._lines, self._line_cells, records, odd)
        values = self._form.documents(len(units), _named(self._header, "document", headers))
        items = self._form.items(len(records), _named(self._lines, self._form.inner, lines))
        found: list[Told | None] = []
        end = 0
        for at, (header, own) in enumerate(units):
            start, end = end, end + len(own)
            whole = None
            if own and not odd_headers[at] and odd.find(1, start, end) < 0:
                unnumbered = any([each.get("line_number") is None for each in items[start:end]])
                identity = self._identity(values[at])
                if identity is not None:
                    whole = self._form.document(values[at], items[start:end], unnumbered=unnumbered)
            if whole is None:
                found.append(None)
                continue
            source = Source(self._file, header.number, header.line, (header.line, *[each.line for each in own]))
            found.append((identity, Document(self._feed.name, whole, source)))
        return found

    def _typed(
        self, plan: Plan, reader: ColumnReader, records: Sequence[Record], odd: bytearray
    ) -> Mapping[int, Sequence[object]]:
        columns = zip(*(plan.pick(each.cells) for each in records), strict=True)
        found = {at: reader.values(at, cells, odd) for at, cells in enumerate(columns)}
        for at in plan.places.get("attachments", ()):
            mark_rows(odd, (number for number, each in enumerate(found[at]) if each is not None))
        return found

    def _identity(self, values: dict[str, object]) -> object:
        for names, members in self._identities:
            found = tuple([values[each] for each in members])
            if None not in found:
                return (names, found)
        return None


def _named(plan: Plan, place: Place, found: Mapping[int, Sequence[object]]) -> Iterator[tuple[str, Sequence[object]]]:
    return ((name, found[at]) for name, at in zip(plan.members[place], plan.places[place], strict=True))
