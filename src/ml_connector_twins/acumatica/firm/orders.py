"""Purchase orders, the receipt and the subcontracts of the fixture (scenarios.md). Data only.

Billed and open quantities stand on the form's ``Transactions`` view, outside the contract (``acumatica_api.md`` 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ml_connector_twins.acumatica.firm.entering import enter, filled
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO, Value, cents


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line to enter; ``by_receipt`` is its billing basis, ``received`` what was received so far."""

    number: int
    text: str
    quantity: Decimal
    unit: str
    unit_cost: Decimal
    account: str
    cost_code: str
    task: str
    by_receipt: bool = False
    line_type: str = "Service"
    tax_category: str = "EXEMPT"
    received: Decimal = ZERO
    billed_amount: Decimal = ZERO
    retainage_percent: Decimal = ZERO
    receipt_action: str = "Accept but Warn"
    max_percent: Decimal = Decimal(100)
    subaccount: str = "0110000"


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """One order to enter; ``kind`` is a PurchaseOrder type or ``Subcontract``."""

    kind: str
    number: str
    vendor: str
    project: str
    lines: tuple[OrderLine, ...]
    branch: str = "MAIN"
    terms: str = "30D"
    tax_zone: str | None = None


def progress_fields(line: OrderLine) -> dict[str, Value]:
    """The form's own figures of a fresh order line."""
    extended = cents(line.quantity * line.unit_cost)
    billed_quantity = line.quantity * line.billed_amount / extended if extended else ZERO
    return {
        "Transactions.BilledQty": billed_quantity,
        "Transactions.CuryBilledAmt": line.billed_amount,
        "Transactions.UnbilledQty": line.quantity - billed_quantity,
        "Transactions.CuryUnbilledAmt": extended - line.billed_amount,
        "Transactions.ReceivedQty": line.received,
        "Transactions.Closed": False,
        "Transactions.POAccrualType": "Receipt" if line.by_receipt else "Order",
        "Transactions.RetainagePct": line.retainage_percent,
    }


def _order_row(books: Books, plan: OrderPlan, line: OrderLine) -> Row:
    extended = cents(line.quantity * line.unit_cost)
    is_subcontract = plan.kind == "Subcontract"
    shared: dict[str, Value] = {
        "LineNbr": line.number,
        "OrderNbr": plan.number,
        "OrderType": plan.kind,
        "LineDescription": line.text,
        "OrderQty": line.quantity,
        "UOM": line.unit,
        "UnitCost": line.unit_cost,
        "ExtendedCost": extended,
        "Account": line.account,
        "Subaccount": line.subaccount,
        "BranchID": plan.branch,
        "Project": plan.project,
        "CostCode": line.cost_code,
        "TaxCategory": line.tax_category,
        "Completed": False,
    }
    if is_subcontract:
        held = cents(extended * line.retainage_percent / 100)
        own: dict[str, Value] = {
            "Task": line.task,
            "Amount": extended,
            "Canceled": False,
            "Closed": False,
            "RetainagePct": line.retainage_percent,
            "RetainageAmount": held,
        }
    else:
        own = {
            "ProjectTask": line.task,
            "OrderedQty": line.quantity,
            "LineType": line.line_type,
            "Cancelled": False,
            "QtyOnReceipts": line.received,
            "ReceivedAmount": cents(line.received * line.unit_cost),
            "ReceiptAction": line.receipt_action,
            "MaxReceiptPercent": line.max_percent,
            "MinReceiptPercent": ZERO,
            "CompleteOn": Decimal(100),
        }
    return filled(books, {**shared, **own}, progress_fields(line))


def enter_order(books: Books, plan: OrderPlan, *, status: str = "Open") -> Row:
    """Stores one purchase order or subcontract."""
    rows = [_order_row(books, plan, line) for line in plan.lines]
    total = sum((row.amount("ExtendedCost") for row in rows), ZERO)
    shared: dict[str, Value] = {
        "VendorID": plan.vendor,
        "Status": status,
        "Date": date(2026, 9, 1),
        "CurrencyID": books.base_currency,
        "BaseCurrencyID": books.base_currency,
        "CurrencyRate": Decimal(1),
        "Branch": plan.branch,
        "Terms": plan.terms,
        "Location": "MAIN",
        "LineTotal": total,
        "ControlTotal": total,
        "TaxTotal": ZERO,
        "VendorTaxZone": plan.tax_zone,
        "Description": f"{plan.kind} {plan.number}",
    }
    if plan.kind == "Subcontract":
        held = sum((row.amount("RetainageAmount") for row in rows), ZERO)
        own: dict[str, Value] = {
            "SubcontractNbr": plan.number,
            "SubcontractTotal": total,
            "RetainageTotal": held,
            "ApplyRetainage": held > 0,
            "RetainagePct": max((line.retainage_percent for line in plan.lines), default=ZERO),
        }
        return enter(books, "Subcontract", {**shared, **own}, details={"Details": rows})
    own = {"Type": plan.kind, "OrderNbr": plan.number, "OrderTotal": total, "Hold": False, "Project": plan.project}
    return enter(books, "PurchaseOrder", {**shared, **own}, details={"Details": rows})


