"""A request body to a change: wrappers, coercion, unknown names (``acumatica_api.md`` 5.1). Pure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ml_connector_twins.acumatica.contract import Contract, EntityType
from ml_connector_twins.acumatica.payables.changes import Change
from ml_connector_twins.acumatica.records.values import BadValue, Value, parse_value
from ml_connector_twins.acumatica.web.calls import bad_request

_CUSTOM_KINDS = {
    "CustomStringField": "StringValue",
    "CustomIntField": "IntValue",
    "CustomLongField": "LongValue",
    "CustomShortField": "ShortValue",
    "CustomByteField": "ByteValue",
    "CustomBooleanField": "BooleanValue",
    "CustomDecimalField": "DecimalValue",
    "CustomDoubleField": "DoubleValue",
    "CustomDateTimeField": "DateTimeValue",
    "CustomGuidField": "GuidValue",
}


def parse_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, numbers exact; raises the 400 of an empty or malformed one (5.1)."""
    if not body.strip():
        raise bad_request("", "The request body should not be empty.")
    try:
        content = json.loads(body, parse_float=Decimal)
    except ValueError as fault:
        raise bad_request("", "The request body is not valid JSON.") from fault
    if not isinstance(content, dict):
        raise bad_request("", "The request body should be an object.")
    return content


def parse_change(content: dict[str, Any], contract: Contract, entity: EntityType, path: str = "entity") -> Change:
    """The change a body describes; unknown names are ignored without a word, bad types are 400."""
    change = Change(id=_id_of(content), delete=content.get("delete") is True)
    for name, kind in entity.values.items():
        if name in content:
            change.fields[name] = _unwrapped(content[name], kind, f"{path}.{name}")
    for name, type_name in entity.collections.items():
        rows = content.get(name)
        if rows is None:
            continue
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise bad_request(f"{path}.{name}", "A list of objects is expected.")
        target = contract.types[type_name]
        change.details[name] = [
            parse_change(row, contract, target, f"{path}.{name}[{number}]") for number, row in enumerate(rows)
        ]
    if "note" in content:
        change.note_named = True
        note = content["note"]
        text = note.get("value") if isinstance(note, dict) else note
        change.note = None if text is None else str(text)
    change.custom.update(_custom(content.get("custom"), f"{path}.custom"))
    return change


def _id_of(content: dict[str, Any]) -> str | None:
    found = content.get("id")
    if isinstance(found, dict):
        found = found.get("value")
    return str(found) if found else None


def _unwrapped(wrapped: Any, kind: str, path: str) -> Value:
    if not isinstance(wrapped, dict):
        raise bad_request(path, 'Error converting value: a {"value": …} object is expected.')
    try:
        return parse_value(kind, wrapped.get("value"))
    except BadValue as fault:
        raise bad_request(path, str(fault)) from fault


def _custom(content: Any, path: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if not isinstance(content, dict):
        return found
    for view, fields in content.items():
        for name, wrapped in (fields if isinstance(fields, dict) else {}).items():
            kind = _CUSTOM_KINDS.get(wrapped.get("type", "") if isinstance(wrapped, dict) else "")
            if kind is None:
                raise bad_request(f"{path}.{view}.{name}", "The type of a custom field is missing or unknown.")
            found[f"{view}.{name}"] = _unwrapped(wrapped, kind, f"{path}.{view}.{name}")
    return found
