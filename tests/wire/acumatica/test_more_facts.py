"""Facts of acumatica_api.md that no other test is about."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from ml_connector.acumatica.ports import Deadlines
from ml_connector.domain.values.bill import BillLine
from tests.wire.acumatica.bill_samples import a_plan, a_record
from tests.wire.acumatica.stub import Scripted, opened, said
from tests.wire.acumatica.twin import OpenTwin

_ROWS = [{"name": "Default", "version": version, "href": "x"} for version in ("20.200.001", "24.200.001")]
_QUEUE_SECONDS = 600


def test_every_address_lies_below_the_virtual_directory() -> None:
    """acumatica_api.md 1."""
    wire = Scripted()
    wire.on("PUT", "Bill", said(200, a_record()))
    case = opened(wire)
    case.erp.prepare_write(a_plan())
    case.erp.create_bill(a_plan())
    case.erp.close()
    assert {sent.path.split("/")[1] for sent in wire.sent} == {"AcumaticaERP"}


@pytest.mark.parametrize("answer", [_ROWS, {"version": {"acumaticaBuildVersion": "24.2"}, "endpoints": _ROWS}])
def test_the_endpoint_list_is_read_in_both_shapes(answer: Any) -> None:
    """acumatica_api.md 1."""
    wire = Scripted()
    wire.on("GET", "/AcumaticaERP/entity", said(200, answer))
    opened(wire).erp.sign_in()


def test_every_deadline_outlasts_the_queue() -> None:
    """acumatica_api.md 3: a request hangs for up to 10 minutes before it is refused."""
    plain = Deadlines()
    assert min(plain.read_seconds, plain.write_seconds, plain.action_seconds) > _QUEUE_SECONDS


def test_every_level_of_an_expansion_is_named(twin: OpenTwin) -> None:
    """acumatica_api.md 4.2."""
    case = twin()
    case.erp.fetch_vendors()
    case.erp.fetch_branches()
    case.erp.fetch_tasks()
    case.erp.fetch_purchase_orders()
    expanded = [parse_qs(each["query"]).get("$expand", [""])[0].split(",") for each in case.control.requests()]
    assert ["MainContact", "MainContact/Address", "RemittanceContact", "RemittanceContact/Address"] in expanded
    for paths in expanded:
        assert [path for path in paths if "/" in path and path.rpartition("/")[0] not in paths] == []


def test_a_line_of_a_receipt_names_type_number_and_line() -> None:
    """acumatica_api.md 8.3."""
    wire = Scripted()
    wire.on("PUT", "Bill", said(200, a_record()))
    line = BillLine(amount=a_plan().amount, receipt_type="Receipt", receipt_number="000007", receipt_line=2)
    opened(wire).erp.create_bill(a_plan(lines=(line,)))
    [sent] = wire.to("Bill", "PUT")
    assert {name: sent.body["Details"][0][name] for name in ("POReceiptType", "POReceiptNbr", "POReceiptLine")} == {
        "POReceiptType": {"value": "Receipt"},
        "POReceiptNbr": {"value": "000007"},
        "POReceiptLine": {"value": 2},
    }
