"""The mark in an attribute of the form: written there, found there, read as if it stood before the description
(posting_protocol.md 1)."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.acumatica.marking import asking_for_mark, with_mark
from ml_connector.domain.keys import marker
from ml_connector.domain.values.bill import BillQuery
from ml_connector.errors import ConfigurationError
from tests.wire.acumatica.bill_samples import MARKER, a_plan
from tests.wire.acumatica.twin import OpenTwin, TwinCase

FIELD = "AttributeSTAMPLIMARK"
QUERY = BillQuery("V10005", "ANOTHER", MARKER)


def opened(twin: OpenTwin, **switches: Any) -> TwinCase:
    """An edge that keeps marks in the attribute, which the form has."""
    case = twin(mark_attribute="STAMPLIMARK")
    case.control.turn(custom_fields=[f"Document.{FIELD}"], **switches)
    return case


def truth(case: TwinCase, number: str) -> tuple[object, object]:
    """Description and attribute of a bill as they are in Acumatica."""
    bill = next(bill for bill in case.control.bills() if bill["ReferenceNbr"] == number)
    return bill.get("Description"), bill["custom"].get(f"Document.{FIELD}")


def test_the_mark_goes_into_the_attribute_and_the_description_stays_the_invoices_own(twin: OpenTwin) -> None:
    case = opened(twin)
    plan = a_plan()
    case.erp.prepare_write(plan)
    made = case.erp.create_bill(plan)
    assert truth(case, made.key.number) == (plan.description.removeprefix(MARKER).strip(), MARKER)
    assert made.description == plan.description
    read = case.erp.fetch_bill(made.key)
    assert read is not None and read.description == plan.description
    found = case.erp.look_bills([QUERY], made.key)
    assert (found.witness_seen, [bill.description for bill in found.bills]) == (True, [plan.description])


def test_it_is_found_by_the_attribute_alone(twin: OpenTwin) -> None:
    case = opened(twin)
    plan = a_plan()
    case.erp.prepare_write(plan)
    made = case.erp.create_bill(plan)
    other = a_plan(marker=marker("other"), description=marker("other"), vendor_ref="OTHER")
    case.erp.prepare_write(other)
    witness = case.erp.create_bill(other)
    found = case.erp.look_bills([QUERY], witness.key)
    assert {bill.key for bill in found.bills} == {made.key, witness.key}
    assert truth(case, witness.key.number)[1] == marker("other")


def test_a_bill_from_before_is_found_by_its_description(twin: OpenTwin) -> None:
    plan = a_plan()
    before = twin()
    before.erp.prepare_write(plan)
    made = before.erp.create_bill(plan)
    case = opened(twin)
    assert truth(case, made.key.number) == (plan.description, None)
    found = case.erp.look_bills([QUERY], made.key)
    assert [bill.description for bill in found.bills] == [plan.description]


def test_a_double_is_described_and_keeps_its_mark_in_the_attribute(twin: OpenTwin) -> None:
    case = opened(twin)
    plan = a_plan()
    case.erp.prepare_write(plan)
    made = case.erp.create_bill(plan)
    case.erp.prepare_write()
    case.erp.describe_bill(made.key, f"{MARKER} HELD DOUBLE - do not release")
    assert truth(case, made.key.number) == ("HELD DOUBLE - do not release", MARKER)
    [seen] = [bill for bill in case.erp.fetch_bills([made.key]) if bill.key == made.key]
    assert seen.description == f"{MARKER} HELD DOUBLE - do not release"


def test_a_form_without_the_attribute_is_told_before_anything_is_posted(twin: OpenTwin) -> None:
    case = twin(mark_attribute="STAMPLIMARK")
    before = twin()
    before.erp.prepare_write(a_plan())
    before.erp.create_bill(a_plan())
    with pytest.raises(ConfigurationError) as caught:
        case.erp.prepare_write(a_plan())
    assert caught.value.code == "acumatica.no_mark_attribute"
    failed = next(stage for stage in case.erp.check_stages(probe=False) if stage.result == "fail")
    assert (failed.stage, failed.code) == ("endpoint_version", "acumatica.no_mark_attribute")


def test_a_probe_looks_its_bill_up_by_the_attribute(twin: OpenTwin) -> None:
    case = opened(twin)
    case.erp.prepare_write(a_plan())
    case.erp.create_bill(a_plan())
    stages = {stage.stage: stage for stage in case.erp.check_stages(probe=True)}
    assert {name: stage.result for name, stage in stages.items() if stage.result == "fail"} == {}
    assert stages["read_bills"].message == (
        "bills can be read; look-ups by number, vendor and reference, mark find a known bill"
    )
    assert stages["write_rights"].message == "a bill was made, stayed on hold and was deleted again"
    assert len(case.control.bills()) == 1


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", "$custom=Document.AttributeM"),
        ("$filter=x&$select=a%2Cb", "$filter=x&$custom=Document.AttributeM"),
        ("$custom=Document.UsrX&$expand=Details", "$expand=Details&$custom=Document.UsrX%2CDocument.AttributeM"),
    ],
)
def test_the_attribute_is_asked_for_beside_what_was_asked(query: str, asked: str) -> None:
    assert asking_for_mark(query, "M") == asked


def test_an_attribute_with_another_text_is_no_mark() -> None:
    custom = {"Document": {"AttributeM": {"type": "CustomStringField", "value": "SX by hand"}}}
    row = {"Description": {"value": "text"}, "custom": custom}
    assert with_mark(row, "M") == row
