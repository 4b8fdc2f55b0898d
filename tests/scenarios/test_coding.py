"""S27, S29 and S30: vendors, jobs and accounts that look right and are not. None of them reaches Acumatica."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from ml_connector_twins.stampli.incoming import list_received
from ml_connector_twins.stampli.outgoing import InvoiceLine
from tests.firm import Firm, Outcome, settle_in
from tests.papers import approved, on_job, overhead
from tests.scenarios.reading import codes_of, codings_of, credit, debit, fate_of, finding_of, proven

REFUSED = ("needs_attention", None)


def drop_lines(firm: Firm, lines: Mapping[str, InvoiceLine], **changes: object) -> None:
    """One invoice a line, numbered by its key, all in one file."""
    firm.drop_invoices(*(approved(key, line, vendor="V10004", **changes) for key, line in lines.items()))


def refusals_of(outcome: Outcome, numbers: Mapping[str, object]) -> dict[str, tuple[object, list[str]]]:
    """State and codes of each invoice."""
    return {number: (fate_of(outcome, number), codes_of(outcome, number)) for number in numbers}


def rows_sent(firm: Firm, feed: str, key: str) -> dict[str, Mapping[str, str]]:
    """The rows of the one file of that feed that Stampli has now, by that column; no two rows share it."""
    (sent,) = [file for file in list_received(firm.twins.stampli.folders.inbound) if file.feed == feed]
    assert len({row[key] for row in sent.rows}) == len(sent.rows)
    return {row[key]: row for row in sent.rows}


def empty_inbound(firm: Firm) -> None:
    """Stampli has read every file."""
    for path in firm.twins.stampli.folders.inbound.iterdir():
        path.unlink()


def test_s27_vendors_on_hold_and_inactive_are_refused_and_held_payments_are_told(firm: Firm) -> None:
    amounts = {"V10006": "1150.00", "V10007": "2260.75", "V10008": "980.20"}
    firm.drop_invoices(*(approved(f"N-{v}", overhead(amount), vendor=v) for v, amount in amounts.items()))

    outcome = firm.sync()

    truth = firm.truth()
    assert outcome.exit_code == 1
    assert (fate_of(outcome, "N-V10006"), codes_of(outcome, "N-V10006")) == (REFUSED, ["V04"])
    assert (fate_of(outcome, "N-V10008"), codes_of(outcome, "N-V10008")) == (REFUSED, ["V03"])
    assert finding_of(outcome, "N-V10008", "V03")["suggestions"] == ["V10012"]
    assert fate_of(outcome, "N-V10007") == ("posted", "Open")
    held = finding_of(outcome, "N-V10007", "V05")
    assert (held["severity"], "payments on hold" in held["message"]) == ("note", True)
    (bill,) = truth.bills
    assert truth.ledger_of(bill) == [credit("20000", "2260.75"), debit("61000", "2260.75")]
    assert proven(firm) == (1, "0.00", 1, "2130.20")


def test_s27_the_next_vendor_file_shows_them_not_selectable(firm: Firm) -> None:
    assert firm.sync("master-data").exit_code == 0

    rows = rows_sent(firm, "vendors", "VendorID")
    told = {
        vendor: [row[name] for name in ("Status", "PaymentsOnHold", "InactiveReason")] for vendor, row in rows.items()
    }
    others = (*(f"V100{number:02}" for number in (1, 2, 3, 4, 5, 9, 10, 12, 13)),)
    assert told == {
        **dict.fromkeys(others, ["Active", "false", ""]),
        "V10006": ["Inactive", "true", "on hold"],
        "V10007": ["Active", "true", ""],
        "V10008": ["Inactive", "false", "inactive"],
    }
    assert {rows[vendor]["InactiveOn"] for vendor in others} == {""}
    assert all(rows[vendor]["InactiveOn"] for vendor in ("V10006", "V10008"))


def test_s27_what_changed_since_is_in_the_next_vendor_file(firm: Firm) -> None:
    """A vendor taken off hold may be picked again, and one that is a tax agency no longer."""
    firm.sync("master-data")
    firm.people("put_record", entity="Vendor", fields={"VendorID": "V10006", "Status": "Active"})
    form = {"DefLocation.VExpenseAcctID": "61000", "DefLocation.VExpenseSubID": "0110000"}
    firm.people("put_record", entity="Vendor", fields={"VendorID": "V10004"}, custom=form)
    firm.people("put_record", entity="Vendor", fields={"VendorID": "V10005", "VendorIsTaxAgency": True})
    empty_inbound(firm)

    (report,) = [feed for feed in firm.sync("master-data").document["feeds"] if feed["feed"] == "vendors"]

    rows = rows_sent(firm, "vendors", "VendorID")
    assert (report["added"], report["changed"], report["removed"], report["sent"]) == (0, 3, 0, True)
    assert [rows["V10006"][name] for name in ("Status", "InactiveReason", "InactiveOn")] == ["Active", "", ""]
    assert [rows["V10004"][name] for name in ("DefaultAccount", "DefaultSubaccount")] == ["61000", "0110000"]
    assert [rows["V10005"][name] for name in ("Status", "InactiveReason")] == ["Inactive", "tax agency"]


@pytest.mark.parametrize("opted_in", [True, False])
def test_s27_bank_and_tax_identifiers_are_sent_on_opt_in_alone(firm: Firm, opted_in: bool) -> None:
    settle_in(firm.twins, firm.settings.parent, policy={"send_bank_details": opted_in})
    firm.people(
        "put_record",
        entity="Vendor",
        fields={"VendorID": "V10004", "TaxRegistrationID": "98-7654321"},
        details={"PaymentInstructions": [{"Description": "Account number", "Value": "000123456789"}]},
    )
    assert firm.sync("master-data").exit_code == 0

    row = rows_sent(firm, "vendors", "VendorID")["V10004"]
    told = (row["TaxRegistrationID"], row["PaymentInstructions"])
    assert told == (("98-7654321", "Account number=000123456789") if opted_in else ("", ""))


def test_s29_job_coding_that_is_closed_planned_revenue_or_retired_is_refused(firm: Firm) -> None:
    lines = {
        "a": on_job("101.00", "50300", "J2310/03/03-300"),
        "b": on_job("102.00", "50300", "J2401/99/03-300"),
        "c": on_job("103.00", "50300", "J2401/R1/03-300"),
        "d": on_job("104.00", "50300", "J2401/03/02-999"),
    }
    drop_lines(firm, lines)

    outcome = firm.sync()

    assert outcome.exit_code == 1
    assert refusals_of(outcome, lines) == {
        "a": (REFUSED, ["J02"]),
        "b": (REFUSED, ["J08"]),
        "c": (REFUSED, ["J09"]),
        "d": (REFUSED, ["J12"]),
    }
    told = {number: finding_of(outcome, number, code) for number, (_, (code,)) in refusals_of(outcome, lines).items()}
    assert {number: finding["who"] for number, finding in told.items()} == {
        "a": "project_manager",
        "b": "project_manager",
        "c": "ap",
        "d": "ap",
    }
    # The nearest that can be used: an open job, cost phases of the job, active cost codes.
    assert set(told["a"]["suggestions"]) <= {"J2401", "J2405"}
    assert set(told["b"]["suggestions"]) | set(told["c"]["suggestions"]) <= {"01", "03", "16"}
    assert set(told["d"]["suggestions"]) <= {"31-200", "03-300", "26-050", "01-540"}
    assert all(finding["suggestions"] and finding["fix"] for finding in told.values())
    assert firm.truth().writes() == []


def test_s29_the_same_task_code_is_another_task_on_another_job(firm: Firm) -> None:
    line = on_job("105.00", "50200", "J2405/03/03-300", branch="NORTH")
    firm.drop_invoices(approved("e", line, vendor="V10004", branch="NORTH"))

    outcome = firm.sync()

    truth = firm.truth()
    bill = truth.bill_of("V10004", "e")
    assert (outcome.exit_code, codings_of(bill)) == (0, [(Decimal("105.00"), "50200/J2405/03/03-300")])
    assert truth.ledger_of(bill) == [credit("20000", "105.00", "NORTH"), debit("50200", "105.00", "NORTH")]


def test_s30_account_rules_stop_each_line_with_its_own_code(firm: Firm) -> None:
    lines = {
        "a": overhead("201.00", account="20000"),
        "b": overhead("202.00", account="61500"),
        "c": on_job("203.00", "61000", "J2401/03/03-300"),
        "d": overhead("204.00", subaccount="01-999-00"),
        "e": overhead("205.00", subaccount="01-150-00"),
        "g": overhead("206.00", account="50200"),
    }
    drop_lines(firm, lines)

    outcome = firm.sync()

    assert outcome.exit_code == 1
    assert refusals_of(outcome, lines) == {
        "a": (REFUSED, ["A03"]),
        "b": (REFUSED, ["A02"]),
        "c": (REFUSED, ["J14"]),
        "d": (REFUSED, ["A10"]),
        "e": (REFUSED, ["A11"]),
        "g": (REFUSED, ["J17"]),
    }
    assert finding_of(outcome, "d", "A10")["severity"] == "stop"
    assert finding_of(outcome, "g", "J17")["severity"] == "review"
    assert firm.truth().writes() == []


def test_s30_a_subaccount_without_separators_is_the_same_subaccount(firm: Firm) -> None:
    firm.drop_invoices(approved("f", overhead("207.00", subaccount="0110000")))

    assert firm.sync().exit_code == 0

    truth = firm.truth()
    bill = truth.bill_of("V10005", "f")
    assert truth.ledger_of(bill) == [credit("20000", "207.00"), debit("61000", "207.00")]
    codes = {row["SubaccountCD"] for row in firm.twins.erp.control.call("GET", "records/Subaccount")}
    assert codes == {"0110000", "0120000", "0210000", "0115000"}


def test_s30_accounts_nobody_may_use_never_reach_stampli(firm: Firm) -> None:
    firm.people("put_record", entity="Account", fields={"AccountCD": "61700", "Type": "Expense", "Active": True})
    firm.people(
        "put_record",
        entity="Account",
        fields={"AccountCD": "12000", "Type": "Asset", "Active": True, "Description": "Receivables"},
        custom={"AccountRecords.ControlAccountModule": "AR"},
    )
    firm.sync("master-data")

    rows = rows_sent(firm, "accounts", "AccountID")
    assert {code: (row["Active"], row["RequiresProject"]) for code, row in rows.items()} == {
        "13000": ("true", "false"),
        "50100": ("true", "true"),
        "50200": ("true", "true"),
        "50300": ("true", "true"),
        "50900": ("true", "false"),
        "61000": ("true", "false"),
        "61700": ("true", "false"),
    }


def test_s30_an_account_that_was_closed_stays_in_the_file_with_reason_and_day(firm: Firm) -> None:
    firm.sync("master-data")
    firm.people("put_record", entity="Account", fields={"AccountCD": "61000", "Active": False})
    empty_inbound(firm)
    firm.sync("master-data")

    row = rows_sent(firm, "accounts", "AccountID")["61000"]
    assert (row["Active"], row["InactiveReason"], bool(row["InactiveOn"])) == ("false", "inactive", True)


def test_s30_subaccounts_come_with_their_segments_and_without_closed_ones(firm: Firm) -> None:
    firm.sync("master-data")

    rows = rows_sent(firm, "subaccounts", "SubaccountID")
    assert {code: [row[f"Segment{n}"] for n in range(1, 5)] for code, row in rows.items()} == {
        "0110000": ["01", "100", "00", ""],
        "0120000": ["01", "200", "00", ""],
        "0210000": ["02", "100", "00", ""],
    }
