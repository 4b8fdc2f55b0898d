"""Long lists of values in pieces that one statement may hold. Nothing here knows a table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T", bound=Hashable)
# SQLite refuses a statement with too many values; every version takes that many.
_LOT = 500


def in_lots(values: Iterable[T], *, columns: int = 1) -> Iterator[list[T]]:
    """The values, each once, in lists of at most 500; of fewer where each stands for several ``columns``."""
    each_once = list(dict.fromkeys(values))
    lot = _LOT // columns
    for start in range(0, len(each_once), lot):
        yield each_once[start : start + lot]
