"""How a stored row looks in an answer (``acumatica_api.md`` 4.1): wrappers, ``{}`` for empty, expansion, selection.

Pure; stores nothing and refuses nothing but a `$select`, `$expand` or `$custom` the server would refuse.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ml_connector_twins.acumatica.contract import Contract, EntityType
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value, render_value
from ml_connector_twins.acumatica.web.query.matching import COMPUTED

_CUSTOM_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "CustomBooleanField"),
    (int, "CustomIntField"),
    (Decimal, "CustomDecimalField"),
    (date, "CustomDateTimeField"),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What one answer shows; paths are relative to the row at hand, ``salt`` chooses decimal scales, ``cut`` names
    the collections of which so many rows are shown at most."""

    expand: frozenset[str] = frozenset()
    select: frozenset[str] = frozenset()
    custom: frozenset[str] = frozenset()
    in_list: bool = False
    entity_url: str = ""
    file_base: str = ""
    salt: int = 0
    masked_subaccounts: bool = False
    cut: Mapping[str, int] = field(default_factory=dict)
    path: str = ""

    def below(self, name: str) -> Shape:
        """The shape of a linked entity or detail of that name."""
        prefix = f"{name}/"
        return replace(
            self,
            expand=frozenset(p.removeprefix(prefix) for p in self.expand if p.startswith(prefix)),
            select=frozenset(p.removeprefix(prefix) for p in self.select if p.startswith(prefix)),
            custom=frozenset(p.removeprefix(prefix) for p in self.custom if p.startswith(prefix)),
            entity_url="",
            cut={},
            path=f"{self.path}{prefix}",
        )


class UnknownPath(Exception):
    """A path of a query option that the entity does not have."""


def check_paths(paths: frozenset[str], contract: Contract, entity: EntityType) -> None:
    """Raises UnknownPath where an `$expand` path is neither a linked entity, nor a collection, nor ``files``."""
    for path in sorted(paths):
        here = entity
        for part in path.split("/"):
            if part == "files":
                break
            target = here.linked.get(part) or here.collections.get(part)
            if target is None:
                raise UnknownPath(f"Could not find a property named '{part}' on type '{here.name}'.")
            here = contract.types[target]


def render_row(row: Row, shape: Shape, *, number: int, contract: Contract, entity: EntityType) -> dict[str, Any]:
    """One row as JSON-ready content; ``number`` is its ``rowNumber``."""
    content: dict[str, Any] = {
        "id": row.id,
        "rowNumber": number,
        "note": None if row.note is None else {"value": row.note},
    }
    if row.error:
        content["error"] = row.error
    hidden_in_list = COMPUTED.get(entity.name, frozenset()) if shape.in_list else frozenset()
    names = sorted((*entity.values, *entity.linked, *entity.collections))
    if shape.select:
        selected = {path.partition("/")[0] for path in shape.select}
        names = [name for name in names if name in selected]
    for name in names:
        if name in entity.values:
            value = None if name in hidden_in_list else row.fields.get(name)
            content[name] = _wrapped(name, value, row, shape)
        elif name in shape.expand:
            content[name] = _nested(name, row, shape, contract=contract, entity=entity)
    if shape.custom:
        content["custom"] = _custom(row, entity, shape)
    if "files" in shape.expand:
        content["files"] = [_file(entry.id, entry.name, entry.comment, shape) for entry in row.files]
    if shape.file_base:
        content["_links"] = _links(row, entity, shape)
    return content


def _wrapped(name: str, value: Value, row: Row, shape: Shape) -> dict[str, Any]:
    wrapped: dict[str, Any] = {}
    if value is not None and value != "":
        salt = zlib.crc32(name.encode()) + shape.salt
        if shape.masked_subaccounts and "Sub" in name and isinstance(value, str):
            value = mask_subaccount(value)
        wrapped["value"] = render_value(value, salt)
    if name in row.errors:
        wrapped["error"] = row.errors[name]
    return wrapped


def mask_subaccount(plain: str) -> str:
    """``0110000`` as ``01-100-00``: the separators are display only (``ap_domain.md`` 2.3)."""
    return f"{plain[:2]}-{plain[2:5]}-{plain[5:]}" if len(plain) == len("0110000") and plain.isdigit() else plain


def _nested(name: str, row: Row, shape: Shape, *, contract: Contract, entity: EntityType) -> Any:
    below = shape.below(name)
    if name in entity.linked:
        linked = row.linked.get(name)
        target = contract.types[entity.linked[name]]
        if linked is None:
            return None
        return render_row(linked, replace(below, file_base=""), number=1, contract=contract, entity=target)
    target = contract.types[entity.collections[name]]
    rows = row.details.get(name, [])[: shape.cut.get(name)]
    return [
        render_row(detail, below, number=number, contract=contract, entity=target)
        for number, detail in enumerate(rows, start=1)
    ]


def _custom(row: Row, entity: EntityType, shape: Shape) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sorted(p for p in shape.custom if "/" not in p):
        view, _, column = name.partition(".")
        if name in row.custom:
            value = row.custom[name]
        else:
            path = mapped_field(entity, name)
            if path is None:
                continue
            value = row.fields.get(path)
        found.setdefault(view, {})[column] = {
            "type": custom_type(value),
            "value": None if value is None else render_value(value, zlib.crc32(name.encode()) + shape.salt),
        }
    return found


def mapped_field(entity: EntityType, name: str) -> str | None:
    """The contract field behind ``View.Field`` where the contract has it too."""
    for path, target in entity.views.items():
        view, _, column = target.rpartition(".")
        if "/" not in path and f"{view.partition(':')[0]}.{column}" == name:
            return path
    return None


def custom_type(value: Value) -> str:
    """The ``CustomXField`` type of a form field's value; text where it is empty."""
    for kind, name in _CUSTOM_TYPES:
        if isinstance(value, kind):
            return name
    return "CustomStringField"


def _file(file_id: str, name: str, comment: str, shape: Shape) -> dict[str, str]:
    return {
        "id": file_id,
        "filename": name,
        "href": f"{shape.file_base.rpartition('/files/')[0]}/files/{file_id}",
        "comment": comment,
    }


def _links(row: Row, entity: EntityType, shape: Shape) -> dict[str, str]:
    links = {"files:put": f"{shape.file_base}/{row.id}/{{filename}}"}
    if shape.entity_url:
        links["self"] = f"{shape.entity_url}/{row.id}"
    return links


FILE_VIEWS: Mapping[str, str] = {
    "Bill": "PX.Objects.AP.APInvoiceEntry/Document",
    "Check": "PX.Objects.AP.APPaymentEntry/Document",
    "Vendor": "PX.Objects.AP.VendorMaint/BAccount",
    "PurchaseOrder": "PX.Objects.PO.POOrderEntry/Document",
}
"""Graph and view in the ``files:put`` link (``acumatica_api.md`` 4.1); others carry the screen's name."""
