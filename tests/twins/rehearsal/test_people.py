"""The rehearsal's hands and eyes on the Acumatica twin: every act of the plan can be carried out there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ml_connector_twins.acumatica.control.client import ControlError
from ml_connector_twins.acumatica.server import running_acumatica
from ml_connector_twins.rehearsal.faults import PROFILES
from ml_connector_twins.rehearsal.people import People
from ml_connector_twins.rehearsal.plan import invoices as plant
from ml_connector_twins.rehearsal.plan.actions import AddVendor, ChangeVendor, Pay, TypeBill


def test_a_typed_bill_is_payable_and_can_be_paid_in_part_and_in_full() -> None:
    with running_acumatica() as twin:
        people = People(twin.control.url)
        people.act(TypeBill(plant.BOOKED_BY_HAND))
        people.begin_day(date(2026, 10, 15))
        people.act(Pay(plant.BOOKED_BY_HAND, Decimal("3000.00"), date(2026, 10, 15)))
        partly = people.open_books()
        people.act(Pay(plant.BOOKED_BY_HAND, Decimal("318.45"), date(2026, 10, 15)))
        fully = people.open_books()
    assert [(b["VendorRef"], b["Status"], b["Balance"]) for b in partly.bills] == [("MR-5498", "Open", "318.45")]
    assert [b["Status"] for b in fully.bills_of("v10004", "mr-5498")] == ["Closed"]
    assert [(c["Status"], c["PaymentAmount"]) for c in fully.checks] == [("Closed", "3000.00"), ("Closed", "318.45")]


def test_a_payment_the_form_refuses_is_told() -> None:
    with running_acumatica() as twin:
        people = People(twin.control.url)
        people.act(TypeBill(plant.BOOKED_BY_HAND))
        with pytest.raises(ControlError, match="above the balance"):
            people.act(Pay(plant.BOOKED_BY_HAND, Decimal("3318.46"), date(2026, 10, 15)))


def test_vendors_are_added_renamed_and_held() -> None:
    with running_acumatica() as twin:
        people = People(twin.control.url)
        people.act(AddVendor("V10014", "Cold Spring Masonry"))
        people.act(ChangeVendor("V10005", {"VendorName": "City Water, Power & Light"}))
        people.act(ChangeVendor("V10003", {"Status": "On Hold"}))
        vendors = {v["VendorID"]: (v["VendorName"], v["Status"]) for v in people.open_books().vendors}
    assert vendors["V10014"] == ("Cold Spring Masonry", "Active")
    assert vendors["V10005"] == ("City Water, Power & Light", "Active")
    assert vendors["V10003"] == ("Northstar Electric", "On Hold")


def test_every_planted_fault_is_one_the_twin_knows() -> None:
    with running_acumatica() as twin:
        people = People(twin.control.url)
        for profile in PROFILES.values():
            for faults in profile.acumatica.values():
                people.plant_faults(faults)
                assert len(twin.control.call("GET", "faults")) == len(faults)
