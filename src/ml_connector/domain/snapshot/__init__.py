"""Comparing the rows of a feed as they were sent with the rows as they stand now. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from ml_connector.domain.coding_lists import GONE
from ml_connector.domain.values.feeds import CellChange, RowChange
from ml_connector.domain.values.records import FeedRow

Rows = Mapping[str, FeedRow]


@dataclass(frozen=True, slots=True)
class Difference:
    """Keys of rows that are new, that changed and that are gone, each sorted: gone from the feed, or marked since their
    record is no longer in Acumatica."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def compare_rows(before: Rows, after: Rows) -> Difference:
    """What changed from ``before`` to ``after``; a member that is empty equals one that is absent."""
    both = after.keys() & before.keys()
    differ = {key for key in both if _told(before[key]) != _told(after[key])}
    gone = {key for key in differ if is_usable(before[key]) and is_gone(after[key])}
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(differ - gone)),
        removed=tuple(sorted((before.keys() - after.keys()) | gone)),
    )


def describe_changes(difference: Difference, before: Rows, after: Rows, *, rows_max: int) -> tuple[RowChange, ...]:
    """The first ``rows_max`` rows of a difference, cell by cell: what is gone first, then what changed, then what is
    new."""
    return tuple(islice(_changes(difference, before, after), rows_max))


def is_usable(row: FeedRow) -> bool:
    """May approvers pick this row?"""
    return row.get("Active") != "false" and row.get("Status") != "Inactive" and row.get("Closed") != "true"


def is_gone(row: FeedRow) -> bool:
    """Is this row marked since its record is no longer in Acumatica?"""
    return not is_usable(row) and row.get("InactiveReason") == GONE


def _changes(difference: Difference, before: Rows, after: Rows) -> Iterator[RowChange]:
    for key in difference.removed:
        yield RowChange(key, "removed", _cells(before[key], after.get(key, {})))
    for key in difference.changed:
        yield RowChange(key, "changed", _cells(before[key], after[key]))
    for key in difference.added:
        yield RowChange(key, "added", _cells({}, after[key]))


def _cells(before: FeedRow, after: FeedRow) -> tuple[CellChange, ...]:
    return tuple(
        CellChange(column, before.get(column, ""), after.get(column, ""))
        for column in dict.fromkeys((*before, *after))
        if before.get(column, "") != after.get(column, "")
    )


def _told(row: FeedRow) -> dict[str, str]:
    return {name: value for name, value in row.items() if value != ""}
