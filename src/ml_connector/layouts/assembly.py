"""The rows of one document to its canonical form (operator contract, section 4): header, lines, signs.

In a file a credit memo may be negative and an invoice with a negative total is one too; here its amounts are positive
and the kind carries the sign. Nothing is summed and no rule of accounts payable is applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from ml_connector.layouts.columns import Plan
from ml_connector.layouts.document import Document, Source
from ml_connector.layouts.layout import (
    APPLICATION_MEMBERS,
    ATTACHMENT_MEMBERS,
    INVOICE_MEMBERS,
    LINE_MEMBERS,
    PAYMENT_MEMBERS,
    Place,
)
from ml_connector.layouts.rows import Row
from ml_connector.numerals import shown_text
from ml_connector.problems import Problem

Members = dict[str, object]
_ROOTED = re.compile(r"[/\\]|[A-Za-z]:")


def assemble_document(plan: Plan, rows: tuple[Row, ...], *, file: str) -> Document | Problem:
    """The document of these rows, or what is wrong with it as a whole."""
    first = rows[0]
    header = _members(plan, "document", first)
    source = Source(file, first.record, first.line, tuple(each.line for each in rows))
    match plan.feed.document:
        case "approved_invoice":
            unsafe = _unsafe_attachment(plan, rows, file)
            if unsafe is not None:
                return unsafe
            values = _approved_invoice(plan, header, rows)
        case "payment":
            values = _payment(plan, header, rows)
        case _:
            values = dict.fromkeys((each.member for each in plan.feed.columns), None) | header
    return Document(plan.feed.name, values, source)


def _members(plan: Plan, place: Place, row: Row) -> Members:
    return {plan.columns[at].column.member: row.values[at] for at in plan.places[place]}


def _approved_invoice(plan: Plan, header: Members, rows: tuple[Row, ...]) -> Members:
    lines = [dict.fromkeys(LINE_MEMBERS, None) | _members(plan, "lines", each) | {"custom": {}} for each in rows]
    for line in lines:
        line["kind"] = line["kind"] or ("item" if line["po_number"] else "expense")
    _number_lines(lines)
    invoice: Members = dict.fromkeys(INVOICE_MEMBERS, None) | header
    negative = _is_negative(invoice["total"])
    kind = invoice["kind"] or "invoice"
    read_as_credit = negative and kind == "invoice"
    invoice["kind"] = "credit_memo" if read_as_credit else kind
    if negative and invoice["kind"] == "credit_memo":
        _turn_sign(invoice, lines)
    attachments = [dict.fromkeys(ATTACHMENT_MEMBERS, None) | {"name": name} for name in _attachment_names(plan, rows)]
    custom = {"read_as_credit": True} if read_as_credit else {}
    return invoice | {"lines": lines, "taxes": [], "attachments": attachments, "custom": custom}


def _number_lines(lines: list[Members]) -> None:
    """Lines without a number of their own get the smallest free ones, in order."""
    taken = {line["line_number"] for line in lines}
    number = 1
    for line in lines:
        if line["line_number"] is None:
            while number in taken:
                number += 1
            line["line_number"] = number
            number += 1


def _turn_sign(invoice: Members, lines: list[Members]) -> None:
    """A negative credit memo to a positive one: every amount turns, so that lines keep their signs to each other."""
    invoice["total"] = _negated(invoice["total"])
    if _is_negative(invoice["tax_total"]):
        invoice["tax_total"] = _negated(invoice["tax_total"])
    for line in lines:
        _turn_line(line)


def _turn_line(line: Members) -> None:
    amount, quantity, price = line["amount"], line["quantity"], line["unit_price"]
    if not amount:
        return
    if _is_negative(amount) == _is_negative(line["retainage_amount"]):
        line["retainage_amount"] = _negated(line["retainage_amount"])
    line["amount"] = _negated(amount)
    # Quantity times price keeps agreeing with the amount: one of them turns where they agreed before.
    if (_is_negative(quantity) != _is_negative(price)) == _is_negative(amount):
        turned = (
            "unit_price" if quantity is None or (_is_negative(price) and not _is_negative(quantity)) else "quantity"
        )
        line[turned] = _negated(line[turned])


def _payment(plan: Plan, header: Members, rows: tuple[Row, ...]) -> Members:
    applications = [dict.fromkeys(APPLICATION_MEMBERS, None) | _members(plan, "applications", each) for each in rows]
    vendors = {each["vendor_id"] for each in applications}
    payment: Members = dict.fromkeys(PAYMENT_MEMBERS, None) | {
        "vendor_id": vendors.pop() if len(vendors) == 1 else None
    }
    return payment | header | {"applications": applications}


def _attachment_names(plan: Plan, rows: tuple[Row, ...]) -> Iterator[str]:
    """The names the rows give, each once."""
    named = (row.values[at] for row in rows for at in plan.places["attachments"])
    return iter(dict.fromkeys(str(each) for each in named if each is not None))


def _unsafe_attachment(plan: Plan, rows: tuple[Row, ...], file: str) -> Problem | None:
    """A name is relative to the file's own folder and never leads out of it."""
    for row in rows:
        for at in plan.places["attachments"]:
            name = row.values[at]
            if isinstance(name, str) and not _stays_inside(name):
                heading = plan.columns[at].heading
                message = f"Row {row.line}: {heading} {shown_text(name)} leads out of the file's own folder."
                rule = "a relative name inside the folder of the file"
                return Problem("value.unsafe_path", message, file, row.record, row.line, heading, name, rule)
    return None


def _stays_inside(name: str) -> bool:
    return name.isprintable() and not _ROOTED.match(name) and ".." not in re.split(r"[/\\]", name)


def _is_negative(value: object) -> bool:
    return isinstance(value, Decimal) and value < 0


def _negated(value: object) -> object:
    # copy_negate() asks no context, so nothing is rounded; zero stays without a sign.
    return value.copy_negate() if isinstance(value, Decimal) and value else value
