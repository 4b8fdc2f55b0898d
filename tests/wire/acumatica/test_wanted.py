"""What is read of vendors and attributes where a customer asks for more, and not where none does (ap_domain.md 2.1)."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.acumatica.ports import Wanted
from ml_connector.domain.values.master_data import AttributeValue, Gap
from tests.wire.acumatica.stub import Scripted, opened, said, wrapped
from tests.wire.acumatica.twin import OpenTwin, TwinCase

INSTRUCTIONS = [
    {"Description": "Routing number", "Value": "011000015"},
    {"Description": "Account number", "Value": "000123456789"},
    {"Description": "SWIFT"},
]
ATTRIBUTES = [{"AttributeID": "TRADE", "Value": "Concrete"}, {"AttributeID": "SECRET", "Value": "rating C"}]
WANTED = Wanted(bank_details=True, vendor_attributes=("TRADE",))


def enter_details(case: TwinCase) -> None:
    """Bank and tax identifiers and attributes of one vendor."""
    case.control.people(
        "put_record",
        entity="Vendor",
        fields={"VendorID": "V10001", "TaxRegistrationID": "98-7654321"},
        details={"PaymentInstructions": INSTRUCTIONS, "Attributes": ATTRIBUTES},
    )


def told(case: TwinCase) -> list[tuple[Any, ...]]:
    """What is known of that vendor, from the list and alone."""
    listed = next(vendor for vendor in case.erp.fetch_vendors() if vendor.vendor_id == "V10001")
    alone = case.erp.fetch_vendor("V10001")
    assert alone is not None
    return [(each.tax_registration_id, each.payment_instructions, each.attributes) for each in (listed, alone)]


def test_bank_and_tax_identifiers_are_neither_asked_for_nor_kept_unasked(twin: OpenTwin) -> None:
    case = twin()
    enter_details(case)
    assert told(case) == [(None, (), ()), (None, (), ())]
    asked = " ".join(str(request["query"]) for request in case.control.requests())
    assert not any(word in asked for word in ("PaymentInstructions", "TaxRegistrationID", "Attributes"))


def test_what_a_customer_asks_for_is_read_and_no_other_attribute(twin: OpenTwin) -> None:
    case = twin(wanted=WANTED)
    enter_details(case)
    instructions = (("Account number", "000123456789"), ("Routing number", "011000015"))
    assert told(case) == [("98-7654321", instructions, (("TRADE", "Concrete"),))] * 2


def test_a_site_that_shows_no_instructions_in_lists_is_read_without(twin: OpenTwin) -> None:
    """acumatica_api.md 4.3."""
    case = twin(wanted=WANTED)
    enter_details(case)
    case.control.turn(optimizer_fails=["Vendor.PaymentInstructions"])
    assert len(case.erp.fetch_vendors()) == 12
    assert told(case)[0] == ("98-7654321", (), ())


def test_vendors_kept_with_more_than_is_wanted_now_are_read_anew(twin: OpenTwin) -> None:
    case = twin(wanted=WANTED)
    enter_details(case)
    held = {vendor.vendor_id: vendor for vendor in case.erp.fetch_vendors()}
    many = held | {f"W{number}": held["V10001"] for number in range(3_001)}
    now = twin().erp.fetch_vendors(many)
    assert {each.tax_registration_id for each in now} == {None}


DEFINITION = wrapped(
    id="a-1",
    AttributeID="REGION",
    Description="Region",
    Values=[wrapped(ValueID="01", Description="North", Disabled=False), wrapped(ValueID="02", Disabled=True)],
)


@pytest.mark.parametrize(
    ("wanted", "answer", "expected"),
    [
        ((), said(500), ()),
        (
            ("region",),
            said(200, [DEFINITION]),
            (AttributeValue("region", "01", "North", True), AttributeValue("region", "02", "02", False)),
        ),
        (
            ("REGION", "CREW"),
            said(200, [DEFINITION]),
            Gap("Attributes cannot be read: Acumatica has no attribute CREW"),
        ),
        (("REGION",), said(404), Gap("Attributes cannot be read: the endpoint does not serve them")),
    ],
)
def test_the_values_of_an_attribute_are_those_acumatica_lists(wanted: Any, answer: Any, expected: Any) -> None:
    wire = Scripted()
    wire.on("GET", "AttributeDefinition", answer)
    case = opened(wire, wanted=Wanted(dimension_attributes=wanted))
    assert case.erp.fetch_attribute_values() == expected
