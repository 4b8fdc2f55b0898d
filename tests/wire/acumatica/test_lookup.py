"""Look-ups count only with their witness (posting_protocol.md 4.5)."""

from __future__ import annotations

from datetime import date

import httpx2
import pytest

from ml_connector.domain.values.bill import BillKey, BillQuery
from tests.wire.acumatica.bill_samples import MARKER, a_record
from tests.wire.acumatica.stub import Drawer, Scripted, failed, opened, page, said

WITNESS = BillKey("Bill", "000100")
QUERY = BillQuery("V10005", "INV-8841", MARKER)
BOTH = (
    f"((Vendor eq 'V10005' and VendorRef eq 'INV-8841') or (startswith(Description,'{MARKER}'))"
    " or (ReferenceNbr eq '000100'))"
)


def row(number: str, kind: str = "Bill", **changes: object) -> dict[str, object]:
    record = a_record(id=f"id-{kind}-{number}".lower(), Type=kind, ReferenceNbr=number, **changes)
    return {name: value for name, value in record.items() if name not in ("Details", "TaxDetails")}


SEEN = row("000100")
OTHER = row("000200")


def filters_of(wire: Scripted) -> list[str]:
    return [sent.options["$filter"] for sent in wire.to("Bill") if "$filter" in sent.options]


def test_one_read_asks_for_reference_mark_and_witness_over_all_types_and_statuses() -> None:
    """acumatica_api.md 5.2."""
    wire = Scripted()
    wire.on("GET", "Bill", said(200, [SEEN, OTHER]), said(200, []))
    found = opened(wire).erp.look_bills([QUERY], WITNESS)

    assert f"({filters_of(wire)[0]})" == BOTH
    assert (found.witness_seen, sorted(bill.key.number for bill in found.bills)) == (True, ["000100", "000200"])
    assert {bill.lines for bill in found.bills} == {None}


def test_an_answer_that_may_have_been_cut_is_asked_for_the_rest() -> None:
    wire = Scripted()
    wire.on("GET", "Bill", said(200, [SEEN]), said(200, [OTHER]), said(200, []))
    found = opened(wire).erp.look_bills([QUERY], WITNESS)

    assert sorted(bill.key.number for bill in found.bills) == ["000100", "000200"]
    assert filters_of(wire)[1].endswith(" and ((Type ne 'Bill') or (ReferenceNbr ne '000100'))")


def test_once_a_longer_list_was_seen_a_short_one_is_whole() -> None:
    wire = Scripted()
    wire.on("GET", "Bill", said(200, [SEEN, OTHER]), said(200, [SEEN]))
    case = opened(wire)
    case.erp.fetch_any_bill()
    case.erp.look_bills([QUERY], WITNESS)

    assert len(wire.to("Bill")) == 2


@pytest.mark.parametrize(
    "combined",
    [said(200, []), said(200, [OTHER]), failed("Error: incompatible types"), failed("x", "System.Exception")],
)
def test_a_filter_that_hides_the_witness_is_asked_clause_by_clause(combined: httpx2.Response) -> None:
    """acumatica_api.md 4.2."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked = httpx2.QueryParams(request.url.query)["$filter"]
        if " ne " in asked:
            return said(200, [])
        if "startswith" in asked and "VendorRef" in asked:
            return combined
        return said(200, [SEEN, OTHER] if "startswith" in asked else [SEEN])

    wire = Scripted()
    wire.on("GET", "Bill", answer)
    found = opened(wire).erp.look_bills([QUERY], WITNESS)

    assert found.witness_seen
    assert sorted(bill.key.number for bill in found.bills) == ["000100", "000200"]


def test_without_the_witness_nothing_is_proven() -> None:
    wire = Scripted()
    wire.on("GET", "Bill", said(200, [row("000100", "Debit Adj.")]), said(200, []))

    assert not opened(wire).erp.look_bills([QUERY], WITNESS).witness_seen


def test_a_company_without_bills_has_no_witness_and_is_asked_each_clause() -> None:
    wire = Scripted()
    wire.on("GET", "Bill", said(200, []))
    found = opened(wire).erp.look_bills([QUERY], None)

    assert (found.bills, found.witness_seen) == ((), True)
    assert filters_of(wire) == [
        "Vendor eq 'V10005' and VendorRef eq 'INV-8841'",
        f"startswith(Description,'{MARKER}')",
    ]


TWENTY = [BillQuery(f"V{n}", f"INV '{n}' Ä", f"SX{n:013}") for n in range(20)]


def taking(characters_max: int, refused: httpx2.Response) -> Scripted:
    """A site with more bills than it shows here, that refuses a longer query in these words."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if len(request.url.query) > characters_max:
            return refused
        return said(200, [SEEN] if b"filter" in request.url.query else [SEEN, OTHER])

    wire = Scripted()
    wire.on("GET", "Bill", answer)
    return wire


def test_twenty_bills_are_looked_up_in_one_request() -> None:
    """posting_protocol.md 11."""
    wire = taking(8_000, said(500, {}))
    case = opened(wire)
    case.erp.fetch_any_bill()
    found = case.erp.look_bills(TWENTY, WITNESS)

    assert found.witness_seen
    assert [each.count("startswith") for each in filters_of(wire)] == [20]


