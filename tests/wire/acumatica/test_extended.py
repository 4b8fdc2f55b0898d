"""Reading by an endpoint of the customer's own: reads alone, what it has, its own fields (acumatica_api.md 6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ml_connector.acumatica.contract import load_contract
from ml_connector.domain.values.master_data import Gap, PurchaseOrder
from ml_connector.errors import ConfigurationError
from tests.wire.acumatica.stub import Opened, Scripted, failed, opened, said, wrapped
from tests.wire.acumatica.test_twin_master_data import A_LINE, whole
from tests.wire.acumatica.twin import OpenTwin

OWN = "Harbor/1.0"
ROOT = f"/AcumaticaERP/entity/{OWN}"
CONTRACT = load_contract("Default", "24.200.001")


def schema_of(*entities: str, more: dict[str, list[str]], without: str = "", open_api: bool = True) -> dict[str, Any]:
    """The document of an endpoint with all our fields of these entities, its own fields beside them."""
    prefix = "#/components/schemas/" if open_api else "#/definitions/"

    def pointed(kind: str) -> dict[str, Any]:
        inner = {"$ref": prefix + kind.removesuffix("[]")}
        return {"type": "array", "items": inner} if kind.endswith("[]") else inner

    definitions: dict[str, Any] = {}
    for place in {place for entity in entities for place in CONTRACT.entities_below(entity)}:
        fields = {name: CONTRACT.type_of(place, name) for name in CONTRACT.lasting_fields(place)}
        fields |= {name: f"{kind}[]" for name, kind in CONTRACT.collections_of(place).items()}
        fields |= dict.fromkeys(more.get(place, []), "StringValue")
        shown = {name: pointed(kind) for name, kind in fields.items() if f"{place}.{name}" != without}
        definitions[place] = {"allOf": [{"$ref": f"{prefix}Entity"}, {"type": "object", "properties": shown}]}
    return {"components": {"schemas": definitions}} if open_api else {"definitions": definitions}


def an_order(**more: object) -> dict[str, Any]:
    line = wrapped(id="l-1", LineNbr=1, OrderQty=5, UnitCost=2, ExtendedCost=10, QtyOnReceipts=4, **more)
    return wrapped(id="o-1", Type="Normal", OrderNbr="P1", VendorID="V10001", Status="Open", Details=[line])


def with_own(schema: object) -> Opened:
    """An edge whose instance serves the endpoint with that document."""
    wire = Scripted()
    rows = [{"name": name, "version": version} for name, version in (("Default", "24.200.001"), ("Harbor", "1.0"))]
    wire.on("GET", "/AcumaticaERP/entity", said(200, {"endpoints": rows}))
    wire.on("GET", f"{ROOT}/swagger.json", schema if not isinstance(schema, dict) else said(200, schema))  # type: ignore[arg-type]
    return opened(wire, extended_endpoint=OWN)


LINE_FIELDS = {"PurchaseOrderDetail": ["BilledQty", "BilledAmount", "Closed", "BillingBasedOn"]}


@pytest.mark.parametrize("open_api", [True, False])
def test_an_order_is_read_with_the_endpoints_own_fields(open_api: bool) -> None:
    """1: swagger.json, in both its forms."""
    case = with_own(schema_of("PurchaseOrder", more=LINE_FIELDS, open_api=open_api))
    own = {"BilledQty": 3, "BilledAmount": 6.5, "Closed": False, "BillingBasedOn": "Receipt"}
    case.wire.on("GET", f"{ROOT}/PurchaseOrder/Normal/P1", said(200, an_order(**own)))
    order: PurchaseOrder | None = case.erp.fetch_purchase_order("Normal", "P1")
    assert order is not None
    line = order.lines[0]

    assert (line.billed_quantity, line.billed_amount, line.closed, line.billing_basis) == (
        Decimal(3),
        Decimal("6.5"),
        False,
        "receipt",
    )
    assert case.wire.to("PurchaseOrder/Normal/P1") == []


def test_an_entity_that_lacks_what_we_use_is_read_by_the_pinned_endpoint() -> None:
    case = with_own(schema_of("Subaccount", "Account", more={}, without="Subaccount.Active"))
    row = wrapped(id="s-1", SubaccountCD="01", Description="Yard", Active=True)
    case.wire.on("GET", "Subaccount", said(200, [row]), said(200, []))

    assert [each.subaccount_id for each in whole(case.erp.fetch_subaccounts())] == ["01"]
    assert {sent.path for sent in case.wire.sent if OWN in sent.path} == {f"{ROOT}/swagger.json"}


@pytest.mark.parametrize("answer", [said(403), said(404), failed("no document"), said(200, {"swagger": "2.0"})])
def test_an_endpoint_that_does_not_tell_itself_is_not_read(answer: Any) -> None:
    case = with_own(answer)
    case.wire.on("GET", "Subaccount", said(200, []))

    assert whole(case.erp.fetch_subaccounts()) == ()


def test_the_endpoints_document_is_asked_for_once_a_connection() -> None:
    case = with_own(schema_of("Subaccount", more={}))
    case.wire.on("GET", f"{ROOT}/Subaccount", said(200, []))
    case.erp.fetch_subaccounts()
    later = opened(case.wire, case.drawer, extended_endpoint=OWN)
    later.erp.fetch_subaccounts()

    assert len(case.wire.to(f"{ROOT}/swagger.json")) == 1


def test_an_endpoint_that_is_not_served_is_named_before_anything_is_read() -> None:
    case = opened(extended_endpoint="Harbor/2.0")
    with pytest.raises(ConfigurationError) as raised:
        case.erp.fetch_terms()

    assert (raised.value.code, raised.value.stage) == ("acumatica.endpoint_version_missing", "endpoint_version")
    assert "Harbor/2.0" in raised.value.message and "extended_endpoint" in raised.value.message


def test_on_the_twin_master_data_comes_from_one_endpoint_and_bills_go_to_the_other(twin: OpenTwin) -> None:
    case = twin(version="22.200.001", extended_endpoint="Default/24.200.001")
    assert len(case.erp.fetch_vendors()) == 12
    orders = whole(case.erp.fetch_purchase_orders())
    assert not isinstance(case.erp.fetch_tasks(), Gap)
    case.control.people("type_bill", bill={"Type": "Bill", "Vendor": "V10005", "VendorRef": "X 7", **A_LINE})
    assert case.erp.fetch_any_bill() is not None
    told = next(stage.message for stage in case.erp.check_stages(probe=False) if stage.stage == "preferences")

    assert {line.billed_quantity for order in orders for line in order.lines} == {Decimal(0)}
    paths = [each["path"].partition("/Default/")[2].split("/") for each in case.control.requests()]
    asked = {tuple(path[:2]) for path in paths}
    assert ("24.200.001", "Vendor") in asked and ("24.200.001", "PurchaseOrder") in asked
    assert ("22.200.001", "Bill") in asked and ("24.200.001", "Bill") not in asked
    assert told.endswith("Reading goes through endpoint Default/24.200.001.")
