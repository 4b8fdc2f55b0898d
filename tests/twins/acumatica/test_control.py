"""The control interface, attached files, schemas, and the twin as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from urllib.request import urlopen

import pytest

from ml_connector_twins.acumatica.control.client import ControlError
from ml_connector_twins.acumatica.instance import SiteOptions
from tests.twins.acumatica.wire import a_bill, signed_in, unwrapped


def test_people_type_edit_and_delete_bills() -> None:
    bill = {
        "Vendor": "V10004",
        "VendorRef": "MR-5520",
        "Date": "2026-10-05",
        "Details": [{"Account": "61000", "ExtendedCost": "100.00", "TransactionDescription": "Lift"}],
    }
    with signed_in() as erp:
        people = erp.twin.control.people
        typed = people("type_bill", bill=bill, finish="release")
        second = people("type_bill", bill={**bill, "VendorRef": "MR-5521"})
        edited = people("edit_bill", number=second["ReferenceNbr"], lines={"1": {"ExtendedCost": "90.00"}})
        people("delete_bill", number=second["ReferenceNbr"])
        with pytest.raises(ControlError, match="Vendor Ref"):
            people("type_bill", bill=bill)
        left = [row["ReferenceNbr"]["value"] for row in erp.rows("Bill")]
    assert (typed["Status"], typed["Balance"], typed["Amount"]) == ("Open", "100.00", "100.00")
    assert (edited["Balance"], edited["Amount"]) == ("90.00", "90.00")
    assert left == [typed["ReferenceNbr"]]


def test_people_change_master_data_and_the_time_stamp_moves() -> None:
    with signed_in() as erp:
        before = erp.get("Vendor/V10004").json
        people = erp.twin.control.people
        people("put_record", entity="Vendor", fields={"VendorID": "V10004", "Status": "On Hold"})
        people("add_vendor", code="V10099", name="New Vendor LLC")
        people("add_project", code="J2599", name="New Job", branch="NORTH")
        people("add_task", project="J2599", task="01", name="Start")
        people("change_key", entity="Vendor", keys=["V10012"], to=["V10112"])
        after = erp.get("Vendor/V10004").json
        renamed = erp.get("Vendor/V10112").json
        fresh = erp.rows("Vendor", filter="LastModifiedDateTime gt datetimeoffset'2026-10-01T00:00:00Z'")
    assert unwrapped(after, "Status") == ("On Hold",)
    assert after["id"] == before["id"]
    assert after["LastModifiedDateTime"] != before["LastModifiedDateTime"]
    assert renamed["VendorName"]["value"] == "Granite Northeast"
    assert sorted(row["VendorID"]["value"] for row in fresh) == ["V10004", "V10099", "V10112"]


def test_goods_received_later_can_be_billed() -> None:
    """S06: after the rest of the rebar has come."""
    with signed_in() as erp:
        lines = [{"line": 1, "quantity": "100"}]
        erp.twin.control.people("receive_goods", order="PO-003120", number="PR-000990", lines=lines)
        bill = a_bill(Vendor="V10002", Details=[{"POReceiptNbr": "PR-000990", "POReceiptLine": 1}])
        reply = erp.put("Bill", bill, expand="Details")
    assert unwrapped(reply.json["Details"][0], "Qty", "Amount", "POLine") == (100, 1175, 1)


def test_a_period_closed_between_two_steps_stops_the_release() -> None:
    """fault_catalogue row 103."""
    with signed_in({"hold_on_entry": False}) as erp:
        number = erp.put("Bill", a_bill(Hold=False)).json["ReferenceNbr"]["value"]
        erp.twin.control.people("set_period", period="102026", closed_in_ap=True)
        failed = erp.release(number)
        status = erp.get(f"Bill/Bill/{number}").json["Status"]["value"]
        details = erp.rows("CompanyFinancialPeriod", filter="Company eq 'HRB'", expand="Details")[0]["Details"]
    shown = {row["FinancialPeriodID"]["value"]: row["ClosedInAP"]["value"] for row in details}
    assert (failed.status, status) == (500, "Balanced")
    assert "closed in AP" in failed.json["exceptionMessage"]
    assert shown["102026"] is True


def test_a_restore_brings_yesterday_back_and_a_reset_the_fresh_firm() -> None:
    """fault_catalogue row 104."""
    with signed_in() as erp:
        control = erp.twin.control
        erp.put("Bill", a_bill())
        control.call("POST", "snapshot")
        erp.put("Bill", a_bill(VendorRef="INV-2"))
        control.call("POST", "restore")
        restored = [bill["VendorRef"] for bill in control.bills()]
        control.call("POST", "reset", {"switches": {"hold_on_entry": False}})
        fresh = control.bills()
        erp.sign_in()
        status = erp.put("Bill", a_bill(Hold=False)).json["Status"]["value"]
    assert (restored, fresh, status) == (["INV-8841"], [], "Balanced")


def test_an_unknown_switch_or_value_is_refused() -> None:
    with signed_in() as erp:
        with pytest.raises(ControlError, match="no switch is called"):
            erp.twin.control.turn(nonsense="yes")
        with pytest.raises(ControlError, match="takes one of"):
            erp.twin.control.turn(po_filter="maybe")


def test_the_business_date_is_the_default_day_of_documents() -> None:
    with signed_in() as erp:
        erp.twin.control.set_business_date("2026-11-02")
        bill = a_bill()
        del bill["Date"], bill["PostPeriod"]
        reply = erp.put("Bill", bill)
    assert unwrapped(reply.json, "Date", "PostPeriod") == ("2026-11-02T00:00:00+00:00", "112026")


def test_files_are_attached_by_the_link_of_the_record_listed_and_read() -> None:
    """13.19, 5.5; the link carries the virtual directory (1)."""
    options = SiteOptions(virtual_directory="/AcumaticaERP")
    with signed_in(options=options) as erp:
        bill = erp.put("Bill", a_bill()).json
        link = bill["_links"]["files:put"].replace("{filename}", "inv%208841.pdf")
        headers = {"content-type": "application/octet-stream", "PX-CbFileComment": "from Stampli"}
        stored = erp.send("PUT", link, b"%PDF-1", headers)
        by_keys = erp.send("PUT", erp.path(f"Bill/Bill/{bill['ReferenceNbr']['value']}/files/b.pdf"), b"%PDF-2")
        listed = erp.get(f"Bill/{bill['id']}", expand="files").json["files"]
        bytes_read = [erp.send("GET", entry["href"]).body for entry in listed]
        unknown = erp.send("PUT", link.replace(bill["id"], "6f0a1c52-8a35-4f0e-9a0e-3a5f0c1d2e3f"), b"x")
    assert link.startswith("/AcumaticaERP/entity/Default/24.200.001/files/PX.Objects.AP.APInvoiceEntry/Document/")
    assert (stored.status, by_keys.status, unknown.status) == (204, 204, 500)
    assert [(entry["filename"], entry["comment"]) for entry in listed] == [
        ("Bills and Adjustments (Bill, 000001)\\inv 8841.pdf", "from Stampli"),
        ("Bills and Adjustments (Bill, 000001)\\b.pdf", ""),
    ]
    assert bytes_read == [b"%PDF-1", b"%PDF-2"]


def test_the_endpoint_describes_itself() -> None:
    """1: swagger.json, and the ad-hoc schema with the form's own fields."""
    with signed_in() as erp:
        erp.put("Bill", a_bill())
        new = erp.get("swagger.json").json
        erp.version = "22.200.001"
        old = erp.get("swagger.json").json
        erp.version = "24.200.001"
        schema = erp.get("PurchaseOrder/$adHocSchema").json
        bill_schema = erp.get("Bill/$adHocSchema").json
    assert new["openapi"] == "3.0.1"
    assert "IsTaxValid" in new["components"]["schemas"]["Bill"]["allOf"][1]["properties"]
    assert old["swagger"] == "2.0"
    assert "IsTaxValid" not in old["definitions"]["Bill"]["allOf"][1]["properties"]
    assert schema["OrderNbr"] == {}
    assert bill_schema["custom"]["CurrentDocument"]["TaxZoneID"] == {"type": "CustomStringField", "value": None}


