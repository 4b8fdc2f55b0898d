"""The instance's own schema of a bill (acumatica_api.md 1, 5.1, 6): what is gone stops a bill, what is unknown does not
(fault_catalogue.md 64)."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.errors import ConfigurationError, FieldFault, RejectedError
from tests.wire.acumatica.bill_samples import a_plan, a_record
from tests.wire.acumatica.stub import Opened, Scripted, opened, page, said

HEADER: dict[str, Any] = dict.fromkeys(
    ("Type", "ReferenceNbr", "Vendor", "VendorRef", "Date", "PostPeriod", "CurrencyID", "BranchID", "Hold", "Amount"),
    {},
) | {"Description": {}}
ROW: dict[str, Any] = dict.fromkeys(
    ("ExtendedCost", "TransactionDescription", "Account", "Subaccount", "Branch", "Project", "ProjectTask", "Qty"), {}
)
WHOLE: dict[str, Any] = {**HEADER, "Details": [ROW], "custom": {}, "_workflowActions": []}


def without(name: str) -> dict[str, Any]:
    """The whole schema without one field."""
    kind, _, field = name.partition(".")
    if kind == "Bill":
        return {key: value for key, value in WHOLE.items() if key != field}
    return {**WHOLE, "Details": [{key: value for key, value in ROW.items() if key != field}]}


def telling(*schemas: Any) -> Opened:
    """A site with these schemas, one after the other."""
    wire = Scripted()
    wire.on("GET", "Bill/$adHocSchema", *(said(200, each) for each in schemas))
    wire.on("PUT", "Bill", said(200, a_record()))
    return opened(wire)


@pytest.mark.parametrize("name", ["Bill.VendorRef", "Bill.PostPeriod", "BillDetail.Subaccount"])
def test_a_field_that_is_gone_stops_the_bill_before_its_intent(name: str) -> None:
    """acumatica_api.md 1."""
    case = telling(without(name))
    with pytest.raises(ConfigurationError) as raised:
        case.erp.prepare_write(a_plan())
    assert raised.value.code == "acumatica.contract_changed"
    assert raised.value.message == (
        f"Acumatica changed: endpoint Default/24.200.001 of this instance has no field {name} any more."
    )
    assert case.wire.to("Bill", "PUT") == []


def test_a_field_that_is_gone_and_not_sent_stops_nothing() -> None:
    case = telling(without("BillDetail.ProjectTask"))
    case.erp.prepare_write(a_plan())


@pytest.mark.parametrize("schema", [{}, [], {"message": "x"}, {**HEADER}, {**HEADER, "Details": []}])
def test_a_schema_that_says_too_little_stops_nothing(schema: Any) -> None:
    case = telling(schema)
    case.erp.prepare_write(a_plan())
    case.erp.create_bill(a_plan())


@pytest.mark.parametrize("answer", [said(404), said(403, {"message": "no"}), page(200)])
def test_a_schema_that_cannot_be_read_stops_nothing(answer: Any) -> None:
    case = telling({})
    case.wire.on("GET", "Bill/$adHocSchema", answer)
    case.erp.prepare_write(a_plan())


def test_the_schema_is_read_once_for_any_number_of_bills() -> None:
    case = telling(WHOLE)
    for _ in range(3):
        case.erp.prepare_write(a_plan())
        case.erp.create_bill(a_plan())
    assert len(case.wire.to("Bill/$adHocSchema")) == 1


def refusal_of(*, schemas: tuple[Any, ...], **errors: str) -> Exception:
    """What a refusal with those field errors is told as."""
    case = telling(*schemas)
    case.erp.prepare_write(a_plan())
    body = {"id": "x", "error": "No."} | ({"Project": {"error": errors["Project"]}} if errors else {})
    case.wire.on("PUT", "Bill", said(422, body))
    with pytest.raises((RejectedError, ConfigurationError)) as raised:
        case.erp.create_bill(a_plan())
    return raised.value


def test_a_refusal_for_a_field_that_was_never_sent_is_told_as_a_change() -> None:
    error = refusal_of(schemas=(WHOLE,), Project="'Project' cannot be empty.")
    assert isinstance(error, RejectedError)
    told = "Acumatica changed: field Project is now required ('Project' cannot be empty.)"
    assert (error.message, error.faults) == (told, (FieldFault("Project", told, mandatory=True),))


def test_a_refusal_of_another_kind_keeps_its_words() -> None:
    error = refusal_of(schemas=(WHOLE,), Project="Project 'J1' is not active.")
    assert isinstance(error, RejectedError)
    assert error.faults == (FieldFault("Project", "Project 'J1' is not active."),)


def test_after_a_refusal_the_schema_is_looked_at_again() -> None:
    """acumatica_api.md 6."""
    error = refusal_of(schemas=(WHOLE, without("Bill.PostPeriod")))
    assert isinstance(error, ConfigurationError)
    assert "Bill.PostPeriod" in error.message
