"""Collections that a site shows only in part, and answers that are not believed (acumatica_api.md 4.2)."""

from __future__ import annotations

from itertools import count

import httpx2
import pytest

from ml_connector.acumatica.contract import load_contract
from ml_connector.acumatica.reading import Collection, Reader
from ml_connector.errors import TransientError
from tests.wire.acumatica.stub import Opened, Scripted, failed, opened, said, wrapped
from tests.wire.acumatica.twin import OpenTwin

BY_ID = Collection("Vendor", "VendorID", 2)


def vendor(number: int) -> dict[str, object]:
    return wrapped(id=f"id-{number}", VendorID=f"V{number}", VendorName=f"Vendor {number}", Status="Active")


def reader_of(case: Opened) -> Reader:
    return case.erp._reader


def asked(request: httpx2.Request) -> httpx2.QueryParams:
    return httpx2.QueryParams(request.url.query)


def test_a_row_that_its_range_does_not_show_is_read_by_its_key() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        rows = [vendor(n) for n in range(1, 6)]
        if "$select" in asked(request):
            return said(200, [] if "$filter" in asked(request) else rows)
        return said(200, [rows[0], rows[2]])

    wire = Scripted()
    wire.on("GET", "Vendor", answer)
    for number in (2, 4):
        wire.on("GET", f"Vendor/V{number}", said(200, vendor(number)))
    gone = failed("No entity satisfies the condition.", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException")
    wire.on("GET", "Vendor/V5", gone)
    rows = reader_of(opened(wire)).fetch_in_ranges(BY_ID)

    assert sorted(str(row["id"]) for row in rows) == ["id-1", "id-2", "id-3", "id-4"]


def test_ranges_meet_at_their_bounds_so_that_no_row_is_read_alone(twin: OpenTwin) -> None:
    case = twin()
    rows = case.erp._reader.fetch_in_ranges(Collection("Vendor", "VendorID", 5))
    case.erp.fetch_any_bill()

    assert len(rows) == 12
    assert [sent["path"] for sent in case.control.requests() if "/Vendor/" in sent["path"]] == []


def test_a_list_cut_by_the_site_is_read_to_its_end() -> None:
    """acumatica_api.md 4.1."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        rows = [vendor(n) for n in range(1, 8)]
        clause = asked(request).get("$filter", "")
        left = [row for row in rows if f"'{row['VendorID']['value']}'" not in clause]  # type: ignore[index]
        return said(200, left[:2])

    wire = Scripted()
    wire.on("GET", "Vendor", answer)

    assert len(reader_of(opened(wire)).fetch_all("Vendor")) == 7


def test_a_list_that_gives_the_same_rows_for_ever_ends() -> None:
    """acumatica_api.md 4.2."""
    wire = Scripted()
    wire.on("GET", "Vendor", said(200, [vendor(1), vendor(2)]))

    assert len(reader_of(opened(wire)).fetch_all("Vendor")) == 2
    assert len(wire.to("Vendor")) == 2


def test_a_list_that_has_other_rows_for_ever_is_an_error_and_no_part_of_a_list() -> None:
    """acumatica_api.md 4.2."""
    numbers = count(1)
    wire = Scripted()
    wire.on("GET", "Vendor", lambda _: said(200, [vendor(next(numbers))]))
    case = opened(wire)
    with pytest.raises(TransientError) as raised:
        Reader(case.erp._client, load_contract("Default", "24.200.001"), rounds_max=20).fetch_all("Vendor")

    assert raised.value.code == "acumatica.unreadable"
    assert len(wire.to("Vendor")) == 21


def test_an_empty_list_of_orders_is_not_believed_where_a_plain_read_shows_some() -> None:
    """acumatica_api.md 4.2."""
    wire = Scripted()
    order = wrapped(id="o1", Type="Normal", OrderNbr="PO1")

    def answer(request: httpx2.Request) -> httpx2.Response:
        return said(200, [] if "$select" in asked(request) else [order])

    wire.on("GET", "PurchaseOrder", answer)
    with pytest.raises(TransientError) as raised:
        opened(wire).erp.fetch_purchase_orders()
    assert raised.value.code == "acumatica.orders_unreadable"

    wire.on("GET", "PurchaseOrder", said(200, []))
    assert opened(wire).erp.fetch_purchase_orders() == ()


def test_a_key_that_cannot_stand_in_a_path_is_asked_for_by_filter() -> None:
    """acumatica_api.md 1."""
    wire = Scripted()
    order = wrapped(id="o1", Type="Normal", OrderNbr="PO/1", VendorID="V1", Details=[])
    wire.on("GET", "PurchaseOrder", said(200, [order]))
    found = opened(wire).erp.fetch_purchase_order("Normal", "PO/1")

    assert found is not None
    assert wire.to("PurchaseOrder")[0].options["$filter"] == "(Type eq 'Normal') and (OrderNbr eq 'PO/1')"


def test_an_exception_that_passes_does_not_make_the_answer_poorer() -> None:
    contact = {"Email": {"value": "ap@example.com"}, "Address": {}}
    rich = {**vendor(1), "MainContact": contact, "RemittanceContact": {}, "Terms": {}, "VendorClass": {}}
    full = {**rich, **wrapped(CurrencyID=None, EnableCurrencyOverride=None, TaxZone=None, PaymentMethod=None)}
    full |= wrapped(F1099Vendor=None, APAccount=None, LastModifiedDateTime=None)
    full |= wrapped(VendorIsTaxAgency=None, VendorIsLaborUnion=None)
    answers = iter([said(200, [vendor(1)]), said(200, []), failed("Transaction was deadlocked"), said(200, [full])])
    wire = Scripted()
    wire.on("GET", "Vendor", lambda _: next(answers))
    [read] = opened(wire).erp.fetch_vendors()

    assert read.email == "ap@example.com"
    assert wire.to("Vendor")[-1].options == wire.to("Vendor")[-2].options


def test_a_read_that_waits_longer_than_its_time_is_not_tried_for_ever() -> None:
    case = opened()

    def slow(_: httpx2.Request) -> httpx2.Response:
        case.clock.sleep(700)
        return said(503)

    case.wire.on("GET", "Bill", slow)
    with pytest.raises(TransientError):
        case.erp.fetch_any_bill()

    assert len(case.wire.to("Bill")) == 1
