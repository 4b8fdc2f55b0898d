"""S39: payments of both systems side by side, each break with its code and its money, totals to the cent.

The bill of Kestrel is a plain one here; what is tested is the payment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ml_connector_twins.stampli.outgoing import Application, Payment
from tests.firm import Firm, running_firm
from tests.papers import approved, on_receipt, overhead, with_tax

PAID_ON = date(2026, 10, 15)


def test_s39_each_pair_is_matched_explained_or_a_break_with_its_code(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"duplicate_ref_error": False}) as firm:
        book(firm)
        pay_in_acumatica(firm)
        firm.drop_payments(*payments_of_stampli())

        outcome = firm.sync("payments")

        shown = {row["payment_id"]: (row["result"], row["code"]) for row in outcome.document["payments"]}
        assert (outcome.exit_code, shown) == (
            1,
            {
                "1": ("explained", "R04"),
                "2": ("matched", None),
                "3": ("break", "R01"),
                "4": ("break", "R03"),
                "5": ("break", "R08"),
                "6": ("break", "R07"),
                "7": ("break", "R11"),
                "8": ("break", "R14"),
            },
        )
        reconciled = firm.reconcile()
        breaks = {row["code"]: Decimal(row["difference"]) for row in reconciled.document["breaks"]}
        assert (reconciled.exit_code, reconciled.document["matched"], reconciled.document["explained"]) == (1, 1, 1)
        assert breaks == {
            "R01": Decimal("-1284.37"),
            "R03": Decimal("-540.00"),
            "R07": Decimal("2260.75"),
            "R08": Decimal("-3318.45"),
            "R11": Decimal(0),
            "R14": Decimal("10000.00"),
        }
        assert {row["code"] for row in reconciled.document["breaks"][:2]} == {"R11", "R14"}
        assert reconciled.document["totals"] == {
            "stampli_paid": "80877.74",
            "acumatica_paid": "87995.67",
            "difference": "7117.93",
            "explained": "7117.93",
            "unexplained": "0.00",
        }


def book(firm: Firm) -> None:
    """The eight invoices, all released."""
    firm.drop_invoices(
        with_tax("BH-7701", "425.94", on_receipt("3525.00", "300", "1"), on_receipt("2350.00", "250", "2")),
        approved("KC-PA-003", overhead("48600.00"), vendor="V10001"),
        approved("INV-8841", overhead("1284.37")),
        approved("MR-5560", overhead("9600.00"), vendor="V10004"),
        approved("MR-5498", overhead("3318.45"), vendor="V10004"),
        approved("PS-118", overhead("2260.75"), vendor="V10007"),
        approved("TF-210", overhead("1900.00"), vendor="V10010"),
        approved("MR-5520", overhead("10000.00"), vendor="V10004"),
    )
    assert firm.sync().exit_code == 0


def pay_in_acumatica(firm: Firm) -> None:
    """The right-hand column: a discount taken, two days later, nothing, short, voided, paid, another vendor, twice."""
    pay(firm, number_of(firm, "V10002", "BH-7701"))
    pay(firm, number_of(firm, "V10001", "KC-PA-003"), on=date(2026, 10, 22))
    pay(firm, number_of(firm, "V10004", "MR-5560"), amount="9060.00")
    voided = pay(firm, number_of(firm, "V10004", "MR-5498"))
    firm.people("void_check", number=voided["ReferenceNbr"])
    firm.people("put_record", entity="Vendor", fields={"VendorID": "V10007", "Status": "Active"})
    pay(firm, number_of(firm, "V10007", "PS-118"))
    pay(firm, type_bill(firm, "V10013", "TF-210", "1900.00"))
    pay(firm, number_of(firm, "V10004", "MR-5520"))
    pay(firm, type_bill(firm, "V10004", "MR-5520", "10000.00"))


def number_of(firm: Firm, vendor: str, reference: str) -> str:
    """The number of an invoice's bill."""
    return str(firm.truth().bill_of(vendor, reference)["ReferenceNbr"])


def pay(firm: Firm, number: str, *, on: date = PAID_ON, **changes: str) -> Mapping[str, Any]:
    """One released payment of a bill; the form takes the discount that is due that day."""
    bill = {"type": "Bill", "number": number, **changes}
    check: Mapping[str, Any] = firm.people("pay_bills", bills=[bill], date=on.isoformat(), method="ACH")
    return check


def type_bill(firm: Firm, vendor: str, reference: str, amount: str) -> str:
    """A clerk types a bill and releases it; its number."""
    line = {"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "Qty": "1"}
    bill = {"Type": "Bill", "Vendor": vendor, "VendorRef": reference, "Date": "2026-10-05", "BranchID": "MAIN"}
    content = {**bill, "Details": [{**line, "UnitCost": amount}]}
    return str(firm.people("type_bill", bill=content, finish="release")["ReferenceNbr"])


def payments_of_stampli() -> list[Payment]:
    """The left-hand column."""
    return [
        paid("1", "V10002", "BH-7701", "6174.92"),
        paid("2", "V10001", "KC-PA-003", "48600.00", on=date(2026, 10, 20)),
        paid("3", "V10005", "INV-8841", "1284.37"),
        paid("4", "V10004", "MR-5560", "9600.00"),
        paid("5", "V10004", "MR-5498", "3318.45"),
        paid("6", "V10007", "PS-118", "2260.75", status="Voided"),
        paid("7", "V10010", "TF-210", "1900.00"),
        paid("8", "V10004", "MR-5520", "10000.00"),
    ]


def paid(
    payment_id: str, vendor: str, number: str, amount: str, *, on: date = PAID_ON, status: str = "Cleared"
) -> Payment:
    """One payment of one invoice."""
    application = Application(vendor, number, Decimal(amount), f"{vendor}-{number}")
    return Payment(payment_id, on, Decimal(amount), (application,), status=status)
