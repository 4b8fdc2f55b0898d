"""The endpoint's own document: ``swagger.json``, as Swagger 2.0 before 24.200 and OpenAPI 3.0 from there on.

``acumatica_api.md`` 1. The forms are those of the official dumps; the document holds what this twin serves.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ml_connector_twins.acumatica.contract import ENDPOINT, Contract
from ml_connector_twins.acumatica.web.schema.operations import OPTIONS, SEGMENTS, Operation, operations_of
from ml_connector_twins.acumatica.web.schema.types import Definitions, Schema

_OPEN_API_FROM = "24.200.001"
_MEDIA = ("application/json", "text/json")
_TOLD = {
    200: "The record or records.",
    202: "The operation is in progress.",
    204: "The operation is completed.",
    400: "The data specified in the request is invalid.",
    401: "The user is not logged in to the system.",
    412: "A record with these keys exists, or does not exist, against the header of the request.",
    422: "The data specified in the request is invalid.",
    500: "Internal server error.",
}
_LOCATED = (202, 204)


def endpoint_document(contract: Contract, url: str) -> Schema:
    """The document of one endpoint version; ``url`` is its absolute root."""
    info = {"title": f"{ENDPOINT}/{contract.version}", "version": "4"}
    tags = [
        {"name": name, "description": f"{name} ({entity.screen})"}
        for name, entity in contract.types.items()
        if entity.top_level
    ]
    if contract.version >= _OPEN_API_FROM:
        return _open_api(contract, url.rstrip("/"), info, tags)
    return _swagger(contract, url.rstrip("/"), info, tags)


def _paths(contract: Contract, dressed: Any) -> dict[str, Schema]:
    paths: dict[str, Schema] = {}
    for operation in operations_of(contract):
        paths.setdefault(operation.path, {})[operation.method] = dressed(operation)
    return paths


def _head(operation: Operation) -> Schema:
    return {"tags": [operation.tag], "summary": operation.summary, "operationId": operation.id}


def _open_api(contract: Contract, url: str, info: Schema, tags: list[Any]) -> Schema:
    make = Definitions("#/components/schemas/", discriminator={"propertyName": "type"})

    def content(schema: Schema) -> Schema:
        return {media: {"schema": schema} for media in _MEDIA}

    def answer(status: int, schema: Schema | None) -> Schema:
        found: Schema = {"description": _TOLD[status]}
        if schema is not None:
            found["content"] = content(schema)
        if status in _LOCATED:
            found["headers"] = {"Location": {"schema": {"type": "string", "format": "uri"}}}
        return found

    def dressed(operation: Operation) -> Schema:
        found = _head(operation)
        wanted = (*operation.segments, *operation.options)
        if wanted:
            found["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in wanted]
        if operation.takes:
            found["requestBody"] = {"content": content(make.ref(operation.takes)), "required": True}
        found["responses"] = _responses(operation, make, answer)
        return found

    parameters: dict[str, Schema] = {}
    for name, told in SEGMENTS.items():
        kind = {"type": "string", **({"format": "uuid"} if name == "id" else {})}
        parameters[name] = {"name": name, "in": "path", "description": told, "required": True, "schema": kind}
    for name, (kind_name, told) in OPTIONS.items():
        parameters[name] = {"name": f"${name}", "in": "query", "description": told, "schema": {"type": kind_name}}
    return {
        "openapi": "3.0.1",
        "info": info,
        "servers": [{"url": url}],
        "paths": _paths(contract, dressed),
        "components": {"schemas": make.of(contract), "parameters": parameters},
        "tags": tags,
    }


def _swagger(contract: Contract, url: str, info: Schema, tags: list[Any]) -> Schema:
    make = Definitions("#/definitions/", discriminator="type")

    def answer(status: int, schema: Schema | None) -> Schema:
        found: Schema = {"description": _TOLD[status]}
        if schema is not None:
            found["schema"] = schema
        if status in _LOCATED:
            found["headers"] = {"Location": {"type": "string", "format": "uri"}}
        return found

    def dressed(operation: Operation) -> Schema:
        found = {**_head(operation), "produces": list(_MEDIA)}
        parameters: list[Schema] = [
            {"in": "path", "name": name, "description": SEGMENTS[name], "required": True, "type": "string"}
            for name in operation.segments
        ]
        for name in operation.options:
            kind, told = OPTIONS[name]
            parameters.append({"in": "query", "name": f"${name}", "description": told, "type": kind})
        if operation.takes:
            found["consumes"] = list(_MEDIA)
            parameters.append({"in": "body", "name": "entity", "required": True, "schema": make.ref(operation.takes)})
        if parameters:
            found["parameters"] = parameters
        found["responses"] = _responses(operation, make, answer)
        return found

    parts = urlsplit(url)
    return {
        "swagger": "2.0",
        "info": info,
        "host": parts.netloc,
        "basePath": parts.path,
        "schemes": [parts.scheme],
        "paths": _paths(contract, dressed),
        "definitions": make.of(contract),
        "tags": tags,
    }


def _responses(operation: Operation, make: Definitions, answer: Any) -> Schema:
    found: Schema = {}
    for status in operation.errors:
        found[str(status)] = answer(status, make.ref("HttpError"))
    for status in operation.done:
        schema = make.ref(operation.returns) if operation.returns else None
        if schema is not None and operation.many:
            schema = {"type": "array", "items": schema}
        found[str(status)] = answer(status, schema)
    if operation.refuses:
        found["422"] = answer(422, make.ref(operation.refuses))
    return found
