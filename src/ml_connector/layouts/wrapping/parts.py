"""Splits the rows of a feed into the parts that its files may hold: by rows, by bytes, and never within a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartLimits:
    """How large a part may be, in rows and in bytes (0: as large as it comes), and the columns whose rows stay
    together. ``size_of`` tells the bytes of a file of these rows."""

    rows_max: int
    bytes_max: int
    together: tuple[str, ...]
    size_of: Callable[[Sequence[Cells]], int]


def split_rows(rows: Sequence[Cells], limits: PartLimits) -> Iterator[list[Cells]]:
    """The parts in order, one at least; a document that is larger than a part has one of its own."""
    if not (limits.rows_max or limits.bytes_max):
        yield list(rows)
        return
    bare = limits.size_of([]) if limits.bytes_max else 0
    part: list[Cells] = []
    size = bare
    for group in _groups(rows, limits.together):
        own = limits.size_of(group) - bare if limits.bytes_max else 0
        many = limits.rows_max and len(part) + len(group) > limits.rows_max
        large = limits.bytes_max and size + own > limits.bytes_max
        if part and (many or large):
            yield part
            part, size = [], bare
        part += group
        size += own
    yield part


def _groups(rows: Sequence[Cells], together: tuple[str, ...]) -> Iterator[list[Cells]]:
    if not together:
        yield from ([row] for row in rows)
        return
    for _, group in groupby(rows, key=lambda row: tuple(row.get(name, "") for name in together)):
        yield list(group)