def test_an_attribute_is_a_field_of_the_form_before_any_bill_has_a_value_of_it() -> None:
    """1: the skeleton is the form's, not a record's."""
    with signed_in({"custom_fields": ["Document.AttributeMARK"]}) as erp:
        schema = erp.get("Bill/$adHocSchema").json
    assert schema["custom"]["Document"]["AttributeMARK"] == {"type": "CustomStringField", "value": None}


def test_the_twin_runs_as_a_process_tells_its_addresses_and_ends_with_its_parent() -> None:
    command = [sys.executable, "-m", "ml_connector_twins", "acumatica", "--firm", "small", "--exit-with-stdin"]
    command += ["--virtual-directory", "/AcumaticaERP", "--switch", 'po_filter="works"', "--password", "other"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        started = json.loads(process.stdout.readline())
        with urlopen(f"{started['url']}/entity") as answer:
            endpoints = json.loads(answer.read())
        with urlopen(f"{started['control']}/switches") as answer:
            switches = json.loads(answer.read())
        process.stdin.close()
        code = process.wait(20)
    assert endpoints["endpoints"][0]["href"] == "/AcumaticaERP/entity/Default/20.200.001/"
    assert switches["po_filter"] == "works"
    assert started["client_id"].endswith("@HRB")
    assert (started["tenant"], started["username"], started["password"]) == ("HRB", "connector", "other")
    assert code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_quietly_when_it_is_told_to(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "ml_connector_twins", "acumatica", "--firm", "empty"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        url = json.loads(process.stdout.readline())["url"]
        with urlopen(f"{url}/entity") as answer:
            assert answer.status == 200
        process.send_signal(number)
        code = process.wait(20)
        words = process.stderr.read()
    assert (code, words) == (0, "")
