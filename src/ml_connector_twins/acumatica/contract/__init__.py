"""The published contract of each endpoint version: entities, field types, keys, actions, form views.

Loaded from ``contract.json`` (the entities this twin serves, ``acumatica_api.md`` 10). Holds no data and no behaviour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

ENDPOINT = "Default"
VERSIONS = ("20.200.001", "22.200.001", "23.200.001", "24.200.001", "25.200.001")
"""Every version whose contract is known; 25.200.001 is 24.200.001 with the documented changes (6, 10 [I])."""

SERVED = VERSIONS[:-1]
"""The versions a site of build 24.2 lists (6)."""


@dataclass(frozen=True, slots=True)
class EntityType:
    """One type of one endpoint version; ``views`` maps a contract path to ``graphView.DACField``."""

    name: str
    kind: str
    screen: str
    keys: tuple[str, ...]
    values: Mapping[str, str]
    linked: Mapping[str, str]
    collections: Mapping[str, str]
    actions: Mapping[str, Mapping[str, str]]
    views: Mapping[str, str]

    @property
    def top_level(self) -> bool:
        """True where the type has a URL of its own."""
        return self.kind == "TopLevelEntity"

    def view_of(self, path: str) -> str:
        """The graph view behind a contract path, with its ``: n`` ending; empty where the contract has none."""
        return self.views.get(path, "").rpartition(".")[0]


class Contract:
    """The types of one endpoint version."""

    def __init__(self, version: str, types: Mapping[str, EntityType]) -> None:
        self.version = version
        self.types = types

    def top_level(self, name: str) -> EntityType | None:
        """The entity of that exact name with a URL of its own, or None (404, ``acumatica_api.md`` 4.5)."""
        found = self.types.get(name)
        return found if found is not None and found.top_level else None


def _entity_type(name: str, raw: Mapping[str, Any]) -> EntityType:
    fields: Mapping[str, str] = raw["fields"]
    values = {k: t for k, t in fields.items() if t.endswith("Value")}
    collections = {k: t.removesuffix("[]") for k, t in fields.items() if t.endswith("[]")}
    linked = {k: t for k, t in fields.items() if k not in values and k not in collections}
    return EntityType(
        name=name,
        kind=raw["kind"],
        screen=raw.get("screen", ""),
        keys=tuple(raw.get("keys", ())),
        values=values,
        linked=linked,
        collections=collections,
        actions=raw.get("actions", {}),
        views=raw.get("views", {}),
    )


_LATE_FIELDS = {"Bill": "IsTaxValid", "BillDetail": "POReceiptType"}
"""Fields 20.200.001 got on newer builds only (``acumatica_api.md`` 6)."""


@cache
def original_20() -> Contract:
    """20.200.001 as older builds serve it."""
    now = contracts()[VERSIONS[0]]
    types = dict(now.types)
    for name, field in _LATE_FIELDS.items():
        values = {key: kind for key, kind in types[name].values.items() if key != field}
        types[name] = replace(types[name], values=values)
    return Contract(now.version, types)


@cache
def without_fields(contract: Contract, gone: tuple[str, ...]) -> Contract:
    """The contract as an upgrade left it: fields named ``Type.Field`` are not there any more."""
    types = dict(contract.types)
    for name in gone:
        kind, _, field = name.partition(".")
        if kind in types:
            entity = types[kind]
            kept = [{k: v for k, v in each.items() if k != field} for each in (entity.values, entity.collections)]
            types[kind] = replace(entity, values=kept[0], collections=kept[1])
    return Contract(contract.version, types)


@cache
def contracts() -> Mapping[str, Contract]:
    """Every served version by its number."""
    raw = json.loads(files(__package__).joinpath("contract.json").read_text(encoding="utf-8"))
    found: dict[str, Contract] = {}
    for version in VERSIONS:
        types: dict[str, EntityType] = {}
        for name, entry in raw[version].items():
            same_as = entry[1:] if isinstance(entry, str) else version
            types[name] = _entity_type(name, raw[same_as][name])
        found[version] = Contract(version, types)
    return found
