"""The operations of the endpoint's document: which URL takes which method, with what, and answers what. Pure.

One neutral list; ``documents`` dresses it as Swagger 2.0 or OpenAPI 3.0 (``acumatica_api.md`` 1, source SWG).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ml_connector_twins.acumatica.contract import Contract, EntityType

OPTIONS: Mapping[str, tuple[str, str]] = {
    "select": ("string", "The fields of the entity to be returned from the system."),
    "filter": ("string", "The conditions that determine which records should be selected from the system."),
    "expand": ("string", "The linked and detail entities that should be expanded."),
    "custom": ("string", "The fields that are not defined in the contract of the endpoint to be returned."),
    "skip": ("integer", "The number of records to be skipped from the list of returned records."),
    "top": ("integer", "The number of records to be returned from the system."),
}
"""Query options by name without the dollar sign: type and description."""

SEGMENTS: Mapping[str, str] = {
    "ids": "The values of the key fields of the record. The values are slash-delimited.",
    "id": "The session ID of the record.",
    "filename": "The name of the file that you are going to attach with the extension.",
    "actionName": "The name of the action.",
}
"""Parts of a path by name."""

_ONE = ("select", "filter", "expand", "custom")
_ERRORS = (401, 500)
_WRITE_ERRORS = (400, 412)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one URL; ``returns`` is a definition's name, ``many`` where an array of it is answered."""

    path: str
    method: str
    tag: str
    id: str
    summary: str
    segments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    takes: str = ""
    returns: str = ""
    many: bool = False
    done: tuple[int, ...] = (200,)
    errors: tuple[int, ...] = _ERRORS
    refuses: str = ""


def operations_of(contract: Contract) -> Iterator[Operation]:
    """Every operation of a contract, entity by entity."""
    for entity in contract.types.values():
        if entity.top_level:
            yield from _actions(entity)
            yield from _records(entity)


def _actions(entity: EntityType) -> Iterator[Operation]:
    def action(path: str, tail: str, takes: str, segments: tuple[str, ...] = ()) -> Operation:
        return Operation(
            f"/{entity.name}/{path}",
            "post",
            entity.name,
            f"{entity.name}_InvokeAction_{tail}",
            "Performs an action in the system.",
            segments=segments,
            takes=takes,
            done=(204, 202),
            errors=(*_ERRORS, *_WRITE_ERRORS),
            refuses=entity.name,
        )

    for name in entity.actions:
        yield action(name, name, name)
    yield action("{actionName}", "CustomAction", f"{entity.name}CustomAction", ("actionName",))


def _records(entity: EntityType) -> Iterator[Operation]:
    name, root = entity.name, f"/{entity.name}"
    schema = "Retrieves the schema of custom fields of the entity from the system."
    yield Operation(f"{root}/$adHocSchema", "get", name, f"{name}_GetAdHocSchema", schema, returns=name)
    by_keys, by_id = f"{root}/{{ids}}", f"{root}/{{id}}"
    read = "Retrieves a record by the values of its key fields from the system."
    yield Operation(by_keys, "get", name, f"{name}_GetByKeys", read, ("ids",), _ONE, returns=name)
    gone = "Deletes the record by the values of its key fields."
    yield Operation(by_keys, "delete", name, f"{name}_DeleteByKeys", gone, ("ids",), done=(204,))
    put_file, attaches = f"{by_keys}/files/{{filename}}", "Attaches a file to a record."
    yield Operation(put_file, "put", name, f"{name}_PutFile", attaches, ("ids", "filename"), done=(204,))
    read = "Retrieves a record by the value of the session entity ID from the system."
    yield Operation(by_id, "get", name, f"{name}_GetById", read, ("id",), _ONE, returns=name)
    gone = "Deletes the record by its session identifier."
    yield Operation(by_id, "delete", name, f"{name}_DeleteById", gone, ("id",), done=(204,))
    read = "Retrieves records that satisfy the specified conditions from the system."
    yield Operation(root, "get", name, f"{name}_GetList", read, (), tuple(OPTIONS), returns=name, many=True)
    write, errors = "Creates a record or updates an existing record.", (*_ERRORS, *_WRITE_ERRORS)
    yield Operation(
        root, "put", name, f"{name}_PutEntity", write, (), _ONE, takes=name, returns=name, errors=errors, refuses=name
    )
