"""The definitions of the endpoint's document: value wrappers, custom fields, entities, action invocations. Pure.

Shapes are those of the official dumps of 22.200.001 to 24.200.001 (``acumatica_api.md`` 1, source SWG).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector_twins.acumatica.contract import Contract, EntityType

Schema = dict[str, Any]

_SCALARS: Mapping[str, Schema] = {
    "Boolean": {"type": "boolean"},
    "Byte": {"type": "integer", "format": "int32"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Decimal": {"type": "number", "format": "double"},
    "Double": {"type": "number", "format": "double"},
    "Guid": {"type": "string", "format": "uuid"},
    "Int": {"type": "integer", "format": "int32"},
    "Long": {"type": "integer", "format": "int64"},
    "Short": {"type": "integer", "format": "int32"},
    "String": {"type": "string"},
}
_TEXT: Schema = {"type": "string"}


class Definitions:
    """Builds definitions that point to each other below ``prefix``."""

    def __init__(self, prefix: str, *, discriminator: Any) -> None:
        self._prefix = prefix
        self._discriminator = discriminator

    def ref(self, name: str) -> Schema:
        """A pointer to a definition."""
        return {"$ref": f"{self._prefix}{name}"}

    def of(self, contract: Contract) -> dict[str, Schema]:
        """Every definition of a contract by name, in order."""
        found = self._system()
        for name, entity in contract.types.items():
            found[name] = self._entity(entity)
            if entity.top_level:
                found[f"{name}CustomAction"] = self._invocation(name, {"custom": self._custom()}, required=False)
            for action, parameters in entity.actions.items():
                wanted = {key: self.ref(kind) for key, kind in parameters.items()}
                found[action] = self._invocation(name, wanted, required=bool(wanted))
        return dict(sorted(found.items()))

    def _system(self) -> dict[str, Schema]:
        found: dict[str, Schema] = {
            "CustomField": {
                "required": ["type"],
                "type": "object",
                "properties": {"type": _TEXT},
                "discriminator": self._discriminator,
            },
            "Entity": self._object(
                id={"type": "string", "format": "uuid"},
                rowNumber={"type": "integer", "format": "int64"},
                note=self.ref("StringValue"),
                custom=self._custom(),
                error=_TEXT,
                files={"type": "array", "items": self.ref("FileLink")},
            ),
            "FileLink": self._object(
                id={"type": "string", "format": "uuid"},
                filename=_TEXT,
                href={"type": "string", "format": "uri"},
                comment=_TEXT,
            ),
            "HttpError": {
                **self._object(
                    message=_TEXT,
                    exceptionMessage=_TEXT,
                    exceptionType=_TEXT,
                    stackTrace=_TEXT,
                    modelState=self._map({"type": "array", "items": _TEXT}),
                    messageDetail=_TEXT,
                ),
                "additionalProperties": {"type": "object"},
            },
        }
        for name, scalar in _SCALARS.items():
            found[f"{name}Value"] = self._object(value=scalar, error=_TEXT)
            parts = [self.ref("CustomField"), self._object(value=scalar, error=_TEXT)]
            found[f"Custom{name}Field"] = {"allOf": parts}
        return found

    def _entity(self, entity: EntityType) -> Schema:
        properties: dict[str, Schema] = {}
        for name in sorted((*entity.values, *entity.linked, *entity.collections)):
            kind = entity.values.get(name) or entity.linked.get(name)
            rows = entity.collections.get(name, "")
            properties[name] = self.ref(kind) if kind else {"type": "array", "items": self.ref(rows)}
        return {"allOf": [self.ref("Entity"), {"type": "object", "properties": properties}]}

    def _invocation(self, entity: str, parameters: dict[str, Schema], *, required: bool) -> Schema:
        properties: dict[str, Schema] = {"entity": self.ref(entity)}
        if parameters:
            properties["parameters"] = {**self._object(**parameters), "description": "The parameters of the action."}
        return {
            "required": ["entity", *(["parameters"] if required else [])],
            "type": "object",
            "properties": properties,
        }

    def _custom(self) -> Schema:
        return self._map(self._map(self.ref("CustomField")))

    @staticmethod
    def _map(values: Schema) -> Schema:
        return {"type": "object", "additionalProperties": values}

    @staticmethod
    def _object(**properties: Schema) -> Schema:
        return {"type": "object", "properties": properties}
