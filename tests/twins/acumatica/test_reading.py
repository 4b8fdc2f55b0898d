"""Reads: acumatica_api.md 1, 4 and 13.8 to 13.12."""

from __future__ import annotations

import json

import pytest

from ml_connector_twins.acumatica.contract import VERSIONS, contracts
from ml_connector_twins.acumatica.instance import SiteOptions
from tests.twins.acumatica.wire import Erp, a_bill, signed_in, unwrapped


def test_the_endpoint_list_is_an_object_or_on_older_builds_a_bare_array_and_needs_no_sign_in() -> None:
    """13.1, 1."""
    with signed_in(options=SiteOptions(virtual_directory="/AcumaticaERP")) as erp:
        erp.headers.clear()
        new = erp.send("GET", "/AcumaticaERP/entity").json
        erp.twin.control.turn(endpoint_list_shape="bare_array")
        old = erp.send("GET", "/AcumaticaERP/entity").json
    assert new["version"] == {"acumaticaBuildVersion": "24.208.0017", "databaseVersion": "24.208.0017"}
    assert new["endpoints"] == old
    assert old[-1] == {
        "name": "Default",
        "version": "24.200.001",
        "href": "/AcumaticaERP/entity/Default/24.200.001/",
    }


def test_unknown_versions_entities_and_actions_are_404() -> None:
    """4.5; Subcontract is a top-level entity from 23.200 on (6)."""
    with signed_in() as erp:
        statuses = [
            erp.send("GET", "/entity/Default/19.200.001/Vendor").status,
            erp.send("GET", "/entity/Custom/24.200.001/Vendor").status,
            erp.get("Supplier").status,
            erp.post("Bill/Explode", {"entity": {}}).status,
            Erp(erp.twin, "22.200.001", erp.headers).get("Subcontract").status,
            Erp(erp.twin, "23.200.001", erp.headers).get("Subcontract").status,
        ]
    assert statuses == [404, 404, 404, 404, 404, 200]


def test_a_post_to_an_entity_root_is_406_and_the_discovery_document_needs_no_sign_in() -> None:
    """1, 2.1."""
    with signed_in(options=SiteOptions(virtual_directory="/Erp")) as erp:
        refused = erp.post("Bill", {}).status
        erp.headers.clear()
        content = erp.send("GET", "/Erp/identity/.well-known/openid-configuration").json
        unsigned = erp.get("Vendor").status
    assert (refused, unsigned) == (406, 401)
    assert content["token_endpoint"] == f"{erp.twin.url}/identity/connect/token"
    assert "client_credentials" not in content["grant_types_supported"]


def test_every_version_shows_exactly_its_own_fields() -> None:
    """13.2, 6: IsTaxValid of Bill from 23.200, in 20.200 only on newer builds; RetainageDocuments from 25.200."""
    with signed_in({"versions": list(VERSIONS)}) as erp:
        erp.put("Bill", a_bill())
        seen = {}
        for version, contract in contracts().items():
            caller = Erp(erp.twin, version, erp.headers)
            bill = caller.rows("Bill")[0]
            seen[version] = set(bill) - {"id", "rowNumber", "note", "_links"} == set(contract.types["Bill"].values)
        erp.twin.control.turn(version_20_fields="original")
        oldest = Erp(erp.twin, "20.200.001", erp.headers).rows("Bill")[0]
    assert seen == dict.fromkeys(VERSIONS, True)
    assert "IsTaxValid" not in contracts()["22.200.001"].types["Bill"].values
    assert ("IsTaxValid" in contracts()["20.200.001"].types["Bill"].values, "IsTaxValid" in oldest) == (True, False)
    assert "RetainageDocuments" in contracts()["25.200.001"].types["Bill"].collections


def test_values_are_wrapped_empty_ones_are_empty_objects_and_nothing_nested_comes_unasked() -> None:
    """13.8, 4.1."""
    with signed_in() as erp:
        row = erp.get("Vendor/V10005").json
    assert row["VendorName"] == {"value": "City Water & Power"}
    assert row["ParentAccount"] == {}
    assert row["note"] is None
    assert "MainContact" not in row
    assert "custom" not in row
    assert row["_links"]["self"] == f"/entity/Default/24.200.001/Vendor/{row['id']}"


def test_expansion_names_every_level() -> None:
    """4.2: `MainContact,MainContact/Address`."""
    with signed_in() as erp:
        both = erp.rows("Vendor", filter="VendorID eq 'V10005'", expand="MainContact,MainContact/Address")[0]
        alone = erp.rows("Vendor", filter="VendorID eq 'V10005'", expand="MainContact/Address")[0]
    assert both["MainContact"]["Address"]["City"] == {"value": "Riverton"}
    assert "MainContact" not in alone


