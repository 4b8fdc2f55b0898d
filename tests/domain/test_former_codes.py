"""Vendors that were given another code: what the old one names, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.codes.former_codes import current_code, find_vendor, trace_former_vendors, vendor_record_of
from ml_connector.domain.values.master_data import FormerCode, Snapshot
from tests.builders import TODAY, a_snapshot, a_vendor


def after(last: Snapshot, *codes: str, days: int = 0) -> Snapshot:
    """A later reading in which the one vendor record has the first code; further codes are new records."""
    first, *others = codes
    vendors = {first: replace(a_vendor(first, "One"), record_id="id-1")}
    vendors |= {code: a_vendor(code, code) for code in others}
    return a_snapshot(vendors=vendors, former_vendors=trace_former_vendors(last, vendors, TODAY + timedelta(days=days)))


FIRST = a_snapshot(vendors={"V1": replace(a_vendor("V1", "One"), record_id="id-1"), "V9": a_vendor("V9", "Gone")})


def test_without_an_earlier_reading_nothing_is_known() -> None:
    assert trace_former_vendors(None, FIRST.vendors, TODAY) == {}


def test_the_old_code_names_the_record_and_a_vendor_that_is_gone_has_none() -> None:
    now = after(FIRST, "V2")
    assert now.former_vendors == {"V1": FormerCode("id-1", TODAY, "V2")}
    assert [find_vendor(code, now) for code in ("V1", " v1 ", "V2")] == [now.vendors["V2"]] * 3
    assert (find_vendor("V9", now), find_vendor(None, now), find_vendor("V1", None)) == (None, None, None)
    assert (current_code("V1", now), current_code("V9", now)) == ("V2", "V9")
    assert (vendor_record_of("V1", now), vendor_record_of("V9", now), vendor_record_of("V1", None)) == (
        "id-1",
        None,
        None,
    )


def test_a_second_change_of_code_leads_both_old_codes_to_the_newest() -> None:
    now = after(after(FIRST, "V2"), "V3", days=1)
    assert now.former_vendors == {
        "V1": FormerCode("id-1", TODAY, "V3"),
        "V2": FormerCode("id-1", TODAY + timedelta(days=1), "V3"),
    }


def test_a_code_that_another_vendor_has_now_is_that_vendors() -> None:
    now = after(after(FIRST, "V2"), "V2", "V1")
    assert (find_vendor("V1", now), now.former_vendors) == (now.vendors["V1"], {})


@pytest.mark.parametrize(("days", "known"), [(366, True), (367, False)])
def test_an_old_code_resolves_for_a_year(days: int, known: bool) -> None:
    assert ("V1" in after(after(FIRST, "V2"), "V2", days=days).former_vendors) is known
