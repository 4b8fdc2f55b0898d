"""Comparing the rows of a feed as they were sent with the rows as they stand now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.values.records import FeedRow

# Of fewer rows than this a share says nothing.
_ROWS_TO_GUARD = 10


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


def judge_shrink(before: Mapping[str, FeedRow], after: Mapping[str, FeedRow], limit_percent: Decimal) -> str | None:
    """Why a file is held, None where it may go: more rows than the policy allows would turn unusable at once."""
    usable_before = sum(1 for row in before.values() if _usable(row))
    usable_after = sum(1 for row in after.values() if _usable(row))
    lost = usable_before - usable_after
    if usable_before < _ROWS_TO_GUARD or lost * 100 <= limit_percent * usable_before:
        return None
    return (
        f"held: {lost} of {usable_before} usable rows would disappear, more than {limit_percent} %; if that is right, "
        "raise policy.shrink_limit_percent for one pass"
    )


def _usable(row: FeedRow) -> bool:
    return row.get("Active") != "false" and row.get("Status") != "Inactive" and row.get("Closed") != "true"


def _told(row: FeedRow) -> dict[str, str]:
    return {name: value for name, value in row.items() if value != ""}
