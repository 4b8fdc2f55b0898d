"""Plain JSON of the control interface to a change: values unwrapped, amounts as strings, names checked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ml_connector_twins.acumatica.contract import VERSIONS, EntityType, contracts
from ml_connector_twins.acumatica.payables.changes import Change
from ml_connector_twins.acumatica.records.values import Value, parse_value

Content = Mapping[str, Any]


class Refusal(Exception):
    """What was asked for could not be done; the text says why."""


def entity_of(name: str) -> EntityType:
    """The newest contract's type of that name; raises Refusal."""
    found = contracts()[VERSIONS[-1]].types.get(name)
    if found is None:
        raise Refusal(f"no entity is called '{name}'")
    return found


def change_of(content: Content, entity: EntityType) -> Change:
    """The change that plain JSON describes; raises Refusal for a field the entity does not have."""
    change = Change()
    types = contracts()[VERSIONS[-1]].types
    for name, raw in content.items():
        if name in entity.values:
            change.fields[name] = parse_value(entity.values[name], raw)
        elif name in entity.collections:
            change.details[name] = [change_of(row, types[entity.collections[name]]) for row in raw]
        elif name == "custom":
            change.custom.update({key: _custom_value(key, value) for key, value in raw.items()})
        elif name == "note":
            change.note, change.note_named = raw, True
        elif name in ("id", "delete"):
            change.id = str(raw) if name == "id" else change.id
            change.delete = raw is True
        else:
            raise Refusal(f"{entity.name} has no field '{name}'")
    return change


def _custom_value(name: str, raw: Any) -> Value:
    """A form field's value: text that reads as a number is one, unless the field holds a code."""
    if isinstance(raw, bool) or raw is None:
        return raw
    if name.endswith(("ID", "CD")):
        return str(raw)
    try:
        return Decimal(str(raw))
    except InvalidOperation:
        return str(raw)
