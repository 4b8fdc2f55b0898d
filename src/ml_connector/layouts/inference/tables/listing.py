"""Feeds we write, from a sample of what a customer wants: each heading is the column of the standard feed it is like.

The sample shows how cells are written; what no standard column is like is asked, or left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ml_connector.layouts.fields import loose_word
from ml_connector.layouts.inference.building import style_of_fields
from ml_connector.layouts.inference.cells.days import infer_days
from ml_connector.layouts.inference.columns import Field
from ml_connector.layouts.inference.interview import Interview
from ml_connector.layouts.inference.tables.flat import Shape
from ml_connector.layouts.inference.tables.rows import Body
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import Column, DayStyle, FeedLayout, Written
from ml_connector.layouts.shipped import load_shipped_layout

LISTED = ("vendors", "accounts", "subaccounts", "dimensions", "combinations", "purchase_orders", "results")
_OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "postal_code": ("zip", "postcode", "plz"),
    "address_line_1": ("line1", "street", "street1"),
    "address_line_2": ("line2", "street2"),
    "last_modified": ("changed", "modified", "updated"),
    "bill_number": ("erpref", "billnbr"),
    "bill_type": ("erptype",),
    "bill_status": ("erpstatus",),
    "external_id": ("stampliid",),
    "extended_cost": ("ext", "extcost", "amount"),
    "open_quantity": ("qtyopen", "openqty"),
    "open_amount": ("amtopen", "openamt"),
    "received_quantity": ("qtyreceived", "receivedqty"),
    "billed_quantity": ("qtybilled", "billedqty"),
    "order_quantity": ("qty", "quantity", "orderqty"),
    "order_type": ("type", "ordertype"),
    "order_number": ("ponbr", "ponumber", "orderno"),
    "order_date": ("date",),
    "inventory_id": ("item", "itemid"),
    "unit": ("uom",),
    "billing_basis": ("billbasis",),
    "vendor_id": ("vendor", "vendornbr", "vendorno"),
    "line_number": ("line", "linenbr", "lineno"),
    "vendor_name": ("name",),
    "default_subaccount": ("defaultsub",),
    "subaccount": ("sub",),
}
_PREFIXES = ("remit", "vendor", "")
_FLAGS: Mapping[str, str] = {"y": "true", "yes": "true", "1": "true", "n": "false", "no": "false", "0": "false"}
_LEFT_OUT = "leave it out"
_ENOUGH = 0.6


def listed_feed(labels: Sequence[str]) -> str | None:
    """The feed we write that these headings are of; None where they are of one we read."""
    loose = {loose_word(each) for each in labels}
    notions = [notions_of(each)[0] for each in labels]
    if "result" in loose and len(loose & {"code", "message", "at"}) > 1:
        return "results"
    counted = any({"quantity", word} <= each for each in notions for word in ("received", "billed", "open"))
    billed = any({"invoice", word} <= each for each in notions for word in ("number", "date", "id", "total"))
    if counted and not billed:
        return "purchase_orders"
    reached = loose & {"email", "city", "remitcity", "phone", "state", "remitstate", "addressline1"}
    money = any(each & {"invoice", "total", "amount"} for each in notions)
    return "vendors" if any("vendor" in each for each in notions) and len(reached) > 1 and not money else None


def infer_listing(body: Body, text: str, feed: str, interview: Interview) -> Shape:
    """The feed of that name, written as the sample is."""
    standard = load_shipped_layout("standard-csv").feeds[feed]
    figures = [each for each in body.fields if each.decimals]
    free = {each.member: each for each in standard.columns}
    chosen: dict[str, Column] = {}
    for field in body.fields:
        found = max(free.values(), key=lambda each: _likeness(field.name, each), default=None)
        if found is not None and _likeness(field.name, found) >= _ENOUGH:
            chosen[field.name] = free.pop(found.member)
    columns = []
    for field in body.fields:
        column = chosen.get(field.name) or _asked(field, free, interview)
        if column is not None:
            columns.append(_as_written(column, field))
    dialect = replace(body.dialect, line_end="\r\n" if "\r\n" in text else "\n", quote_all=_quoted(text, body))
    own = FeedLayout(feed, "out", "row", standard.noun, tuple(columns))
    return Shape(own, dialect, style_of_fields(figures), DayStyle())


def _likeness(heading: str, column: Column) -> float:
    """1 where the heading is the standard one or another word for it, less where words are only shared."""
    loose = loose_word(heading)
    words = {loose_word(column.name), *_OTHER_WORDS.get(column.member, ())}
    if loose == loose_word(column.name):
        return 1.0
    if any(loose == f"{prefix}{word}" for prefix in _PREFIXES for word in words):
        return 0.9
    own, other = notions_of(heading)[0], notions_of(column.name)[0]
    shared = len(own & other) / len(own | other) if own | other else 0.0
    return 0.8 * shared


def _asked(field: Field, free: dict[str, Column], interview: Interview) -> Column | None:
    shown = ", ".join(dict.fromkeys(field.filled[:3])) or "nothing"
    evidence = f"No column of ours is like it; the sample says {shown}."
    name = f"column-{field.name}".replace(" ", "-")
    answer = interview.ask(name, f"What is to stand in {field.name}?", evidence, choices=[*free, _LEFT_OUT])
    return free.pop(answer) if answer in free else None


def _as_written(column: Column, field: Field) -> Column:
    """The column under the sample's heading, its days and flags in the sample's words."""
    plain = Column(field.name, column.member, column.type)
    if column.type == "day":
        days = infer_days(field.cells, numbers=True)
        if days is not None and days.open:
            return replace(plain, undecided=" or ".join(next(iter(days.open.values()))))
        return plain if days is None or days.plain() else replace(plain, formats=tuple(days.formats[:1]))
    if column.type == "flag":
        words = {each: _FLAGS[each.casefold()] for each in dict.fromkeys(field.filled) if each.casefold() in _FLAGS}
        return replace(plain, words=_both(words)) if words else plain
    if column.member == "status":
        # A vendor whose payments are on hold has a status of its own with some customers.
        held = next((each for each in field.filled if {"hold", "payments"} <= set(each.casefold().split())), "")
        return replace(plain, written=(Written("payments_on_hold", "true", held),)) if held else plain
    return plain


def _both(words: Mapping[str, str]) -> Mapping[str, str]:
    """The sample's word with its counterpart, so that both states can be written."""
    pairs = (("Y", "N"), ("Yes", "No"), ("1", "0"))
    for yes, no in pairs:
        for shape in (str, str.lower, str.upper):
            if {shape(yes), shape(no)} & set(words):
                return {shape(yes): "true", shape(no): "false"}
    return words


def _quoted(text: str, body: Body) -> bool:
    """Whether every cell stands in quotes."""
    lines = text.splitlines()
    return bool(body.dialect.quote) and all(each.startswith(body.dialect.quote) for each in lines if each)
