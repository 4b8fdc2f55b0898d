"""Payment terms and segments as dimensions, and the segments of a whole subaccount (ap_domain.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.domain.values.master_data import PaymentTerms, Segment, SegmentValue, Subaccount
from ml_connector.domain.values.records import FeedRow
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.writer import render_rows
from ml_connector.stampli.master_files import render_master_rows
from tests.builders import a_snapshot

STANDARD = load_shipped_layout("standard-csv")
DAY = "2026-10-14"
LISTED = (
    Segment(1, "Company", 2, (SegmentValue("01", "Main", True), SegmentValue("09", "Sold", False))),
    Segment(2, "Department", 3, (SegmentValue("100", "Yard", True),)),
)
LENGTHS_ALONE = (Segment(1, "Company", 2), Segment(2, "Department", 3))


def dimensions(sent: Mapping[str, FeedRow] | None = None, **members: Any) -> dict[str, FeedRow]:
    """The dimensions as they are written, branches, jobs and cost codes left out."""
    given: dict[str, Any] = {"branches": {}, "projects": {}, "tasks": {}, "cost_codes": {}, **members}
    rows = render_master_rows("dimensions", a_snapshot(**given), sent or {}, today=DAY, segments=(), by_segment=True)
    return dict(zip(rows, render_rows(STANDARD, "dimensions", rows.values()), strict=True))


def subaccounts(*codes: str) -> dict[str, Subaccount]:
    return {code: Subaccount(code, "", True, f"id-{code}") for code in codes}


def told(rows: Mapping[str, FeedRow]) -> list[tuple[str, str, str, str]]:
    return [(row["Dimension"], row["Value"], row["Description"], row["Active"]) for row in rows.values()]


def test_terms_are_offered_where_a_bill_may_have_them() -> None:
    terms = {"N30": PaymentTerms("N30", "Net 30"), "CU": PaymentTerms("CU", "For customers", for_vendors=False)}

    assert told(dimensions(terms=terms, subaccounts={})) == [("TERMS", "N30", "Net 30", "true")]


def test_terms_that_cannot_be_read_now_stay_and_terms_no_longer_for_vendors_say_so() -> None:
    sent = dimensions(terms={"N30": PaymentTerms("N30", "Net 30")}, subaccounts={})
    after = dimensions(sent, terms={"N30": PaymentTerms("N30", "Net 30", for_vendors=False)}, subaccounts={})

    assert dimensions(sent, terms=None, subaccounts={}) == sent
    assert (after["TERMS|N30"]["Active"], after["TERMS|N30"]["InactiveReason"]) == ("false", "not for vendors")


def test_segment_values_are_acumaticas_own_list_where_it_can_be_read() -> None:
    rows = dimensions(segments=LISTED, terms={})
    later = dimensions({"SEGMENT1|09": {**rows["SEGMENT1|01"], "Value": "09"}, **rows}, segments=LISTED, terms={})

    assert told(rows) == [("SEGMENT1", "01", "Main", "true"), ("SEGMENT2", "100", "Yard", "true")]
    assert (later["SEGMENT1|09"]["Active"], later["SEGMENT1|09"]["InactiveReason"]) == ("false", "inactive")


def test_else_they_are_those_of_active_subaccounts_by_the_lengths_that_are_known() -> None:
    active = subaccounts("01100", "02100")
    rows = dimensions(segments=LENGTHS_ALONE, subaccounts=active, terms={})

    assert told(rows) == [
        ("SEGMENT1", "01", "", "true"),
        ("SEGMENT1", "02", "", "true"),
        ("SEGMENT2", "100", "", "true"),
    ]
    # Nothing is known of segments where codes cannot be taken apart.
    assert dimensions(rows, segments=None, subaccounts=active, terms={}) == rows
    assert dimensions(segments=None, subaccounts=active, terms={}) == {}


def test_acumaticas_lengths_come_before_the_customers_unless_they_do_not_fit() -> None:
    snapshot = a_snapshot(subaccounts=subaccounts("01100", "011000"), segments=LENGTHS_ALONE)
    rows = render_master_rows("subaccounts", snapshot, {}, today=DAY, segments=(1, 5))

    assert [(row["Segment1"], row["Segment2"]) for row in rows.values()] == [("01", "100"), ("0", "11000")]
    assert not render_master_rows("dimensions", a_snapshot(segments=LISTED), {}, today=DAY, segments=()).keys() & {
        "SEGMENT1|01"
    }