def test_selection_keeps_the_named_fields_alone() -> None:
    """4.2."""
    with signed_in() as erp:
        row = erp.rows("Account", filter="AccountCD eq '61000'", select="AccountCD,Active")[0]
    assert unwrapped(row, "AccountCD", "Active") == ("61000", True)
    assert set(row) == {"id", "rowNumber", "note", "AccountCD", "Active", "_links"}


def test_rows_come_in_another_order_each_time_but_top_takes_the_first_by_key() -> None:
    """13.10 and the paging rule of 4.2: `KeyField gt 'last'` with $top loses nothing."""
    with signed_in(firm="full") as erp:
        orders = {tuple(r["VendorID"]["value"] for r in erp.rows("Vendor", top="40")) for _ in range(4)}
        last, paged = "", []
        while True:
            condition = f"VendorID gt '{last}'"
            page = [r["VendorID"]["value"] for r in erp.rows("Vendor", filter=condition, top="50", select="VendorID")]
            if not page:
                break
            paged += page
            last = max(page)
        everything = [r["VendorID"]["value"] for r in erp.rows("Vendor", select="VendorID")]
    assert len(orders) > 1
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(everything)[:40])}
    assert sorted(paged) == sorted(everything)
    assert len(everything) == 312


def test_paging_by_skip_loses_rows() -> None:
    """13.10: no order is promised, so $skip counts in another order each time."""
    with signed_in(firm="full") as erp:
        seen: set[str] = set()
        for start in range(0, 320, 40):
            seen |= {r["VendorID"]["value"] for r in erp.rows("Vendor", top="40", skip=str(start), select="VendorID")}
    assert len(seen) < 312


def test_the_full_firm_has_the_volumes_of_scenario_31() -> None:
    with signed_in(firm="full") as erp:
        projects = [r for r in erp.rows("Project") if r["Status"]["value"] == "Active"]
        tasks = erp.rows("ProjectTask", custom="Task.Type", filter="Status eq 'Active'")
        codes = erp.rows("CostCode", custom="Items.IsActive")
        budget = erp.rows("ProjectBudget", select="ProjectID")
    cost_tasks = [row for row in tasks if row["custom"]["Task"]["Type"]["value"] == "Cost"]
    active_codes = [row for row in codes if row["custom"]["Items"]["IsActive"]["value"]]
    assert (len(projects), len(cost_tasks), len(active_codes), len(budget)) == (62, 1054, 418, 6212)


def test_a_missing_record_is_500_by_key_and_by_id_and_an_empty_list_by_filter() -> None:
    """13.12, 4.5."""
    with signed_in() as erp:
        by_key = erp.get("Vendor/NOPE")
        by_id = erp.get("Vendor/6f0a1c52-8a35-4f0e-9a0e-3a5f0c1d2e3f")
        by_filter = erp.get("Vendor", filter="VendorID eq 'NOPE'")
    kind = "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"
    assert (by_key.status, by_key.json["exceptionType"]) == (500, kind)
    assert (by_id.status, by_id.json["exceptionMessage"]) == (500, "No entity satisfies the condition.")
    assert (by_filter.status, by_filter.json) == (200, [])


def test_records_are_found_by_guid_by_keys_and_by_keys_with_a_pipe() -> None:
    """1: key order of the form; the type segment is the label; a slash inside a key cannot be escaped."""
    with signed_in() as erp:
        by_keys = erp.get("PurchaseOrder/Normal/PO-003135").json
        by_pipe = erp.get("PurchaseOrder/Normal%7CPO-003135").json
        by_id = erp.get(f"PurchaseOrder/{by_keys['id']}").json
        escaped = erp.get("PurchaseOrder/Normal%2FPO-003135").json
    assert by_keys["id"] == by_pipe["id"] == by_id["id"] == escaped["id"]


def test_lists_the_optimiser_cannot_compile_are_500_with_the_fields_named() -> None:
    """13.11, 4.3: Check.History in lists, inquiries by GET; the pairs are a switch."""
    with signed_in() as erp:
        checks = erp.get("Check", expand="Details,History")
        inquiry = erp.get("CompaniesStructure", expand="Results")
        bills = erp.get("Bill", expand="Details")
        erp.twin.control.turn(optimizer_fails=["Bill.Details"])
        refused = erp.get("Bill", expand="Details")
    kind = "PX.Api.ContractBased.OptimizedExport.CannotOptimizeException"
    assert (checks.status, checks.json["exceptionType"]) == (500, kind)
    assert "History: View History has BQL delegate" in checks.json["exceptionMessage"]
    assert (inquiry.status, inquiry.json["exceptionType"]) == (500, kind)
    assert (bills.status, refused.status) == (200, 500)


