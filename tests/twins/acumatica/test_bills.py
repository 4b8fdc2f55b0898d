"""Writing bills: acumatica_api.md 5, 8 and 13.13 to 13.17, ap_domain.md, scenarios.md S01, S21 to S30, S34, S37."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.twins.acumatica.wire import Erp, Reply, a_bill, signed_in, unwrapped, wrapped


def _line(**changes: Any) -> list[dict[str, Any]]:
    plain = {"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "ExtendedCost": "1284.37"}
    return [{**plain, **changes}]


def _job_line(**changes: Any) -> list[dict[str, Any]]:
    job = {"Account": "50200", "Project": "J2401", "ProjectTask": "03", "CostCode": "03-300"}
    return _line(**{**job, **changes})


def _error_of(reply: Reply, *path: str | int) -> str:
    here = reply.json
    for part in path:
        here = here[part]
    return str(here["error"])


def _created(erp: Erp, **changes: Any) -> str:
    reply = erp.put("Bill", a_bill(**changes), expand="Details")
    assert reply.status == 200, reply.body
    return str(reply.json["ReferenceNbr"]["value"])


def _off_hold(erp: Erp, number: str, kind: str = "Bill") -> Reply:
    return erp.put("Bill", wrapped({"Type": kind, "ReferenceNbr": number, "Hold": False}), {"if-match": "*"})


def test_s01_a_bill_is_created_on_hold_taken_off_and_released_and_the_ledger_shows_it() -> None:
    with signed_in() as erp:
        reply = erp.put("Bill", a_bill(), {"if-none-match": "*"}, expand="Details")
        number = reply.json["ReferenceNbr"]["value"]
        held = unwrapped(reply.json, "Status", "Balance", "DueDate", "PostPeriod", "BranchID", "Terms")
        balanced = _off_hold(erp, number).json["Status"]["value"]
        done = erp.release(number).status
        after = unwrapped(erp.get(f"Bill/Bill/{number}").json, "Status", "Balance", "Date", "PostPeriod")
        entries = erp.twin.control.entries()
    assert held == ("On Hold", Decimal("1284.37"), "2026-11-04T00:00:00+00:00", "102026", "MAIN", "30D")
    assert (balanced, done) == ("Balanced", 204)
    assert after == ("Open", Decimal("1284.37"), "2026-10-05T00:00:00+00:00", "102026")
    assert [(e["account"], e["branch"], e["debit"], e["credit"], e["posted"]) for e in entries] == [
        ("61000", "MAIN", "1284.37", "0", True),
        ("20000", "MAIN", "0", "1284.37", True),
    ]


def test_a_supplied_number_is_ignored_unless_numbering_is_manual() -> None:
    """13.14, 5.2: so neither the key nor If-None-Match can prevent a second bill."""
    with signed_in({"duplicate_ref_error": False}) as erp:
        numbers = [_created(erp, ReferenceNbr="SX1234567890123") for _ in range(2)]
        erp.twin.control.turn(manual_numbering="yes")
        own = _created(erp, ReferenceNbr="SX1234567890123")
        again = erp.put("Bill", a_bill(ReferenceNbr="SX1234567890123"), {"if-none-match": "*"})
    assert numbers == ["000001", "000002"]
    assert own == "SX1234567890123"
    assert again.status == 412


def test_if_match_updates_only_and_a_missing_id_is_no_entity() -> None:
    """5.1: 412 pair; 4.5."""
    with signed_in() as erp:
        number = _created(erp)
        bill_id = erp.get(f"Bill/Bill/{number}").json["id"]
        update = erp.put("Bill", {"id": bill_id, "Description": {"value": "Water"}}, {"if-match": "*"})
        missing = erp.put("Bill", wrapped({"Type": "Bill", "ReferenceNbr": "999999"}), {"if-match": "*"})
        exists = erp.put("Bill", {"id": bill_id}, {"if-none-match": "*"})
        unknown = erp.put("Bill", {"id": "6f0a1c52-8a35-4f0e-9a0e-3a5f0c1d2e3f"})
        by_filter = erp.put("Bill", wrapped({"Description": "Water 2"}), filter=f"ReferenceNbr eq '{number}'")
    assert (update.status, missing.status, exists.status, unknown.status) == (200, 412, 412, 500)
    assert by_filter.json["Description"]["value"] == "Water 2"
    assert by_filter.json["id"] == bill_id


def test_unknown_and_read_only_fields_are_ignored_without_a_word() -> None:
    """13.13, 5.1: a misspelt Quantity left the quantity at 0; 8.1: Status, Balance are read-only in effect."""
    lines = _line(Quantity="5", Amount="999.00", Description="ignored")
    with signed_in() as erp:
        reply = erp.put("Bill", a_bill(Details=lines, Status="Open", Balance="1.00", Colour="red"), expand="Details")
    line = reply.json["Details"][0]
    assert reply.status == 200
    assert unwrapped(reply.json, "Status", "Balance") == ("On Hold", Decimal("1284.37"))
    assert unwrapped(line, "Qty", "Amount", "Description") == (0, Decimal("1284.37"), "Utilities")


def test_strings_are_taken_for_numbers_booleans_and_days_and_bad_ones_are_400() -> None:
    """5.1, 5.3."""
    with signed_in() as erp:
        good = erp.put("Bill", a_bill(Hold="True", Date="10/05/2026", PostPeriod="10-2026"))
        bad = erp.put("Bill", a_bill(VendorRef="B", Date="yesterday"))
        bare = erp.put("Bill", {"Vendor": "V10005"})
        empty = erp.put("Bill", b"")
    assert unwrapped(good.json, "Date", "PostPeriod") == ("2026-10-05T00:00:00+00:00", "102026")
    assert (bad.status, list(bad.json["modelState"])) == (400, ["entity.Date"])
    assert bare.status == 400
    assert empty.json == {
        "message": "The request is invalid.",
        "modelState": {"": ["The request body should not be empty."]},
    }


def test_null_clears_and_an_omitted_field_is_untouched() -> None:
    """5.1."""
    with signed_in() as erp:
        number = _created(erp, Description="SX1 Water")
        key = {"Type": "Bill", "ReferenceNbr": number}
        kept = erp.put("Bill", wrapped({**key, "VendorRef": "INV-9"})).json
        cleared = erp.put("Bill", wrapped({**key, "Description": None})).json
    assert kept["Description"] == {"value": "SX1 Water"}
    assert cleared["Description"] == {}


def test_rows_are_inserted_changed_by_id_and_deleted() -> None:
    """5.1."""
    with signed_in() as erp:
        number = _created(erp)
        row = erp.get(f"Bill/Bill/{number}", expand="Details").json["Details"][0]
        key = {"Type": "Bill", "ReferenceNbr": number}
        changed = [{"id": row["id"], "ExtendedCost": "100.00"}, *_line(ExtendedCost="50.00")]
        two = erp.put("Bill", wrapped({**key, "Details": changed}), expand="Details").json
        one = erp.put("Bill", wrapped({**key, "Details": [{"id": row["id"], "delete": True}]}), expand="Details").json
    assert [unwrapped(line, "Amount") for line in two["Details"]] == [(100,), (50,)]
    assert [line["rowNumber"] for line in two["Details"]] == [1, 2]
    assert two["Details"][0]["id"] == row["id"]
    assert [unwrapped(line, "Amount") for line in one["Details"]] == [(50,)]
    assert one["Balance"]["value"] == 50


def test_the_details_are_echoed_only_when_expanded() -> None:
    """5.1."""
    with signed_in() as erp:
        assert "Details" not in erp.put("Bill", a_bill()).json


def test_without_hold_on_entry_a_bill_is_balanced_at_once_and_with_it_held_whatever_is_sent() -> None:
    """ap_domain.md 1.2."""
    statuses = []
    for preference in (True, False):
        with signed_in({"hold_on_entry": preference}) as erp:
            statuses.append(erp.put("Bill", a_bill(Hold=False)).json["Status"]["value"])
    assert statuses == ["On Hold", "Balanced"]


def test_a_bill_out_of_balance_stays_on_hold() -> None:
    """8.5, H15: the control total must equal the document total to leave hold; without validation nothing checks."""
    with signed_in() as erp:
        number = _created(erp, Amount="1284.47")
        refused = _off_hold(erp, number)
        status = erp.get(f"Bill/Bill/{number}").json["Status"]["value"]
        erp.twin.control.turn(validate_document_totals=False)
        accepted = _off_hold(erp, number)
    assert (refused.status, _error_of(refused, "Amount")) == (422, "The document is out of the balance.")
    assert status == "On Hold"
    assert unwrapped(accepted.json, "Status", "Amount") == ("Balanced", Decimal("1284.37"))


def test_a_refusal_shows_every_fault_with_padded_codes_and_stores_nothing() -> None:
    """13.15, 5.3, 4.1."""
    lines = [*_line(Account="99999"), *_job_line(Project="NOPE"), *_job_line(ProjectTask="77", CostCode="00-000")]
    with signed_in() as erp:
        reply = erp.put("Bill", a_bill(Details=lines))
        bills = erp.twin.control.bills()
    assert reply.status == 422
    assert reply.json["error"].endswith("Please review the errors.")
    assert reply.json["ReferenceNbr"] == {"value": "<NEW>"}
    assert _error_of(reply, "Details", 0, "Account") == "Account '99999     ' cannot be found in the system."
    assert _error_of(reply, "Details", 1, "Project") == "Project 'NOPE      ' cannot be found in the system."
    assert _error_of(reply, "Details", 2, "ProjectTask") == "Project Task '77        ' cannot be found in the system."
    assert _error_of(reply, "Details", 2, "CostCode") == "Cost Code '00-000    ' cannot be found in the system."
    assert bills == []


def test_the_same_refusal_comes_in_three_dresses() -> None:
    """13.16, 5.3: classify by type and text, not by status."""
    seen = []
    for mode in ("422_entity", "500_outcome", "500_pxexception"):
        with signed_in({"error_mode": mode}) as erp:
            reply = erp.put("Bill", a_bill(Details=_line(Account="99999")))
        seen.append((reply.status, reply.json.get("exceptionType"), b"'99999     '" in reply.body))
    assert seen == [
        (422, None, True),
        (500, "PX.Api.ContractBased.OutcomeEntityHasErrorsException", True),
        (500, "PX.Data.PXException", True),
    ]


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        (_line(Account="20000"), "Account"),  # A03 control account
        (_line(Account="61500"), "Account"),  # A02 inactive
        (_job_line(Account="61000"), "Account"),  # J14 no account group
        (_line(Subaccount="0115000"), "Subaccount"),  # A11 inactive
        (_line(Subaccount="01-100-00"), "Subaccount"),  # 8.2 mask characters
        (_line(Branch="WEST"), "Branch"),  # B01
        (_job_line(Branch="NORTH"), "Branch"),  # B08
        (_job_line(Project="J2310"), "Project"),  # J02, S29 a
        (_job_line(ProjectTask="99"), "ProjectTask"),  # J08, S29 b
        (_job_line(ProjectTask="R1"), "ProjectTask"),  # J09, S29 c
        (_job_line(ProjectTask=None), "ProjectTask"),  # J05
        (_job_line(CostCode=None), "CostCode"),  # J11
        (_line(TaxCategory="NONE"), "TaxCategory"),  # X06
    ],
)
def test_coding_that_may_not_be_used_is_refused_on_its_field(lines: list[dict[str, Any]], field: str) -> None:
    with signed_in() as erp:
        reply = erp.put("Bill", a_bill(Details=lines))
    assert reply.status == 422
    assert _error_of(reply, "Details", 0, field)


def test_an_inactive_cost_code_is_found_at_release() -> None:
    """ap_domain.md 1.12 (PM_20_95_00); the failing poll answers with the exception form."""
    with signed_in() as erp:
        number = _created(erp, Details=_job_line(CostCode="02-999"))
        _off_hold(erp, number)
        failed = erp.release(number)
        status = erp.get(f"Bill/Bill/{number}").json["Status"]["value"]
        entries = erp.twin.control.entries()
    assert (failed.status, status, entries) == (500, "Balanced", [])
    assert "02-999" in failed.json["exceptionMessage"]


def test_coding_is_refused_at_the_step_the_switch_says() -> None:
    """13: invalid_coding_refused_at."""
    steps = {}
    for step in ("save", "unhold", "release"):
        with signed_in({"invalid_coding_refused_at": step}) as erp:
            saved = erp.put("Bill", a_bill(Details=_line(Account="61500")))
            number = saved.json["ReferenceNbr"]["value"]
            unheld = _off_hold(erp, number).status if saved.status == 200 else None
            released = erp.release(number).status if unheld == 200 else None
            steps[step] = (saved.status, unheld, released)
    assert steps == {"save": (422, None, None), "unhold": (200, 422, None), "release": (200, 200, 500)}


def test_a_new_subaccount_is_made_on_the_fly_without_a_word() -> None:
    """S30 d, A10: 01-999-00 would be created."""
    with signed_in() as erp:
        _created(erp, Details=_line(Subaccount="0199900"))
        codes = {row["SubaccountCD"]["value"] for row in erp.rows("Subaccount")}
        erp.twin.control.turn(subaccount_on_the_fly=False)
        refused = erp.put("Bill", a_bill(VendorRef="B", Details=_line(Subaccount="0288800")))
    assert "0199900" in codes
    assert refused.status == 422


@pytest.mark.parametrize(("vendor", "status"), [("V10006", 422), ("V10008", 422), ("V10007", 200), ("V19999", 422)])
def test_s27_vendors_on_hold_and_inactive_are_refused_hold_payments_is_not(vendor: str, status: int) -> None:
    with signed_in() as erp:
        assert erp.put("Bill", a_bill(Vendor=vendor)).status == status


def test_a_vendor_reference_is_required_for_bills_only() -> None:
    """8.5."""
    with signed_in() as erp:
        bill = erp.put("Bill", a_bill(VendorRef=None))
        credit = erp.put("Bill", a_bill(Type="Debit Adj.", VendorRef=None))
    assert (bill.status, credit.status) == (422, 200)
    assert _error_of(bill, "VendorRef") == "Error: 'Vendor Ref.' cannot be empty."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"PostPeriod": "122026"}, "PostPeriod"),  # H07 inactive
        ({"PostPeriod": "082026"}, "PostPeriod"),  # H08 closed
        ({"PostPeriod": "092026"}, "PostPeriod"),  # H09 closed in AP
        ({"PostPeriod": "072026"}, "PostPeriod"),  # H10 locked
        ({"PostPeriod": "2026-10"}, "PostPeriod"),  # H13 format
        ({"Date": "2026-08-28", "PostPeriod": None}, "PostPeriod"),  # H12 none sent
        ({"Date": "2027-01-05"}, "Date"),  # H06 never generated
        ({"CurrencyID": "CAD"}, "CurrencyID"),  # H20
        ({"Terms": "45D"}, "Terms"),  # V14
        ({"LocationID": "WEST"}, "LocationID"),  # V09
        ({"VendorRef": "R" * 41}, "VendorRef"),  # H05
        ({"Type": "Invoice"}, "Type"),  # H30
        ({"Type": "INV"}, "Type"),  # dropdown_accepts_code
    ],
)
def test_headers_that_may_not_be_saved_are_refused_on_their_field(changes: dict[str, Any], field: str) -> None:
    with signed_in() as erp:
        reply = erp.put("Bill", a_bill(**changes))
    assert reply.status == 422
    assert _error_of(reply, field)


def test_s22_an_invoice_of_a_closed_month_posts_to_an_open_period_with_its_own_date() -> None:
    with signed_in() as erp:
        number = _created(erp, Vendor="V10004", VendorRef="MR-5498", Date="2026-08-28", PostPeriod="102026")
        bill = erp.get(f"Bill/Bill/{number}").json
    assert unwrapped(bill, "Date", "DueDate", "PostPeriod") == (
        "2026-08-28T00:00:00+00:00",
        "2026-09-27T00:00:00+00:00",
        "102026",
    )


def test_the_inactive_period_is_named_as_seen_live() -> None:
    """5.3."""
    with signed_in() as erp:
        reply = erp.put("Bill", a_bill(PostPeriod="12-2026"))
    assert _error_of(reply, "PostPeriod") == "Error: The 12-2026 financial period is inactive in the HRB company."


def test_a_foreign_bill_needs_a_rate_and_posts_in_the_base_currency() -> None:
    """S21."""
    lines = _line(ExtendedCost="12500.00")
    with signed_in() as erp:
        number = _created(erp, Vendor="V10009", VendorRef="AE-77", Amount="12500.00", Details=lines)
        early = erp.put("Bill", a_bill(Vendor="V10009", VendorRef="AE-76", Date="2026-10-04", Details=lines))
        _off_hold(erp, number)
        erp.release(number)
        entries = erp.twin.control.entries()
    assert (early.status, "rate" in _error_of(early, "CurrencyID")) == (422, True)
    assert [(e["account"], e["debit"], e["credit"]) for e in entries] == [
        ("61000", "9140.00", "0"),
        ("20000", "0", "9140.00"),
    ]


@pytest.mark.parametrize(
    ("switches", "second", "status"),
    [
        ({}, {}, 422),
        ({}, {"VendorRef": "inv-8841"}, 422),
        ({}, {"Type": "Debit Adj."}, 422),
        ({}, {"Vendor": "V10004"}, 200),
        ({"duplicate_ref_error": False}, {}, 200),
        ({"duplicate_ref_scope": "vendor+type"}, {"Type": "Debit Adj."}, 200),
        ({"duplicate_ref_scope": "vendor+branch"}, {"BranchID": "NORTH"}, 200),
        ({"duplicate_ref_compare": "exact"}, {"VendorRef": "inv-8841"}, 200),
        ({"duplicate_ref_compare": "trim"}, {"VendorRef": " INV-8841 "}, 422),
        ({"duplicate_ref_answer": "500_exception"}, {}, 500),
    ],
)
def test_a_duplicate_reference_is_refused_as_the_preference_and_switches_say(
    switches: dict[str, Any], second: dict[str, Any], status: int
) -> None:
    """8.5, 13."""
    with signed_in(switches) as erp:
        _created(erp)
        assert erp.put("Bill", a_bill(**second)).status == status


def test_s24_a_bill_of_two_branches_is_balanced_by_entries_and_refused_without_a_mapping() -> None:
    lines = [*_line(ExtendedCost="5760.00"), *_line(Branch="NORTH", ExtendedCost="3840.00")]
    with signed_in() as erp:
        number = _created(erp, Vendor="V10004", VendorRef="MR-5560", Amount="9600.00", Details=lines)
        _off_hold(erp, number)
        erp.release(number)
        entries = erp.twin.control.entries()
        across = _created(erp, VendorRef="E1", Details=_line(Branch="EQUIP"))
        _off_hold(erp, across)
        unmapped = erp.release(across)
    assert [(e["account"], e["branch"], e["debit"], e["credit"]) for e in entries] == [
        ("61000", "MAIN", "5760.00", "0"),
        ("61000", "NORTH", "3840.00", "0"),
        ("20000", "MAIN", "0", "9600.00"),
        ("23000", "NORTH", "0", "3840.00"),
        ("13000", "MAIN", "3840.00", "0"),
    ]
    assert (unmapped.status, "mapping" in unmapped.json["exceptionMessage"]) == (500, True)


def test_the_branch_header_sets_the_branch_of_a_new_bill() -> None:
    """1: PX-CbApiBranch."""
    bill = a_bill()
    del bill["Details"][0]["Branch"]
    with signed_in() as erp:
        reply = erp.put("Bill", bill, {"PX-CbApiBranch": "NORTH"}, expand="Details")
        unknown = erp.put("Bill", a_bill(VendorRef="B"), {"PX-CbApiBranch": "WEST"})
    assert reply.json["BranchID"]["value"] == reply.json["Details"][0]["Branch"]["value"] == "NORTH"
    assert unknown.status == 500


def test_the_business_date_header_sets_the_day_of_that_request_alone() -> None:
    """1: PX-CbApiBusinessDate."""
    bill = a_bill()
    del bill["Date"], bill["PostPeriod"]
    with signed_in() as erp:
        dated = erp.put("Bill", bill, {"PX-CbApiBusinessDate": "2026-11-03"}).json
        plain = erp.put("Bill", {**bill, "VendorRef": {"value": "B"}}).json
    assert unwrapped(dated, "Date", "PostPeriod") == ("2026-11-03T00:00:00+00:00", "112026")
    assert unwrapped(plain, "Date", "PostPeriod") == ("2026-10-14T00:00:00+00:00", "102026")


def test_an_approval_map_stops_a_bill_at_pending_approval_until_people_decide() -> None:
    """S34, ap_domain.md 1.2."""
    with signed_in({"approval_types": ["Bill"], "hold_on_entry": False}) as erp:
        number = _created(erp)
        waiting = _off_hold(erp, number).json["Status"]["value"]
        blocked = erp.release(number)
        erp.twin.control.people("approve_bill", number=number)
        released = erp.release(number)
        second = _created(erp, VendorRef="INV-2")
        _off_hold(erp, second)
        rejected = erp.twin.control.people("reject_bill", number=second, reason="wrong job")["Status"]
    assert (waiting, blocked.status, released.status, rejected) == ("Pending Approval", 422, 204, "Rejected")


def test_release_is_refused_from_hold_and_after_release() -> None:
    """13.17."""
    with signed_in() as erp:
        number = _created(erp)
        held = erp.release(number).status
        _off_hold(erp, number)
        first, second = erp.release(number).status, erp.release(number).status
    assert (held, first, second) == (422, 204, 422)


def test_a_released_bill_does_not_change_and_cannot_be_deleted() -> None:
    """C04; read-only fields are ignored silently."""
    with signed_in() as erp:
        number = _created(erp)
        _off_hold(erp, number)
        erp.release(number)
        key = {"Type": "Bill", "ReferenceNbr": number}
        changed = erp.put("Bill", wrapped({**key, "VendorRef": "OTHER", "Hold": True}))
        deleted = erp.send("DELETE", erp.path(f"Bill/Bill/{number}"))
    assert unwrapped(changed.json, "VendorRef", "Status", "Hold") == ("INV-8841", "Open", False)
    assert deleted.status == 500


def test_an_unreleased_bill_is_deleted_with_204() -> None:
    """8.6."""
    with signed_in() as erp:
        number = _created(erp)
        deleted = erp.send("DELETE", erp.path(f"Bill/Bill/{number}"))
    assert deleted.status == 204


def test_a_reversal_is_a_debit_adjustment_on_hold_that_undoes_the_ledger() -> None:
    """8.6, S37; the reversal is exempt from the duplicate check."""
    with signed_in() as erp:
        number = _created(erp)
        _off_hold(erp, number)
        erp.release(number)
        reply = erp.post("Bill/ReverseBill", {"entity": wrapped({"Type": "Bill", "ReferenceNbr": number})})
        reversal = erp.rows("Bill", filter="Type eq 'Debit Adj.'")[0]
        own = reversal["ReferenceNbr"]["value"]
        _off_hold(erp, own, "Debit Adj.")
        erp.release(own, "Debit Adj.")
        entries = erp.twin.control.entries()
    totals: dict[str, Decimal] = {}
    for entry in entries:
        totals[entry["account"]] = (
            totals.get(entry["account"], Decimal(0)) + Decimal(entry["debit"]) - Decimal(entry["credit"])
        )
    assert reply.status == 204
    assert unwrapped(reversal, "Status", "VendorRef", "Balance") == ("On Hold", "INV-8841", Decimal("1284.37"))
    assert totals == {"61000": 0, "20000": 0}


def test_quantity_times_price_and_extended_cost_contend_as_the_switch_says() -> None:
    """ap_domain.md 7.1 no. 4."""
    lines = _line(Qty="3", UnitCost="33.33", ExtendedCost="100.00")
    amounts = {}
    for order in ("extended_last", "extended_first"):
        with signed_in({"line_amount_order": order}) as erp:
            reply = erp.put("Bill", a_bill(Details=lines), expand="Details")
        amounts[order] = reply.json["Details"][0]["Amount"]["value"]
    assert amounts == {"extended_last": 100, "extended_first": Decimal("99.99")}


def test_terms_are_dropped_from_debit_adjustments_and_prepayments() -> None:
    """ap_domain.md 1.1, 1.4."""
    with signed_in() as erp:
        credit = erp.put("Bill", a_bill(Type="Debit Adj.", Terms="30D", VendorRef="CM-1")).json
        deposit = erp.put("Bill", a_bill(Type="Prepayment", VendorRef="PP-1")).json
    assert (credit["Terms"], deposit["Terms"]) == ({}, {})


def test_a_customisation_may_release_in_spite_of_hold() -> None:
    """posting_protocol W5."""
    with signed_in({"hold_honoured": "no"}) as erp:
        assert erp.put("Bill", a_bill()).json["Status"]["value"] == "Open"


@pytest.mark.parametrize(
    ("position", "expected"), [("refuse", (500, None)), ("keep", (200, True)), ("ignore", (200, False))]
)
def test_an_id_that_no_record_has_is_refused_kept_or_ignored(position: str, expected: tuple[int, bool | None]) -> None:
    """12, experiment E4: not established."""
    wanted = "5e0c0f00-0000-4000-8000-000000000001"
    with signed_in({"own_id": position}) as erp:
        reply = erp.put("Bill", {**a_bill(), "id": wanted})
        assert (reply.status, None if reply.status != 200 else reply.json["id"] == wanted) == expected
        if expected[1]:
            assert erp.get(f"Bill/{wanted}").json["ReferenceNbr"] == reply.json["ReferenceNbr"]


def test_insert_only_may_mean_nothing_and_lists_may_lag() -> None:
    """5.1, 12, experiments E6 and E9: not established."""
    with signed_in({"insert_only": "ignored", "list_lag_seconds": 60}) as erp:
        made = erp.put("Bill", a_bill()).json
        key = {"Type": {"value": "Bill"}, "ReferenceNbr": made["ReferenceNbr"]}
        again = erp.put("Bill", key, {"If-None-Match": "*"}).status
        listed = erp.get("Bill").json
        read = erp.get(f"Bill/{made['id']}").status
        erp.twin.control.advance(61)
        later = erp.get("Bill").json
    assert (again, listed, read, len(later)) == (200, [], 200, 1)
