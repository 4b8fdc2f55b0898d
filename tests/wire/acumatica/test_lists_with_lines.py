"""Lists of bills with their lines: found once whether this site's lists show them (posting_protocol.md 11, E2)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import httpx2
import pytest

from ml_connector.domain.values.bill import Bill, BillKey, BillQuery, BillsFound
from ml_connector_twins.acumatica.switches import SwitchValue
from tests.wire.acumatica.bill_samples import MARKER, a_plan, a_record
from tests.wire.acumatica.stub import QUICK, Drawer, Scripted, failed, opened, said
from tests.wire.acumatica.twin import OpenTwin, TwinCase

QUERY = BillQuery("V10005", "INV-8841", MARKER)
KEY = BillKey("Bill", "000123")
TWO_LINES = tuple(replace(a_plan().lines[0], amount=Decimal(amount)) for amount in ("1000.00", "284.37"))


def look(case: TwinCase, key: BillKey) -> Bill:
    """Our bill in a list that is asked for its lines."""
    [bill] = [each for each in case.erp.look_bills([QUERY], key, lines=True).bills if each.key == key]
    return bill


def reads(case: TwinCase) -> tuple[int, int]:
    """Lists of bills so far, and bills read by key."""
    return len(case.sent("GET", "/Bill")), len(case.sent("GET", "/Bill/Bill/000001"))


def test_a_list_shows_the_lines_as_the_key_does(twin: OpenTwin) -> None:
    case = twin()
    case.erp.prepare_write()
    made = case.erp.create_bill(a_plan(lines=TWO_LINES))
    alone = case.erp.fetch_bill(made.key)

    assert alone is not None and alone.lines is not None and len(alone.lines) == 2
    assert look(case, made.key) == replace(alone, taxes=None)


@pytest.mark.parametrize(
    ("switches", "shown", "remembered"),
    [
        ({}, (2, 2), (1, 0)),
        ({"list_details_cut": ["Bill.Details"]}, (1, 1), (1, 0)),
        ({"list_details_empty": ["Bill.Details"]}, (0, None), (1, 0)),
        ({"optimizer_fails": ["Bill.Details"]}, (None, None), (1, 0)),
    ],
)
def test_whether_lists_show_lines_is_found_once_and_remembered(
    twin: OpenTwin,
    switches: dict[str, SwitchValue],
    shown: tuple[int | None, int | None],
    remembered: tuple[int, int],
) -> None:
    """A list that cuts lines shows some; the bill it cuts is read by its key (``judge_listed``)."""
    case = twin()
    case.control.turn(**switches)
    case.erp.prepare_write()
    key = case.erp.create_bill(a_plan(lines=TWO_LINES)).key
    # A longer list than any of these: none of them may have been cut.
    case.erp.fetch_accounts()
    first = look(case, key)
    again = twin(drawer=case.drawer)
    again.erp.fetch_accounts()
    lists, by_key = reads(case)
    second = look(again, key)

    assert tuple(None if bill.lines is None else len(bill.lines) for bill in (first, second)) == shown
    assert reads(again) == (lists + remembered[0], by_key + remembered[1])


def test_lines_come_without_being_asked_for_by_no_look_up(twin: OpenTwin) -> None:
    case = twin()
    case.erp.prepare_write()
    key = case.erp.create_bill(a_plan()).key
    found = case.erp.look_bills([QUERY], key)

    assert {bill.lines for bill in found.bills} == {None}


def expanding(request: httpx2.Request) -> bool:
    """Does a request ask for lines?"""
    return b"expand" in request.url.query


def scripted(lined: httpx2.Response, plain: httpx2.Response) -> Scripted:
    """A site with one bill, and what it answers to a list with lines and to one without."""
    wire = Scripted()
    wire.on("GET", "Bill", lambda request: _copy(lined if expanding(request) else plain))
    wire.on("GET", "Bill/Bill/000123", said(200, a_record()))
    return wire


def _copy(answer: httpx2.Response) -> httpx2.Response:
    return httpx2.Response(answer.status_code, headers={"content-type": "application/json"}, content=answer.content)


PLAIN = said(200, [{name: value for name, value in a_record().items() if name not in ("Details", "TaxDetails")}])


@pytest.mark.parametrize(
    "lined",
    [
        failed("The expand is not supported", status=400),
        failed("Optimization cannot be performed", "PX.Api.ContractBased.OptimizedExport.CannotOptimizeException"),
        PLAIN,
        said(200, [a_record(Details=[])]),
    ],
)
def test_a_site_whose_lists_show_no_lines_is_asked_for_headers_from_then_on(lined: httpx2.Response) -> None:
    drawer = Drawer()
    opened(scripted(lined, PLAIN), drawer).erp.look_bills([QUERY], KEY, lines=True)
    wire = scripted(lined, PLAIN)
    found = opened(wire, drawer).erp.look_bills([QUERY], KEY, lines=True)

    assert (found.witness_seen, [bill.lines for bill in found.bills]) == (True, [None])
    assert {sent.options.get("$expand") for sent in wire.to("Bill")} == {None}


def test_a_site_that_stops_showing_lines_is_found_out_in_the_same_look_up() -> None:
    drawer = Drawer()
    opened(scripted(said(200, [a_record()]), PLAIN), drawer).erp.look_bills([QUERY], KEY, lines=True)
    first = opened(scripted(failed("no more"), PLAIN), drawer).erp.look_bills([QUERY], KEY, lines=True)
    wire = scripted(failed("no more"), PLAIN)
    opened(wire, drawer).erp.look_bills([QUERY], KEY, lines=True)

    assert first.witness_seen
    assert {sent.options.get("$expand") for sent in wire.to("Bill")} == {None}


def test_lists_too_large_with_their_lines_are_read_without_them() -> None:
    many = [a_record(id=f"id-{n}", ReferenceNbr=f"{n:06}", Note="x" * 1_000) for n in range(123, 128)]
    case = opened(scripted(said(200, many), PLAIN), deadlines=replace(QUICK, body_bytes_max=5_000))
    found = case.erp.look_bills([QUERY], KEY, lines=True)

    assert (found.witness_seen, [bill.lines for bill in found.bills]) == (True, [None])


def test_nothing_is_learnt_from_a_bill_that_is_gone_when_it_is_read_alone() -> None:
    wire = scripted(said(200, [a_record()]), PLAIN)
    wire.on("GET", "Bill/Bill/000123", failed("gone", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"))
    drawer = Drawer()
    found: BillsFound = opened(wire, drawer).erp.look_bills([QUERY], KEY, lines=True)

    assert found.bills[0].lines is not None
    assert drawer.ways is None


def test_a_read_of_more_bills_shows_once_that_a_batch_is_not_cut() -> None:
    """An answer as long as the longest seen so far may have been cut (fault_catalogue.md 95)."""
    many = [a_record(id=f"id-{n}", ReferenceNbr=f"{n:06}") for n in range(100, 150)]

    def answer(request: httpx2.Request) -> httpx2.Response:
        return said(200, many if b"top" in request.url.query else many[20:24])

    wire = Scripted()
    wire.on("GET", "Bill", answer)
    wire.on("GET", "Bill/Bill/000120", said(200, a_record()))
    case = opened(wire)
    for _ in range(3):
        assert case.erp.look_bills([QUERY], KEY, lines=True).witness_seen

    asked = [sent.options for sent in wire.to("Bill")]
    assert [options.get("$top") for options in asked] == ["100", None, None, None]
    assert [" ne " in options.get("$filter", "") for options in asked] == [False] * 4
