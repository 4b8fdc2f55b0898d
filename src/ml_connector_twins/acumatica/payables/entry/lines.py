"""The rows of a bill: inserted, changed, removed; amounts; what a link brings in (``acumatica_api.md`` 8.2, 8.3)."""

from __future__ import annotations

from decimal import Decimal

from ml_connector_twins.acumatica.payables.changes import Change, unusable
from ml_connector_twins.acumatica.payables.entry.coding import NON_PROJECT, default_coding
from ml_connector_twins.acumatica.payables.entry.links import LINK_FIELDS, BadLink, find_link
from ml_connector_twins.acumatica.payables.entry.taxes import TAX_ZONE, zone_default_category
from ml_connector_twins.acumatica.payables.orders import LinkedLine
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO, Value, cents

RETAINAGE_PERCENT, RETAINAGE_AMOUNT = "Transactions.RetainagePct", "Transactions.CuryRetainageAmt"
BOX_1099, LINE_NUMBER = "Transactions.Box1099", "Transactions.LineNbr"
_CODING = ("Account", "Subaccount", "Project", "ProjectTask", "CostCode")
_PLAIN = ("TransactionDescription", "InventoryID", "UOM", "TaxCategory", "NonBillable", "Branch", *_CODING)
_COMPUTED = ("Amount", "Description")
_CENT_SCALE = Decimal("0.000001")


def enter_lines(books: Books, bill: Row, change: Change) -> None:
    """Applies the rows of a change; a row with an ``id`` of the bill changes that line, others are new."""
    for entry in change.details.get("Details", []):
        known = next((row for row in bill.rows("Details") if entry.id is not None and row.id == entry.id), None)
        if known is not None and entry.delete:
            bill.rows("Details").remove(known)
        elif known is not None:
            _change_line(books, bill, known, entry)
        elif not entry.delete:
            _insert_lines(books, bill, entry)
    for number, line in enumerate(bill.rows("Details"), start=1):
        line.custom[LINE_NUMBER] = number


def _insert_lines(books: Books, bill: Row, entry: Change) -> None:
    try:
        link = find_link(books, bill, entry)
    except BadLink as fault:
        line = _plain_line(books, bill, entry)
        line.fields.update({name: entry.fields.get(name) for name in LINK_FIELDS})
        line.errors[fault.name] = fault.message
        bill.rows("Details").append(line)
        return
    if link is None:
        bill.rows("Details").append(_plain_line(books, bill, entry))
        return
    for linked in link.lines:
        # a row that names no line brings all in and its own values are ignored (8.3 [I])
        own = Change() if link.whole else entry
        bill.rows("Details").append(_linked_line(books, bill, own, linked, kind=link.kind))


def _plain_line(books: Books, bill: Row, entry: Change) -> Row:
    line = books.new_row()
    for name in _PLAIN:
        if name in entry.fields:
            line.fields[name] = entry.fields[name]
    line.fields.setdefault("NonBillable", False)
    line.fields["CalculateDiscountsOnImport"] = entry.fields.get("CalculateDiscountsOnImport") is True
    line.custom.update({RETAINAGE_PERCENT: ZERO, RETAINAGE_AMOUNT: ZERO, BOX_1099: None})
    default_coding(books, bill, line)
    if not line.text("TaxCategory"):
        line.fields["TaxCategory"] = zone_default_category(books, str(bill.custom.get(TAX_ZONE) or ""))
    _enter_amounts(books, line, entry)
    _enter_form_fields(books, bill, line, entry)
    if line.text("InventoryID"):
        line.errors["InventoryID"] = unusable("Inventory Item", line.text("InventoryID"), "not found in the system")
    return line


def _change_line(books: Books, bill: Row, line: Row, entry: Change) -> None:
    for name in _PLAIN:
        if name in entry.fields:
            line.fields[name] = entry.fields[name]
    default_coding(books, bill, line)
    _enter_amounts(books, line, entry)
    _enter_form_fields(books, bill, line, entry)


def _enter_amounts(books: Books, line: Row, entry: Change) -> None:
    """Qty x UnitCost, or ExtendedCost where it is sent; which wins of all three is a switch."""
    sent = entry.fields
    for name in ("Qty", "UnitCost"):
        if isinstance(sent.get(name), Decimal):
            line.fields[name] = sent[name]
    quantity, unit_cost = line.amount("Qty"), line.amount("UnitCost")
    extended = sent.get("ExtendedCost")
    by_product = "UnitCost" in sent and books.switches.at("line_amount_order") == "extended_first"
    if isinstance(extended, Decimal) and not by_product:
        line.fields["ExtendedCost"] = cents(extended)
        line.fields["UnitCost"] = (extended / quantity).quantize(_CENT_SCALE) if quantity else ZERO
    elif "Qty" in sent or "UnitCost" in sent or line.fields.get("ExtendedCost") is None:
        line.fields["ExtendedCost"] = cents(quantity * unit_cost)
    line.fields.setdefault("Qty", ZERO)
    line.fields.setdefault("UnitCost", ZERO)
    line.fields["Amount"] = line.amount("ExtendedCost")