@pytest.mark.parametrize(
    ("switches", "shown"),
    [({}, 2), ({"list_details_cut": ["Bill.Details"]}, 1), ({"list_details_empty": ["Bill.Details"]}, 0)],
)
def test_a_list_may_cut_the_lines_that_a_record_read_by_its_key_has(switches: dict[str, list[str]], shown: int) -> None:
    """11, posting_protocol E2."""
    line = {"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "ExtendedCost": "5.00"}
    bill = {"Vendor": "V10004", "VendorRef": "R-1", "Date": "2026-10-01", "Details": [line, line]}
    with signed_in() as erp:
        erp.twin.control.people("type_bill", bill={"Type": "Bill", "Description": "Typed by hand", **bill})
        erp.twin.control.turn(**switches)
        [listed] = erp.get("Bill", expand="Details").json
        alone = erp.get(f"Bill/Bill/{listed['ReferenceNbr']['value']}", expand="Details").json
    assert (len(listed["Details"]), len(alone["Details"])) == (shown, 2)


def test_the_companies_structure_is_read_by_put() -> None:
    """4.3, 13.22."""
    with signed_in() as erp:
        rows = erp.put("CompaniesStructure", {}, expand="Results").json["Results"]
    assert [unwrapped(row, "CompanyID", "BranchID", "BranchStatus") for row in rows] == [
        ("HRB", "MAIN", True),
        ("HRB", "NORTH", True),
        ("HRE", "EQUIP", True),
    ]


def test_financial_periods_show_what_is_closed_in_ap() -> None:
    """scenarios.md fixture; 2027 is not generated."""
    with signed_in() as erp:
        years = erp.rows("CompanyFinancialPeriod", filter="Company eq 'HRB'", expand="Details")
    periods = {row["FinancialPeriodID"]["value"]: row for row in years[0]["Details"]}
    shown = {
        code: unwrapped(periods[code], "Status", "ClosedInAP") for code in ("072026", "082026", "092026", "102026")
    }
    assert shown == {
        "072026": ("Locked", True),
        "082026": ("Closed", True),
        "092026": ("Open", True),
        "102026": ("Open", False),
    }
    assert unwrapped(periods["122026"], "Status") == ("Inactive",)
    assert [year["FinancialYear"]["value"] for year in years] == ["2026"]


def test_billed_figures_of_an_order_line_come_by_custom_and_only_with_the_expansion() -> None:
    """7: they stand on the form's Transactions view."""
    wanted = "Details/Transactions.BilledQty,Details/Transactions.CuryUnbilledAmt,Details/Transactions.POAccrualType"
    with signed_in() as erp:
        order = erp.get("PurchaseOrder/Normal/PO-003120", expand="Details", custom=wanted).json
        plain = erp.get("PurchaseOrder/Normal/PO-003120", expand="Details").json
    custom = order["Details"][0]["custom"]["Transactions"]
    assert custom["CuryUnbilledAmt"] == {"type": "CustomDecimalField", "value": 4700}
    assert custom["POAccrualType"] == {"type": "CustomStringField", "value": "Receipt"}
    assert "custom" not in plain["Details"][0]
    assert "UnbilledQty" not in json.dumps(sorted(plain["Details"][0]))


def test_decimals_come_in_mixed_scales_and_days_with_a_zero_offset() -> None:
    """4.1: parse, never compare text."""
    with signed_in() as erp:
        reply = erp.put("Bill", a_bill())
        listed = erp.get("Bill")
    put_text = reply.body.decode().split('"Amount":{"value":')[1].split("}")[0]
    list_text = listed.body.decode().split('"Amount":{"value":')[1].split("}")[0]
    assert float(put_text) == float(list_text) == 1284.37
    assert put_text != list_text
    assert reply.json["Date"] == {"value": "2026-10-05T00:00:00+00:00"}
    assert reply.json["LastModifiedDateTime"]["value"].endswith("+00:00")


def test_a_version_taken_away_by_an_upgrade_is_404_and_no_longer_listed() -> None:
    """6."""
    with signed_in({"versions": ["22.200.001", "23.200.001"]}) as erp:
        listed = [row["version"] for row in erp.send("GET", "/entity").json["endpoints"]]
        status = erp.get("Vendor").status
    assert (listed, status) == (["22.200.001", "23.200.001"], 404)


def test_a_tenant_without_the_subaccounts_feature_answers_403() -> None:
    """7."""
    with signed_in({"subaccounts_feature": False}) as erp:
        status = erp.get("Subaccount").status
    assert status == 403
