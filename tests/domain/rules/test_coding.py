"""Rules about branch, account, subaccount, project, task and cost code (scenarios S29 and S30)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.values.master_data import Subaccount
from tests.builders import BRANCHES, a_job_line, a_line, a_snapshot, an_invoice
from tests.domain.rules.checking import codes, rows


def one(**members: Any) -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    """The findings of an invoice with one overhead line."""
    return rows(an_invoice("100.00", a_line("100.00", **members)))


def job(**members: Any) -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    """The findings of an invoice with one job line."""
    return rows(an_invoice("100.00", a_job_line("100.00", **members)))


ACCOUNT_ROWS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"account": "20000"}, "A03", "stop", "Account 20000 AP control on line 1 is reserved for the subledger."),
    ({"account": "61500"}, "A02", "stop", "Account 61500 Office supplies on line 1 is inactive."),
    ({"account": "10100"}, "A05", "stop", "Account 10100 Checking on line 1 is a cash account."),
    ({"account": "61300"}, "A06", "stop", "Account 61300 Rent in Canada on line 1 holds CAD."),
    ({"account": "61200"}, "A08", "stop", "Account 61200 Fuel by the gallon on line 1 needs a quantity and a unit."),
    ({"account": "61999"}, "A01", "stop", "Account 61999 on line 1 is unknown."),
    ({"account": None}, "A16", "stop", "Line 1 has no account."),
    (
        {"account": "15000"},
        "A17",
        "review",
        "Account 15000 Prepaid rent on line 1 is of type Asset, not an expense account.",
    ),
]


@pytest.mark.parametrize(("members", "code", "severity", "message"), ACCOUNT_ROWS)
def test_an_account_must_be_one_for_invoices(members: dict[str, Any], code: str, severity: str, message: str) -> None:
    assert [row[:4] for row in one(**members)] == [(code, severity, "lines[1].account", message)]


def test_suggested_accounts_are_ones_that_may_be_picked() -> None:
    (row,) = one(account="61500")
    assert "61000" in row[4]
    assert not {"61500", "20000", "10100"} & set(row[4])


def test_an_account_that_needs_units_passes_with_them() -> None:
    assert one(account="61200", quantity=Decimal(4), unit="GAL") == []
    assert [row[0] for row in one(account="61200", quantity=Decimal(4))] == ["A08"]


def test_a_message_calls_a_line_by_its_number_in_the_file() -> None:
    (row,) = one(account=None, line_number="20")
    assert (row[2], row[3]) == ("lines[1].account", "Line 20 has no account.")


def test_an_item_brings_its_own_account() -> None:
    assert one(account=None, inventory_id="FUEL") == []


SUBACCOUNT_ROWS = [
    ("01-999-00", "A10", "Subaccount 01-999-00 on line 1 does not exist; a new one would be created."),
    ("0199900", "A10", "Subaccount 0199900 on line 1 does not exist; a new one would be created."),
    ("01-150-00", "A11", "Subaccount 01-150-00 on line 1 is inactive."),
    ("01-100", "A13", "Subaccount 01-100 on line 1 does not fit the format xx-xxx-xx."),
]


@pytest.mark.parametrize(("code", "expected", "message"), SUBACCOUNT_ROWS)
def test_a_subaccount_must_exist(code: str, expected: str, message: str) -> None:
    assert [row[:4] for row in one(subaccount=code)] == [(expected, "stop", "lines[1].subaccount", message)]


@pytest.mark.parametrize("code", ["0110000", "01-100-00", "01.100.00", "01100-00"])
def test_separators_of_a_subaccount_are_display_only(code: str) -> None:
    assert one(subaccount=code) == []


def test_codes_without_separators_need_the_customers_lengths_to_judge_a_format() -> None:
    bare = {code: Subaccount(code, "", True, code) for code in ("0110000", "0120000")}
    snapshot = a_snapshot(subaccounts=bare)
    invoice = an_invoice("1.00", a_line("1.00", subaccount="01-100"))
    assert codes(invoice, snapshot=snapshot) == ["A09"]
    assert codes(invoice, snapshot=snapshot, subaccount_segments=(2, 3, 2)) == ["A13"]
    new = an_invoice("1.00", a_line("1.00", subaccount="01-999-00"))
    assert codes(new, snapshot=snapshot) == ["A10"]
    assert codes(new, snapshot=a_snapshot(subaccounts={})) == ["A09"]
    assert codes(new, snapshot=a_snapshot(subaccounts=None)) == []


JOB_ROWS: list[tuple[dict[str, Any], str, str, str, tuple[str, ...]]] = [
    (
        {"project": "J2310", "task": "03", "cost_code": "03-300"},
        "J02",
        "project",
        "Job J2310 Oak Street Garage on line 1 is complete.",
        ("J2401", "J2405"),
    ),
    (
        {"task": "99"},
        "J08",
        "task",
        "Phase 99 Closeout of job J2401 on line 1 is not yet active (In Planning).",
        ("01", "03", "16"),
    ),
    (
        {"task": "R1"},
        "J09",
        "task",
        "Phase R1 Owner billing of job J2401 on line 1 is a revenue phase, not for cost.",
        ("01", "03", "16"),
    ),
    ({"cost_code": "02-999"}, "J12", "cost_code", "Cost code 02-999 on line 1 is inactive.", ("03-300",)),
    (
        {"project": "J9999"},
        "J01",
        "project",
        "Job J9999 on line 1 is unknown.",
        ("J2401", "J2405"),
    ),
    (
        {"project": "J2500"},
        "J03",
        "project",
        "Job J2500 New Library on line 1 is not active (In Planning).",
        ("J2401", "J2405"),
    ),
    ({"project": "J2600"}, "J04", "project", "Job J2600 Secret on line 1 is closed to AP.", ("J2401", "J2405")),
    ({"task": None}, "J05", "task", "Line 1 names job J2401 but no phase.", ("01", "03", "16")),
    (
        {"project": "J2405", "task": "16"},
        "J06",
        "task",
        "Phase 16 on line 1 is not one of job J2405.",
        ("01", "03"),
    ),
    (
        {"task": "98"},
        "J07",
        "task",
        "Phase 98 Demolition of job J2401 on line 1 is completed.",
        ("01", "03", "16"),
    ),
    ({"task": "H1"}, "J10", "task", "Phase H1 Hidden of job J2401 on line 1 is closed to AP.", ("01", "03", "16")),
    ({"cost_code": None}, "J11", "cost_code", "Line 1 names a job but no cost code.", ()),
    ({"cost_code": "3300"}, "J12", "cost_code", "Cost code 3300 on line 1 is unknown.", ("03-300",)),
]


@pytest.mark.parametrize(("members", "code", "field", "message", "suggestions"), JOB_ROWS)
def test_a_job_must_be_one_that_takes_cost(
    members: dict[str, Any], code: str, field: str, message: str, suggestions: tuple[str, ...]
) -> None:
    (row,) = job(**members)
    assert row[:4] == (code, "stop", f"lines[1].{field}", message)
    assert set(suggestions) <= set(row[4])


def test_suggested_phases_are_ones_that_take_cost_now() -> None:
    (row,) = job(task="1")
    assert row[0] == "J06"
    assert row[4][0] == "01"
    assert not {"R1", "99", "98", "H1"} & set(row[4])


def test_a_phase_is_found_within_its_job() -> None:
    assert job(project="J2405", task="03", branch="NORTH") == []


def test_an_account_without_a_group_cannot_carry_job_cost() -> None:
    message = "Account 61000 on line 1 cannot carry job cost, but the line names a job."
    assert [row[:4] for row in job(account="61000")] == [("J14", "stop", "lines[1].account", message)]


@pytest.mark.parametrize("project", [None, "X", "x"])
def test_job_cost_without_a_job_needs_a_person(project: str | None) -> None:
    message = "Account 50200 on line 1 is for job cost, but the line has no job."
    assert [row[:4] for row in one(account="50200", project=project)] == [
        ("J17", "review", "lines[1].project", message)
    ]


def test_a_phase_without_a_job_is_never_dropped_silently() -> None:
    assert [(row[0], row[3]) for row in one(task="03")] == [("J01", "Line 1 names phase 03 but no job.")]


def test_what_cannot_be_read_silences_its_rules() -> None:
    invoice = an_invoice("1.00", a_job_line("1.00", project="J9999", task="zz", cost_code="zz", subaccount="zz"))
    silent = a_snapshot(projects=None, tasks=None, cost_codes=None, subaccounts=None)
    assert codes(invoice, snapshot=silent) == []
    real = an_invoice("1.00", a_job_line("1.00", task="zz", cost_code="zz"))
    assert codes(real, snapshot=a_snapshot(tasks=None, cost_codes=None)) == []


def test_a_branch_must_be_one_that_may_be_used() -> None:
    unknown = rows(an_invoice("1.00", a_line("1.00"), branch="NORTHH"))
    assert unknown == [("B01", "stop", "branch", "The branch, NORTHH, is not in Acumatica.", ("NORTH",))]
    closed = rows(an_invoice("1.00", a_line("1.00", branch="OLD")))
    assert [row[:4] for row in closed] == [
        ("B01", "stop", "lines[1].branch", "The branch of line 1, OLD, is inactive.")
    ]


def test_two_legal_entities_never_share_a_bill() -> None:
    found = rows(an_invoice("1.00", a_line("1.00", branch="EQUIP")))
    message = "Line 1 belongs to company HRE, the invoice to HRB."
    assert [row[:4] for row in found] == [("B07", "stop", "lines[1].branch", message)]
    split = an_invoice("9600.00", a_line("5760.00"), a_line("3840.00", branch="NORTH"))
    assert rows(split) == []


def test_without_any_branch_nothing_decides_which_company_pays() -> None:
    bare = an_invoice("2.00", a_line("1.00", branch=None), a_line("1.00", branch=None), branch=None)
    found = rows(bare)
    message = "No branch is stated, so the wrong company could be charged."
    assert found == [("B03", "stop", "branch", message, ("EQUIP", "MAIN", "NORTH"))]
    assert codes(bare, branch="MAIN") == []
    for half in ((*bare.lines[:1], a_line("1.00")), (a_line("1.00"), *bare.lines[:1])):
        assert codes(replace(bare, lines=half)) == ["B03"]
    majority = replace(an_invoice("3.00", a_line("1.00"), a_line("1.00"), a_line("1.00", branch="NORTH")), branch=None)
    assert codes(majority) == []
    assert codes(bare, snapshot=a_snapshot(branches={"MAIN": BRANCHES[0]})) == []
    assert codes(bare, snapshot=a_snapshot(branches=None)) == []