def _enter_form_fields(books: Books, bill: Row, line: Row, entry: Change) -> None:
    percent, amount = entry.custom.get(RETAINAGE_PERCENT), entry.custom.get(RETAINAGE_AMOUNT)
    if isinstance(percent, Decimal):
        line.custom[RETAINAGE_PERCENT] = percent
        bill.custom["Document.RetainageApply"] = True
    line.custom[RETAINAGE_AMOUNT] = cents(line.amount("Amount") * line.custom_amount(RETAINAGE_PERCENT) / 100)
    if isinstance(amount, Decimal):
        line.custom[RETAINAGE_AMOUNT] = amount
        bill.custom["Document.RetainageApply"] = True
    vendor = books.find("Vendor", bill.text("Vendor"))
    if line.custom.get(BOX_1099) is None and vendor is not None and vendor.flag("F1099Vendor"):
        line.custom[BOX_1099] = vendor.fields.get("F1099Box") if line.text("Account") == "50100" else None
    for name, value in entry.custom.items():
        if name == BOX_1099 or name in books.switches.words("custom_fields"):
            line.custom[name] = value


def _linked_line(books: Books, bill: Row, entry: Change, linked: LinkedLine, *, kind: str) -> Row:
    line = books.new_row()
    order_line = linked.line
    line.fields.update(_link_fields(linked, kind))
    line.hidden["order_kind"] = kind
    line.fields.update(
        {
            "TransactionDescription": entry.fields.get("TransactionDescription") or order_line.text("LineDescription"),
            "InventoryID": order_line.fields.get("InventoryID"),
            "UOM": order_line.fields.get("UOM"),
            "TaxCategory": entry.fields.get("TaxCategory") or order_line.fields.get("TaxCategory"),
            "Branch": order_line.fields.get("BranchID"),
            "NonBillable": entry.fields.get("NonBillable") is True,
        }
    )
    if entry.text("UOM") and entry.text("UOM") != order_line.text("UOM"):
        line.errors["UOM"] = unusable("Unit", entry.text("UOM"), "not the unit of the order line")
    _link_coding(books, line, entry, linked)
    line.fields.update({"Qty": linked.open_quantity, "UnitCost": order_line.fields.get("UnitCost")})
    if "ExtendedCost" in entry.fields and "Qty" not in entry.fields:
        line.fields["Qty"] = _quantity_for(linked, entry.fields["ExtendedCost"])
    if not {"Qty", "UnitCost", "ExtendedCost"} & set(entry.fields):
        line.fields["ExtendedCost"] = linked.open_amount
    line.custom.update({RETAINAGE_PERCENT: ZERO, BOX_1099: None})
    if books.switches.at("retainage_from_commitment") == "inherit":
        percent = order_line.custom_amount(RETAINAGE_PERCENT)
        line.custom[RETAINAGE_PERCENT] = percent
        bill.custom["Document.RetainageApply"] = bill.custom_flag("Document.RetainageApply") or percent > 0
    _enter_amounts(books, line, entry)
    _enter_form_fields(books, bill, line, entry)
    return line


def _link_fields(linked: LinkedLine, kind: str) -> dict[str, Value]:
    fields: dict[str, Value] = {
        "POOrderType": kind,
        "POOrderNbr": linked.order.text("SubcontractNbr" if linked.is_subcontract else "OrderNbr"),
        "POLine": linked.line.number("LineNbr"),
    }
    if linked.receipt is not None and linked.receipt_line is not None:
        fields["POReceiptType"] = linked.receipt.text("Type")
        fields["POReceiptNbr"] = linked.receipt.text("ReceiptNbr")
        fields["POReceiptLine"] = linked.receipt_line.number("LineNbr")
    return fields


def _quantity_for(linked: LinkedLine, extended: Value) -> Decimal:
    """A part of the amount takes the same part of the quantity [I]."""
    if not isinstance(extended, Decimal) or not linked.open_amount:
        return linked.open_quantity
    return (linked.open_quantity * extended / linked.open_amount).quantize(_CENT_SCALE)


def _link_coding(books: Books, line: Row, entry: Change, linked: LinkedLine) -> None:
    order_line = linked.line
    own: dict[str, Value] = {name: order_line.fields.get(name) for name in _CODING}
    if linked.is_subcontract:
        own["ProjectTask"] = order_line.fields.get("Task")
    own["Project"] = own["Project"] or NON_PROJECT
    rule = books.switches.at("line_coding_from_po")
    for name in _CODING:
        sent = entry.fields.get(name)
        differs = sent is not None and str(sent).upper() != str(own[name] or "").upper()
        line.fields[name] = sent if differs and rule == "request_wins" else own[name]
        if differs and rule == "refuse_difference":
            line.errors[name] = f"The value '{sent}' differs from that of the order line."
