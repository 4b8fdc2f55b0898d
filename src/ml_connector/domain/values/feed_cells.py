"""Rows of a feed held small: the names of columns once for all rows, the cells of a row as one text.

A feed of 50,000 rows is held twice while it is compared; as dictionaries that is a quarter of a gigabyte.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping

from ml_connector.domain.values.records import FeedRow

# Stands between two cells; a row with a cell that holds it stays as it is.
_BETWEEN = "\x00"


class FeedCells(Mapping[str, str]):
    """One row as a mapping of column to cell; equal to any mapping that says the same."""

    __slots__ = ("_at", "_text")

    def __init__(self, at: Mapping[str, int], text: str) -> None:
        self._at = at
        self._text = text

    def __getitem__(self, name: str) -> str:
        return self._text.split(_BETWEEN)[self._at[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._at)

    def __contains__(self, name: object) -> bool:
        return name in self._at

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FeedCells) and (other._at is self._at or list(other._at) == list(self._at)):
            return other._text == self._text
        return isinstance(other, Mapping) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(dict(self.items()))

    def items(self) -> ItemsView[str, str]:
        """Column and cell."""
        return dict(zip(self._at, self._text.split(_BETWEEN), strict=True)).items()


class CellsPacker:
    """Packs the rows of one feed; those with the same columns share their names."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, ...], Mapping[str, int]] = {}

    def pack(self, row: FeedRow) -> FeedRow:
        """The row, small; as it is where it cannot be."""
        text = _BETWEEN.join(row.values())
        if not row or text.count(_BETWEEN) != len(row) - 1:
            return row
        names = tuple(row)
        at = self._places.get(names)
        if at is None:
            at = self._places[names] = {name: number for number, name in enumerate(names)}
        return FeedCells(at, text)
