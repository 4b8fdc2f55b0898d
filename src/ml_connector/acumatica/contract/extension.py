"""The contract of an endpoint of the customer's own, as the endpoint tells it, and what it shows beyond ours (pure).

An endpoint that extends Default shows more of the same forms. What we look for is known by the names that such fields
get: that of the form's element, or its label without blanks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ml_connector.acumatica import values
from ml_connector.acumatica.contract import Contract
from ml_connector.acumatica.values import Row

Fields = Mapping[str, Mapping[str, str]]
"""Field types by entity and field, as ``Contract.type_of`` names them; a collection's type ends in ``[]``."""

# What the stock contract leaves out, by entity and element of the form (``acumatica_api.md 4.2, 7``).
_ELEMENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "PurchaseOrderDetail": {
        "Transactions.BilledQty": ("BilledQty",),
        "Transactions.CuryBilledAmt": ("CuryBilledAmt", "BilledAmount"),
        "Transactions.UnbilledQty": ("UnbilledQty",),
        "Transactions.CuryUnbilledAmt": ("CuryUnbilledAmt", "UnbilledAmount"),
        "Transactions.Closed": ("Closed",),
        "Transactions.POAccrualType": ("POAccrualType", "BillingBasedOn"),
    },
    "SubcontractDetail": {
        "Transactions.BilledQty": ("BilledQty",),
        "Transactions.CuryBilledAmt": ("CuryBilledAmt", "BilledAmount"),
        "Transactions.UnbilledQty": ("UnbilledQty",),
        "Transactions.CuryUnbilledAmt": ("CuryUnbilledAmt", "UnbilledAmount"),
    },
    "Vendor": {
        "DefLocation.VExpenseAcctID": ("VExpenseAcctID", "ExpenseAccount"),
        "DefLocation.VExpenseSubID": ("VExpenseSubID", "ExpenseSubaccount", "ExpenseSub"),
    },
    "CostCode": {"Items.IsActive": ("IsActive", "Active")},
    "ProjectTask": {"Task.Type": ("Type",)},
    "Account": {"AccountRecords.ControlAccountModule": ("ControlAccountModule",)},
}


def parse_schema(document: object) -> Fields:
    """The fields of every entity of a ``swagger.json``, Swagger 2.0 or OpenAPI 3.0 (1).

    Raises TransientError where it is neither."""
    found = values.parse_row(document)
    components = values.linked(found, "components")
    definitions = values.linked(components, "schemas") or values.linked(found, "definitions")
    if not definitions:
        raise values.unreadable("the endpoint's own document names no entity")
    return {name: dict(_fields(schema)) for name, schema in definitions.items() if isinstance(schema, dict)}


def _fields(schema: Row) -> Iterator[tuple[str, str]]:
    parts = schema.get("allOf")
    for part in parts if isinstance(parts, list) else [schema]:
        properties = part.get("properties") if isinstance(part, dict) else None
        for name, kind in properties.items() if isinstance(properties, dict) else ():
            told = _type(kind)
            if told:
                yield name, told


def _type(kind: object) -> str:
    """The type a property points to, empty where it points to none."""
    if not isinstance(kind, dict):
        return ""
    if kind.get("type") == "array":
        inner = _type(kind.get("items"))
        return f"{inner}[]" if inner else ""
    parts = kind.get("allOf")
    if isinstance(parts, list) and parts:
        return _type(parts[0])
    pointer = kind.get("$ref")
    return pointer.rpartition("/")[2] if isinstance(pointer, str) else ""


def missing_fields(contract: Contract, entity: str, own: Fields) -> list[str]:
    """What the endpoint lacks of an entity that our contract has in every version, as ``Entity.Field``; at any depth.

    Nothing missing means that it can be read there in place of the pinned endpoint."""
    if entity not in own:
        return [entity]
    found: list[str] = []
    for place in contract.entities_below(entity):
        known = own.get(place, {})
        found += [f"{place}.{field}" for field in contract.lasting_fields(place) if field not in known]
    return found


def added_elements(own: Fields) -> Mapping[str, Mapping[str, str]]:
    """The endpoint's own fields that show an element of a form, by entity and element."""
    return {
        entity: {
            element: next(name for name in names if name in own[entity])
            for element, names in elements.items()
            if any(name in own[entity] for name in names)
        }
        for entity, elements in _ELEMENTS.items()
        if entity in own
    }


def as_custom(row: Row, added: Mapping[str, str]) -> Row:
    """The row with its own fields standing where ``$custom`` would show them; what ``$custom`` showed stays."""
    custom: dict[str, dict[str, object]] = {}
    for element, name in added.items():
        view, _, field = element.partition(".")
        if name in row:
            custom.setdefault(view, {})[field] = row[name]
    shown = values.linked(row, "custom")
    merged = {view: {**custom.get(view, {}), **values.linked(shown, view)} for view in {*custom, *shown}}
    return {**row, "custom": merged} if merged else row
