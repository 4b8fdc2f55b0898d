"""Debit adjustments as payers, draft payments, receipts that bill themselves, the journal, PATCH, odd sites.

acumatica_api.md 5.1, 5.4, 7, 8.6 and 13; fault_catalogue.md 64, 86, 92, 95.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.twins.acumatica.wire import Erp, Reply, a_bill, signed_in, unwrapped, wrapped


def _released(erp: Erp, kind: str = "Bill", **changes: Any) -> str:
    reply = erp.put("Bill", a_bill(Type=kind, **changes))
    assert reply.status == 200, reply.body
    number = str(reply.json["ReferenceNbr"]["value"])
    erp.put("Bill", wrapped({"Type": kind, "ReferenceNbr": number, "Hold": False}))
    assert erp.release(number, kind).status == 204
    return number


def _patch(erp: Erp, tail: str, content: Any, headers: dict[str, str] | None = None) -> Reply:
    return erp.send("PATCH", erp.path(tail), json.dumps(content).encode(), headers)


def test_a_debit_adjustment_pays_a_bill_through_a_check_of_its_own_type_without_cash() -> None:
    """8.6 [L]: PUT Check {Type: Debit Adj., ReferenceNbr, Details} and ReleaseCheck."""
    with signed_in() as erp:
        bill = _released(erp)
        debit = _released(erp, "Debit Adj.", VendorRef="CM-1", Amount="100.00", Details=_line("100.00"))
        before = len(erp.twin.control.entries())
        details = [{"DocType": "Bill", "ReferenceNbr": bill, "AmountPaid": "100.00"}]
        check = {"Type": "Debit Adj.", "ReferenceNbr": debit, "Hold": False, "Details": details}
        entered = erp.put("Check", wrapped(check))
        key = wrapped({"Type": "Debit Adj.", "ReferenceNbr": debit})
        done = erp.polled(erp.post("Check/ReleaseCheck", {"entity": key}))
        paid = erp.get(f"Bill/Bill/{bill}", expand="Applications").json
        credit = erp.get(f"Bill/Debit Adj./{debit}".replace(" ", "%20")).json
        record = erp.get(f"Check/Debit%20Adj./{debit}", expand="History").json
        after = len(erp.twin.control.entries())
    assert (entered.status, done.status, before) == (200, 204, after)
    assert unwrapped(paid, "Status", "Balance") == ("Open", Decimal("1184.37"))
    assert [unwrapped(a, "DocType", "ReferenceNbr") for a in paid["Applications"]] == [("Debit Adj.", debit)]
    assert unwrapped(credit, "Status", "Balance") == ("Closed", 0)
    assert (record["Status"]["value"], [unwrapped(h, "ReferenceNbr")[0] for h in record["History"]]) == (
        "Closed",
        [bill],
    )


def _line(amount: str) -> list[dict[str, Any]]:
    return [{"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "ExtendedCost": amount}]


@pytest.mark.parametrize(("position", "status"), [("yes", 422), ("no", 200)])
def test_a_draft_payment_reserves_what_it_is_applied_to(position: str, status: int) -> None:
    """ap_domain.md 1.12, C13: unreleased applications reserve the balance."""
    with signed_in({"draft_payments_reserve": position}) as erp:
        bill = _released(erp)
        details = [{"DocType": "Bill", "ReferenceNbr": bill, "AmountPaid": "1000.00"}]
        check = wrapped({"Type": "Payment", "Vendor": "V10005", "Hold": True, "Details": details})
        first, second = erp.put("Check", check), erp.put("Check", check)
    assert (first.status, second.status) == (200, status)


def test_a_receipt_makes_its_bill_by_itself_and_a_connector_meets_it_by_the_reference() -> None:
    """7: CreateBill and ReleasePurchaseReceipt; CreateAPBill."""
    with signed_in() as erp:
        received = erp.twin.control.people(
            "receive_goods", order="PO-003120", number="PR-000990", lines=[{"line": 1, "quantity": "1"}]
        )
        fields = {"Status": "Balanced", "CreateBill": True, "VendorRef": "BH-9001"}
        erp.twin.control.people("put_record", entity="PurchaseReceipt", fields={**_key(received), **fields})
        key = wrapped({"Type": "Receipt", "ReceiptNbr": "PR-000990"})
        done = erp.polled(erp.post("PurchaseReceipt/ReleasePurchaseReceipt", {"entity": key}))
        found = erp.rows("Bill", filter="VendorRef eq 'BH-9001'")
        again = erp.post("PurchaseReceipt/CreateAPBill", {"entity": key})
    assert done.status == 204
    assert [unwrapped(row, "Vendor", "Status") for row in found] == [("V10002", "On Hold")]
    assert again.status == 500


def _key(received: dict[str, Any]) -> dict[str, Any]:
    return {"Type": received["Type"], "ReceiptNbr": received["ReceiptNbr"]}


def test_each_release_is_a_batch_of_the_journal() -> None:
    """10: JournalTransaction."""
    with signed_in() as erp:
        _released(erp)
        [batch] = erp.rows("JournalTransaction", expand="Details")
    assert unwrapped(batch, "Module", "PostPeriod", "Status") == ("AP", "102026", "Posted")
    assert sorted(unwrapped(line, "Account", "DebitAmount", "CreditAmount") for line in batch["Details"]) == [
        ("20000", 0, Decimal("1284.37")),
        ("61000", Decimal("1284.37"), 0),
    ]


def test_patch_is_there_on_newer_builds_only_and_never_inserts() -> None:
    """1 [I], 4.5, 5.1: 404 where absent, 412 with If-None-Match."""
    with signed_in() as erp:
        bill = erp.put("Bill", a_bill()).json
        change = wrapped({"Description": "changed"})
        old = _patch(erp, f"Bill/{bill['id']}", change).status
        erp.twin.control.turn(patch="yes")
        new = _patch(erp, f"Bill/{bill['id']}", change)
        by_keys = _patch(erp, "Bill", wrapped({"Type": "Bill", "ReferenceNbr": "000001", "Description": "again"}))
        absent = _patch(erp, "Bill/Bill/999999", change).status
        guarded = _patch(erp, f"Bill/{bill['id']}", change, {"if-none-match": "*"}).status
        count = len(erp.twin.control.bills())
    assert (old, new.status, absent, guarded, count) == (405, 200, 404, 412, 1)
    assert [unwrapped(reply.json, "Description")[0] for reply in (new, by_keys)] == ["changed", "again"]


def test_an_upgrade_may_take_a_field_away_or_make_one_mandatory() -> None:
    """fault_catalogue.md 64: the contract of the endpoint tells it."""
    with signed_in({"fields_gone": ["BillDetail.CostCode"]}) as erp:
        schema = erp.get("swagger.json").json["components"]["schemas"]["BillDetail"]
        row = erp.put("Bill", a_bill(), expand="Details").json["Details"][0]
        erp.twin.control.turn(fields_required=["Bill.Project"])
        refused = erp.put("Bill", a_bill(VendorRef="INV-2"))
    assert ("CostCode" in schema["allOf"][1]["properties"], "CostCode" in row) == (False, False)
    assert (refused.status, "cannot be empty" in refused.json["Project"]["error"]) == (422, True)


def test_a_field_may_be_taken_and_forgotten_and_a_put_may_store_nothing() -> None:
    """fault_catalogue.md 86 and 92."""
    with signed_in({"fields_ignored": ["BillDetail.TransactionDescription", "Bill.Description"]}) as erp:
        made = erp.put("Bill", a_bill(Description="kept?"), expand="Details").json
        erp.twin.control.turn(fields_ignored=[], put_stores="no")
        lost = erp.put("Bill", a_bill(VendorRef="INV-2"))
        references = [bill["VendorRef"] for bill in erp.twin.control.bills()]
    assert (made["Description"], made["Details"][0]["TransactionDescription"]) == ({}, {})
    assert (lost.status, lost.json["VendorRef"]["value"], references) == (200, "INV-2", ["INV-8841"])


def test_a_list_may_be_cut_without_a_word() -> None:
    """fault_catalogue.md 95."""
    with signed_in({"page_size_max": 3}) as erp:
        assert (len(erp.rows("Vendor")), len(erp.rows("Vendor", top="2"))) == (3, 2)


def test_the_text_of_a_line_is_its_transaction_description_and_the_other_one_is_the_accounts() -> None:
    """8.2: `Description` shows the account's description; writing to it does nothing."""
    line = {**_line("1284.37")[0], "TransactionDescription": "Water", "Description": "written in vain"}
    with signed_in() as erp:
        [row] = erp.put("Bill", a_bill(Details=[line]), expand="Details").json["Details"]
    assert unwrapped(row, "TransactionDescription", "Description") == ("Water", "Utilities")


