"""What the scenarios compare: bills, ledgers and findings as plain values. Amounts are exact, nothing is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.firm import Firm, Outcome

SUB = "0110000"
Entry = tuple[str, str, str, Decimal, Decimal]


def debit(account: str, amount: str, branch: str = "MAIN") -> Entry:
    """A GL entry on the debit side."""
    return account, SUB, branch, Decimal(amount), Decimal(0)


def credit(account: str, amount: str, branch: str = "MAIN") -> Entry:
    """A GL entry on the credit side."""
    return account, SUB, branch, Decimal(0), Decimal(amount)


def header_of(bill: Mapping[str, Any]) -> dict[str, Any]:
    """What an AP clerk looks at first."""
    names = ("Type", "Status", "Date", "PostPeriod", "DueDate", "BranchID")
    return {
        **{name: bill[name] for name in names},
        "Amount": Decimal(bill["Amount"]),
        "Balance": Decimal(bill["Balance"]),
        "TaxTotal": Decimal(bill["TaxTotal"]),
    }


def a_header(amount: str, **changes: Any) -> dict[str, Any]:
    """The header of a released bill of 2026-10-05 on 30 days, unless told."""
    usual = {
        "Type": "Bill",
        "Status": "Open",
        "Date": "2026-10-05",
        "PostPeriod": "102026",
        "DueDate": "2026-11-04",
        "BranchID": "MAIN",
        "Amount": Decimal(amount),
        "Balance": Decimal(amount),
        "TaxTotal": Decimal(0),
    }
    return {**usual, **changes}


def codings_of(bill: Mapping[str, Any]) -> list[tuple[Decimal, str]]:
    """Amount and ``account/project/task/cost code`` of each line, in order."""
    return [
        (
            Decimal(line["Amount"]),
            "/".join(str(line[name] or "-") for name in ("Account", "Project", "ProjectTask", "CostCode")),
        )
        for line in bill["Details"]
    ]


def codes_of(outcome: Outcome, number: str, *, notes: bool = False) -> list[str]:
    """The codes of an invoice's findings; notes only where asked for."""
    findings = outcome.invoice(number)["findings"]
    return [finding["code"] for finding in findings if notes or finding["severity"] != "note"]


def finding_of(outcome: Outcome, number: str, code: str) -> Mapping[str, Any]:
    """The one finding of that code of an invoice."""
    (found,) = [finding for finding in outcome.invoice(number)["findings"] if finding["code"] == code]
    return dict(found)


def fate_of(outcome: Outcome, number: str) -> tuple[str, str | None]:
    """State of an invoice and status of its bill."""
    row = outcome.invoice(number)
    return row["state"], row["bill"]["status"] if row["bill"] else None


def assert_nothing_booked(firm: Firm) -> None:
    """No bill, no entry, and no call that could have made one."""
    truth = firm.truth()
    assert (list(truth.bills), list(truth.entries), truth.writes()) == ([], [], [])


def proven(firm: Firm) -> tuple[int, str, int, str]:
    """Exit code of ``prove``, and of its one currency: residual, how many are booked once, total not posted."""
    outcome = firm.prove()
    (row,) = outcome.document
    assert (row["missing"], row["twice"], row["held_doubles"]) == ([], [], [])
    return outcome.exit_code, row["residual"], row["booked_once"], row["not_posted_total"]