@pytest.mark.parametrize(
    "refused", [said(400, {"message": "too long"}), failed("too many nodes"), page(414), page(404)]
)
def test_a_site_that_refuses_long_queries_is_asked_in_parts_that_each_show_the_witness(
    refused: httpx2.Response,
) -> None:
    """posting_protocol.md E2; it is found once."""
    wire = taking(2_048, refused)
    drawer = Drawer()
    case = opened(wire, drawer=drawer)
    case.erp.fetch_any_bill()
    found = case.erp.look_bills(TWENTY, WITNESS)

    asked = filters_of(wire)[1:]
    assert found.witness_seen
    assert all("ReferenceNbr eq '000100'" in each for each in asked)
    assert all(len(httpx2.QueryParams({"$filter": each}).__str__()) < 1800 for each in asked)
    assert sum(each.count("startswith") for each in asked) == 20
    assert sum(each.count("VendorRef eq 'INV ''") for each in asked) == 20

    again = opened(wire, drawer=drawer)
    again.erp.fetch_any_bill()
    before = len(filters_of(wire))
    again.erp.look_bills(TWENTY, WITNESS)
    assert filters_of(wire)[before:] == asked


def test_one_part_without_the_witness_spoils_the_whole() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        asked = httpx2.QueryParams(request.url.query).get("$filter", "")
        if len(request.url.query) > 2_048:
            return failed("too long")
        return said(200, [] if "'V19'" in asked else [SEEN] if asked else [SEEN, OTHER, row("000300")])

    wire = Scripted()
    wire.on("GET", "Bill", answer)
    case = opened(wire)
    case.erp.fetch_any_bill()

    assert not case.erp.look_bills(TWENTY, WITNESS).witness_seen


def test_a_site_that_knows_no_startswith_is_asked_by_substring() -> None:
    """acumatica_api.md 4.2."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked = httpx2.QueryParams(request.url.query)["$filter"]
        return failed("incompatible types") if "startswith" in asked else said(200, [] if " ne " in asked else [SEEN])

    wire = Scripted()
    wire.on("GET", "Bill", answer)
    found = opened(wire).erp.look_bills([QUERY], WITNESS)

    assert found.witness_seen
    assert f"(substringof('{MARKER}',Description)) or (ReferenceNbr eq '000100')" in filters_of(wire)


def test_a_blank_reference_matches_no_bill() -> None:
    """acumatica_api.md 4.5."""
    wire = Scripted()
    wire.on("GET", "Bill", said(200, [SEEN]), said(200, []))
    opened(wire).erp.look_bills([BillQuery("V10005", " ", MARKER)], WITNESS)

    assert filters_of(wire)[0] == f"(startswith(Description,'{MARKER}')) or (ReferenceNbr eq '000100')"


DATED = (
    "(((Vendor eq 'V10005') or (VendorRef eq 'INV-8841')) and (Date ge datetimeoffset'2025-08-31T00:00:00.000+00:00'))"
    " or (ReferenceNbr eq '000100')"
)
UNDATED = "(Vendor eq 'V10005') or (VendorRef eq 'INV-8841') or (ReferenceNbr eq '000100')"


def test_look_alikes_are_read_in_one_list_of_vendors_and_numbers_since_a_day() -> None:
    wire = Scripted()
    wire.on("GET", "Bill", said(200, [SEEN, OTHER]), said(200, []))
    found = opened(wire).erp.fetch_bills_like(["V10005"], ["INV-8841"], since=date(2025, 8, 31), witness=WITNESS)
    assert filters_of(wire)[0] == DATED
    assert sorted(bill.key.number for bill in found) == ["000100", "000200"]


@pytest.mark.parametrize("dated", [said(200, []), failed("Error: incompatible types")])
def test_a_site_that_cannot_filter_by_day_is_asked_without_it(dated: httpx2.Response) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        asked = httpx2.QueryParams(request.url.query)["$filter"]
        return dated if "Date ge" in asked else said(200, [] if " ne " in asked else [SEEN, OTHER])

    wire = Scripted()
    wire.on("GET", "Bill", answer)
    found = opened(wire).erp.fetch_bills_like(["V10005"], ["INV-8841"], since=date(2025, 8, 31), witness=WITNESS)
    assert UNDATED in filters_of(wire)
    assert sorted(bill.key.number for bill in found) == ["000100", "000200"]


def measuring(lengths: list[int]) -> Scripted:
    """A site without bills that writes down how long the query of each filter was that it got."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if b"filter" in request.url.query:
            lengths.append(len(request.url.query))
        return said(200, [])

    wire = Scripted()
    wire.on("GET", "Bill", answer)
    return wire


def numbered(count: int, vendor: str = "V10005") -> list[BillQuery]:
    """Look-ups of so many bills with references of a usual length."""
    return [BillQuery(vendor, f"INV-{number:06}", MARKER) for number in range(count)]


def test_the_references_of_twenty_bills_fit_into_one_request_that_every_server_takes() -> None:
    """Room is left for what is sent beside the filter, and no more (posting_protocol.md 11)."""
    lengths: list[int] = []
    wire = measuring(lengths)
    opened(wire).erp.look_bills(numbered(20), None)

    assert [each.count("VendorRef") for each in filters_of(wire)] == [20, 0]
    assert lengths[0] <= 1800


@pytest.mark.parametrize("length", range(4, 12))
def test_no_filter_makes_a_request_longer_than_every_server_takes(length: int) -> None:
    lengths: list[int] = []
    erp = opened(measuring(lengths)).erp
    queries = numbered(60, "V" * length)
    erp.look_bills(queries, None, lines=True)
    erp.fetch_bills_like(["V" * length], [each.vendor_ref for each in queries], since=date(2026, 1, 1), witness=WITNESS)

    assert 1700 < max(lengths) <= 1800
