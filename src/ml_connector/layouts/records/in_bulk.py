"""A batch of rows to typed values, column by column: most of a long file is regular and is read by the hundred.

Says which rows are not regular (a fault, an attachment); what they are is for ``grouping`` and ``assembly`` to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from operator import itemgetter, ne

from ml_connector.layouts.records.assembly import Members
from ml_connector.layouts.records.columns import Plan
from ml_connector.layouts.records.regular import RegularForm
from ml_connector.numerals import Fault

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """A batch as values: ``starts`` are the first row and those whose header differs from the one above, ``headers``
    what they say, ``identities`` what tells their documents, None where nothing does.

    ``items`` are the lines or applications of all rows, ``keys`` what tells each within its document, ``nameless`` the
    key that tells nothing; ``odd`` marks rows, ``odd_headers`` headers that are not regular; ``unnumbered`` says that a
    line may have no number."""

    starts: Sequence[int]
    headers: Sequence[Members]
    identities: Sequence[object]
    items: list[Members]
    keys: Sequence[object]
    nameless: tuple[object]
    odd: bytearray
    odd_headers: bytearray
    unnumbered: bool

    def is_regular(self, begin: int, start: int, end: int) -> bool:
        """Whether the document whose first header is at ``begin`` stands in these rows with nothing odd about it: its
        headers alike, no row marked, no key twice."""
        if self.identities[begin] is None or self.odd_headers[begin] or self.odd.find(1, start, end) >= 0:
            return False
        keys = self.keys[start:end]
        if len(set(keys)) < len(keys):
            named = [each for each in keys if each not in self.nameless]
            if len(set(named)) < len(named):
                return False
        following = begin + 1
        while following < len(self.starts) and self.starts[following] < end:
            if self.odd_headers[following] or self.headers[following] != self.headers[begin]:
                return False
            following += 1
        return True


class ColumnReader:
    """Reads cells of one column of a plan at once, in the order of the file."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._repeating: dict[int, bool] = {}

    def values(self, at: int, cells: Sequence[str], odd: bytearray) -> Sequence[object]:
        """The values of cells of one column; rows with a fault are marked."""
        plan = self._plan
        # Cells that repeat are remembered, so that one value serves them all; what a column is like its first tell.
        repeating = self._repeating.get(at)
        if repeating is None:
            repeating = self._repeating[at] = len(set(cells)) * 2 <= len(cells)
        usual = None if repeating else plan.usual[at]
        values = usual(cells) if usual is not None else None
        if values is None:
            values = list(map(plan.memos[at].__getitem__, cells))
            if plan.faulty:
                needed = plan.columns[at].column.required == "value"
                faulty = (n for n, each in enumerate(values) if type(each) is Fault or (each is None and needed))
                mark_rows(odd, faulty)
                plan.faulty.clear()
        return values


class BulkReader:
    """Reads the batches of one file, in order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._header = plan.places["document"]
        self._form = RegularForm(plan.feed, plan.members["document"])
        self._names = plan.members.get(self._form.inner, ())
        self._rest = [at for at in range(len(plan.columns)) if at not in self._header]
        self._columns = ColumnReader(plan)

    def read(self, rows: Sequence[list[str]]) -> Typed:
        """The batch as values."""
        plan = self._plan
        columns = list(zip(*rows, strict=True))
        odd = bytearray(len(rows))
        found = {at: self._columns.values(at, columns[plan.columns[at].index], odd) for at in self._rest}
        for at in plan.places.get("attachments", ()):
            mark_rows(odd, (number for number, each in enumerate(found[at]) if each is not None))
        starts = self._starts(columns)
        odd_headers = bytearray(len(starts))
        said = self._said(columns, starts, odd_headers)
        named = ((name, said[at]) for name, at in zip(plan.members["document"], self._header, strict=True))
        keys = [found[at] for at in plan.line_key]
        numbers = next((found[at] for at, name in self._places() if name == "line_number"), (None,))
        return Typed(
            starts=starts,
            headers=self._form.documents(len(starts), named),
            identities=self._identities(said, odd_headers),
            items=self._form.items(len(rows), ((name, found[at]) for at, name in self._places())),
            keys=keys[0] if len(keys) == 1 else list(zip(*keys, strict=True)),
            nameless=(None if len(keys) == 1 else (None,) * len(keys),),
            odd=odd,
            odd_headers=odd_headers,
            unnumbered=None in numbers,
        )

    def _places(self) -> Iterator[tuple[int, str]]:
        """The columns that fill a line or an application, with its member."""
        return zip(self._plan.places.get(self._form.inner, ()), self._names, strict=True)

    def _starts(self, columns: Sequence[Cells]) -> Sequence[int]:
        """The first row, and those whose header differs from the one above."""
        cells = list(zip(*(columns[self._plan.columns[at].index] for at in self._header), strict=True))
        return [0, *compress(range(1, len(cells)), map(ne, islice(cells, 1, None), cells))]

    def _said(self, columns: Sequence[Cells], starts: Sequence[int], odd: bytearray) -> Mapping[int, Sequence[object]]:
        """The values of the header columns in these rows."""
        pick = itemgetter(*starts) if len(starts) > 1 else lambda column: (column[starts[0]],)
        return {at: self._columns.values(at, pick(columns[self._plan.columns[at].index]), odd) for at in self._header}

    def _identities(self, said: Mapping[int, Sequence[object]], odd: bytearray) -> Sequence[object]:
        """What tells the document of each header: the first set of columns that are all filled and sound."""
        found: list[object] = [None] * len(odd)
        for number, places in enumerate(self._plan.identities):
            for at, values in enumerate(zip(*(said[place] for place in places), strict=True)):
                sound = None not in values and not (odd[at] and any(type(each) is Fault for each in values))
                if sound and found[at] is None:
                    found[at] = (number, *values)
        return found


def mark_rows(odd: bytearray, places: Iterable[int]) -> None:
    """These rows are not regular."""
    for each in places:
        odd[each] = 1
