"""Approved invoices as Stampli exports them, for tests of the whole house: valid defaults; only what matters shows.

Codes are those of the twin's small firm, the fixture of `scenarios.md`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ml_connector_twins.stampli.outgoing import ApprovedInvoice, InvoiceLine

INVOICED_ON = date(2026, 10, 5)
_APPROVED_AT = datetime(2026, 10, 13, 15, 30, tzinfo=UTC)


def overhead(amount: str, **changes: Any) -> InvoiceLine:
    """A line without a job: 61000, 01-100-00, MAIN."""
    line = InvoiceLine(
        amount=Decimal(amount),
        description="Overhead",
        account="61000",
        subaccount="01-100-00",
        branch="MAIN",
        project="X",
    )
    return replace(line, **changes)


def on_job(amount: str, account: str, job: str, **changes: Any) -> InvoiceLine:
    """A line on a job; ``job`` is ``project/task/cost code``."""
    project, task, cost_code = job.split("/")
    line = InvoiceLine(
        amount=Decimal(amount),
        description=f"Work on {project}",
        account=account,
        subaccount="01-100-00",
        branch="MAIN",
        project=project,
        task=task,
        cost_code=cost_code,
    )
    return replace(line, **changes)


def on_rental_order(amount: str, months: str = "1", **changes: Any) -> InvoiceLine:
    """A line linked to line 1 of PO-003135, Metro Rentals' excavator, billed on order."""
    line = on_job(
        amount,
        "50300",
        "J2401/01/31-200",
        quantity=Decimal(months),
        unit="MO",
        unit_price=Decimal("6450"),
        po_type="Normal",
        po_number="PO-003135",
        po_line="1",
    )
    return replace(line, **changes)


def on_receipt(amount: str, quantity: str, line: str, **changes: Any) -> InvoiceLine:
    """A line linked to line 1 (rebar, by the piece) or 2 (tie wire, by the bag) of receipt PR-000981 of PO-003120."""
    linked = on_job(
        amount,
        "50200",
        "J2401/03/03-300",
        quantity=Decimal(quantity),
        unit={"1": "EA", "2": "BAG"}[line],
        unit_price=Decimal(amount) / Decimal(quantity),
        tax_category="TAXABLE",
        po_type="Normal",
        po_number="PO-003120",
        po_line=line,
        receipt_number="PR-000981",
        receipt_line=line,
    )
    return replace(linked, **changes)


def with_tax(number: str, stated: str, *lines: InvoiceLine, vendor: str = "V10002", **changes: Any) -> ApprovedInvoice:
    """An approved invoice of Blue Heron, whose zone has a sales tax of 7.25 %, with a line of stated tax."""
    return approved(number, *lines, tax(stated), vendor=vendor, **{"tax_total": Decimal(stated), **changes})


def tax(amount: str) -> InvoiceLine:
    """A line of stated tax."""
    return InvoiceLine(amount=Decimal(amount), kind="Tax", description="Sales tax 7.25 %")


def approved(number: str, *lines: InvoiceLine, vendor: str = "V10005", **changes: Any) -> ApprovedInvoice:
    """An approved invoice, S01's overhead line unless told; its total is the sum of its lines. Stampli's id follows
    from vendor and number."""
    kept = lines or (overhead("1284.37"),)
    invoice = ApprovedInvoice(
        stampli_id=f"{vendor}-{number}",
        vendor_id=vendor,
        invoice_number=number,
        invoice_date=INVOICED_ON,
        total=sum((line.amount for line in kept), Decimal(0)),
        lines=kept,
        branch="MAIN",
        description=f"Invoice {number}",
        approved_by="A. Keller",
        approved_at=_APPROVED_AT,
    )
    return replace(invoice, **changes)
