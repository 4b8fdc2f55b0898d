"""GET of lists and single records (``acumatica_api.md`` 4): options, order, paging, the optimiser's refusals."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ml_connector_twins.acumatica.contract import Contract, EntityType
from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row, fold
from ml_connector_twins.acumatica.web.calls import Answer, Call, bad_request, json_answer, no_entity, px_error
from ml_connector_twins.acumatica.web.query.filters import BadFilter
from ml_connector_twins.acumatica.web.query.matching import Predicate, checked_filter
from ml_connector_twins.acumatica.web.query.rendering import (
    FILE_VIEWS,
    Shape,
    UnknownPath,
    check_paths,
    mapped_field,
    render_row,
)

INQUIRIES = frozenset({"CompaniesStructure"})
"""Entities read by PUT; a GET cannot be optimised (4.3)."""

_LIST, _SINGLE, _WRITTEN = 0, 1, 2
_CUTS = {"list_details_cut": 1, "list_details_empty": 0}


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about."""

    site: Site
    books: Books
    contract: Contract
    entity: EntityType
    base_url: str

    @property
    def entity_url(self) -> str:
        """Host-relative URL of the entity, virtual directory included."""
        return f"{self.base_url}/{self.entity.name}"


def _paths(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def shape_of(target: Target, call: Call, *, in_list: bool, written: bool = False) -> Shape:
    """The shape the query options ask for; raises the 500 of an unknown path."""
    options = call.options
    expand = _paths(options.get("$expand", ""))
    switches = target.site.switches
    try:
        check_paths(expand, target.contract, target.entity)
    except UnknownPath as fault:
        raise px_error(str(fault), "System.ArgumentException") from fault
    if switches.on("expand_parent_implied"):
        parents = {"/".join(path.split("/")[:n]) for path in expand for n in range(1, path.count("/") + 1)}
        expand |= parents
    custom = _paths(options.get("$custom", ""))
    if switches.at("custom_unknown") == "500":
        _check_custom(target, custom)
    view = FILE_VIEWS.get(target.entity.name, f"{target.entity.screen}/Document")
    return Shape(
        expand=expand,
        select=_paths(options.get("$select", "")),
        custom=custom if switches.on("custom_shown") else frozenset(),
        in_list=in_list,
        entity_url=target.entity_url,
        file_base=f"{target.base_url}/files/{view}" if switches.on("links") else "",
        salt=_WRITTEN if written else _LIST if in_list else _SINGLE,
        masked_subaccounts=switches.at("subaccount_form") == "masked",
        cut=_cut_details(target) if in_list else {},
    )


def _cut_details(target: Target) -> dict[str, int]:
    """Of which collections a list shows how many rows at most, by the switches."""
    pairs = [(pair, most) for name, most in _CUTS.items() for pair in target.site.switches.words(name)]
    return {pair.partition(".")[2]: most for pair, most in pairs if pair.partition(".")[0] == target.entity.name}


def _check_custom(target: Target, custom: frozenset[str]) -> None:
    known = {name for row in target.books.table(target.entity.name) for name in row.custom}
    for name in custom:
        if "/" not in name and name not in known and mapped_field(target.entity, name) is None:
            raise px_error(f"The field '{name}' does not exist.", "System.Collections.Generic.KeyNotFoundException")


def render_one(target: Target, row: Row, shape: Shape, number: int = 1) -> dict[str, Any]:
    """One record as an answer shows it."""
    return render_row(row, shape, number=number, contract=target.contract, entity=target.entity)


def read_single(target: Target, call: Call, keys: list[str]) -> Answer:
    """GET by GUID or by keys; a missing record is 500 (4.5)."""
    row = find_record(target, keys)
    if row is None:
        raise no_entity()
    return json_answer(render_one(target, row, shape_of(target, call, in_list=False)))


def find_record(target: Target, keys: list[str]) -> Row | None:
    """The record a URL tail names: a GUID, keys by slash, or keys by pipe."""
    table = target.books.table(target.entity.name)
    if len(keys) == 1:
        found = table.by_id(keys[0])
        if found is not None:
            return found
        keys = keys[0].split("|")
    return table.get(*keys) if len(keys) == len(table.keys) else None


def read_list(target: Target, call: Call) -> Answer:
    """GET of a list: a bare array, in no promised order (4.1, 4.2)."""
    switches = target.site.switches
    longest = int(switches.number("query_length_max"))
    if longest and len(call.query) > longest:
        raise bad_request("", "The length of the query string for this request exceeds the configured value.")
    shape = shape_of(target, call, in_list=True)
    _check_optimizer(target, shape)
    rows = _ordered(target, _selected(target, call), call.options)
    return json_answer([render_one(target, row, shape, number) for number, row in enumerate(rows, start=1)])


def _check_optimizer(target: Target, shape: Shape) -> None:
    name = target.entity.name
    failing = set(target.site.switches.words("optimizer_fails"))
    faults = sorted(path for path in shape.expand if f"{name}.{path}" in failing)
    if name in INQUIRIES:
        faults = ["Results"]
    if faults:
        lines = "\r\n".join(f"{path}: View {path} has BQL delegate" for path in faults)
        raise px_error(
            f"Optimization cannot be performed.The following fields cause the error:\r\n{lines}",
            "PX.Api.ContractBased.OptimizedExport.CannotOptimizeException",
        )


def filter_of(target: Target, text: str) -> Predicate:
    """The predicate of a `$filter`; raises the server's 500."""
    try:
        return checked_filter(text, target.contract, target.entity, target.site.switches)
    except BadFilter as fault:
        raise px_error(f"Error: {fault}", "Microsoft.Data.OData.ODataException") from fault


def _selected(target: Target, call: Call) -> list[Row]:
    rows = list(target.books.table(target.entity.name))
    stale_before = call.header("x-twin-stale-before") or _lag(target)
    if stale_before:
        rows = [row for row in rows if str(row.hidden.get("created_at") or "") < stale_before]
    text = call.options.get("$filter")
    if text is None:
        return rows
    holds = filter_of(target, text)
    return [row for row in rows if holds(row)]


def _lag(target: Target) -> str:
    """The instant up to which a list shows new records while lists lag behind writes; empty where they do not."""
    seconds = target.site.switches.number("list_lag_seconds")
    if not seconds:
        return ""
    return (target.site.clock.now() - timedelta(seconds=seconds)).isoformat(timespec="microseconds")


def _count(options: dict[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise px_error(f"Invalid value '{text}' for {name} query option found.", "Microsoft.Data.OData.ODataException")
    return int(text)


def _cut(rows: list[Row], options: dict[str, str]) -> list[Row]:
    rows = rows[_count(options, "$skip") or 0 :]
    top = _count(options, "$top")
    return rows if top is None else rows[:top]


def _paged(target: Target, rows: list[Row]) -> list[Row]:
    """A site that cuts long answers without a word (``fault_catalogue.md`` 95)."""
    longest = int(target.site.switches.number("page_size_max"))
    return rows[:longest] if longest else rows


def _sorted(rows: list[Row], order_by: str) -> list[Row]:
    for part in reversed(order_by.split(",")):
        name, _, direction = part.strip().partition(" ")
        keyed = [(fold(row.text(name)), number, row) for number, row in enumerate(rows)]
        keyed.sort(reverse=direction.strip().lower() == "desc")
        rows = [row for _, _, row in keyed]
    return rows


def _ordered(target: Target, rows: list[Row], options: dict[str, str]) -> list[Row]:
    """Applies $top and $skip: the first N by key, shown shuffled; $skip counts in the shuffled order (13.10)."""
    switches = target.site.switches
    order_by = options.get("$orderby", "")
    if order_by and switches.at("orderby") == "refused":
        raise px_error("The query option '$orderby' is not supported.", "Microsoft.Data.OData.ODataException")
    if order_by and switches.at("orderby") == "works":
        return _paged(target, _cut(_sorted(rows, order_by), options))
    chance = random.Random(f"{target.site.options.seed}/{len(target.site.requests)}")
    shuffled = switches.at("row_order") == "shuffled"
    if shuffled and (_count(options, "$skip") or switches.at("top_order") == "arbitrary"):
        chance.shuffle(rows)
    rows = _paged(target, _cut(rows, options))
    if shuffled:
        chance.shuffle(rows)
    return rows
