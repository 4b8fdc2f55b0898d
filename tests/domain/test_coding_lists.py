"""What may be picked in Stampli, and why not (``ap_domain.md`` 2)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.coding_lists import (
    VendorCoding,
    account_refusal,
    branch_refusal,
    cost_code_refusal,
    order_line_refusal,
    order_refusal,
    project_refusal,
    subaccount_refusal,
    task_refusal,
    vendor_coding,
)
from ml_connector.domain.values.master_data import Subaccount
from tests.builders import ACCOUNTS, BRANCHES, ORDERS, PROJECTS, TASKS, a_snapshot, a_vendor

PROJECT_OF = {project.project_id: project for project in PROJECTS}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Active", VendorCoding(active=True)),
        ("One-Time", VendorCoding(active=True)),
        ("Hold Payments", VendorCoding(active=True, payments_on_hold=True)),
        ("On Hold", VendorCoding(active=False, payments_on_hold=True, reason="on hold")),
        ("Hold", VendorCoding(active=False, payments_on_hold=True, reason="on hold")),
        ("Inactive", VendorCoding(active=False, reason="inactive")),
        ("Aktiv", VendorCoding(active=False, reason="status Aktiv")),
    ],
)
def test_a_vendors_status_decides_what_coding_allows(status: str, expected: VendorCoding) -> None:
    assert vendor_coding(a_vendor("V1", "Firm", status)) == expected


def test_control_cash_liability_and_inactive_accounts_are_never_offered() -> None:
    refusals = {account.account_id: account_refusal(account) for account in ACCOUNTS}
    assert refusals == {
        "10100": "cash account",
        "15000": None,
        "20000": "reserved for the subledger",
        "50100": None,
        "50200": None,
        "50300": None,
        "61000": None,
        "61200": None,
        "61300": None,
        "61500": "inactive",
    }
    assert account_refusal(replace(ACCOUNTS[0], cash_account=False, type="Liability")) == (
        "not an expense or asset account"
    )


def test_jobs_and_phases_must_be_active_of_a_cost_type_and_visible() -> None:
    assert {project.project_id: project_refusal(project) for project in PROJECTS} == {
        "J2401": None,
        "J2405": None,
        "J2310": "completed",
        "J2500": "in planning",
        "J2600": "hidden from AP",
    }
    refusals = {
        f"{task.project_id}|{task.task_id}": task_refusal(task, PROJECT_OF.get(task.project_id)) for task in TASKS
    }
    assert refusals == {
        "J2401|01": None,
        "J2401|03": None,
        "J2401|16": None,
        "J2401|98": "completed",
        "J2401|99": "in planning",
        "J2401|R1": "not a cost task",
        "J2401|H1": "hidden from AP",
        "J2405|01": None,
        "J2405|03": None,
        "J2310|03": "project completed",
    }
    assert task_refusal(replace(TASKS[0], type="Cost and Revenue"), None) is None
    assert task_refusal(replace(TASKS[0], type=None), None) is None


def test_other_codes_must_be_active_where_that_can_be_read() -> None:
    assert [branch_refusal(branch) for branch in BRANCHES] == [None, None, None, "inactive"]
    codes = (a_snapshot().cost_codes or {}).values()
    assert [code.cost_code_id for code in codes if cost_code_refusal(code)] == ["02-999"]
    assert cost_code_refusal(replace(next(iter(codes)), active=None)) is None
    assert subaccount_refusal(Subaccount("01", "", False, "1")) == "inactive"
    assert subaccount_refusal(Subaccount("01", "", True, "1")) is None


@pytest.mark.parametrize(
    ("order", "line", "reason"),
    [
        ({}, {}, None),
        ({"status": "Completed"}, {}, None),
        ({"status": "On Hold"}, {}, "order on hold"),
        ({"status": "Pending Printing"}, {}, "order pending printing"),
        ({"order_type": "Blanket"}, {}, "a blanket order is not billed itself"),
        ({}, {"cancelled": True}, "line canceled"),
        ({}, {"line_type": "Description"}, "a text, not a line to bill"),
        ({}, {"closed": True}, "fully billed"),
        ({}, {"unbilled_quantity": Decimal(0), "unbilled_amount": Decimal(0)}, "fully billed"),
        ({}, {"unbilled_quantity": None, "unbilled_amount": None, "closed": None}, None),
    ],
)
def test_an_order_line_is_offered_while_something_is_left_to_bill(
    order: dict[str, Any], line: dict[str, Any], reason: str | None
) -> None:
    changed = replace(ORDERS[0], **order)
    assert order_line_refusal(changed, replace(changed.lines[0], **line)) == reason
    assert (order_refusal(changed) is not None) is bool(order and reason)
