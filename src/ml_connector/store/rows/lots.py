"""Long lists of values in pieces that one statement may hold. Nothing here knows a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# SQLite refuses a statement with too many values; every version takes that many.
_LOT = 500


def in_lots(values: Iterable[str]) -> Iterator[list[str]]:
    """The values, each once, in lists of at most 500."""
    each_once = list(dict.fromkeys(values))
    for start in range(0, len(each_once), _LOT):
        yield each_once[start : start + _LOT]
