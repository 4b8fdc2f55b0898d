"""The ad-hoc schema: an entity as a skeleton, with form fields its contract leaves out (``acumatica_api.md`` 1)."""

from __future__ import annotations

from typing import Any

from ml_connector_twins.acumatica.contract import EntityType
from ml_connector_twins.acumatica.records.values import Value
from ml_connector_twins.acumatica.web.calls import Answer, json_answer
from ml_connector_twins.acumatica.web.query.reading import Target
from ml_connector_twins.acumatica.web.query.rendering import custom_type


def schema_answer(target: Target) -> Answer:
    """``$adHocSchema``: the field skeleton with the form fields the contract leaves out."""
    content = _skeleton(target, target.entity, deep=True)
    fields: dict[str, Value] = {}
    for row in target.books.table(target.entity.name):
        for name, value in row.custom.items():
            if fields.get(name) is None:
                fields[name] = value
    if target.entity.name == "Bill":
        # An attribute is a field of the form before any record has a value of it.
        named = target.site.switches.words("custom_fields")
        fields |= {name: "" for name in named if "/" not in name and fields.get(name) is None}
    custom: dict[str, dict[str, Any]] = {}
    for name, value in sorted(fields.items()):
        view, _, column = name.partition(".")
        custom.setdefault(view, {})[column] = {"type": custom_type(value), "value": None}
    return json_answer({**content, "custom": custom, "_workflowActions": sorted(target.entity.actions)})


def _skeleton(target: Target, entity: EntityType, *, deep: bool) -> dict[str, Any]:
    content: dict[str, Any] = {name: {} for name in entity.values}
    if deep:
        for name, kind in entity.collections.items():
            content[name] = [_skeleton(target, target.contract.types[kind], deep=False)]
        for name, kind in entity.linked.items():
            content[name] = _skeleton(target, target.contract.types[kind], deep=False)
    return content
