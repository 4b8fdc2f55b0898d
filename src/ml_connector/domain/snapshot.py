"""Comparing the rows of a feed as they were sent with the rows as they stand now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector.domain.values.records import FeedRow


@dataclass(frozen=True, slots=True)
class Difference:
    """Keys of rows that are new, that changed and that are gone, each sorted."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def compare_rows(before: Mapping[str, FeedRow], after: Mapping[str, FeedRow]) -> Difference:
    """What changed from ``before`` to ``after``; a member that is empty equals one that is absent."""
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(key for key in after.keys() & before.keys() if _told(before[key]) != _told(after[key]))),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def _told(row: FeedRow) -> dict[str, str]:
    return {name: value for name, value in row.items() if value != ""}
