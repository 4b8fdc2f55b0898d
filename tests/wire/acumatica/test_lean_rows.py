"""Rows that hold only what is read say the same as whole ones, and come range by range (acumatica_api.md 4.1, 4.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from typing import TypeVar

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.acumatica import values
from ml_connector.acumatica.master_data import vendors
from ml_connector.acumatica.values.lean_rows import Wrapped
from ml_connector.domain.values.master_data import Vendor
from ml_connector.errors import TransientError
from tests.wire.acumatica.stub import Scripted, opened, said, wrapped

T = TypeVar("T")
FIELDS = ("VendorID", "VendorName", "Status", "F1099Vendor", "LastModifiedDateTime", "MainContact", "RemittanceContact")
READ = (
    *FIELDS[:5],
    "MainContact/DisplayName",
    "MainContact/Email",
    "MainContact/Address/City",
    "RemittanceContact/DisplayName",
    "RemittanceContact/Address/City",
)
SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from(["", "V1  ", "1.50", "true", "2026-10-05T12:00Z"])
FIELD: st.SearchStrategy[object] = st.just({}) | st.builds(lambda value: {"value": value}, SCALARS)
# Now and then something that is no field: null, not wrapped, a list.
ODD = FIELD | st.sampled_from([None, "bare", 7, [], [{"value": 1}]])


def link(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    fields = {"DisplayName": FIELD, "Email": ODD, "Address": inner, "Unread": ODD}
    return st.none() | st.fixed_dictionaries({}, optional=fields)


VENDOR = st.fixed_dictionaries(
    {"id": st.sampled_from(["A1", "b2", "", None, 7])},
    optional={
        **dict.fromkeys(FIELDS[:5], ODD),
        "MainContact": link(st.fixed_dictionaries({}, optional={"City": ODD})),
        "RemittanceContact": link(st.none() | st.fixed_dictionaries({"City": FIELD})),
        "Unread": ODD,
        "rowNumber": st.just(1),
    },
)


def outcome(ask: Callable[[], T]) -> T | str:
    try:
        return ask()
    except TransientError as error:
        return error.message


def read_all(answer: object) -> list[Vendor]:
    return [vendors.parse_vendor(row) for row in values.parse_rows(answer)]


@given(st.lists(VENDOR, max_size=4) | st.just({}) | st.lists(st.just("x"), min_size=1, max_size=1))
def test_a_lean_list_says_what_the_whole_list_says_its_faults_too(answer: object) -> None:
    content = json.dumps(answer).encode()

    assert outcome(lambda: read_all(values.lean_decoder(READ)(content))) == outcome(
        lambda: read_all(values.decode_json(content))
    )


def test_a_lean_row_holds_the_fields_asked_for_and_no_others() -> None:
    content = b'[{"id":"a","rowNumber":1,"Status":{"value":"Active"},"Terms":{},"VendorName":{"value":"N"}}]'
    [row] = values.parse_rows(values.lean_decoder(("Status", "Terms", "TaxZone"))(content))

    assert (list(row), len(row), "Terms" in row, "TaxZone" in row) == (["id", "Status", "Terms"], 3, True, False)
    assert dict(row) == {"id": "a", "Status": Wrapped("Active"), "Terms": Wrapped()}
    assert (set(row.keys()), list(row.values())) == (set(row), [value for _, value in row.items()])
    assert (values.text(row, "Status"), values.text(row, "TaxZone"), values.text(row, "VendorName")) == (
        "Active",
        None,
        None,
    )


@pytest.mark.parametrize(
    "content", [b"", b'[{"id":"a"', b"<html>", b"[" * 100_000, b'[{"id":"a","Status":{"value":1e999999}}]']
)
def test_what_is_no_json_we_accept_is_never_half_read_lean(content: bytes) -> None:
    with pytest.raises(values.UnreadableJson):
        values.lean_decoder(("Status",))(content)


def test_vendors_come_range_by_range_each_once_while_later_ranges_are_not_asked_for_yet() -> None:
    everyone = [wrapped(id=f"id-{number}", VendorID=f"V{number:04d}", MainContact={}) for number in range(1, 2_501)]

    def answer(request: httpx2.Request) -> httpx2.Response:
        options = httpx2.QueryParams(request.url.query)
        clause = options.get("$filter", "")
        if "$select" in options and "$expand" not in options:
            return said(200, [] if clause else everyone)
        if "gt 'V1000'" in clause:
            # The second range shows the last row of the first once more.
            return said(200, everyone[999:2000])
        return said(200, everyone[2000:] if "gt 'V2000'" in clause else everyone[:1000])

    wire = Scripted()
    wire.on("GET", "Vendor", answer)
    stream = opened(wire).erp.stream_vendors()
    first = list(islice(stream, 1_000))
    asked = [sent.options.get("$filter") for sent in wire.to("Vendor") if "$expand" in sent.options]
    rest = list(stream)

    assert set(asked) == {"VendorID le 'V1000'"}
    assert [vendor.vendor_id for vendor in (*first, *rest)] == [f"V{number:04d}" for number in range(1, 2_501)]
