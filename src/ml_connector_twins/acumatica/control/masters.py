"""What people change in master data: vendors, jobs, orders, receipts, and any record set to what it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ml_connector_twins.acumatica.control.truth import row_truth
from ml_connector_twins.acumatica.control.wishes import Content, Refusal, change_of, entity_of
from ml_connector_twins.acumatica.firm.jobs import enter_budget, enter_cost_code, enter_project, enter_task
from ml_connector_twins.acumatica.firm.orders import OrderLine, OrderPlan, enter_order, enter_receipt
from ml_connector_twins.acumatica.firm.vendors import VendorPlan, enter_vendor
from ml_connector_twins.acumatica.payables.changes import Change
from ml_connector_twins.acumatica.payables.orders import RECEIVED_QTY, find_order
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import cents, parse_decimal


def put_record(books: Books, content: Content) -> Any:
    """``{"entity", "fields": {…}, "custom": {"View.Field": …}, "details": {…}, "linked": {"MainContact": {…}}}``.

    Sets exactly this on the record with those keys, or adds one; no rules apply. Rows of ``details`` replace the old.
    """
    entity = entity_of(str(content["entity"]))
    change = change_of({**content.get("fields", {}), **content.get("details", {})}, entity)
    change.custom.update(change_of({"custom": content.get("custom", {})}, entity).custom)
    table = books.table(entity.name)
    keys = [change.text(name) for name in table.keys]
    row = table.get(*keys) if all(keys) else None
    if row is None:
        row = books.new_row()
    row.fields.update(change.fields)
    row.custom.update(change.custom)
    for name, fields in content.get("linked", {}).items():
        linked = row.linked.setdefault(name, books.new_row())
        linked.fields.update(change_of(fields, entity_of(entity.linked[name])).fields)
    for name, rows in change.details.items():
        row.details[name] = [_detail(books, entry) for entry in rows]
    books.touch(row)
    table.put(row)
    return row_truth(row)


def _detail(books: Books, change: Change) -> Row:
    row = books.new_row()
    row.fields.update(change.fields)
    row.custom.update(change.custom)
    return row


def remove_record(books: Books, content: Content) -> Any:
    """``{"entity", "keys": […]}``: the record is gone, as after a deletion."""
    table = books.table(entity_of(str(content["entity"])).name)
    row = table.get(*[str(key) for key in content["keys"]])
    if row is None:
        raise Refusal(f"no {content['entity']} {content['keys']}")
    table.remove(row)
    return {"removed": row.id}


_DOCUMENTS_OF_VENDORS = (
    ("Bill", "Vendor"),
    ("Check", "Vendor"),
    ("PurchaseOrder", "VendorID"),
    ("Subcontract", "VendorID"),
    ("PurchaseReceipt", "VendorID"),
)


def change_key(books: Books, content: Content) -> Any:
    """``{"entity", "keys": […], "to": […]}``: Change ID; the GUID stays (``ap_domain.md`` rule 22)."""
    table = books.table(entity_of(str(content["entity"])).name)
    row = table.get(*[str(key) for key in content["keys"]])
    if row is None:
        raise Refusal(f"no {content['entity']} {content['keys']}")
    old = row.text(table.keys[-1])
    row.fields.update(dict(zip(table.keys, content["to"], strict=True)))
    books.touch(row)
    table.put(row)
    if table.entity == "Vendor":
        for name, field in _DOCUMENTS_OF_VENDORS:
            for document in books.table(name):
                if document.text(field) == old:
                    document.fields[field] = row.text("VendorID")
    return row_truth(row)


def add_vendor(books: Books, content: Content) -> Any:
    """``{"code", "name", "status", "terms", "currency", "tax_zone", "is_1099", …}``: a new vendor."""
    row = enter_vendor(books, VendorPlan(**content))
    books.touch(row)
    return row_truth(row)


def add_project(books: Books, content: Content) -> Any:
    """``{"code", "name", "branch", "status"}``: a new project."""
    branch, status = content.get("branch", "MAIN"), content.get("status", "Active")
    row = enter_project(books, content["code"], content["name"], branch=branch, status=status)
    books.touch(row)
    return row_truth(row)


def add_task(books: Books, content: Content) -> Any:
    """``{"project", "task", "name", "status", "kind"}``: a new task."""
    status, kind = content.get("status", "Active"), content.get("kind", "Cost")
    row = enter_task(books, content["project"], content["task"], content["name"], status=status, kind=kind)
    books.touch(row)
    return row_truth(row)


def add_cost_code(books: Books, content: Content) -> Any:
    """``{"code", "name", "active"}``: a new cost code."""
    row = enter_cost_code(books, content["code"], content["name"], active=content.get("active", True))
    books.touch(row)
    return row_truth(row)


def add_budget(books: Books, content: Content) -> Any:
    """``{"project", "task", "cost_code", "group", "amount"}``: a new cost budget line."""
    amount = parse_decimal(content["amount"])
    where = (content["project"], content["task"], content["cost_code"])
    return row_truth(enter_budget(books, *where, group=content["group"], amount=amount))


def add_order(books: Books, content: Content) -> Any:
    """``{"kind", "number", "vendor", "project", "status", "lines": [{"number", "text", "quantity", …}]}``."""
    lines = tuple(
        OrderLine(**{name: _number_or_text(name, raw) for name, raw in line.items()}) for line in content["lines"]
    )
    named = {name: content[name] for name in ("branch", "terms", "tax_zone") if name in content}
    plan = OrderPlan(content["kind"], content["number"], content["vendor"], content["project"], lines, **named)
    row = enter_order(books, plan, status=content.get("status", "Open"))
    books.touch(row)
    return row_truth(row)


_NUMBERS = ("quantity", "unit_cost", "received", "billed_amount", "retainage_percent", "max_percent")


def _number_or_text(name: str, raw: Any) -> Any:
    return parse_decimal(raw) if name in _NUMBERS else raw


def receive_goods(books: Books, content: Content) -> Any:
    """``{"order", "kind": "Normal", "number": "PR-…", "lines": [{"line", "quantity"}]}``: a released receipt."""
    order = find_order(books, str(content.get("kind", "Normal")), str(content["order"]))
    if order is None:
        raise Refusal(f"no order {content['order']}")
    received: list[tuple[int, Row, Decimal]] = []
    for serial, entry in enumerate(content["lines"], start=1):
        line = next((row for row in order.rows("Details") if row.number("LineNbr") == int(entry["line"])), None)
        if line is None:
            raise Refusal(f"no line {entry['line']} on {content['order']}")
        quantity = parse_decimal(entry["quantity"])
        total = line.custom_amount(RECEIVED_QTY) + quantity
        line.custom[RECEIVED_QTY] = total
        line.fields.update({"QtyOnReceipts": total, "ReceivedAmount": cents(total * line.amount("UnitCost"))})
        received.append((serial, line, quantity))
    receipt = enter_receipt(books, str(content["number"]), order.text("VendorID"), tuple(received))
    receipt.fields["Date"] = books.business_on
    books.touch(receipt)
    books.touch(order)
    return row_truth(receipt)


ACTIONS: Mapping[str, Callable[[Books, Content], Any]] = {
    "put_record": put_record,
    "remove_record": remove_record,
    "change_key": change_key,
    "add_vendor": add_vendor,
    "add_project": add_project,
    "add_task": add_task,
    "add_cost_code": add_cost_code,
    "add_budget": add_budget,
    "add_order": add_order,
    "receive_goods": receive_goods,
}
"""What people can do with master data, by name."""
