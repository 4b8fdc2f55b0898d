"""Links of a bill row to an order, a receipt or a subcontract: what the row names, and what is wrong with it.

``acumatica_api.md`` 8.3 and the ``po_*`` and ``subcontract_link`` switches of 13.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml_connector_twins.acumatica.payables.changes import Change, empty, missing
from ml_connector_twins.acumatica.payables.orders import (
    ORDER_TYPES,
    SUBCONTRACT,
    SUBCONTRACT_CODE,
    LinkedLine,
    find_order,
    not_billable,
    order_lines,
    receipt_lines,
)
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row

LINK_FIELDS = ("POOrderType", "POOrderNbr", "POLine", "POReceiptType", "POReceiptNbr", "POReceiptLine")


@dataclass(frozen=True, slots=True)
class Link:
    """What a row is linked to; ``whole`` where it named no line and brings every billable one in."""

    lines: tuple[LinkedLine, ...] = ()
    whole: bool = False
    kind: str = ""


class BadLink(Exception):
    """A link the server refuses: the field at fault and the words."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


def find_link(books: Books, bill: Row, change: Change) -> Link | None:
    """The link a row asks for, None where it asks for none; raises BadLink where the server refuses it."""
    if change.text("POReceiptNbr"):
        return _receipt_link(books, bill, change)
    kind, number = change.text("POOrderType"), change.text("POOrderNbr")
    if not kind and not number:
        return None
    if books.switches.on("migration_mode"):
        raise BadLink("POOrderNbr", "Purchase order links are not available in migration mode.")
    if not kind or not number:
        if books.switches.at("po_link_half_given") == "ignore":
            return None
        lacking = "POOrderType" if not kind else "POOrderNbr"
        raise BadLink(lacking, empty("PO Type" if not kind else "PO Number"))
    label = _order_label(books, kind)
    order = find_order(books, label, number)
    if order is None:
        return _absent(books, "POOrderNbr", missing("PO Number", number))
    lines = order_lines(order, label)
    return _chosen(books, bill, change, lines, line_field="POLine", kind=label)


def _order_label(books: Books, text: str) -> str:
    by_label = books.switches.at("subcontract_link") == "po_fields_type_label"
    by_code = books.switches.at("subcontract_link") == "po_fields_type_code"
    if text in ORDER_TYPES:
        return text
    if (text == SUBCONTRACT and by_label) or (text == SUBCONTRACT_CODE and by_code):
        return SUBCONTRACT
    if books.switches.on("dropdown_accepts_code"):
        for label, code in ORDER_TYPES.items():
            if code == text:
                return label
        if text == SUBCONTRACT_CODE and by_label:
            return SUBCONTRACT
    raise BadLink("POOrderType", f"The value '{text}' is not in the list of allowed values.")


def _absent(books: Books, name: str, message: str) -> Link | None:
    if books.switches.at("po_link_absent") == "line_without_link":
        return None
    raise BadLink(name, message)


def _receipt_link(books: Books, bill: Row, change: Change) -> Link | None:
    if books.switches.on("migration_mode"):
        raise BadLink("POReceiptNbr", "Purchase order links are not available in migration mode.")
    default = "Return" if bill.text("Type") == "Debit Adj." else "Receipt"
    kind, number = change.text("POReceiptType") or default, change.text("POReceiptNbr")
    receipt = books.find("PurchaseReceipt", kind, number)
    if receipt is None:
        return _absent(books, "POReceiptNbr", missing("Receipt Nbr.", number))
    lines = receipt_lines(books, receipt)
    order, order_line = change.text("POOrderNbr"), change.fields.get("POLine")
    if order:
        lines = [x for x in lines if x.order.text("OrderNbr").upper() == order.upper()]
    if isinstance(order_line, int):
        lines = [x for x in lines if x.line.number("LineNbr") == order_line]
    if not lines:
        return _absent(books, "POOrderNbr", missing("PO Number", order))
    return _chosen(books, bill, change, lines, line_field="POReceiptLine", kind=lines[0].order.text("Type"))


def _chosen(
    books: Books, bill: Row, change: Change, lines: list[LinkedLine], *, line_field: str, kind: str
) -> Link | None:
    number = change.fields.get(line_field)
    if number is None:
        billable = tuple(x for x in lines if not_billable(books, bill, x) is None)
        if not billable:
            raise BadLink(line_field, "There are no lines to be billed.")
        return Link(billable, whole=len(lines) > 1 or line_field == "POLine", kind=kind)
    wanted = [x for x in lines if (x.receipt_line or x.line).number("LineNbr") == number]
    if not wanted:
        return _absent(books, line_field, missing("Line Nbr.", str(number)))
    reason = not_billable(books, bill, wanted[0])
    if reason is not None and books.switches.at("po_link_not_billable") == "refuse":
        raise BadLink(line_field, f"The line cannot be billed: {reason}.")
    return Link((wanted[0],), kind=kind)


def check_twice(books: Books, bill: Row) -> None:
    """Marks a second row for the same order or receipt line (switch ``po_line_twice_on_bill``)."""
    if books.switches.at("po_line_twice_on_bill") == "accept":
        return
    seen: set[tuple[object, ...]] = set()
    for line in bill.rows("Details"):
        if not line.text("POOrderNbr") or line.errors:
            continue
        key = tuple(line.fields.get(name) for name in LINK_FIELDS)
        if key in seen:
            line.errors["POLine"] = "The line is already on this document."
        seen.add(key)
