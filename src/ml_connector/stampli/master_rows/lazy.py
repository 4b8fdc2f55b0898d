"""Rows made when they are looked at and not kept: of very many, one at a time is enough. Knows no feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

Cells = Mapping[str, object]


class LazyRows(Mapping[str, Cells]):
    """Rows by key, in the order of the ``keys``; ``make`` gives the row of a key, the same each time."""

    def __init__(self, keys: Iterable[str], make: Callable[[str], Cells]) -> None:
        self._keys = dict.fromkeys(keys)
        self._make = make

    def __getitem__(self, key: str) -> Cells:
        if key not in self._keys:
            raise KeyError(key)
        return self._make(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __repr__(self) -> str:
        return repr(dict(self))
