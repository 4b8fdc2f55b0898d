"""The guards of a feed: a file that would take away too much is held until a person has looked at it. Pure.

What a person let pass is no reason any more; only what goes beyond it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from ml_connector.domain.snapshot import is_gone, is_usable
from ml_connector.domain.values.feeds import Alarm
from ml_connector.domain.values.records import FeedRow

Rows = Mapping[str, FeedRow]
# Of fewer rows than this a share says nothing.
_ROWS_TO_GUARD = 10
# That so few rows are gone at once happens to a small firm.
_GONE_TO_GUARD = 2
_CELLS_TO_GUARD = 5
_NAMES_PERCENT = 50
_NAMES = ("VendorName", "Description")
# One file, several lists: each must hold by itself.
_LISTS = ("Dimension", "OrderType")
# Empty on every row that may be picked.
_OF_INACTIVE = frozenset({"InactiveReason", "InactiveOn"})


def judge_feed(before: Rows, after: Rows, limit_percent: Decimal, accepted: Sequence[Alarm] = ()) -> tuple[Alarm, ...]:
    """Why the file of ``after`` is held, none where it may go: more rows than the policy allows would turn unusable at
    once, in the whole file or in one of its lists, a column is empty, or the names changed."""
    known: dict[tuple[str, str], frozenset[str]] = {
        (alarm.kind, alarm.part): frozenset(alarm.rows) for alarm in accepted
    }
    usable = {key for key, row in before.items() if is_usable(row)}
    alarms: list[Alarm] = []
    for part, keys in _parts(before, usable).items():
        alarms += _judge_rows(
            part, keys, after, limit_percent=limit_percent, accepted=known.get(("rows", part), frozenset())
        )
    both = [key for key in before if key in usable and key in after and is_usable(after[key])]
    alarms += [each for each in _judge_columns(before, after, both) if ("column", each.part) not in known]
    alarms += _judge_names(before, after, both, known)
    return tuple(alarms)


def tell_alarms(alarms: Iterable[Alarm], feed: str) -> str:
    """Why a file is held, and what to do, as one sentence."""
    told = "; ".join(alarm.message for alarm in alarms)
    return f"held: {told}; see feed list, and let it pass with feed accept ... {feed} if that is right"


def _parts(before: Rows, usable: Iterable[str]) -> Mapping[str, list[str]]:
    """The keys of the whole file, and of each of its lists where it has several."""
    whole = list(usable)
    lists: dict[str, list[str]] = defaultdict(list)
    for key in whole:
        name = next((before[key][column] for column in _LISTS if before[key].get(column)), None)
        if name is not None:
            lists[name].append(key)
    return {"": whole, **(lists if len(lists) > 1 else {})}


def _judge_rows(
    part: str, usable: Sequence[str], after: Rows, *, limit_percent: Decimal, accepted: frozenset[str]
) -> Iterator[Alarm]:
    lost = [key for key in usable if key not in accepted and (key not in after or not is_usable(after[key]))]
    gone = [key for key in lost if key not in after or is_gone(after[key])]
    few = len(usable) < _ROWS_TO_GUARD
    counted = gone if few else lost
    if len(counted) * 100 <= limit_percent * len(usable) or (few and len(gone) < _GONE_TO_GUARD):
        return
    of = f" of {part}" if part else ""
    message = f"{len(counted)} of {len(usable)} usable rows{of} would disappear, more than {limit_percent} %"
    yield Alarm("rows", part, message, tuple(sorted(lost)))


def _judge_columns(before: Rows, after: Rows, keys: Sequence[str]) -> Iterator[Alarm]:
    filled: dict[str, int] = defaultdict(int)
    for key in keys:
        for column, value in before[key].items():
            if value:
                filled[column] += 1
    left = {column for key in keys for column, value in after[key].items() if value}
    for column, count in filled.items():
        if count >= _CELLS_TO_GUARD and column not in left and column not in _OF_INACTIVE:
            yield Alarm("column", column, f"column {column} would be empty, it was filled in {count} rows")


def _judge_names(
    before: Rows, after: Rows, keys: Sequence[str], known: Mapping[tuple[str, str], frozenset[str]]
) -> Iterator[Alarm]:
    for part, inside in _parts(before, keys).items():
        accepted = known.get(("names", part), frozenset())
        named = [(key, _name_of(before[key]), _name_of(after[key])) for key in inside if _name_of(before[key])]
        other = [key for key, was, now in named if now and now != was and key not in accepted]
        if len(named) >= _CELLS_TO_GUARD and len(other) * 100 >= _NAMES_PERCENT * len(named):
            of = f" of {part}" if part else ""
            message = f"{len(other)} of {len(named)} names{of} would change at once"
            yield Alarm("names", part, message, tuple(sorted(other)))


def _name_of(row: FeedRow) -> str:
    """The row's name without regard to case and blanks."""
    return " ".join(next((row[column] for column in _NAMES if row.get(column)), "").casefold().split())
