"""DAC OData v4 and generic-inquiry OData: acumatica_api.md 1, 9 and 13.21."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from ml_connector_twins.acumatica.instance import SiteOptions
from tests.twins.acumatica.wire import Erp, Reply, a_bill, signed_in, wrapped

_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def _get(erp: Erp, tail: str, *, kind: str = "dac", tenant: str = "HRB", **options: str) -> Reply:
    query = urlencode({f"${name}": value for name, value in options.items()}, quote_via=quote)
    return erp.send("GET", f"/t/{tenant}/api/odata/{kind}/{quote(tail)}{f'?{query}' if query else ''}")


def _rows(erp: Erp, tail: str, **options: Any) -> list[dict[str, Any]]:
    reply = _get(erp, tail, **options)
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = reply.json["value"]
    return found


def test_segments_their_values_and_terms_are_there_though_the_contract_has_none() -> None:
    """9: segment definitions and values, terms."""
    with signed_in() as erp:
        lengths = [row["Length"] for row in _rows(erp, "PX_Objects_CS_Segment", filter="DimensionID eq 'SUBACCOUNT'")]
        values = _rows(erp, "SegmentValue", filter="SegmentID eq 2", select="Value,Active")
        terms = _get(erp, "Terms(TermsID='30D')").json
    assert lengths == [2, 3, 2]
    assert values == [
        {"Value": "100", "Active": True},
        {"Value": "150", "Active": False},
        {"Value": "200", "Active": True},
    ]
    assert (terms["DueType"], terms["DayDue00"], terms["DiscPercent"]) == ("N", 30, Decimal(0))


def test_branches_point_to_their_organization_by_number() -> None:
    """9: foreign keys are integers in data access classes."""
    with signed_in() as erp:
        companies = {row["OrganizationID"]: row["OrganizationCD"] for row in _rows(erp, "Organization")}
        branches = {row["BranchCD"]: companies[row["OrganizationID"]] for row in _rows(erp, "PX_Objects_GL_Branch")}
    assert branches == {"MAIN": "HRB", "NORTH": "HRB", "EQUIP": "HRE"}


def test_billed_quantities_of_order_lines_move_on_release() -> None:
    """9, 13.15: POLine has what the contract's order line lacks; subcontracts are orders of type RS."""
    line = {"POOrderType": "Normal", "POOrderNbr": "PO-003135", "POLine": 1, "Qty": "1"}
    bill = a_bill(Vendor="V10004", VendorRef="MR-5531", Amount="6450.00", Details=[line])
    figures = {"filter": "OrderNbr eq 'PO-003135'", "select": "BilledQty,UnbilledQty,CuryUnbilledAmt,Closed"}
    with signed_in() as erp:
        before = _rows(erp, "POLine", **figures)
        number = erp.put("Bill", bill).json["ReferenceNbr"]["value"]
        erp.put("Bill", wrapped({"Type": "Bill", "ReferenceNbr": number, "Hold": False}))
        held = _rows(erp, "POLine", **figures)
        erp.release(number)
        after = _rows(erp, "POLine", **figures)
        kinds = {row["OrderType"] for row in _rows(erp, "POLine", select="OrderType")}
    assert before == held == [{"BilledQty": 0, "UnbilledQty": 3, "CuryUnbilledAmt": 19350, "Closed": False}]
    assert after == [{"BilledQty": 1, "UnbilledQty": 2, "CuryUnbilledAmt": 12900, "Closed": False}]
    assert {"RO", "RS"} <= kinds


def test_rows_come_by_key_and_pages_have_no_next_link() -> None:
    """13.21: nextLink-less; without $orderby the server sorts by key."""
    with signed_in() as erp:
        whole = _get(erp, "Vendor").json
        pages = [_rows(erp, "Vendor", top="3", skip=str(n), select="AcctCD") for n in (0, 3)]
        counted = _get(erp, "Vendor", top="1", count="true").json["@odata.count"]
    codes = [row["AcctCD"] for row in whole["value"]]
    assert sorted(whole) == ["@odata.context", "value"]
    assert codes == sorted(codes)
    assert [row["AcctCD"] for page in pages for row in page] == codes[:6]
    assert counted == len(codes)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("AcctCD eq 'v10001'", ["V10001"]),
        ("startswith(AcctCD,'V1000') and not (AcctCD ne 'V10002')", ["V10002"]),
        ("LastModifiedDateTime gt 2999-01-01T00:00:00Z", []),
        ("contains(AcctCD,'10003') or AcctCD eq null", ["V10003"]),
    ],
)
def test_filters_are_those_of_odata_4(text: str, found: list[str]) -> None:
    """9: bare instants, contains and not work here, unlike in the contract's v3."""
    with signed_in() as erp:
        assert [row["AcctCD"] for row in _rows(erp, "Vendor", filter=text, select="AcctCD")] == found


