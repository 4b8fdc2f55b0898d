"""What is remembered of one tenant's OData: which class is served where or why not, and lists that rarely change.

It asks nothing of the instance. What cannot be read any more counts as nothing known.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from ml_connector.acumatica.master_data.dac.classes import Dac
from ml_connector.acumatica.ports import WayStore
from ml_connector.acumatica.values import Row
from ml_connector.clock import Clock


class Way(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a class is served: ``path`` below the instance, and whether it takes ``$select``; or why it is not."""

    path: str = ""
    selects: bool = True
    refusal: str = ""


class _Kept(msgspec.Struct, frozen=True):
    at: datetime
    rows: list[dict[str, object]]


class _Memory(msgspec.Struct):
    # Of which tenant and user: another one has other rights.
    of: str = ""
    ways: dict[str, Way] = {}
    kept: dict[str, _Kept] = {}


class WayBook:
    """The memory of one connection, loaded on first use and saved at each change."""

    def __init__(self, store: WayStore, of: str, clock: Clock) -> None:
        self._store = store
        self._of = of
        self._clock = clock
        self._memory: _Memory | None = None

    def way(self, dac: Dac) -> Way | None:
        """What is known of a class, None where nothing is."""
        return self._load().ways.get(dac.name)

    def keep_way(self, dac: Dac, way: Way) -> None:
        """Remember it."""
        self._load().ways[dac.name] = way
        self._save()

    def base(self) -> str | None:
        """Below which path classes are known to be served, empty where one was asked for and not found anywhere; None
        where none was asked for yet."""
        ways = self._load().ways.values()
        found = [way.path.rpartition("/")[0] for way in ways if way.path]
        return found[0] if found else ("" if ways else None)

    def rows(self, name: str, age_max: timedelta) -> list[Row] | None:
        """The rows kept under that name where they are not older."""
        kept = self._load().kept.get(name)
        if kept is None or not timedelta(0) <= self._clock.now() - kept.at <= age_max:
            return None
        return list(kept.rows)

    def keep_rows(self, name: str, rows: list[Row]) -> None:
        """Keep them as read now."""
        self._load().kept[name] = _Kept(self._clock.now(), [dict(row) for row in rows])
        self._save()

    def forget(self) -> None:
        """Nothing is known any more."""
        self._memory = _Memory(of=self._of)
        self._save()

    def _load(self) -> _Memory:
        if self._memory is None:
            text = self._store.load_ways()
            memory = _Memory() if text is None else _decode(text)
            self._memory = memory if memory.of == self._of else _Memory(of=self._of)
        return self._memory

    def _save(self) -> None:
        self._store.save_ways(msgspec.json.encode(self._memory).decode())


class OwnBook:
    """The store of a connection that keeps nothing beyond this process."""

    def __init__(self) -> None:
        self._text: str | None = None

    def load_ways(self) -> str | None:
        """What was saved."""
        return self._text

    def save_ways(self, text: str) -> None:
        """Take its place."""
        self._text = text


def _decode(text: str) -> _Memory:
    try:
        return msgspec.json.decode(text, type=_Memory)
    except msgspec.DecodeError:
        return _Memory()
