"""The planted invoices: good ones, and one for each refusal. Vendors, coding and codes follow `scenarios.md`.

Data only; on which day each comes and how it must end stands in `days`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from ml_connector_twins.stampli.outgoing import ApprovedInvoice, InvoiceLine

FINAL = "Authorized for Payment"
NOT_FINAL = "Approved and Pending AP Authorization"
_INVOICED_ON = date(2026, 10, 5)
_APPROVED_AT = datetime(2026, 10, 13, 15, 30, tzinfo=UTC)


def overhead_line(amount: str, *, account: str = "61000", subaccount: str = "01-100-00") -> InvoiceLine:
    """A line without a job."""
    return InvoiceLine(
        amount=Decimal(amount),
        description="Overhead",
        account=account,
        subaccount=subaccount,
        branch="MAIN",
        project="X",
    )


def job_line(amount: str, account: str, job: str, *, branch: str = "MAIN") -> InvoiceLine:
    """A line on a job; ``job`` is ``project/task/cost code``."""
    project, task, cost_code = job.split("/")
    return InvoiceLine(
        amount=Decimal(amount),
        description=f"Work on {project}",
        account=account,
        subaccount="01-100-00",
        branch=branch,
        project=project,
        task=task,
        cost_code=cost_code,
    )


def invoice(
    stampli_id: str,
    vendor_id: str,
    number: str,
    lines: Sequence[InvoiceLine],
    *,
    total: str = "",
    kind: str = "Invoice",
    branch: str = "MAIN",
    status: str = FINAL,
) -> ApprovedInvoice:
    """An approved invoice; its total is the sum of its lines unless another one is planted."""
    return ApprovedInvoice(
        stampli_id=stampli_id,
        vendor_id=vendor_id,
        invoice_number=number,
        invoice_date=_INVOICED_ON,
        total=Decimal(total) if total else sum((line.amount for line in lines), Decimal(0)),
        lines=tuple(lines),
        kind=kind,
        branch=branch,
        description=f"Invoice {number}",
        status=status,
        approved_by="A. Keller",
        approved_at=_APPROVED_AT,
    )


OVERHEAD = replace(invoice("910001", "V10005", "INV-8841", [overhead_line("1284.37")]), attachment="INV-8841.pdf")
THREE_JOBS = replace(
    invoice(
        "910002",
        "V10004",
        "MR-5520",
        [
            job_line("3333.33", "50300", "J2401/01/31-200"),
            job_line("3333.33", "50300", "J2401/03/03-300"),
            job_line("3333.34", "50300", "J2401/16/26-050"),
        ],
    ),
    attachment="MR-5520 scan.pdf",
)
PARTIAL_RENTAL = invoice(
    "910003",
    "V10004",
    "MR-5531",
    [
        replace(
            job_line("6450.00", "50300", "J2401/01/31-200"),
            quantity=Decimal(1),
            unit="MO",
            unit_price=Decimal("6450"),
            po_type="Normal",
            po_number="PO-003135",
            po_line="1",
        )
    ],
)
CREDIT = invoice("910004", "V10004", "CM-0417", [overhead_line("-250.00")], kind="Credit Memo")
STATED_TAX = replace(
    invoice(
        "910005",
        "V10002",
        "BH-7690",
        [
            replace(job_line("200.00", "50200", "J2405/03/03-300", branch="NORTH"), tax_category="TAXABLE"),
            InvoiceLine(amount=Decimal("14.50"), kind="Tax", description="Sales tax 7.25 %"),
        ],
        branch="NORTH",
    ),
    tax_total=Decimal("14.50"),
)
NOT_FINAL_YET = invoice("910006", "V10004", "MR-5533", [overhead_line("415.00")], status=NOT_FINAL)
NOW_FINAL = replace(NOT_FINAL_YET, status=FINAL)

ON_HOLD = invoice("910011", "V10006", "OM-1150", [overhead_line("1150.00")])
INACTIVE_VENDOR = invoice("910012", "V10008", "GC-0980", [overhead_line("980.20")])
UNKNOWN_VENDOR = invoice("910013", "V19999", "NN-1", [overhead_line("75.00")])
INACTIVE_ACCOUNT = invoice("910014", "V10005", "INV-8850", [overhead_line("61.50", account="61500")])
CONTROL_ACCOUNT = invoice("910015", "V10005", "INV-8851", [overhead_line("200.00", account="20000")])
UNKNOWN_SUBACCOUNT = invoice("910016", "V10005", "INV-8852", [overhead_line("99.90", subaccount="01-999-00")])
COMPLETED_PROJECT = invoice("910017", "V10004", "MR-5534", [job_line("510.00", "50300", "J2310/03/03-300")])
PLANNED_TASK = invoice("910018", "V10004", "MR-5535", [job_line("520.00", "50300", "J2401/99/03-300")])
REVENUE_TASK = invoice("910019", "V10004", "MR-5536", [job_line("530.00", "50300", "J2401/R1/03-300")])
TOTALS_OFF = invoice("910020", "V10005", "INV-8853", [overhead_line("5430.00")], total="5430.10")
BOOKED_BY_HAND = invoice("910021", "V10004", "MR-5498", [overhead_line("3318.45")])

BESIDE_BAD_ROW = invoice("910031", "V10005", "INV-8842", [overhead_line("310.00", subaccount="0110000")])
BAD_ROW = invoice("910032", "V10005", "INV-8843", [overhead_line("1234.56")])
IN_UTF16 = invoice("910041", "V10005", "INV-8844", [overhead_line("44.00")])
BEFORE_THE_CUT = invoice("910051", "V10005", "INV-8845", [overhead_line("45.00")])
IN_THE_CUT = replace(
    invoice("910052", "V10005", "INV-8846", [overhead_line("46.00")]), description='Water, power and "other" services'
)

HELD_TODAY = invoice("910101", "V10003", "NE-0101", [overhead_line("101.00")])
NEW_VENDOR = invoice("910102", "V10014", "CS-0001", [overhead_line("640.00")])
TO_BE_SHORT = invoice("910103", "V10004", "MR-5561", [overhead_line("9600.00")])
LAST_DAY = invoice("910201", "V10005", "INV-8860", [overhead_line("1301.12")])


def scan_of(inv: ApprovedInvoice) -> bytes:
    """The vendor's own invoice, as far as anybody looks into it here."""
    return f"%PDF-1.7\n% invoice {inv.invoice_number}\n%%EOF\n".encode()


def ordinary(day: int) -> tuple[ApprovedInvoice, ...]:
    """The plain business of a later day: three good invoices."""
    amounts = (f"{day}10.25", f"{day}20.50", f"{day}30.75")
    return tuple(
        invoice(f"92{day:02d}{n:02d}", "V10005", f"INV-{day:02d}-{n}", [overhead_line(text)])
        for n, text in enumerate(amounts, start=1)
    )