def _job_line() -> list[dict[str, Any]]:
    coding = {"Account": "50200", "Subaccount": "0110000", "Branch": "MAIN", "Project": "J2401"}
    return [{**coding, "ProjectTask": "03", "CostCode": "03-300", "ExtendedCost": "10.00"}]


@pytest.mark.parametrize(("position", "status"), [("refuse", 422), ("accept", 200)])
def test_an_account_group_the_user_cannot_access_is_refused_or_taken(position: str, status: int) -> None:
    """ap_domain.md 7.2: restricted_account_group."""
    with signed_in({"restricted_account_group": position}) as erp:
        free = erp.put("Bill", a_bill(VendorRef="R1", Details=_job_line())).status
        erp.twin.control.turn(account_groups_hidden=["MAT"])
        assert (free, erp.put("Bill", a_bill(VendorRef="R2", Details=_job_line())).status) == (200, status)


@pytest.mark.parametrize(("position", "status"), [("refuse", 422), ("allow", 200)])
def test_terms_of_instalments_for_a_1099_vendor(position: str, status: int) -> None:
    """ap_domain.md 7.2: instalment_terms_1099."""
    with signed_in({"instalment_terms": ["30D"], "instalment_terms_1099": position}) as erp:
        erp.twin.control.people("put_record", entity="Vendor", fields={"VendorID": "V10005", "F1099Vendor": True})
        assert erp.put("Bill", a_bill(Terms="30D")).status == status


def test_a_bill_with_order_links_is_not_pre_released_unless_the_switch_allows_it() -> None:
    """ap_domain.md 7.2: pre_release_po_bill."""
    link = [{"POOrderType": "Normal", "POOrderNbr": "PO-003135", "POLine": 1, "Qty": "1"}]
    with signed_in({"hold_on_entry": False}) as erp:
        content = a_bill(Vendor="V10004", VendorRef="MR-1", Amount="6450.00", Hold=False, Details=link)
        number = erp.put("Bill", content).json["ReferenceNbr"]["value"]
        with pytest.raises(Exception, match="order links"):
            erp.twin.control.people("pre_release_bill", number=number)
        erp.twin.control.turn(pre_release_po_bill="allow")
        bill = erp.twin.control.people("pre_release_bill", number=number)
    assert (bill["Status"], bill["Hold"]) == ("Pre-Released", False)
