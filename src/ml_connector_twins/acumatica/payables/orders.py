"""Order, subcontract and receipt lines: finding them, whether they may be billed, and what billing does to them.

``acumatica_api.md`` 8.3, ``ap_domain.md`` 1.10. Billed and open figures stand on the form, outside the contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO, cents

SUBCONTRACT = "Subcontract"
SUBCONTRACT_CODE = "RS"
ORDER_TYPES = {"Normal": "RO", "Drop-Ship": "DP", "Project Drop-Ship": "PD", "Blanket": "BL", "Standard": "SB"}
"""Purchase order types by label, with their codes (``acumatica_api.md`` 7)."""

BILLED_QTY, BILLED_AMOUNT = "Transactions.BilledQty", "Transactions.CuryBilledAmt"
UNBILLED_QTY, UNBILLED_AMOUNT = "Transactions.UnbilledQty", "Transactions.CuryUnbilledAmt"
RECEIVED_QTY, CLOSED, BASIS = "Transactions.ReceivedQty", "Transactions.Closed", "Transactions.POAccrualType"
RECEIPT_UNBILLED, RECEIPT_BILLED = "transactions.UnbilledQty", "transactions.BilledQty"
_CONTAINERS = ("Blanket", "Standard")


@dataclass(frozen=True, slots=True)
class LinkedLine:
    """An order line with its order, and the receipt line it is billed by, if any."""

    order: Row
    line: Row
    is_subcontract: bool
    receipt: Row | None = None
    receipt_line: Row | None = None

    @property
    def by_receipt(self) -> bool:
        """True where the line's billing basis is the receipt."""
        return self.line.custom.get(BASIS) == "Receipt"

    @property
    def open_quantity(self) -> Decimal:
        """What may still be billed; drafts are not counted off (``ap_domain.md`` 7.1)."""
        if self.receipt_line is not None:
            return self.receipt_line.custom_amount(RECEIPT_UNBILLED)
        return self.line.custom_amount(UNBILLED_QTY)

    @property
    def open_amount(self) -> Decimal:
        """The same as an amount, at the order's price for a receipt line."""
        if self.receipt_line is not None:
            return cents(self.open_quantity * self.line.amount("UnitCost"))
        return self.line.custom_amount(UNBILLED_AMOUNT)


def find_order(books: Books, kind: str, number: str) -> Row | None:
    """The order or subcontract of that type label and number, or None."""
    if kind == SUBCONTRACT:
        return books.find("Subcontract", number)
    return books.find("PurchaseOrder", kind, number)


def order_lines(order: Row, kind: str) -> list[LinkedLine]:
    """Every line of an order."""
    return [LinkedLine(order, line, kind == SUBCONTRACT) for line in order.rows("Details")]


def receipt_lines(books: Books, receipt: Row) -> list[LinkedLine]:
    """Every line of a receipt with the order line it received."""
    found = []
    for row in receipt.rows("Details"):
        order = find_order(books, row.text("POOrderType"), row.text("POOrderNbr"))
        lines = order.rows("Details") if order is not None else []
        line = next((x for x in lines if x.number("LineNbr") == row.number("POLineNbr")), None)
        if order is not None and line is not None:
            found.append(LinkedLine(order, line, False, receipt, row))
    return found


def not_billable(books: Books, bill: Row, linked: LinkedLine) -> str | None:
    """Why the line may not be billed on this bill, or None (switch ``po_link_not_billable``)."""
    order, line = linked.order, linked.line
    status = order.text("Status")
    if status not in books.switches.words("po_billable_statuses"):
        return f"the order is {status}"
    if order.text("Type") in _CONTAINERS:
        return "the order is a container of orders"
    if order.text("VendorID") != bill.text("Vendor"):
        return "the order belongs to another vendor"
    if order.text("CurrencyID") != bill.text("CurrencyID"):
        return "the order is in another currency"
    if line.flag("Cancelled") or line.flag("Canceled"):
        return "the line is canceled"
    if line.text("LineType") == "Description":
        return "the line is a description"
    if linked.by_receipt != (linked.receipt_line is not None):
        return "the line is billed by receipt" if linked.by_receipt else "the line is billed by order"
    if linked.receipt is not None and linked.receipt.text("Status") != "Released":
        return "the receipt is not released"
    if bill.text("Type") == "Debit Adj.":
        return None if line.custom_amount(BILLED_AMOUNT) > 0 else "nothing was billed on the line"
    if line.custom_flag(CLOSED):
        return "the line is closed"
    return None if linked.open_quantity > 0 or linked.open_amount > 0 else "the line is fully billed"


