"""One bill, as planned, as sent and as answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ml_connector.domain.values.bill import BillKey, BillLine, BillPlan
from tests.wire.acumatica.stub import wrapped

MARKER = "SXABCDEFGHIJKLM"
KEY = BillKey("Bill", "000123")
BILL_ID = "22222222-0000-0000-0000-000000000123"


def a_plan(**changes: object) -> BillPlan:
    """The plan of INV-8841 (S01), with changes."""
    plan = BillPlan(
        type="Bill",
        vendor="V10005",
        vendor_ref="INV-8841",
        dated_on=date(2026, 10, 5),
        currency="USD",
        amount=Decimal("1284.37"),
        marker=MARKER,
        description=f"{MARKER} October power",
        lines=(
            BillLine(
                amount=Decimal("1284.37"),
                description="October power",
                account="61000",
                subaccount="01-100-00",
                branch="MAIN",
                project="X",
            ),
        ),
        post_period="2026-10",
        branch="MAIN",
    )
    return replace(plan, **changes)  # type: ignore[arg-type]


def a_record(**changes: object) -> dict[str, object]:
    """The answer to its creation, mixed scales and padding included (4.1)."""
    line = wrapped(
        id="33333333-0000-0000-0000-000000000001",
        rowNumber=1,
        TransactionDescription="October power",
        Qty=0.0,
        UnitCost=0.0,
        ExtendedCost=1284.37,
        Amount=1284.37,
        Account="61000",
        Subaccount="0110000",
        Branch="MAIN",
        Project="X",
        ProjectTask=None,
        CostCode=None,
    )
    fields: dict[str, object] = {
        "id": BILL_ID,
        "Type": "Bill",
        "ReferenceNbr": "000123",
        "Vendor": "V10005    ",
        "VendorRef": "INV-8841",
        "Date": "2026-10-05T00:00:00+00:00",
        "PostPeriod": "102026",
        "DueDate": "2026-11-04T00:00:00+00:00",
        "Terms": "30D",
        "CurrencyID": "USD",
        "BranchID": "MAIN",
        "Hold": True,
        "Status": "On Hold",
        "Amount": 1284.3700,
        "Balance": 1284.37,
        "TaxTotal": 0.0,
        "Description": f"{MARKER} October power",
        "LastModifiedDateTime": "2026-10-14T12:00:01.16+00:00",
        "Details": [line],
        "TaxDetails": [],
    }
    return wrapped(**{**fields, **changes})
