"""Section H of the fault catalogue, row by row: processes beside each other, people, look-alikes and fraud."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ml_connector.domain.values.posting import PostingState
from tests.firm import CONNECTION, Firm, running_firm
from tests.flows.in_memory.house import a_house
from tests.papers import approved, overhead
from tests.scenarios.reading import codes_of, fate_of, proven
from tests.scenarios.test_file_sets import ROW, ROWS, flat


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """The firm with nothing changed."""
    with running_firm(tmp_path) as running:
        yield running


def test_row_261_an_invoice_on_its_way_keeps_what_the_layout_of_its_day_read(tmp_path: Path) -> None:
    layout = tmp_path / "own.toml"
    layout.write_text(flat(), encoding="utf-8")
    sections = {"feeds.approved_invoices": {"layout": "own.toml"}}
    with running_firm(tmp_path, switches={"approval_types": ["Bill"]}, sections=sections) as firm:
        firm.drop("approved_invoices_1.csv", ROWS + ROW)
        firm.sync()
        assert [row["state"] for row in firm.list_invoices().document] == ["pending_approval"]
        # The number is now read from the column of Stampli's id.
        changed = flat().replace("version = 1", "version = 2")
        layout.write_text(changed.replace('name = "number", member', 'name = "id", member'), encoding="utf-8")
        firm.people("approve_bill", type="Bill", number="000001")
        assert firm.sync().exit_code == 0
        [bill] = firm.truth().bills
        replayed = firm.run("invoice", "replay", CONNECTION, "900101", "--json").document
        assert (bill["VendorRef"], bill["Status"]) == ("INV-8841", "Open")
        assert (replayed["result"], replayed["layout"]["recorded"]) == ("same", "flat@1")


def test_row_262_a_connection_never_goes_to_another_tenant_with_a_bill_on_its_way(firm: Firm) -> None:
    firm.switch(approval_types=["Bill"])
    firm.drop_invoices(approved("INV-8841"))
    firm.sync()
    own, asked = firm.settings.read_text(encoding="utf-8"), len(firm.truth().requests)
    other = own.replace('tenant = "HRB"', 'tenant = "OTHER"').replace('@HRB"', '@OTHER"')
    firm.settings.write_text(other, encoding="utf-8")
    refused = firm.sync()
    assert (refused.exit_code, refused.document["error"]["code"]) == (2, "settings.identity_differs")
    assert "acumatica.tenant was 'HRB' and is now 'OTHER'" in refused.document["error"]["message"]
    assert len(firm.truth().requests) == asked
    firm.settings.write_text(own, encoding="utf-8")
    firm.people("approve_bill", type="Bill", number="000001")
    assert fate_of(firm.sync(), "INV-8841") == ("posted", "Open")
    assert len(firm.truth().bills) == 1


def test_row_264_a_bill_typed_between_the_check_and_off_hold_is_told_and_ours_is_never_done() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("off hold", lambda: house.erp.type_bill("V10005", "INV-8841"))
    for _ in range(2):
        house.post()
        assert house.standing(invoice_id) == (PostingState.PERSON, "exists")
        [finding] = house.invoices.rows[invoice_id].findings
        assert finding.message == "Already booked as Bill 000002, 1,284.37, Open."


def test_row_272_a_credit_memo_with_the_number_of_an_invoice_is_a_persons(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-8841"))
    firm.sync()
    credit = approved("INV-8841", overhead("-84.37"), kind="Credit Memo", stampli_id="CM-1")
    firm.drop_invoices(credit, name="approved_invoices_2.csv")
    firm.sync()
    [row] = [each for each in firm.list_invoices().document if each["external_id"] == "CM-1"]
    [finding] = [each for each in row["findings"] if each["code"] == "H02"]
    assert (row["state"], finding["found"]) == ("needs_attention", "Bill/000001")
    assert [bill["Type"] for bill in firm.truth().bills] == ["Bill"]


def test_row_274_an_equal_amount_each_month_is_booked_each_time(firm: Firm) -> None:
    months = [approved(f"RENT-{month}", invoice_date=date(2026, month, 1)) for month in (10, 11)]
    near = approved("DEPOSIT-7", invoice_date=date(2026, 10, 6))
    firm.drop_invoices(*months, near)
    outcome = firm.sync()
    assert (outcome.exit_code, len(firm.truth().bills)) == (0, 3)
    assert codes_of(outcome, "DEPOSIT-7", notes=True) == ["H04"]
    assert proven(firm)[:3] == (0, "0.00", 3)


def test_row_275_two_invoices_of_one_day_over_the_limit_together_are_noted_and_booked(tmp_path: Path) -> None:
    with running_firm(tmp_path, policy={"total_max": "1000.00"}) as firm:
        firm.drop_invoices(approved("INV-1", overhead("600.00")), approved("INV-2", overhead("500.00")))
        outcome = firm.sync()
        assert (outcome.exit_code, [bill["Status"] for bill in firm.truth().bills]) == (0, ["Open", "Open"])
        noted = [each["message"] for row in outcome.document["invoices"] for each in row["findings"]]
        assert noted == ["2 invoices of 2026-10-05 make 1,100.00, over your limit of 1,000.00."]


def test_row_276_bank_data_in_a_file_never_reaches_a_vendor(firm: Firm) -> None:
    dropped = firm.drop_invoices(approved("INV-8841"))
    head, *rows = dropped.read_text(encoding="utf-8").splitlines()
    text = "\n".join([f"{head},VendorBankAccount", *(f"{row},DE89370400440532013000" for row in rows)]) + "\n"
    dropped.write_text(text, encoding="utf-8")
    firm.sync()
    truth = firm.truth()
    assert [bill["VendorRef"] for bill in truth.bills] == ["INV-8841"]
    assert not [each["path"] for each in truth.writes() if "/Bill" not in each["path"]]
    assert "DE89370400440532013000" not in json.dumps([each["body"] for each in truth.writes()])


def test_row_282_after_an_outage_the_oldest_are_booked_first(firm: Firm) -> None:
    # The newest comes first by name.
    for age, number in ((60, 3), (120, 2), (180, 1)):
        dropped = firm.drop_invoices(
            *(approved(f"INV-{number}{each}", overhead(f"{number}{each}.00")) for each in range(2)),
            name=f"approved_invoices_{age:03d}.csv",
        )
        written = dropped.stat().st_mtime - age
        os.utime(dropped, (written, written))
    assert firm.sync().exit_code == 0
    sent = [json.loads(each["body"]) for each in firm.truth().writes() if "VendorRef" in each["body"]]
    assert [body["VendorRef"]["value"] for body in sent] == [f"INV-{n}{each}" for n in range(1, 4) for each in range(2)]
    assert sum(Decimal(bill["Balance"]) for bill in firm.truth().bills) == Decimal("123.00")
