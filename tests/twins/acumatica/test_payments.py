"""Checks, their applications and voids: acumatica_api.md 7, 8.6 and 13.18; scenarios.md S20, S21, S39."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.twins.acumatica.wire import Erp, Reply, a_bill, signed_in, unwrapped, wrapped


def _released(erp: Erp, **changes: Any) -> str:
    number = str(erp.put("Bill", a_bill(**changes)).json["ReferenceNbr"]["value"])
    erp.put("Bill", wrapped({"Type": "Bill", "ReferenceNbr": number, "Hold": False}))
    assert erp.release(number).status == 204
    return number


def _check(erp: Erp, number: str, **changes: Any) -> Reply:
    details = [{"DocType": "Bill", "ReferenceNbr": number, "AmountPaid": "1284.37"}]
    plain = {"Type": "Payment", "Vendor": "V10005", "PaymentMethod": "CHECK", "CashAccount": "10200", "Hold": False}
    return erp.put("Check", wrapped({**plain, "Details": details, **changes}), expand="Details")


def _release_check(erp: Erp, number: str, kind: str = "Payment") -> Reply:
    return erp.polled(erp.post("Check/ReleaseCheck", {"entity": wrapped({"Type": kind, "ReferenceNbr": number})}))


def test_a_released_check_closes_the_bill_and_moves_its_applications_to_the_history() -> None:
    """13.18."""
    with signed_in() as erp:
        bill = _released(erp)
        check = _check(erp, bill).json
        number = check["ReferenceNbr"]["value"]
        done = _release_check(erp, number)
        paid = erp.get(f"Check/Payment/{number}", expand="Details,History").json
        closed = erp.get(f"Bill/Bill/{bill}", expand="Applications").json
        entries = erp.twin.control.entries()[2:]
    assert unwrapped(check, "Status", "PaymentAmount", "ApplicationDate") == (
        "Balanced",
        Decimal("1284.37"),
        "2026-10-14T00:00:00+00:00",
    )
    assert done.status == 204
    assert unwrapped(paid, "Status", "UnappliedBalance") == ("Closed", 0)
    assert paid["Details"] == []
    assert [
        unwrapped(h, "DocType", "ReferenceNbr", "AmountPaid", "CashDiscountTaken", "VendorRef") for h in paid["History"]
    ] == [("Bill", bill, Decimal("1284.37"), 0, "INV-8841")]
    assert unwrapped(closed, "Status", "Balance") == ("Closed", 0)
    assert [unwrapped(a, "DocType", "ReferenceNbr", "AmountPaid") for a in closed["Applications"]] == [
        ("Payment", number, Decimal("1284.37"))
    ]
    assert [(e["account"], e["debit"], e["credit"]) for e in entries] == [
        ("20000", "1284.37", "0"),
        ("10200", "0", "1284.37"),
    ]


def test_a_void_is_a_second_record_of_the_same_number_and_counts_only_when_released() -> None:
    """7: negative, unreleased; the original turns Voided when the reversing record is released."""
    with signed_in() as erp:
        bill = _released(erp)
        number = _check(erp, bill).json["ReferenceNbr"]["value"]
        _release_check(erp, number)
        answer = erp.post("Check/VoidCheck", {"entity": wrapped({"Type": "Payment", "ReferenceNbr": number})})
        void = erp.get(f"Check/Voided%20Payment/{number}").json
        still = erp.get(f"Check/Payment/{number}").json["Status"]["value"]
        erp.put("Check", wrapped({"Type": "Voided Payment", "ReferenceNbr": number, "Hold": False}))
        _release_check(erp, number, "Voided Payment")
        gone = erp.get(f"Check/Payment/{number}").json["Status"]["value"]
        reopened = erp.get(f"Bill/Bill/{bill}", expand="Applications").json
        totals = {e["account"]: Decimal(0) for e in erp.twin.control.entries()}
        for entry in erp.twin.control.entries():
            totals[entry["account"]] += Decimal(entry["debit"]) - Decimal(entry["credit"])
    assert answer.status == 204
    assert unwrapped(void, "Status", "PaymentAmount") == ("On Hold", Decimal("-1284.37"))
    assert (still, gone) == ("Closed", "Voided")
    assert unwrapped(reopened, "Status", "Balance") == ("Open", Decimal("1284.37"))
    assert reopened["Applications"] == []
    assert totals == {"61000": Decimal("1284.37"), "20000": Decimal("-1284.37"), "10200": 0}


def test_s20_a_discount_is_taken_when_paid_in_time_and_lapses_after() -> None:
    """BH-7701 without its tax: 2 % of 5,000.00 within ten days of 10-05."""
    line = {
        "Account": "50200",
        "Project": "J2401",
        "ProjectTask": "03",
        "CostCode": "03-300",
        "ExtendedCost": "5000.00",
    }
    bill = {"Vendor": "V10002", "Amount": "5000.00", "Details": [{**line, "TaxCategory": "EXEMPT"}]}
    with signed_in() as erp:
        in_time = _released(erp, **bill)
        late = _released(erp, **{**bill, "VendorRef": "BH-2"})
        one = erp.twin.control.people("pay_bills", bills=[{"number": in_time}], date="2026-10-15")
        two = erp.twin.control.people("pay_bills", bills=[{"number": late}], date="2026-10-16")
        status = erp.get(f"Bill/Bill/{in_time}").json["Status"]["value"]
        entries = [e for e in erp.twin.control.entries() if e["document"] == f"Payment {one['ReferenceNbr']}"]
    assert (one["PaymentAmount"], one["History"][0]["CashDiscountTaken"]) == ("4900.00", "100.00")
    assert (two["PaymentAmount"], two["History"][0]["CashDiscountTaken"]) == ("5000.00", "0")
    assert status == "Closed"
    assert [(e["account"], e["debit"], e["credit"]) for e in entries] == [
        ("20000", "5000.00", "0"),
        ("49000", "0", "100.00"),
        ("10200", "0", "4900.00"),
    ]


def test_s21_a_foreign_payment_realises_the_gain() -> None:
    line = {"Account": "61000", "Project": "X", "ExtendedCost": "12500.00"}
    with signed_in() as erp:
        erp.twin.control.set_business_date("2026-10-20")
        bill = _released(erp, Vendor="V10009", VendorRef="AE-77", Amount="12500.00", Details=[line])
        erp.twin.control.people("pay_bills", bills=[{"number": bill}], date="2026-10-20")
        entries = erp.twin.control.entries()[2:]
    assert [(e["account"], e["debit"], e["credit"]) for e in entries] == [
        ("20000", "9140.00", "0"),
        ("10200", "0", "9122.50"),
        ("49100", "0", "17.50"),
    ]


def test_a_part_payment_leaves_the_bill_open() -> None:
    with signed_in() as erp:
        bill = _released(erp)
        erp.twin.control.people("pay_bills", bills=[{"number": bill, "amount": "1000.00"}])
        after = erp.get(f"Bill/Bill/{bill}").json
    assert unwrapped(after, "Status", "Balance") == ("Open", Decimal("284.37"))


def test_an_unreleased_check_changes_nothing_on_the_bill() -> None:
    """ap_domain.md 3.1: paid means released."""
    with signed_in() as erp:
        bill = _released(erp)
        check = erp.twin.control.people("pay_bills", bills=[{"number": bill}], release=False)
        after = erp.get(f"Bill/Bill/{bill}", expand="Applications").json
    assert check["Status"] == "Balanced"
    assert (unwrapped(after, "Status", "Balance"), after["Applications"]) == (("Open", Decimal("1284.37")), [])


def test_a_vendor_with_payments_on_hold_cannot_be_paid_nor_a_bill_above_its_balance_nor_before_its_date() -> None:
    """V05, C11, C12."""
    with signed_in() as erp:
        held = _released(erp, Vendor="V10007", VendorRef="PS-118")
        bill = _released(erp)
        vendor = _check(erp, held, Vendor="V10007")
        above = _check(erp, bill, Details=[{"DocType": "Bill", "ReferenceNbr": bill, "AmountPaid": "2000.00"}])
        early = _check(erp, bill, ApplicationDate="2026-10-01")
    assert [reply.status for reply in (vendor, above, early)] == [422, 422, 422]
    assert "Hold Payments" in vendor.json["Vendor"]["error"]


def test_a_debit_adjustment_applied_by_people_settles_both_documents() -> None:
    """S37: once AP applies the reversal the balance is 0.00; no GL entry."""
    with signed_in() as erp:
        bill = _released(erp)
        reversal = erp.twin.control.people("reverse_bill", number=bill, release=True)
        before = len(erp.twin.control.entries())
        erp.twin.control.people("apply_credit", debit=reversal["ReferenceNbr"], bill=bill)
        settled = erp.get(f"Bill/Bill/{bill}", expand="Applications").json
        spent = erp.get(f"Bill/Debit%20Adj./{reversal['ReferenceNbr']}").json
        after = len(erp.twin.control.entries())
    assert (unwrapped(settled, "Status", "Balance"), unwrapped(spent, "Status", "Balance")) == (
        ("Closed", 0),
        ("Closed", 0),
    )
    assert [unwrapped(row, "DocType", "AmountPaid") for row in settled["Applications"]] == [
        ("Debit Adj.", Decimal("1284.37"))
    ]
    assert before == after


def test_older_releases_call_the_payment_a_check() -> None:
    """7: read the label from data."""
    with signed_in({"payment_label": "Check"}) as erp:
        bill = _released(erp)
        erp.twin.control.people("pay_bills", bills=[{"number": bill}])
        labels = [row["Type"]["value"] for row in erp.rows("Check")]
    assert labels == ["Check"]


def test_a_settled_bill_is_not_reversed_unless_the_switch_allows_it() -> None:
    """settled_bill_reverse, C05."""
    with signed_in() as erp:
        bill = _released(erp)
        erp.twin.control.people("pay_bills", bills=[{"number": bill, "amount": "100.00"}])
        action = {"entity": wrapped({"Type": "Bill", "ReferenceNbr": bill})}
        refused = erp.post("Bill/ReverseBill", action).status
        erp.twin.control.turn(settled_bill_reverse="allow")
        allowed = erp.post("Bill/ReverseBill", action).status
    assert (refused, allowed) == (500, 204)
