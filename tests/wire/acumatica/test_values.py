"""Wrapped values, filters and the contract's names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.contract import load_contract, require_supported
from ml_connector.errors import ConfigurationError, TransientError


def test_numbers_come_and_go_digit_by_digit() -> None:
    row = values.parse_row(values.decode_json(b'{"A":{"value":12345678901234567890.123456789},"B":{"value":1.10}}'))

    assert (values.decimal(row, "A"), values.decimal(row, "B")) == (
        Decimal("12345678901234567890.123456789"),
        Decimal("1.10"),
    )
    assert values.encode_json({"A": values.wrap(Decimal("1E+3")), "B": values.wrap(Decimal("150.00"))}) == (
        b'{"A":{"value":1000},"B":{"value":150.00}}'
    )


@pytest.mark.parametrize("content", [b"", b"{", b"[NaN]", b"<html>", b"[" * 100_000, b"[1e999999]", b'{"a":1} x'])
def test_what_is_no_json_we_accept_is_never_half_read(content: bytes) -> None:
    with pytest.raises(values.UnreadableJson):
        values.decode_json(content)


@pytest.mark.parametrize(
    ("wrapped", "expected"),
    [
        ({}, None),
        ({"value": None}, None),
        ({"value": ""}, None),
        ({"value": "   "}, None),
        ({"value": "V1    "}, "V1"),
        ({"value": "  00123"}, "  00123"),
        ({"value": 7}, "7"),
        ({"value": Decimal("61000.0")}, "61000"),
        ({"value": Decimal("1.50")}, "1.50"),
        (None, None),
    ],
)
def test_text_loses_its_padding_and_nothing_else(wrapped: object, expected: str | None) -> None:
    """acumatica_api.md 4.1."""
    assert values.text({"F": wrapped}, "F") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, Decimal(0)), (Decimal("7000.0000"), Decimal(7000)), ("12.30", Decimal("12.30")), ("", None), (None, None)],
)
def test_decimals_come_in_any_scale(value: object, expected: Decimal | None) -> None:
    """acumatica_api.md 4.1."""
    assert values.decimal({"F": {"value": value}}, "F") == expected


@pytest.mark.parametrize("value", ["1_000", "\uff11", "NaN", "1e999999", "twelve", True, [], "0x1F"])
def test_what_is_no_number_is_an_unreadable_answer(value: object) -> None:
    with pytest.raises(TransientError) as raised:
        values.decimal({"F": {"value": value}}, "F")
    assert raised.value.code == "acumatica.unreadable"


def test_a_day_is_its_date_part_and_an_instant_is_utc() -> None:
    """acumatica_api.md 4.1."""
    row = {"D": {"value": "2023-12-14T00:00:00+00:00"}, "I": {"value": "2023-12-14T17:20:45.16+02:00"}}

    assert values.day(row, "D") == date(2023, 12, 14)
    assert values.instant(row, "I") == datetime(2023, 12, 14, 15, 20, 45, 160_000, tzinfo=UTC)
    assert values.instant({"I": {"value": "2023-12-14T17:20:45"}}, "I") == datetime(
        2023, 12, 14, 17, 20, 45, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("told", "period"),
    [
        ("102026", "2026-10"),
        ("10-2026", "2026-10"),
        ("202610", "2026-10"),
        ("012024", "2024-01"),
        ("132026", "2026-13"),
    ],
)
def test_a_period_is_read_in_each_of_its_forms(told: str, period: str) -> None:
    """acumatica_api.md 4.1."""
    assert values.parse_period(told) == period


def test_a_period_is_sent_month_first() -> None:
    """acumatica_api.md 8.1."""
    assert values.render_period("2026-10") == "102026"
    with pytest.raises(ValueError, match="no period"):
        values.render_period("2026-1")
    with pytest.raises(TransientError):
        values.parse_period("1426")


@given(st.text(st.characters(codec="utf-8")))
def test_no_text_escapes_its_literal(value: str) -> None:
    """acumatica_api.md 4.2."""
    literal = filters.quote_text(value)

    assert literal[0] == literal[-1] == "'"
    assert literal[1:-1].replace("''", "") == value.replace("'", "")
    assert literal[1:-1].replace("''", "'") == value


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_every_text_survives_the_query_string(value: str) -> None:
    query = filters.encode_query({"$filter": filters.equals("VendorRef", value), "$select": None})

    assert query.isascii()
    assert parse_qs(query, strict_parsing=True) == {"$filter": [filters.equals("VendorRef", value)]}


def test_filters_are_written_as_documented() -> None:
    """acumatica_api.md 4.2."""
    moment = datetime(2024, 7, 15, 7, 31, 28, 402_000, tzinfo=UTC)

    assert filters.equals("VendorRef", "O'Brien-7") == "VendorRef eq 'O''Brien-7'"
    assert filters.starts_with("Description", "SX1") == "startswith(Description,'SX1')"
    assert filters.modified_after("LastModifiedDateTime", moment) == (
        "LastModifiedDateTime gt datetimeoffset'2024-07-15T07:31:28.402+00:00'"
    )
    assert filters.all_of([None, "a", "b"]) == "(a) and (b)"
    assert filters.all_of([None]) is None
    assert filters.any_of(["a"]) == "a"


@pytest.mark.parametrize(
    ("key", "segment"), [("Debit Adj.", "Debit%20Adj."), ("Ä1", "%C3%841"), ("a/b", None), ("..", None)]
)
def test_a_key_becomes_one_segment_or_none(key: str, segment: str | None) -> None:
    assert filters.encode_key(key) == segment


@pytest.mark.parametrize(
    ("version", "bill", "detail"),
    [("20.200.001", True, True), ("22.200.001", False, True), ("23.200.001", True, True), ("25.200.001", True, True)],
)
def test_versions_differ_where_the_table_says_so(version: str, bill: bool, detail: bool) -> None:
    """acumatica_api.md 6."""
    contract = load_contract("Default", version)

    assert contract.has_field("Bill", "IsTaxValid") is bill
    assert contract.has_field("BillDetail", "POReceiptType") is detail


def test_a_version_we_do_not_know_stands_for_the_nearest_and_only_one_too_old_is_refused() -> None:
    """acumatica_api.md 6."""
    assert load_contract("Default", "26.100.001").shape == "25.200.001"
    assert load_contract("Default", "21.200.001").shape == "20.200.001"
    assert load_contract("HRB", "v1").shape == "25.200.001"
    require_supported(load_contract("Default", "26.100.001"))
    too_old = load_contract("Default", "18.200.001")
    assert too_old.shape == "20.200.001"
    with pytest.raises(ConfigurationError) as raised:
        require_supported(too_old)
    assert (raised.value.code, raised.value.at) == ("acumatica.version_unsupported", "settings")


def test_a_name_that_is_not_in_the_contract_is_a_fault_of_the_program() -> None:
    """acumatica_api.md 5.1."""
    contract = load_contract("Default", "24.200.001")
    contract.check_body("Bill", {"Vendor": {"value": "V"}, "note": {"value": "n"}, "Details": [{"Qty": {"value": 1}}]})
    contract.check_path("Vendor", "MainContact/Address/City")
    contract.check_custom("PurchaseOrder", "Details/Transactions.BilledQty")

    for body in ({"Vendr": {"value": "V"}}, {"Details": [{"Quantity": {"value": 1}}]}):
        with pytest.raises(ValueError, match="has no field"):
            contract.check_body("Bill", body)
    with pytest.raises(ValueError, match="no view"):
        contract.check_custom("PurchaseOrder", "Details/Lines.BilledQty")
    with pytest.raises(ValueError, match="no action"):
        contract.check_action("Bill", "Release")
