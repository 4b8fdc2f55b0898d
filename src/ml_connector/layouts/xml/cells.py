"""The cells of one record's element by the paths of its columns: what stands in its children is read in one turn.

A path that leads to several values, or to an element that holds others, is a fault of that cell.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from ml_connector.layouts.xml.paths import ValuePath
from ml_connector.numerals import Fault

Faults = tuple[tuple[int, Fault], ...]
_NOT_A_VALUE = Fault("value.not_a_value", "a value", "holds other elements instead of a value")


class CellReader:
    """Reads the cells of one type of record; None where there is nothing at the path."""

    def __init__(self, paths: Sequence[ValuePath]) -> None:
        self._count = len(paths)
        self._local = any(each.local for each in paths)
        self._others = [(at, each) for at, each in enumerate(paths) if not _is_child(each)]
        self._places: dict[str, tuple[int, ...]] = {}
        for at, each in enumerate(paths):
            if _is_child(each):
                tag = each.steps[0].tag
                self._places[tag] = (*self._places.get(tag, ()), at)

    def read(self, element: etree._Element) -> tuple[list[str | None], Faults]:
        """The cells in the order of the columns, and what is wrong with some."""
        cells: list[str | None] = [None] * self._count
        again: dict[int, int] = {}
        faults: list[tuple[int, Fault]] = []
        places_of = self._places_of_local if self._local else self._places.get
        for child in element:
            found = places_of(child.tag)
            if found is None:
                continue
            for at in found:
                if cells[at] is not None:
                    again[at] = again.get(at, 1) + 1
                elif len(child):
                    cells[at] = ""
                    faults.append((at, _NOT_A_VALUE))
                else:
                    text = child.text
                    cells[at] = text if text and text[0] not in "\r\n" and text[-1] not in "\r\n" else _trimmed(text)
        for at, path in self._others:
            values = path.find(element)
            if values:
                cells[at] = _trimmed(values[0])
                if len(values) > 1:
                    again[at] = len(values)
                elif values[0] is None:
                    faults.append((at, _NOT_A_VALUE))
        if again:
            faults += [(at, Fault("value.twice", "one value", f"appears {count} times")) for at, count in again.items()]
            cells = ["" if at in again else each for at, each in enumerate(cells)]
        return cells, tuple(faults)

    def _places_of_local(self, tag: str) -> tuple[int, ...] | None:
        return self._places.get(tag.rpartition("}")[2])


def _is_child(path: ValuePath) -> bool:
    """Whether the path is a child of the record, by its name alone."""
    here = not path.up and not path.from_root and not path.attribute
    return here and len(path.steps) == 1 and not path.steps[0].attribute


def _trimmed(text: str | None) -> str:
    """Line ends and indentation around a value belong to the writing, blanks alone may belong to the value."""
    if not text:
        return ""
    return text.strip() if text[0] in "\r\n" or text[-1] in "\r\n" else text
