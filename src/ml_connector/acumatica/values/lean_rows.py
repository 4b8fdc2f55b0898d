"""Lean rows, for lists of many thousand records of which it is known beforehand what will be read (pure).

A lean row is decoded straight into a type of its own that has the named fields and nothing else: it costs neither a
dictionary a field nor the fields nobody reads. It is a mapping like any other row, and is read through ``values``.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, cast

import msgspec
from msgspec import UNSET, UnsetType


class Wrapped(msgspec.Struct, frozen=True, gc=False):
    """A field's value in its wrapping; ``{}`` is none (``acumatica_api.md 4.1``)."""

    value: Any = None


class LeanRow(msgspec.Struct, frozen=True, gc=False):
    """A record, or an expanded link of one, with the fields of its type alone; see ``lean_type``."""

    id: Any = UNSET

    def __getitem__(self, field: str) -> object:
        found = getattr(self, field, UNSET)
        if found is UNSET:
            raise KeyError(field)
        return found

    def __iter__(self) -> Iterator[str]:
        return (field for field in self.__struct_fields__ if getattr(self, field) is not UNSET)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, field: object) -> bool:
        return getattr(self, str(field), UNSET) is not UNSET

    def get(self, field: str, default: object = None) -> object:
        """The member as it came, the default where it did not."""
        found = getattr(self, field, UNSET)
        return default if found is UNSET else found

    def keys(self) -> KeysView[str]:
        """The members that came."""
        return KeysView(self)

    def items(self) -> ItemsView[str, object]:
        """The members that came, with what they hold."""
        return ItemsView(self)

    def values(self) -> ValuesView[object]:
        """What they hold."""
        return ValuesView(self)


Mapping.register(LeanRow)


def lean_type(paths: Iterable[str]) -> type[LeanRow]:
    """The type of rows with these fields and their id; ``MainContact/Email`` is the field of an expanded link, or of
    each row of an expanded collection.

    Decoding anything else into it than wrapped fields and links raises ``msgspec.ValidationError``.
    """
    links: dict[str, list[str]] = {}
    for path in paths:
        field, _, rest = path.partition("/")
        links.setdefault(field, []).extend([rest] if rest else [])
    fields = [
        (field, (_link_type(inner) if inner else Wrapped) | None | UnsetType, UNSET) for field, inner in links.items()
    ]
    return cast(type[LeanRow], msgspec.defstruct("LeanRow", fields, bases=(LeanRow,), frozen=True, gc=False))


def _link_type(paths: Iterable[str]) -> Any:
    inner = lean_type(paths)
    return inner | list[inner]  # type: ignore[valid-type]