def _dollars(text: str) -> Decimal:
    return Decimal(text)


_ORDERS = (
    OrderPlan(
        "Normal",
        "PO-003120",
        "V10002",
        "J2401",
        (
            OrderLine(
                1,
                "Rebar no. 5",
                _dollars("400"),
                "EA",
                _dollars("11.75"),
                "50200",
                "03-300",
                "03",
                by_receipt=True,
                line_type="Non-Stock",
                tax_category="TAXABLE",
                received=_dollars("300"),
            ),
            OrderLine(
                2,
                "Tie wire",
                _dollars("250"),
                "BAG",
                _dollars("9.40"),
                "50200",
                "03-300",
                "03",
                by_receipt=True,
                line_type="Non-Stock",
                tax_category="TAXABLE",
                received=_dollars("250"),
            ),
            OrderLine(
                3, "Freight", _dollars("1"), "EA", _dollars("185.00"), "50200", "03-300", "03", line_type="Freight"
            ),
        ),
        terms="2%10N30",
        tax_zone="RVR",
    ),
    OrderPlan(
        "Normal",
        "PO-003135",
        "V10004",
        "J2401",
        (
            OrderLine(
                1,
                "Excavator 20 t",
                _dollars("3"),
                "MO",
                _dollars("6450.00"),
                "50300",
                "31-200",
                "01",
                receipt_action="Reject",
            ),
        ),
    ),
    OrderPlan(
        "Subcontract",
        "SC-000045",
        "V10001",
        "J2401",
        (
            OrderLine(
                1,
                "Foundations",
                _dollars("1"),
                "LS",
                _dollars("240000.00"),
                "50100",
                "03-300",
                "03",
                billed_amount=_dollars("96000.00"),
                retainage_percent=_dollars("10"),
            ),
            OrderLine(
                2,
                "Slab",
                _dollars("1"),
                "LS",
                _dollars("180000.00"),
                "50100",
                "03-300",
                "03",
                retainage_percent=_dollars("10"),
            ),
        ),
    ),
    OrderPlan(
        "Subcontract",
        "SC-000052",
        "V10003",
        "J2401",
        tuple(
            OrderLine(
                n,
                f"Electrical phase {n}",
                _dollars("1"),
                "LS",
                _dollars("20000.00"),
                "50100",
                "26-050",
                "16",
                retainage_percent=_dollars("5"),
            )
            for n in (1, 2, 3)
        ),
    ),
)


def enter_receipt(books: Books, number: str, vendor: str, lines: tuple[tuple[int, Row, Decimal], ...]) -> Row:
    """Stores a released receipt of (line number, order line, quantity)."""
    rows = []
    for line_number, order_line, quantity in lines:
        fields: dict[str, Value] = {
            "LineNbr": line_number,
            "LineType": order_line.text("LineType"),
            "POOrderType": order_line.text("OrderType"),
            "POOrderNbr": order_line.text("OrderNbr"),
            "POLineNbr": order_line.number("LineNbr"),
            "ReceiptQty": quantity,
            "UOM": order_line.text("UOM"),
            "UnitCost": order_line.amount("UnitCost"),
            "ExtendedCost": cents(quantity * order_line.amount("UnitCost")),
            "Account": order_line.text("Account"),
            "AccrualAccount": "20300",
            "Subaccount": order_line.text("Subaccount"),
            "Branch": order_line.text("BranchID"),
            "TransactionDescription": order_line.text("LineDescription"),
            "OrderedQty": order_line.amount("OrderQty"),
            "OpenQty": order_line.amount("OrderQty") - quantity,
        }
        rows.append(filled(books, fields, {"transactions.UnbilledQty": quantity, "transactions.BilledQty": ZERO}))
    total = sum((row.amount("ReceiptQty") for row in rows), ZERO)
    header: dict[str, Value] = {
        "Type": "Receipt",
        "ReceiptNbr": number,
        "Status": "Released",
        "VendorID": vendor,
        "Date": date(2026, 10, 2),
        "PostPeriod": "102026",
        "Branch": "MAIN",
        "Location": "MAIN",
        "CurrencyID": books.base_currency,
        "Hold": False,
        "CreateBill": False,
        "TotalQty": total,
        "ControlQty": total,
        "UnbilledQuantity": total,
        "TotalCost": sum((row.amount("ExtendedCost") for row in rows), ZERO),
    }
    return enter(books, "PurchaseReceipt", header, details={"Details": rows})


def add_orders(books: Books) -> None:
    """Enters the orders of the fixture and its one receipt."""
    for plan in _ORDERS:
        enter_order(books, plan)
    order = books.find("PurchaseOrder", "Normal", "PO-003120")
    if order is not None:
        rebar, wire = order.rows("Details")[:2]
        enter_receipt(books, "PR-000981", "V10002", ((1, rebar, Decimal(300)), (2, wire, Decimal(250))))
