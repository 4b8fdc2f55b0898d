"""What the endpoint says of itself: swagger.json, and the ad-hoc schema with form fields (``acumatica_api.md`` 1).

The swagger document carries the definitions and paths a client needs to check field names, not the whole dump.
"""

from __future__ import annotations

from typing import Any

from ml_connector_twins.acumatica.contract import ENDPOINT, Contract, EntityType
from ml_connector_twins.acumatica.records.values import Value
from ml_connector_twins.acumatica.web.calls import Answer, json_answer
from ml_connector_twins.acumatica.web.query.reading import Target
from ml_connector_twins.acumatica.web.query.rendering import custom_type

_OPEN_API_FROM = "24.200.001"


def swagger_answer(contract: Contract, base_url: str) -> Answer:
    """Swagger 2.0 before 24.200, OpenAPI 3.0 from there on."""
    is_new = contract.version >= _OPEN_API_FROM
    prefix = "#/components/schemas/" if is_new else "#/definitions/"
    definitions = {name: _definition(entity, prefix) for name, entity in sorted(contract.types.items())}
    info = {"title": f"{ENDPOINT}/{contract.version}", "version": "1"}
    paths = {
        f"/{e.name}": {m: {"tags": [e.name]} for m in ("get", "put")} for e in contract.types.values() if e.top_level
    }
    for entity in contract.types.values():
        for action in entity.actions:
            paths[f"/{entity.name}/{action}"] = {"post": {"tags": [entity.name]}}
    if is_new:
        content: dict[str, Any] = {"openapi": "3.0.1", "info": info, "servers": [{"url": base_url}], "paths": paths}
        return json_answer(content | {"components": {"schemas": definitions}})
    return json_answer(
        {"swagger": "2.0", "info": info, "basePath": base_url, "paths": paths, "definitions": definitions}
    )


def _definition(entity: EntityType, prefix: str) -> dict[str, Any]:
    properties: dict[str, Any] = {name: {"$ref": f"{prefix}{kind}"} for name, kind in entity.values.items()}
    properties |= {name: {"$ref": f"{prefix}{kind}"} for name, kind in entity.linked.items()}
    for name, kind in entity.collections.items():
        properties[name] = {"type": "array", "items": {"$ref": f"{prefix}{kind}"}}
    return {"allOf": [{"$ref": f"{prefix}Entity"}, {"type": "object", "properties": properties}]}


def schema_answer(target: Target) -> Answer:
    """``$adHocSchema``: the field skeleton with the form fields the contract leaves out."""
    content = _skeleton(target, target.entity, next(iter(target.books.table(target.entity.name)), None) is not None)
    fields: dict[str, Value] = {}
    for row in target.books.table(target.entity.name):
        for name, value in row.custom.items():
            if fields.get(name) is None:
                fields[name] = value
    custom: dict[str, dict[str, Any]] = {}
    for name, value in sorted(fields.items()):
        view, _, column = name.partition(".")
        custom.setdefault(view, {})[column] = {"type": custom_type(value), "value": None}
    return json_answer({**content, "custom": custom, "_workflowActions": sorted(target.entity.actions)})


def _skeleton(target: Target, entity: EntityType, deep: bool) -> dict[str, Any]:
    content: dict[str, Any] = {name: {} for name in entity.values}
    if deep:
        for name, kind in entity.collections.items():
            content[name] = [_skeleton(target, target.contract.types[kind], False)]
        for name, kind in entity.linked.items():
            content[name] = _skeleton(target, target.contract.types[kind], False)
    return content
