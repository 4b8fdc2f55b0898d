"""Amounts and instants come back exactly as they were saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable

from ml_connector.store.rows.tables import invoice
from ml_connector.store.rows.types import Amount, Instant

SQLITE: Dialect = sqlite.dialect()
POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_an_amount_keeps_every_digit(value: Decimal) -> None:
    kind = Amount()
    kept = kind.process_bind_param(value, SQLITE)
    assert isinstance(kept, str)
    assert repr(kind.process_result_value(kept, SQLITE)) == repr(value)


def test_an_amount_too_long_for_a_float_keeps_every_digit() -> None:
    assert (
        Amount().process_bind_param(Decimal("123456789012345678.123456789"), SQLITE) == "123456789012345678.123456789"
    )
    assert Amount().process_bind_param(Decimal("1E+3"), SQLITE) == "1000"


@pytest.mark.parametrize("value", [1.5, "1.50", 3])
def test_an_amount_that_is_no_decimal_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        Amount().process_bind_param(value, SQLITE)


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_an_amount_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        Amount().process_bind_param(Decimal(value), SQLITE)


@pytest.mark.parametrize("text", ["1_000", "\uff11", "NaN", "1e3", "", "1.", ".5", "+1", "1,00"])
def test_a_stored_amount_in_another_form_is_not_believed(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        Amount().process_result_value(text, SQLITE)


@given(
    st.timedeltas(min_value=timedelta(days=-40000), max_value=timedelta(days=40000)),
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_an_instant_comes_back_in_utc_and_its_text_sorts_as_it_does(since: timedelta, minutes: int) -> None:
    kind = Instant()
    value = (datetime(2026, 1, 1, tzinfo=UTC) + since).astimezone(timezone(timedelta(minutes=minutes)))
    kept = kind.process_bind_param(value, SQLITE)
    assert isinstance(kept, str)
    back = kind.process_result_value(kept, SQLITE)
    assert back == value
    assert back is not None and back.tzinfo is UTC
    later = kind.process_bind_param(value + timedelta(microseconds=1), SQLITE)
    assert isinstance(later, str) and kept < later


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Instant().process_bind_param(datetime(2026, 1, 1), SQLITE)  # noqa: DTZ001


def test_postgresql_would_keep_numbers_and_instants_of_its_own() -> None:
    made = str(CreateTable(invoice).compile(dialect=POSTGRESQL))
    assert "total NUMERIC NOT NULL" in made
    assert "sent_at TIMESTAMP WITH TIME ZONE" in made
