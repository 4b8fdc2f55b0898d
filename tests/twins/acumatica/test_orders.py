"""Links to orders, receipts, subcontracts; taxes: acumatica_api.md 8.3, 8.4, 13; scenarios.md S03 to S11, S17, S19."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.twins.acumatica.wire import Erp, Reply, a_bill, signed_in, unwrapped, wrapped

_PROGRESS = ",".join(
    f"Details/Transactions.{name}"
    for name in ("BilledQty", "CuryBilledAmt", "UnbilledQty", "CuryUnbilledAmt", "Closed")
)


def _rental(**changes: Any) -> dict[str, Any]:
    return {"POOrderType": "Normal", "POOrderNbr": "PO-003135", "POLine": 1, "Qty": "1", **changes}


def _receipt(line: int, **changes: Any) -> dict[str, Any]:
    return {"POReceiptType": "Receipt", "POReceiptNbr": "PR-000981", "POReceiptLine": line, **changes}


def _mr(lines: list[dict[str, Any]], amount: str = "6450.00", **changes: Any) -> dict[str, Any]:
    return a_bill(**{"Vendor": "V10004", "VendorRef": "MR-5531", "Amount": amount, "Details": lines, **changes})


def _bh(lines: list[dict[str, Any]], amount: str, **changes: Any) -> dict[str, Any]:
    return a_bill(**{"Vendor": "V10002", "VendorRef": "BH-7701", "Amount": amount, "Details": lines, **changes})


def _finished(erp: Erp, content: dict[str, Any]) -> str:
    reply = erp.put("Bill", content, expand="Details,TaxDetails")
    assert reply.status == 200, reply.body
    number = str(reply.json["ReferenceNbr"]["value"])
    kind = reply.json["Type"]["value"]
    unheld = erp.put("Bill", wrapped({"Type": kind, "ReferenceNbr": number, "Hold": False}))
    assert unheld.status == 200, unheld.body
    assert erp.release(number, kind).status == 204
    return number


def _progress(erp: Erp, target: str) -> list[tuple[Any, ...]]:
    rows = erp.get(target, expand="Details", custom=_PROGRESS).json["Details"]
    names = ("BilledQty", "CuryBilledAmt", "UnbilledQty", "CuryUnbilledAmt", "Closed")
    return [tuple(row["custom"]["Transactions"][name]["value"] for name in names) for row in rows]


def _entries(erp: Erp) -> list[tuple[str, str, str]]:
    return [(e["account"], e["debit"], e["credit"]) for e in erp.twin.control.entries()]


def _error(reply: Reply, name: str) -> str:
    assert reply.status == 422, reply.body
    return str(reply.json["Details"][0][name]["error"])


def test_s03_a_partial_rental_takes_its_coding_from_the_order_and_moves_its_figures_on_release() -> None:
    with signed_in() as erp:
        reply = erp.put("Bill", _mr([_rental()]), expand="Details")
        line = unwrapped(
            reply.json["Details"][0], "Amount", "Account", "Project", "ProjectTask", "CostCode", "UOM", "POLine"
        )
        before = _progress(erp, "PurchaseOrder/Normal/PO-003135")
        number = reply.json["ReferenceNbr"]["value"]
        erp.put("Bill", wrapped({"Type": "Bill", "ReferenceNbr": number, "Hold": False}))
        erp.release(number)
        after = _progress(erp, "PurchaseOrder/Normal/PO-003135")
        status = erp.get("PurchaseOrder/Normal/PO-003135").json["Status"]["value"]
        entries = _entries(erp)
    assert line == (6450, "50300", "J2401", "01", "31-200", "MO", 1)
    assert before == [(0, 0, 3, 19350, False)]
    assert after == [(1, 6450, 2, 12900, False)]
    assert status == "Open"
    assert entries == [("50300", "6450.00", "0"), ("20000", "0", "6450.00")]


def test_s04_goods_clear_the_accrual_and_the_tax_is_expensed() -> None:
    lines = [_receipt(1, Qty="300", ExtendedCost="3525.00"), _receipt(2, Qty="250", ExtendedCost="2350.00")]
    with signed_in() as erp:
        created = erp.put("Bill", _bh(lines, "6300.94"), expand="Details,TaxDetails").json
        number = created["ReferenceNbr"]["value"]
        erp.put("Bill", wrapped({"Type": "Bill", "ReferenceNbr": number, "Hold": False}))
        released = erp.release(number)
        entries = _entries(erp)
        after = _progress(erp, "PurchaseOrder/Normal/PO-003120")
        receipt = erp.get("PurchaseReceipt/Receipt/PR-000981").json
    assert [unwrapped(x, "POOrderNbr", "POLine", "POReceiptNbr", "POReceiptLine") for x in created["Details"]] == [
        ("PO-003120", 1, "PR-000981", 1),
        ("PO-003120", 2, "PR-000981", 2),
    ]
    assert [unwrapped(t, "TaxID", "TaxableAmount", "TaxAmount", "TaxRate") for t in created["TaxDetails"]] == [
        ("RVRSALES", 5875, Decimal("425.94"), Decimal("7.25"))
    ]
    assert unwrapped(created, "TaxTotal", "Balance", "Amount") == (
        Decimal("425.94"),
        Decimal("6300.94"),
        Decimal("6300.94"),
    )
    assert released.status == 204
    assert entries == [
        ("20300", "3525.00", "0"),
        ("20300", "2350.00", "0"),
        ("50900", "425.94", "0"),
        ("20000", "0", "6300.94"),
    ]
    assert after[:2] == [(300, 3525, 100, 1175, False), (250, 2350, 0, 0, True)]
    assert receipt["UnbilledQuantity"]["value"] == 0


def test_s05_a_price_above_the_order_goes_to_the_variance() -> None:
    with signed_in() as erp:
        _finished(erp, _bh([_receipt(1, Qty="300", ExtendedCost="3594.00", TaxCategory="EXEMPT")], "3594.00"))
        entries = _entries(erp)
    assert entries == [("20300", "3525.00", "0"), ("50200", "69.00", "0"), ("20000", "0", "3594.00")]


def test_a_row_that_names_no_line_brings_in_all_that_can_be_billed() -> None:
    """8.3: whole order, whole receipt."""
    with signed_in() as erp:
        order = erp.put("Bill", _mr([{"POOrderType": "Normal", "POOrderNbr": "PO-003135"}]), expand="Details").json
        receipt = erp.put("Bill", _bh([{"POReceiptNbr": "PR-000981"}], "0"), expand="Details").json
    assert [unwrapped(x, "POLine", "Qty", "Amount") for x in order["Details"]] == [(1, 3, 19350)]
    assert [unwrapped(x, "POReceiptLine", "Qty", "Amount") for x in receipt["Details"]] == [
        (1, 300, 3525),
        (2, 250, 2350),
    ]


def test_a_subcontract_line_carries_its_retainage_to_the_bill() -> None:
    """S09: gross 54,000.00, retainage 5,400.00, due 48,600.00."""
    lines: list[dict[str, Any]] = [
        {"POOrderType": "Subcontract", "POOrderNbr": "SC-000045", "POLine": n, "ExtendedCost": amount}
        for n, amount in ((1, "36000.00"), (2, "18000.00"))
    ]
    with signed_in() as erp:
        bill = a_bill(Vendor="V10001", VendorRef="KC-PA-003", Amount="48600.00", Details=lines)
        number = _finished(erp, bill)
        entries = _entries(erp)
        after = _progress(erp, "Subcontract/SC-000045")
        form = erp.get(f"Bill/Bill/{number}", custom="Document.CuryRetainageTotal").json
        boxes = erp.get(f"Bill/Bill/{number}", expand="Details", custom="Details/Transactions.Box1099").json
    assert entries == [
        ("50100", "36000.00", "0"),
        ("50100", "18000.00", "0"),
        ("20100", "0", "5400.00"),
        ("20000", "0", "48600.00"),
    ]
    assert [(row[1], row[3]) for row in after] == [(132000, 108000), (18000, 162000)]
    assert form["custom"]["Document"]["CuryRetainageTotal"]["value"] == 5400
    assert [x["custom"]["Transactions"]["Box1099"]["value"] for x in boxes["Details"]] == ["NEC-1", "NEC-1"]


def test_retainage_is_released_as_a_liability_and_not_above_what_is_held() -> None:
    """S11: 3,240.00 of 5,400.00; a later 2,500.00 is refused."""
    line = {"POOrderType": "Subcontract", "POOrderNbr": "SC-000045", "POLine": 1, "ExtendedCost": "54000.00"}
    with signed_in() as erp:
        number = _finished(erp, a_bill(Vendor="V10001", VendorRef="KC-PA-003", Amount="48600.00", Details=[line]))
        entity = wrapped({"Type": "Bill", "ReferenceNbr": number})

        def ask(amount: str) -> Reply:
            content = {"entity": entity, "parameters": wrapped({"AmtToRelease": amount, "Date": "2026-10-14"})}
            return erp.post("Bill/ReleaseRetainage", content)

        first = ask("3240.00")
        made = next(b for b in erp.rows("Bill") if b["ReferenceNbr"]["value"] != number)
        own = made["ReferenceNbr"]["value"]
        erp.put("Bill", wrapped({"Type": "Bill", "ReferenceNbr": own, "Hold": False}))
        erp.release(own)
        second = ask("2500.00")
        entries = _entries(erp)[3:]
    assert (first.status, second.status) == (204, 500)
    assert unwrapped(made, "Status", "Balance") == ("On Hold", 3240)
    assert entries == [("20100", "3240.00", "0"), ("20000", "0", "3240.00")]


@pytest.mark.parametrize(
    ("switch", "answers"),
    [
        ("po_fields_type_label", {"Subcontract": 200, "RS": 422}),
        ("po_fields_type_code", {"Subcontract": 422, "RS": 200}),
        ("not_available", {"Subcontract": 422, "RS": 422}),
    ],
)
def test_the_subcontract_link_follows_its_switch(switch: str, answers: dict[str, int]) -> None:
    seen = {}
    for kind in answers:
        line = {"POOrderType": kind, "POOrderNbr": "SC-000045", "POLine": 1, "ExtendedCost": "100.00"}
        with signed_in({"subcontract_link": switch}) as erp:
            seen[kind] = erp.put("Bill", a_bill(Vendor="V10001", Details=[line])).status
    assert seen == answers


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (_rental(POOrderType=None), "POOrderType"),  # P03 half given
        (_rental(POOrderNbr=None), "POOrderNbr"),
        (_rental(POOrderNbr="PO-999999"), "POOrderNbr"),  # P01
        (_rental(POLine=9), "POLine"),  # P02
        (_rental(POOrderType="RO"), "POOrderType"),  # code instead of the label
        (_rental(POOrderNbr="PO-003120", POLine=1), "POLine"),  # P19 other vendor
        (_rental(UOM="EA"), "UOM"),  # P20
        ({"POReceiptNbr": "PR-000000", "POReceiptLine": 1}, "POReceiptNbr"),  # P05
    ],
)
def test_links_the_server_does_not_take_are_refused_on_their_field(line: dict[str, Any], field: str) -> None:
    with signed_in() as erp:
        assert _error(erp.put("Bill", _mr([line])), field)


def test_a_line_billed_by_receipt_is_not_billable_by_order() -> None:
    """P12."""
    line = {"POOrderType": "Normal", "POOrderNbr": "PO-003120", "POLine": 1, "Qty": "10"}
    with signed_in() as erp:
        refused = erp.put("Bill", _bh([line], "117.50"))
        erp.twin.control.turn(po_link_not_billable="accept")
        accepted = erp.put("Bill", _bh([line], "117.50"))
    assert "billed by receipt" in _error(refused, "POLine")
    assert accepted.status == 200


def test_links_that_do_not_exist_may_be_dropped_instead() -> None:
    """po_link_absent, po_link_half_given: the line stays, without its link and with the coding that was sent."""
    plain = {"Account": "61000", "Subaccount": "0110000", "Project": "X", "ExtendedCost": "10.00"}
    switches = {"po_link_absent": "line_without_link", "po_link_half_given": "ignore"}
    with signed_in(switches) as erp:
        lines = [{**plain, "POOrderType": "Normal", "POOrderNbr": "PO-999999"}, {**plain, "POOrderNbr": "PO-003135"}]
        reply = erp.put("Bill", _mr(lines), expand="Details")
    assert [unwrapped(x, "POOrderNbr", "Account", "Amount") for x in reply.json["Details"]] == [(None, "61000", 10)] * 2


def test_one_order_line_twice_on_a_bill_is_refused_unless_accepted() -> None:
    """po_line_twice_on_bill."""
    with signed_in() as erp:
        refused = erp.put("Bill", _mr([_rental(), _rental()]))
        erp.twin.control.turn(po_line_twice_on_bill="accept")
        accepted = erp.put("Bill", _mr([_rental(), _rental()]))
    assert (refused.status, accepted.status) == (422, 200)
    assert refused.json["Details"][1]["POLine"]["error"]


@pytest.mark.parametrize(
    ("rule", "saved", "released"),
    [("accept", 200, 204), ("warn", 200, 204), ("refuse_on_save", 422, None), ("refuse_on_release", 200, 500)],
)
def test_over_billing_is_met_as_the_switch_says(rule: str, saved: int, released: int | None) -> None:
    """po_over_billing: 4 MO of 3."""
    with signed_in({"po_over_billing": rule}) as erp:
        reply = erp.put("Bill", _mr([_rental(Qty="4")], "25800.00"))
        after = None
        if reply.status == 200:
            number = reply.json["ReferenceNbr"]["value"]
            erp.put("Bill", wrapped({"Type": "Bill", "ReferenceNbr": number, "Hold": False}))
            after = erp.release(number).status
    assert (reply.status, after) == (saved, released)


@pytest.mark.parametrize(
    ("rule", "outcome"), [("po_wins", "50300"), ("request_wins", "50200"), ("refuse_difference", "refused")]
)
def test_coding_sent_beside_a_link_is_met_as_the_switch_says(rule: str, outcome: str) -> None:
    """line_coding_from_po."""
    with signed_in({"line_coding_from_po": rule}) as erp:
        reply = erp.put("Bill", _mr([_rental(Account="50200")]), expand="Details")
    found = reply.json["Details"][0]["Account"]["value"] if reply.status == 200 else "refused"
    assert found == outcome


def test_drafts_do_not_lower_what_the_order_shows_as_unbilled() -> None:
    """S07; ap_domain.md 7.1 no. 2."""
    with signed_in() as erp:
        for reference in ("MR-5540", "MR-5541"):
            erp.put("Bill", _mr([_rental()], VendorRef=reference))
        assert _progress(erp, "PurchaseOrder/Normal/PO-003135") == [(0, 0, 3, 19350, False)]


def test_an_order_billed_to_its_end_is_closed_and_a_reversal_opens_it_again() -> None:
    """1.10; reverse of an order-linked bill."""
    with signed_in() as erp:
        number = _finished(erp, _mr([_rental(Qty="3")], "19350.00"))
        closed = erp.get("PurchaseOrder/Normal/PO-003135").json["Status"]["value"]
        refused = erp.put("Bill", _mr([_rental()], VendorRef="MR-6"))
        erp.twin.control.people("reverse_bill", number=number, release=True)
        opened = erp.get("PurchaseOrder/Normal/PO-003135").json["Status"]["value"]
        after = _progress(erp, "PurchaseOrder/Normal/PO-003135")
    assert (closed, refused.status, opened) == ("Closed", 422, "Open")
    assert after == [(0, 0, 3, 19350, False)]


def test_s17_a_stated_tax_is_taken_from_23_200_on_where_the_tenant_allows_it() -> None:
    """8.4: the stated taxes must be among those the system computes."""
    lines = [_receipt(1, Qty="300", ExtendedCost="3525.00"), _receipt(2, Qty="250", ExtendedCost="2350.00")]
    stated = [{"TaxID": "RVRSALES", "TaxableAmount": "5875.00", "TaxAmount": "425.93"}]
    foreign = [{"TaxID": "USETAX725", "TaxableAmount": "5875.00", "TaxAmount": "425.93"}]
    found = {}
    for name, switches, version, taxes in (
        ("taken", {}, "24.200.001", stated),
        ("old version", {}, "22.200.001", stated),
        ("not allowed", {"tax_override": "no"}, "24.200.001", stated),
        ("not computed", {}, "24.200.001", foreign),
    ):
        with signed_in(switches) as erp:
            erp.version = version
            content = _bh(lines, "6300.93", IsTaxValid=True, TaxDetails=taxes)
            reply = erp.put("Bill", content, expand="TaxDetails").json
            number = reply["ReferenceNbr"]["value"]
            off = erp.put("Bill", wrapped({"Type": "Bill", "ReferenceNbr": number, "Hold": False}))
            found[name] = (*unwrapped(reply, "TaxTotal", "Balance"), off.status)
    computed = (Decimal("425.94"), Decimal("6300.94"), 422)
    assert found == {
        "taken": (Decimal("425.93"), Decimal("6300.93"), 200),
        "old version": computed,
        "not allowed": computed,
        "not computed": computed,
    }


def test_s19_use_tax_is_accrued_and_not_paid_to_the_vendor() -> None:
    line = {
        "Account": "50200",
        "Project": "J2401",
        "ProjectTask": "03",
        "CostCode": "03-300",
        "ExtendedCost": "1900.00",
    }
    with signed_in() as erp:
        _finished(erp, a_bill(Vendor="V10010", VendorRef="TF-210", Amount="1900.00", Details=[line]))
        bill = erp.rows("Bill")[0]
        entries = _entries(erp)
    assert unwrapped(bill, "TaxTotal", "Balance") == (0, 1900)
    assert entries == [
        ("50200", "1900.00", "0"),
        ("50900", "137.75", "0"),
        ("24000", "0", "137.75"),
        ("20000", "0", "1900.00"),
    ]


def test_another_tax_zone_is_sent_as_a_form_field() -> None:
    """8.4: the zone is not on the contract."""
    line = {"Account": "61000", "Project": "X", "ExtendedCost": "100.00", "TaxCategory": "TAXABLE"}
    zone = {"CurrentDocument": {"TaxZoneID": {"type": "CustomStringField", "value": "RVR"}}}
    with signed_in() as erp:
        plain = erp.put("Bill", a_bill(Details=[line])).json
        zoned = erp.put("Bill", a_bill(VendorRef="B", Details=[line], custom=zone)).json
    assert (plain["TaxTotal"]["value"], zoned["TaxTotal"]["value"]) == (0, Decimal("7.25"))