@pytest.mark.parametrize(
    "options",
    [
        {"filter": "Nope eq 1"},
        {"filter": "AcctCD eq"},
        {"filter": "AcctCD gt 5"},
        {"select": "Nope"},
        {"orderby": "Nope"},
        {"top": "x"},
        {"apply": "aggregate(x)"},
    ],
)
def test_what_cannot_be_read_is_refused_in_odatas_own_form(options: dict[str, str]) -> None:
    """9."""
    with signed_in() as erp:
        reply = _get(erp, "Vendor", **options)
    assert (reply.status, list(reply.json["error"])) == (400, ["code", "message"])


def test_the_tenant_in_the_url_must_be_that_of_the_token() -> None:
    """9: tenant in URL must match token."""
    with signed_in(options=SiteOptions(tenants=("HRB", "TEST"))) as erp:
        statuses = [_get(erp, "Terms", tenant=name).status for name in ("HRB", "hrb", "TEST", "NOPE")]
        legacy = erp.send("GET", "/odatav4/HRB/PX_Objects_CS_Terms").status
    assert (statuses, legacy) == ([200, 200, 401, 401], 200)


def test_basic_sign_in_takes_no_api_seat() -> None:
    """9: Basic counts as a user of the UI."""
    with signed_in() as erp:
        person = base64.b64encode(f"connector:{erp.twin.options.password}".encode()).decode()
        erp.headers["authorization"] = f"Basic {person}"
        erp.twin.control.call("POST", "sessions/revoke")
        there = _get(erp, "Terms").status
        erp.headers["authorization"] = "Basic " + base64.b64encode(b"connector:no").decode()
        refused = _get(erp, "Terms").status
        seats = erp.twin.control.call("GET", "sessions")["open"]
    assert (there, refused, seats) == (200, 401, 0)


@pytest.mark.parametrize(("position", "status"), [("yes", 200), ("no", 404), ("forbidden", 403)])
def test_the_interface_is_there_by_switch(position: str, status: int) -> None:
    """9: requires role rights to the access page."""
    with signed_in({"odata_dac": position}) as erp:
        assert _get(erp, "Terms").status == status


def test_deletions_are_told_where_they_are_tracked() -> None:
    """9: px.GetDeletedRecords() after enabling tracking on SM207010."""
    with signed_in() as erp:
        untracked = _get(erp, "APInvoice/px.GetDeletedRecords()")
        erp.twin.control.turn(deletions_tracked=["APInvoice"])
        bill = erp.put("Bill", a_bill()).json
        erp.send("DELETE", erp.path(f"Bill/{bill['id']}"))
        gone = _rows(erp, "APInvoice/px.GetDeletedRecords()", filter="DeleteDate ge 2024-11-01T00:00:00Z")
        later = _rows(erp, "APInvoice/px.GetDeletedRecords()", filter="DeleteDate ge 2999-01-01T00:00:00Z")
    assert untracked.status == 400
    assert [row["RefNoteID"] for row in gone] == [bill["id"]]
    assert later == []


def test_inquiries_pad_their_text_and_ignore_wrong_parameters() -> None:
    """13.21, 9 [T], [L]: space padded strings; wrong or omitted parameters return unfiltered rows silently."""
    with signed_in() as erp:
        terms = _rows(erp, "ML Credit Terms", kind="gi")
        every = _rows(erp, "MLPOLines", kind="gi")
        number = every[0]["OrderNbr"].rstrip()
        right = _rows(erp, f"MLPOLines_WithParameters(OrderNbr='{number}')", kind="gi")
        wrong = _rows(erp, f"MLPOLines_WithParameters(Order='{number}')", kind="gi")
        erp.twin.control.turn(gi_exposed=[])
        hidden = _get(erp, "ML Credit Terms", kind="gi").status
    assert terms[0]["TermsID"] == f"{terms[0]['TermsID'].rstrip():<12}"
    assert {row["OrderNbr"].rstrip() for row in right} == {number}
    assert (len(wrong), hidden) == (len(every), 404)


def test_both_interfaces_describe_themselves() -> None:
    """9: PX_Objects_CS_SegmentValue is the metadata name; one entity set an exposed inquiry."""
    with signed_in() as erp:
        dac = ET.fromstring(_get(erp, "$metadata").body)
        gi = ET.fromstring(_get(erp, "$metadata", kind="gi").body)
        listed = {row["name"] for row in _get(erp, "").json["value"]}
    sets = {each.get("Name") for each in dac.iter(f"{_EDM}EntitySet")}
    assert {"PX_Objects_CS_SegmentValue", "SegmentValue", "POLine"} <= sets
    assert "PX_Objects_GL_DAC_Organization" in listed
    assert [each.get("Name") for each in gi.iter(f"{_EDM}EntitySet")][0] == "ML Segment Values"