def over_billed(linked: LinkedLine, quantity: Decimal, amount: Decimal) -> bool:
    """True where a bill line takes more than is open: by quantity for goods, by amount for services."""
    if linked.by_receipt:
        return quantity > linked.open_quantity
    return amount > linked.open_amount


def linked_line_of(books: Books, line: Row) -> LinkedLine | None:
    """The order line a stored bill line is linked to, or None."""
    number = line.number("POLine")
    order = find_order(books, str(line.hidden.get("order_kind") or ""), line.text("POOrderNbr"))
    if order is None or number is None:
        return None
    order_line = next((row for row in order.rows("Details") if row.number("LineNbr") == number), None)
    if order_line is None:
        return None
    is_subcontract = line.hidden.get("order_kind") == SUBCONTRACT
    receipt = books.find("PurchaseReceipt", "Receipt", line.text("POReceiptNbr")) if line.text("POReceiptNbr") else None
    rows = receipt.rows("Details") if receipt is not None else []
    receipt_line = next((row for row in rows if row.number("LineNbr") == line.number("POReceiptLine")), None)
    return LinkedLine(order, order_line, is_subcontract, receipt, receipt_line)


def record_billing(books: Books, linked: LinkedLine, quantity: Decimal, amount: Decimal) -> None:
    """Moves billed and open figures; a negative quantity and amount take billing back. Released bills only."""
    line = linked.line
    billed_quantity = line.custom_amount(BILLED_QTY) + quantity
    billed_amount = line.custom_amount(BILLED_AMOUNT) + amount
    line.custom[BILLED_QTY], line.custom[BILLED_AMOUNT] = billed_quantity, billed_amount
    ordered, extended = line.amount("OrderQty"), line.amount("ExtendedCost")
    if linked.by_receipt:
        open_quantity = max(ordered - billed_quantity, ZERO)
        line.custom[UNBILLED_QTY] = open_quantity
        line.custom[UNBILLED_AMOUNT] = cents(open_quantity * line.amount("UnitCost"))
        received = line.custom_amount(RECEIVED_QTY)
        needed = ordered * (line.amount("CompleteOn") or Decimal(100)) / 100
        closed = received >= needed and billed_quantity >= received
    else:
        line.custom[UNBILLED_AMOUNT] = max(extended - billed_amount, ZERO)
        line.custom[UNBILLED_QTY] = max(ordered - billed_quantity, ZERO)
        closed = billed_amount >= extended
    _close_line(linked, closed)
    _record_receipt(linked, quantity)
    _settle_order(books, linked)


def _close_line(linked: LinkedLine, closed: bool) -> None:
    linked.line.custom[CLOSED] = closed
    linked.line.fields["Completed"] = closed or linked.line.flag("Completed")
    if linked.is_subcontract:
        linked.line.fields["Closed"] = closed


def _record_receipt(linked: LinkedLine, quantity: Decimal) -> None:
    if linked.receipt is None or linked.receipt_line is None:
        return
    row = linked.receipt_line
    row.custom[RECEIPT_BILLED] = row.custom_amount(RECEIPT_BILLED) + quantity
    row.custom[RECEIPT_UNBILLED] = row.amount("ReceiptQty") - row.custom_amount(RECEIPT_BILLED)
    rows = linked.receipt.rows("Details")
    linked.receipt.fields["UnbilledQuantity"] = sum((x.custom_amount(RECEIPT_UNBILLED) for x in rows), ZERO)


def _settle_order(books: Books, linked: LinkedLine) -> None:
    live = [x for x in linked.order.rows("Details") if not (x.flag("Cancelled") or x.flag("Canceled"))]
    all_closed = all(row.custom_flag(CLOSED) for row in live)
    if all_closed:
        linked.order.fields["Status"] = "Closed"
    elif linked.order.text("Status") == "Closed":
        linked.order.fields["Status"] = "Open"
    books.touch(linked.order)
    if linked.receipt is not None:
        books.touch(linked.receipt)
