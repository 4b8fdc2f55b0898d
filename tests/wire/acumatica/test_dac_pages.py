"""Pages and answers of DAC OData that the twin does not give (acumatica_api.md 9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.values.master_data import Gap, PaymentTerms, PurchaseOrder, PurchaseOrderLine
from ml_connector.errors import TransientError
from tests.wire.acumatica.stub import Opened, Scripted, opened, said

BASE = "/AcumaticaERP/t/HRB/api/odata/dac"
TERMS = f"{BASE}/PX_Objects_CS_Terms"
LINES = f"{BASE}/PX_Objects_PO_POLine"


def terms(code: str, visible_to: str = "AL") -> dict[str, object]:
    return {"TermsID": code, "Descr": f"{code.strip()} days   ", "VisibleTo": visible_to}


def listed(*rows: dict[str, Any], link: object = None) -> dict[str, object]:
    more = {} if link is None else {"@odata.nextLink": link}
    return {"@odata.context": "x", "value": list(rows), **more}


def on_pages(*pages: dict[str, object], path: str = TERMS) -> Opened:
    """An edge whose class is served; the first answer is to the look for it."""
    wire = Scripted()
    wire.on("GET", path, *(said(200, page) for page in (listed(), *pages)))
    return opened(wire)


@pytest.mark.parametrize(
    "link",
    [
        f"http://127.0.0.1:8081{TERMS}?$skip=1",
        f"{TERMS}?$skip=1",
        "PX_Objects_CS_Terms?$skip=1",
        f"HTTP://127.0.0.1:8081{TERMS}?%24skip=1",
    ],
)
def test_pages_are_followed_to_the_end_and_a_row_counts_once(link: str) -> None:
    case = on_pages(listed(terms("N10 "), terms("N30", "CU"), link=link), listed(terms("N30", "CU"), terms("N45")))

    assert case.erp.fetch_terms() == (
        PaymentTerms("N10", "N10 days"),
        PaymentTerms("N30", "N30 days", for_vendors=False),
        PaymentTerms("N45", "N45 days"),
    )
    assert [sent.options.get("$skip") for sent in case.wire.to(TERMS)] == [None, None, "1"]
    assert {sent.headers["authorization"] for sent in case.wire.to(TERMS)} == {"Bearer A1"}


@pytest.mark.parametrize(
    "link",
    [
        f"https://elsewhere.example.com{TERMS}?$skip=1",
        f"http://127.0.0.1:8082{TERMS}?$skip=1",
        f"//elsewhere.example.com{TERMS}",
        "/AcumaticaERP/entity/Default/24.200.001/Vendor",
        f"{BASE}/../../../../entity/auth/logout",
        7,
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(link: object) -> None:
    # What lies there would be taken for the end of the list if it were asked for.
    case = on_pages(listed(terms("N30"), link=link), listed(terms("N45")))
    found = case.erp.fetch_terms()

    assert isinstance(found, Gap) and "cannot be read now" in found.reason
    # The look for the class, and the first page.
    assert [sent.path for sent in case.wire.sent if "odata" in sent.path] == [TERMS, TERMS]


def test_pages_that_go_round_in_a_circle_are_no_list() -> None:
    case = on_pages(listed(terms("N30"), link=f"{TERMS}?$skip=1"))
    found = case.erp.fetch_terms()

    assert isinstance(found, Gap) and "does not end" in found.reason
    assert len(case.wire.to(TERMS)) == 3


def test_a_row_without_its_key_makes_the_list_unreadable() -> None:
    case = on_pages(listed({"TermsID": None, "Descr": "x", "VisibleTo": "AL"}))
    found = case.erp.fetch_terms()

    assert isinstance(found, Gap) and "TermsID is empty" in found.reason


def an_order(number: str, kind: str = "Normal") -> PurchaseOrder:
    lines = (PurchaseOrderLine(1, Decimal(5), Decimal(2), Decimal(10)),)
    return PurchaseOrder(kind, number, "V10001", "Open", f"id-{number}", lines)


def a_line(number: str, kind: str = "RO", **more: object) -> dict[str, object]:
    figures = {"ReceivedQty": 4.000000, "BilledQty": "3.000000", "CuryBilledAmt": 6.5, "UnbilledQty": 2}
    state = {"CuryUnbilledAmt": 3.5, "Closed": False, "POAccrualType": "R"}
    return {"OrderType": kind, "OrderNbr": f"{number}   ", "LineNbr": 1, **figures, **state, **more}


def test_billed_figures_belong_to_type_number_and_line() -> None:
    """7, 9."""
    case = on_pages(listed(a_line("P1"), a_line("P1", "DP", BilledQty=1), a_line("P9")), path=LINES)
    orders = (an_order("P1"), an_order("p1", "Drop-Ship"), an_order("P2"))
    found = case.erp.fetch_billed_figures(orders)
    assert not isinstance(found, Gap)

    first = found[0].lines[0]
    assert [order.lines[0].billed_quantity for order in found] == [Decimal(3), Decimal(1), None]
    assert (first.received_quantity, first.billed_amount, first.unbilled_amount) == (
        Decimal(4),
        Decimal("6.5"),
        Decimal("3.5"),
    )
    assert (first.closed, first.billing_basis) == (False, "receipt")


def test_many_orders_are_asked_for_in_ranges_that_leave_no_gap() -> None:
    orders = tuple(an_order(f"P{number:04}") for number in range(1_200))
    case = on_pages(listed(), listed(), listed(a_line("P1199")), path=LINES)
    found = case.erp.fetch_billed_figures(orders)
    assert not isinstance(found, Gap)

    assert [sent.options.get("$filter") for sent in case.wire.to(LINES)][1:] == [
        "OrderNbr le 'P0499'",
        "(OrderNbr gt 'P0499') and (OrderNbr le 'P0999')",
        "OrderNbr gt 'P0999'",
    ]
    assert found[-1].lines[0].billed_quantity == Decimal(3)


def test_figures_that_were_served_and_fail_now_stop_the_pass() -> None:
    wire = Scripted()
    wire.on("GET", LINES, said(200, listed()), said(200, listed(a_line("P1"))), said(503, "down"))
    case = opened(wire)
    case.erp.fetch_billed_figures((an_order("P1"),))
    with pytest.raises(TransientError):
        case.erp.fetch_billed_figures((an_order("P1"),))


def test_a_list_is_read_again_within_the_hour_of_a_schedule() -> None:
    case = on_pages(listed(terms("N30")), listed(terms("N45")))
    first = case.erp.fetch_terms()
    case.clock.sleep(54 * 60)
    same = case.erp.fetch_terms()
    case.clock.sleep(120)

    assert same == first == (PaymentTerms("N30", "N30 days"),)
    assert case.erp.fetch_terms() == (PaymentTerms("N45", "N45 days"),)


def test_a_connection_by_cookie_sends_user_and_password_to_odata_alone() -> None:
    """9."""
    wire = Scripted()
    wire.on("POST", "/AcumaticaERP/entity/auth/login", said(204, headers={"set-cookie": ".ASPXAUTH=c1; path=/"}))
    wire.on("GET", TERMS, said(200, listed(terms("N30"))))
    case = opened(wire, auth="session", client_id=None)
    case.erp.fetch_terms()

    assert {sent.headers["authorization"] for sent in wire.to(TERMS)} == {"Basic Y29ubmVjdG9yOnB3LXBsYW50ZWQ="}
    assert not [sent for sent in wire.sent if "authorization" in sent.headers and sent.path != TERMS]
