"""Rows that turned inactive and the open invoices that name them."""

from __future__ import annotations

import pytest

from ml_connector.domain.snapshot.strands import find_stranded, turned_inactive
from tests.builders import a_job_line, a_line, a_record, an_invoice

OFF = {"Active": "false", "InactiveReason": "completed"}


def test_only_rows_that_could_be_picked_and_still_mean_the_record_are_inactivations() -> None:
    before = {key: {"Active": "true"} for key in "abcd"} | {"e": {"Active": "false"}}
    after = {
        "a": OFF,
        "b": {"Active": "false", "InactiveReason": "renamed to z"},
        "c": {"Active": "true"},
        "d": {"Closed": "true"},
        "e": OFF,
        "z": {"Active": "false"},
    }
    assert turned_inactive(before, after) == ("a", "d")


@pytest.mark.parametrize(
    ("feed", "row"),
    [
        ("vendors", {"VendorID": "v10005", "InactiveReason": "on hold"}),
        ("accounts", {"AccountID": "50300"}),
        ("subaccounts", {"SubaccountID": "0110000"}),
        ("dimensions", {"Dimension": "PROJECT", "Value": "J2401"}),
        ("dimensions", {"Dimension": "TASK", "Value": "J2401|01"}),
        ("dimensions", {"Dimension": "COSTCODE", "Value": "31200"}),
        ("dimensions", {"Dimension": "BRANCH", "Value": "MAIN"}),
        ("dimensions", {"Dimension": "TERMS", "Value": "30D"}),
        ("purchase_orders", {"OrderNumber": "PO-1", "LineNumber": "2", "Closed": "true"}),
    ],
)
def test_an_invoice_is_found_by_everything_it_names(feed: str, row: dict[str, str]) -> None:
    line = a_job_line("1000.00", subaccount="01-100-00", po_number="PO-1", po_line="2")
    named = a_record(invoice=an_invoice("1000.00", line, terms="30D"))
    other = a_record(
        invoice=an_invoice(
            "9.00", a_line("9.00", account="61100", subaccount=None, branch="N"), vendor_id="V2", branch="N"
        )
    )
    (found,) = find_stranded(feed, ("k",), {"k": row}, [named, other])
    assert (found.key, found.invoices) == ("k", (named,))
    assert found.reason == row.get("InactiveReason", "nothing left to bill" if "Closed" in row else "inactive")


def test_a_phase_of_another_job_is_another_phase() -> None:
    record = a_record(invoice=an_invoice("1000.00", a_job_line()))
    row = {"Dimension": "TASK", "Value": "J2405|01"}
    assert find_stranded("dimensions", ("k",), {"k": row}, [record])[0].invoices == ()
