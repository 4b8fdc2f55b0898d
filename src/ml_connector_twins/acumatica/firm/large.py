"""A very large firm beside the volumes of scenario 31: 50,000 vendors and 5,000 open order lines, for measuring.

The vendors changed one after the other over some months, so that two hundred or so of them changed on one day.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from ml_connector_twins.acumatica.firm.entering import ENTERED_AT
from ml_connector_twins.acumatica.firm.orders import OrderLine, OrderPlan, enter_order
from ml_connector_twins.acumatica.firm.vendors import VendorPlan, enter_vendor
from ml_connector_twins.acumatica.records.books import Books

VENDORS = 50_000
ORDERS = 500
LINES_AN_ORDER = 10
_MINUTES_BETWEEN_CHANGES = 7


def add_large(books: Books) -> None:
    """Enters vendors up to the number, and the orders."""
    more = VENDORS - len(books.table("Vendor"))
    for number in range(1, more + 1):
        plan = VendorPlan(f"W{number:06d}", f"Harbor Supply {number} LLC", street=f"{number} Quarry Road")
        vendor = enter_vendor(books, plan)
        vendor.fields["LastModifiedDateTime"] = ENTERED_AT - timedelta(
            minutes=_MINUTES_BETWEEN_CHANGES * (more - number)
        )
    tasks = sorted((row.text("ProjectID"), row.text("ProjectTaskID")) for row in books.table("ProjectTask"))
    for number in range(1, ORDERS + 1):
        project, task = tasks[number % len(tasks)]
        lines = tuple(_line(each, task) for each in range(1, LINES_AN_ORDER + 1))
        enter_order(books, OrderPlan("Normal", f"PO-{100_000 + number}", f"W{number:06d}", project, lines))


def _line(number: int, task: str) -> OrderLine:
    quantity = Decimal(number * 10)
    return OrderLine(number, f"Work item {number}", quantity, "EA", Decimal("12.50"), "50200", "03-300", task)
