"""Lists and figures by DAC OData on the twin: found once, remembered, found again (acumatica_api.md 9)."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.acumatica.master_data.dac.classes import TERMS
from ml_connector.domain.values.master_data import Branch, Gap, PaymentTerms, PurchaseOrder, Segment
from tests.wire.acumatica.test_twin_master_data import whole
from tests.wire.acumatica.twin import OpenTwin, TwinCase

LENGTHS = [("Company", 2), ("Department", 3), ("Reserve", 2)]


def odata_paths(case: TwinCase) -> list[str]:
    """The OData requests the twin saw, shortened to what follows the tenant."""
    return [each["path"].partition("/HRB/")[2] for each in case.control.requests() if "odata" in each["path"].lower()]


def again(twin: OpenTwin, case: TwinCase, **settings: Any) -> TwinCase:
    """A later process of the same connection; what was asked before is left out."""
    case.control.call("DELETE", "requests")
    return twin(drawer=case.drawer, **settings)


def reason(found: object) -> str:
    assert isinstance(found, Gap)
    return found.reason


def test_terms_and_segments_come_by_their_data_classes(twin: OpenTwin) -> None:
    """acumatica_api.md 9."""
    erp = twin().erp
    terms = whole(erp.fetch_terms())
    segments: tuple[Segment, ...] = whole(erp.fetch_segments(with_values=True))

    assert PaymentTerms("30D", "Net 30 days", for_vendors=True) in terms
    assert [(segment.description, segment.length) for segment in segments] == LENGTHS
    assert [(each.value, each.active) for each in segments[1].values or ()] == [
        ("100", True),
        ("150", False),
        ("200", True),
    ]


def test_where_each_class_is_served_is_found_out_once(twin: OpenTwin) -> None:
    first = twin()
    first.erp.fetch_terms()
    first.erp.fetch_segments(with_values=False)
    second = again(twin, first)
    second.erp.fetch_terms()
    second.erp.fetch_segments(with_values=False)

    second.erp._dac.fetch(TERMS)

    # The lists are kept for a while; where they are read, the way is known.
    assert odata_paths(second) == ["api/odata/dac/PX_Objects_CS_Terms"]


@pytest.mark.parametrize(
    ("position", "words"), [("no", "this instance does not serve them"), ("forbidden", "the Acumatica user may not")]
)
def test_an_instance_without_odata_is_a_gap_that_costs_nothing_later(twin: OpenTwin, position: str, words: str) -> None:
    """acumatica_api.md 9."""
    first = twin()
    first.control.turn(odata_dac=position)
    assert reason(first.erp.fetch_terms()) == f"Payment terms cannot be read: {words}" + reason_end(position)
    assert "Segments cannot be read: " in reason(first.erp.fetch_segments(with_values=True))
    second = again(twin, first)

    assert words in reason(second.erp.fetch_terms())
    assert words in reason(second.erp.fetch_segments(with_values=True))
    assert odata_paths(second) == []


def reason_end(position: str) -> str:
    return " over OData" if position == "no" else " read them over OData"


def test_a_check_finds_out_anew_and_tells(twin: OpenTwin) -> None:
    case = twin()
    case.control.turn(odata_dac="forbidden")
    before = preferences(case)
    assert isinstance(case.erp.fetch_terms(), Gap)
    case.control.turn(odata_dac="yes", custom_shown="no")
    after = preferences(case)

    assert "Payment terms: not, since the Acumatica user may not read them over OData" in before
    assert "Segments: by separators or subaccount_segments, since " in before
    assert "Billed figures of order lines: with the order" in before
    assert "Payment terms: by DAC OData; Segments: by DAC OData" in after
    assert "Billed figures of order lines: by DAC OData; Deleted records: by comparing whole lists" in after
    assert whole(case.erp.fetch_terms())


def preferences(case: TwinCase) -> str:
    return next(stage.message for stage in case.erp.check_stages(probe=False) if stage.stage == "preferences")


def test_a_way_that_stops_working_is_looked_for_again_and_its_end_remembered(twin: OpenTwin) -> None:
    case = twin()
    reader = case.erp._dac
    assert not isinstance(reader.fetch(TERMS), Gap)
    case.control.turn(odata_dac="no")
    assert isinstance(reader.fetch(TERMS), Gap)
    case.control.call("DELETE", "requests")

    assert isinstance(reader.fetch(TERMS), Gap)
    assert odata_paths(case) == []


@pytest.mark.parametrize("fault", [{"kind": "status", "code": 503}, {"kind": "drop_before"}], ids=str)
def test_what_may_pass_is_not_remembered(twin: OpenTwin, fault: dict[str, Any]) -> None:
    case = twin()
    case.erp.fetch_any_bill()
    case.control.fault(**fault, path="odata", times=1)

    assert "could not be found out now" in reason(case.erp.fetch_terms())
    assert whole(case.erp.fetch_terms())


@pytest.mark.parametrize("gone", ["PX_Objects", "/t/", "select"])
def test_every_documented_form_of_the_address_is_tried(twin: OpenTwin, gone: str) -> None:
    """acumatica_api.md 9."""
    case = twin()
    case.erp.fetch_any_bill()
    case.control.fault("status", path=f"odata.*{gone}|{gone}.*odata", code=400 if gone == "select" else 404, times=0)

    assert whole(case.erp.fetch_terms())
    assert whole(case.erp.fetch_segments(with_values=True))


@pytest.mark.parametrize("code", [401, 403])
def test_a_class_that_is_not_for_this_user_is_not_asked_for_by_another_name(twin: OpenTwin, code: int) -> None:
    case = twin()
    case.erp.fetch_any_bill()
    case.control.fault("status", path="PX_Objects", code=code, times=0)

    assert "the Acumatica user may not" in reason(case.erp.fetch_terms())
    assert odata_paths(case) == ["api/odata/dac/PX_Objects_CS_Terms"]


def test_a_login_page_for_odata_ends_no_session(twin: OpenTwin) -> None:
    case = twin()
    case.erp.fetch_any_bill()
    case.control.fault("html", path="odata", times=0)
    case.control.call("DELETE", "requests")

    assert "the Acumatica user may not" in reason(case.erp.fetch_terms())
    assert case.erp.fetch_accounts()
    assert case.sent("POST", "/token") == []


def test_another_user_may_have_other_rights(twin: OpenTwin) -> None:
    first = twin()
    first.control.turn(odata_dac="forbidden")
    assert isinstance(first.erp.fetch_terms(), Gap)
    first.control.turn(odata_dac="yes")
    second = again(twin, first, auth="session")

    assert whole(second.erp.fetch_terms())


def test_billed_figures_are_the_same_by_the_form_and_by_the_data_class(twin: OpenTwin) -> None:
    """acumatica_api.md 9."""
    case = twin()
    by_form = whole(case.erp.fetch_purchase_orders())
    case.control.turn(custom_shown="no")
    bare: tuple[PurchaseOrder, ...] = whole(case.erp.fetch_purchase_orders())

    assert {line.billed_quantity for order in bare for line in order.lines} == {None}
    assert by_number(whole(case.erp.fetch_billed_figures(bare))) == by_number(by_form)
    assert case.erp.fetch_purchase_order("Normal", "PO-003120") == by_number(by_form)["PO-003120"]


def by_number(orders: tuple[PurchaseOrder, ...]) -> dict[str, PurchaseOrder]:
    return {order.order_number: order for order in orders}


def test_figures_that_come_with_the_order_cost_no_request(twin: OpenTwin) -> None:
    case = twin()
    orders = whole(case.erp.fetch_purchase_orders())

    assert case.erp.fetch_billed_figures(orders) == orders
    assert odata_paths(case) == []


@pytest.mark.parametrize("position", ["yes", "no"])
def test_branches_are_the_same_by_every_way(twin: OpenTwin, position: str) -> None:
    """acumatica_api.md 9."""
    case = twin()
    case.control.turn(odata_dac=position)
    inquired: tuple[Branch, ...] = whole(case.erp.fetch_branches())
    case.control.fault("status", path="/CompaniesStructure", code=404, times=0)
    found: tuple[Branch, ...] = whole(case.erp.fetch_branches())

    assert sorted(found, key=lambda branch: branch.branch_id) == sorted(inquired, key=lambda branch: branch.branch_id)
    assert bool(odata_paths(case)) and bool(case.sent("GET", "/Ledger")) == (position == "no")


def test_subaccounts_come_by_their_class_where_the_endpoint_does_not_serve_them(twin: OpenTwin) -> None:
    case = twin()
    served = whole(case.erp.fetch_subaccounts())
    case.control.fault("status", path="/Subaccount", code=404, times=0)

    assert sorted(whole(case.erp.fetch_subaccounts()), key=str) == sorted(served, key=str)
