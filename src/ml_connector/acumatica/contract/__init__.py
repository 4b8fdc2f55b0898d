"""The endpoint's contract: the entities and fields we use, by version of the Default endpoint.

Acumatica ignores a field it does not know without a word (``acumatica_api.md 5.1``), so every name is checked here
before anything is sent. Differences between versions stand in ``fields.json``, never in branches of code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from ml_connector.errors import ConfigurationError

SYSTEM_FIELDS = frozenset({"id", "rowNumber", "note", "custom", "files", "delete"})
"""Unwrapped members every record has beside its fields (``acumatica_api.md 4.1``)."""


class _Entity(msgspec.Struct, frozen=True):
    fields: dict[str, str]
    keys: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = {}
    versions: tuple[str, ...] = ()


class _Table(msgspec.Struct, frozen=True):
    versions: tuple[str, ...]
    entities: dict[str, _Entity]


@cache
def _table() -> _Table:
    content = files("ml_connector.acumatica.contract").joinpath("fields.json").read_bytes()
    return msgspec.json.decode(content, type=_Table)


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of one pinned endpoint; ``version`` is as pinned, ``shape`` the table's version that stands for it.

    A name that is not in the contract is a fault of the program: ValueError.
    """

    endpoint: str
    version: str
    shape: str

    def has_entity(self, entity: str) -> bool:
        """Whether this version has that entity."""
        return self.shape in (_entity(entity).versions or (self.shape,))

    def keys_of(self, entity: str) -> tuple[str, ...]:
        """The key fields in the order of the form (``acumatica_api.md 7``)."""
        return _entity(entity).keys

    def has_field(self, entity: str, field: str) -> bool:
        """Whether this version has that field."""
        known = _entity(entity)
        return field in known.fields and self.shape in known.only.get(field, (self.shape,))

    def type_of(self, entity: str, field: str) -> str:
        """The field's type, for a link the name of the linked entity, for a collection that of its rows."""
        if not self.has_field(entity, field):
            raise ValueError(f"{entity} has no field {field} in version {self.version}")
        return _entity(entity).fields[field].removesuffix("[]")

    def lasting_fields(self, entity: str) -> tuple[str, ...]:
        """The fields that every version has."""
        known = _entity(entity)
        return tuple(name for name in known.fields if name not in known.only)

    def collections_of(self, entity: str) -> Mapping[str, str]:
        """The fields that hold rows, with the name of the rows' entity."""
        return {name: kind.removesuffix("[]") for name, kind in _entity(entity).fields.items() if kind.endswith("[]")}

    def entities_below(self, entity: str) -> tuple[str, ...]:
        """The entity and every other one that its fields lead to, each once."""
        known, found = _table().entities, [entity]
        for place in found:
            kinds = (kind.removesuffix("[]") for kind in known[place].fields.values() if place in known)
            found += [kind for kind in dict.fromkeys(kinds) if kind in known and kind not in found]
        return tuple(found)

    def check_path(self, entity: str, path: str) -> None:
        """Each part of a path such as ``MainContact/Address`` is a field of the entity before it."""
        for part in path.split("/"):
            if part in SYSTEM_FIELDS:
                return
            entity = self.type_of(entity, part)

    def check_custom(self, entity: str, path: str) -> None:
        """``Transactions.BilledQty`` or ``Details/Transactions.BilledQty``: the view belongs to the entity's form."""
        prefix, _, element = path.rpartition("/")
        if prefix:
            self.check_path(entity, prefix)
        view = element.partition(".")[0]
        if view not in _entity(entity).views:
            raise ValueError(f"the form of {entity} has no view {view}")

    def check_action(self, entity: str, action: str) -> None:
        """The entity declares that action."""
        if action not in _entity(entity).actions:
            raise ValueError(f"{entity} has no action {action}")

    def check_body(self, entity: str, body: Mapping[str, object]) -> None:
        """Every name in a body that will be sent, at every depth."""
        for name, value in body.items():
            if name in SYSTEM_FIELDS:
                continue
            inner = self.type_of(entity, name)
            for row in _rows(value) if inner in _table().entities else ():
                self.check_body(inner, row)


def _entity(name: str) -> _Entity:
    try:
        return _table().entities[name]
    except KeyError:
        raise ValueError(f"{name} is no entity of the contract") from None


def _rows(value: object) -> Iterable[Mapping[str, object]]:
    if isinstance(value, Mapping):
        return (value,)
    return (row for row in value if isinstance(row, Mapping)) if isinstance(value, list) else ()


def load_contract(endpoint: str, version: str) -> Contract:
    """The contract of a pinned endpoint: its own version, or for a newer one the newest known before it.

    A version that is no number (a customer's own endpoint) stands for the newest. One older than all we know has the
    shape of the oldest and is told by ``require_supported``, once it is clear what the instance serves.
    """
    versions = _table().versions
    if endpoint != "Default":
        return Contract(endpoint, version, version if version in versions else versions[-1])
    usable = [known for known in versions if _ordinal(known) <= _ordinal(version)]
    return Contract(endpoint, version, usable[-1] if usable else versions[0])


def require_supported(contract: Contract) -> None:
    """ConfigurationError ``acumatica.version_unsupported`` for a pinned version older than 20.200.001
    (``acumatica_api.md 6``)."""
    if contract.endpoint == "Default" and _ordinal(contract.version) < _ordinal(contract.shape):
        raise ConfigurationError(
            f"Endpoint version {contract.version} is older than {contract.shape}, the oldest this program knows.",
            fix=f"Pin a version of {contract.shape} or later that the instance serves.",
            stage="endpoint_version",
            code="acumatica.version_unsupported",
            at="settings",
        )


def _ordinal(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isascii() and part.isdigit() for part in parts) else (10**6,)
