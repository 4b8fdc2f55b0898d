"""The rows of one document to its canonical form (operator contract, section 4): header, lines, signs.

In a file a credit memo may be negative and an invoice with a negative total is one too; here its amounts are positive
and the kind carries the sign. Nothing is summed and no rule of accounts payable is applied.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ml_connector.layouts.cells.packed import Packed, spread_shares
from ml_connector.layouts.document import Document, Source
from ml_connector.layouts.layout import (
    APPLICATION_MEMBERS,
    ATTACHMENT_MEMBERS,
    INVOICE_MEMBERS,
    LINE_MEMBERS,
    PAYMENT_MEMBERS,
    TAX_MEMBERS,
    FeedLayout,
    Place,
)
from ml_connector.layouts.records.columns import Plan
from ml_connector.layouts.records.rows import Row
from ml_connector.layouts.wrapping.attached import describe_attachment
from ml_connector.numerals import shown_text
from ml_connector.problems import Problem

Members = dict[str, object]
_EMPTY_INVOICE: Members = dict.fromkeys(INVOICE_MEMBERS, None)
_EMPTY_LINE: Members = dict.fromkeys(LINE_MEMBERS, None)
_ROOTED = re.compile(r"[/\\]|[A-Za-z]:")


@dataclass(slots=True)
class Line:
    """One line of a document with the shares it falls into; ``cell`` is where the shares stand, for messages."""

    members: Members
    record: int
    line: int
    shares: list[Members] = field(default_factory=list)
    column: str | None = None
    cell: str | None = None


@dataclass(slots=True)
class Parts:
    """What the records of one document say, before it is put together."""

    header: Members
    source: Source
    lines: list[Line] = field(default_factory=list)
    taxes: list[Members] = field(default_factory=list)
    applications: list[Members] = field(default_factory=list)
    attachments: list[Members] = field(default_factory=list)


def assemble_document(plan: Plan, rows: tuple[Row, ...], *, file: str) -> Document | Problem:
    """The document of these rows, or what is wrong with it as a whole."""
    first = rows[0]
    source = Source(file, first.record, first.line, tuple(each.line for each in rows))
    unsafe = unsafe_attachment(plan, rows, file)
    if unsafe is not None:
        return unsafe
    parts = Parts(_members(plan, "document", first), source)
    for row in rows:
        add_row(parts, plan, row)
    return assemble_parts(plan.feed, parts)


def add_row(parts: Parts, plan: Plan, row: Row) -> None:
    """What a row says besides the header: its line with shares, its tax, its application, its attachments."""
    values = row.values
    places = plan.places
    if places.get("lines"):
        parts.lines.append(_line(plan, row))
    elif places.get("shares") and parts.lines:
        parts.lines[-1].shares.append(_members(plan, "shares", row))
    if places.get("taxes"):
        tax = _members(plan, "taxes", row)
        if any(each is not None for each in tax.values()):
            parts.taxes.append(dict.fromkeys(TAX_MEMBERS, None) | tax)
    if places.get("applications"):
        parts.applications.append(_members(plan, "applications", row))
    if places.get("attachments"):
        parts.attachments += _attachments(plan, values)


def assemble_parts(feed: FeedLayout, parts: Parts) -> Document | Problem:
    """The canonical document, or the problem because of which there is none."""
    if feed.sign == "reversed":
        _reverse(parts)
    if feed.document == "approved_invoice":
        found = _approved_invoice(feed, parts)
        if isinstance(found, Problem):
            return found
        values, content = found
        return Document(feed.name, values, parts.source, content)
    if feed.document == "payment":
        return Document(feed.name, _payment(parts), parts.source)
    empty = dict.fromkeys((each.member for each in feed.columns if each.place == "document"), None)
    return Document(feed.name, empty | parts.header, parts.source)


def _members(plan: Plan, place: Place, row: Row) -> Members:
    values = row.values
    return dict(zip(plan.members[place], [values[at] for at in plan.places[place]], strict=True))


def _line(plan: Plan, row: Row) -> Line:
    line = Line(_members(plan, "lines", row), row.record, row.line)
    for at in plan.places.get("shares", ()):
        packed = row.values[at]
        if isinstance(packed, Packed):
            line.shares += packed.shares
            line.column, line.cell = plan.columns[at].heading, packed.text
    for group in plan.groups:
        share = {plan.columns[at].column.member: row.values[at] for at in group}
        if all(each is None for each in share.values()):
            break
        line.shares.append(share)
        line.column = plan.columns[group[-1]].heading
    return line


def _attachments(plan: Plan, values: tuple[object, ...]) -> list[Members]:
    found = {plan.columns[at].column.member: (plan.columns[at].column, values[at]) for at in plan.places["attachments"]}
    if "name" not in found or found["name"][1] is None:
        return []
    column, names = found["name"]
    split = str(names).split(column.split) if column.split else [str(names)]
    rest = {member: value for member, (_, value) in found.items() if member != "name"}
    return [{"name": name.strip()} | rest for name in split if name.strip()]


def _approved_invoice(feed: FeedLayout, parts: Parts) -> tuple[Members, Mapping[str, bytes]] | Problem:
    lines: list[Members] = []
    shared = False
    for each in parts.lines:
        spread = _spread(each, parts.source.file)
        if isinstance(spread, Problem):
            return spread
        shared = shared or len(spread) > 1
        lines += spread
    for number, line in enumerate(lines, start=1):
        if shared:
            line["line_number"] = number
        line["kind"] = line["kind"] or ("item" if line["po_number"] else "expense")
    number_lines(lines)
    invoice: Members = _EMPTY_INVOICE | parts.header
    negative = _is_negative(invoice["total"])
    kind = invoice["kind"] or "invoice"
    # Where a file states the kind and says invoice, a negative total contradicts it: people are told.
    read_as_credit = negative and kind == "invoice"
    stated = any(each.member == "kind" and each.place == "document" for each in feed.columns)
    invoice["kind"] = "credit_memo" if read_as_credit else kind
    if negative and invoice["kind"] == "credit_memo":
        _turn_sign(invoice, lines, parts.taxes)
    found = _shown_attachments(parts)
    if isinstance(found, Problem):
        return found
    attachments, content = found
    custom = {"read_as_credit": True} if read_as_credit and stated else {}
    lists: Members = {"lines": lines, "taxes": parts.taxes, "attachments": attachments, "custom": custom}
    return invoice | lists, content


def _spread(line: Line, file: str) -> list[Members] | Problem:
    """The line, or one line a share: each repeats what the line says, quantity and price where it is the only one."""
    plain: Members = _EMPTY_LINE | line.members
    plain["custom"] = {}
    if not line.shares:
        if plain["amount"] is None:
            message = f"Row {line.line}: the line has no amount."
            return Problem("value.missing", message, file, line.record, line.line, rule="an amount a line")
        return [plain]
    amount = line.members.get("amount")
    spread = spread_shares(tuple(line.shares), amount if isinstance(amount, Decimal) else None)
    if isinstance(spread, str):
        message = f"Row {line.line}: {line.column or 'the allocation'} {spread}. The document is left out."
        rule = "the shares of a line make up the line"
        return Problem("value.shares", message, file, line.record, line.line, line.column, line.cell, rule)
    alone = {} if len(spread) == 1 else {"quantity": None, "unit_price": None}
    return [plain | alone | {name: value for name, value in each.items() if value is not None} for each in spread]


def _shown_attachments(parts: Parts) -> tuple[list[Members], Mapping[str, bytes]] | Problem:
    """Each attachment once, by name, with size and hash where its bytes are embedded."""
    shown: dict[str, Members] = {}
    content: dict[str, bytes] = {}
    for each in parts.attachments:
        name = str(each["name"])
        shown.setdefault(name, dict.fromkeys(ATTACHMENT_MEMBERS, None) | {"name": name})
        shown[name]["media_type"] = each.get("media_type") or shown[name]["media_type"]
        text = each.get("content")
        if isinstance(text, str):
            try:
                content[name] = b64decode("".join(text.split()), validate=True)
            except ValueError:
                message = f"The embedded attachment {shown_text(name)} is not base64."
                source = parts.source
                return Problem("value.not_base64", message, source.file, source.record, source.line, rule="base64")
            shown[name] |= describe_attachment(name, content[name]) | {"name": name}
    return list(shown.values()), content


def _reverse(parts: Parts) -> None:
    """A file whose signs all stand the other way round."""
    for members in (parts.header, *(each.members for each in parts.lines), *parts.taxes, *parts.applications):
        for name in ("total", "tax_total", "amount", "taxable_amount", "discount"):
            if name in members:
                members[name] = _negated(members[name])
    for line in parts.lines:
        for share in line.shares:
            share["amount"] = _negated(share.get("amount"))


def number_lines(lines: list[Members]) -> None:
    """Lines without a number of their own get the smallest free ones, in order."""
    taken = {line["line_number"] for line in lines}
    number = 1
    for line in lines:
        if line["line_number"] is None:
            while number in taken:
                number += 1
            line["line_number"] = number
            number += 1


def _turn_sign(invoice: Members, lines: list[Members], taxes: list[Members]) -> None:
    """A negative credit memo to a positive one: every amount turns, so that lines keep their signs to each other."""
    invoice["total"] = _negated(invoice["total"])
    if _is_negative(invoice["tax_total"]):
        invoice["tax_total"] = _negated(invoice["tax_total"])
    for line in lines:
        _turn_line(line)
    for tax in taxes:
        if _is_negative(tax["amount"]):
            tax["amount"] = _negated(tax["amount"])
            tax["taxable_amount"] = _negated(tax["taxable_amount"])


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


def _payment(parts: Parts) -> Members:
    applications = [dict.fromkeys(APPLICATION_MEMBERS, None) | each for each in parts.applications]
    vendors = {each["vendor_id"] for each in applications}
    payment: Members = dict.fromkeys(PAYMENT_MEMBERS, None) | {
        "vendor_id": vendors.pop() if len(vendors) == 1 else None
    }
    return payment | parts.header | {"applications": applications}


def unsafe_attachment(plan: Plan, rows: tuple[Row, ...], file: str) -> Problem | None:
    """A name is relative to the file's own folder and never leads out of it."""
    for at in plan.places.get("attachments", ()):
        column = plan.columns[at].column
        if column.member == "name":
            for row in rows:
                problem = _unsafe_name(plan.columns[at].heading, column.split, row.values[at], row=row, file=file)
                if problem is not None:
                    return problem
    return None


def _unsafe_name(heading: str, split: str, names: object, *, row: Row, file: str) -> Problem | None:
    for name in str(names).split(split) if split else [str(names)]:
        if names is not None and not _stays_inside(name.strip()):
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
