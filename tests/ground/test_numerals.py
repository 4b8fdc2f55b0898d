"""Text becomes a number, a day or an instant only where nothing has to be guessed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.numerals import (
    Fault,
    parse_amount,
    parse_day,
    parse_flag,
    parse_instant,
    parse_period,
    parse_price,
    parse_quantity,
    parse_whole,
    render_amount,
    render_day,
    render_flag,
    render_instant,
    render_period,
    render_price,
    render_quantity,
    render_whole,
    shown_text,
)

NO_NUMBERS = (
    "",
    "-",
    " 1",
    "1 ",
    "1\n",
    "+1",
    "--1",
    "1-",
    "(1.00)",
    "1.",
    ".5",
    "1..2",
    "1.2.3",
    "1,234",
    "1,234.56",
    "1.234,56",
    "1'234.56",
    "1 234.56",
    "1_000",
    "1e5",
    "1E+5",
    "1e999999",
    "0x1F",
    "NaN",
    "sNaN",
    "Infinity",
    "-inf",
    "１２",
    "١٢",
    "1２.00",
    "−1.00",
    "$1.00",
    "1.00 CR",
    "12O.00",
    "9" * 100_000,
)


def exact(value: object) -> str:
    """A value with its type and every digit, since Decimal("1") equals Decimal("1.00")."""
    return repr(value)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1284.50", "1284.50"),
        ("1284.5", "1284.50"),
        ("1284", "1284.00"),
        ("-215.00", "-215.00"),
        ("0", "0.00"),
        ("-0", "0.00"),
        ("-0.00", "0.00"),
        ("00012.30", "12.30"),
        ("12.345", "12.345"),
        ("12.3400000", "12.34"),
        ("999999999999999.9999", "999999999999999.9999"),
    ],
)
def test_equal_amounts_come_out_equal_to_the_digit(text: str, amount: str) -> None:
    assert exact(parse_amount(text, decimals_max=4)) == exact(Decimal(amount))


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_by_our_grammar_is_no_number_at_all(text: str) -> None:
    faults = [parse_amount(text, decimals_max=4), parse_quantity(text), parse_price(text)]

    assert [each.code for each in faults if isinstance(each, Fault)] == [
        "value.not_an_amount",
        "value.not_a_quantity",
        "value.not_a_price",
    ]


def test_a_refused_amount_says_the_text_and_the_format() -> None:
    assert parse_amount("1.234,56", decimals_max=2) == Fault(
        "value.not_an_amount",
        "an amount like 1234.56, with at most 2 decimals",
        "'1.234,56' does not fit format 1234.56",
    )


def test_more_decimals_than_allowed_are_refused_and_never_rounded() -> None:
    assert parse_amount("1.235", decimals_max=2) == Fault(
        "value.too_many_decimals",
        "an amount like 1234.56, with at most 2 decimals",
        "'1.235' has 3 decimals, at most 2 are allowed",
    )
    assert parse_quantity("0.1234567") == Fault(
        "value.too_many_decimals",
        "a number like 12.5, with at most 6 decimals",
        "'0.1234567' has 7 decimals, at most 6 are allowed",
    )


def test_sixteen_digits_before_the_point_are_refused() -> None:
    assert parse_amount("1" * 16, decimals_max=2) == Fault(
        "value.too_many_digits",
        "an amount like 1234.56, with at most 2 decimals",
        "'1111111111111111' has more than 15 digits",
    )
    assert isinstance(parse_whole("1" * 16), Fault)


@pytest.mark.parametrize(
    ("text", "quantity", "price"),
    [("30", "30", "30.00"), ("30.00", "30", "30.00"), ("65.212500", "65.2125", "65.2125"), ("100", "100", "100.00")],
)
def test_a_quantity_keeps_the_decimals_it_needs_and_a_price_two_at_least(text: str, quantity: str, price: str) -> None:
    assert exact(parse_quantity(text)) == exact(Decimal(quantity))
    assert exact(parse_price(text)) == exact(Decimal(price))


@pytest.mark.parametrize(
    "text", ["2026-02-30", "0000-00-00", "45234", "01/02/2026", "2026-1-2", "20260102", "２０26-01-02"]
)
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    assert parse_day(text) == Fault("value.not_a_date", "a date YYYY-MM-DD", f"'{text}' is not a valid date YYYY-MM-DD")


def test_a_leap_day_is_a_day() -> None:
    assert parse_day("2028-02-29") == date(2028, 2, 29)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "102026", "10-2026", "2026-10-01"])
def test_a_period_is_a_year_and_one_of_twelve_months(text: str) -> None:
    assert parse_period(text) == Fault(
        "value.not_a_period", "a period YYYY-MM", f"'{text}' is not a valid period YYYY-MM"
    )
    assert parse_period("2026-10") == "2026-10"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-06T18:21:04",
        "2026-03-06T18:21:04+00:00",
        "2026-03-06 18:21:04Z",
        "2026-03-06T18:21Z",
        "2026-03-06T24:00:00Z",
        "2026-03-06T18:21:60Z",
        "2026-03-06T18:21:04.1234567Z",
        "2026-02-30T00:00:00Z",
    ],
)
def test_an_instant_names_its_second_in_utc(text: str) -> None:
    assert parse_instant(text) == Fault(
        "value.not_an_instant",
        "an instant like 2026-03-06T18:21:04Z",
        f"'{text}' is not a valid instant YYYY-MM-DDTHH:MM:SSZ",
    )
    assert parse_instant("2026-03-06T18:21:04.25Z") == datetime(2026, 3, 6, 18, 21, 4, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["True", "1", "yes", "", "true "])
def test_a_flag_is_true_or_false_to_the_letter(text: str) -> None:
    assert parse_flag(text) == Fault("value.not_a_flag", "true or false", f"'{text}' is neither true nor false")
    assert (parse_flag("true"), parse_flag("false")) == (True, False)


@pytest.mark.parametrize("text", ["", "-1", "1.0", "１", "x"])
def test_a_whole_number_has_digits_and_no_sign(text: str) -> None:
    assert parse_whole(text) == Fault(
        "value.not_a_whole_number", "a whole number of at most 15 digits", f"'{text}' is not a whole number"
    )
    assert parse_whole("0010") == 10


def test_a_message_shows_what_nobody_could_see_and_cuts_what_is_long() -> None:
    assert shown_text("12\u200b3\n") == "'12\\u200b3\\u000a'"
    assert shown_text("x" * 100) == f"'{'x' * 60}…'"


@given(st.integers(-(10**18), 10**18), st.integers(0, 4))
def test_an_amount_survives_being_written_and_read(digits: int, decimals: int) -> None:
    amount = Decimal(digits).scaleb(-decimals) if abs(digits) < 10**15 else Decimal(digits).scaleb(-4)
    found = parse_amount(render_amount(amount), decimals_max=4)

    assert found == amount
    assert isinstance(found, Decimal)
    assert render_amount(found) == render_amount(amount)


@given(st.integers(-(10**20), 10**20))
def test_quantities_and_prices_survive_being_written_and_read(digits: int) -> None:
    value = Decimal(digits).scaleb(-6)

    assert parse_quantity(render_quantity(value)) == value
    assert parse_price(render_price(value)) == value


@given(st.text(max_size=30))
def test_no_text_at_all_makes_a_parser_fall(text: str) -> None:
    for parse in (parse_amount, parse_quantity, parse_price, parse_whole, parse_day, parse_period, parse_instant):
        parse(text)


@given(st.from_regex(r"-?[0-9]{1,15}(\.[0-9]{1,2})?", fullmatch=True).filter(str.isascii))
def test_whatever_fits_the_format_is_the_number_it_says(text: str) -> None:
    assert parse_amount(text, decimals_max=2) == Decimal(text)


@given(st.dates(), st.datetimes(timezones=st.just(UTC)))
def test_days_and_instants_survive_being_written_and_read(day: date, instant: datetime) -> None:
    assert parse_day(render_day(day)) == day
    assert parse_instant(render_instant(instant)) == instant


def test_what_is_written_is_short_and_plain() -> None:
    instant = datetime(2026, 3, 6, 13, 21, 4, tzinfo=timezone(timedelta(hours=-5)))

    assert [
        render_amount(Decimal("1E+3")),
        render_amount(Decimal("-0.000")),
        render_quantity(Decimal("30.500")),
        render_price(Decimal("8")),
        render_whole(7),
        render_period("2026-10"),
        render_instant(instant),
        render_flag(True),
    ] == ["1000.00", "0.00", "30.5", "8.00", "7", "2026-10", "2026-03-06T18:21:04Z", "true"]


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "1E+15", "0.00001"])
def test_a_number_that_could_not_be_read_back_is_not_written(value: str) -> None:
    with pytest.raises(ValueError, match="not a number of at most 15|has more than 4 decimals"):
        render_amount(Decimal(value))


def test_an_instant_without_a_zone_a_wrong_period_and_a_negative_count_are_not_written() -> None:
    with pytest.raises(ValueError, match="needs its time zone"):
        render_instant(datetime(2026, 3, 6))  # noqa: DTZ001
    with pytest.raises(ValueError, match="is not a period"):
        render_period("102026")
    with pytest.raises(ValueError, match="is not a whole number"):
        render_whole(-1)


def test_what_does_not_fit_is_told_with_a_sample_and_the_rule() -> None:
    assert parse_quantity("x") == Fault(
        "value.not_a_quantity", "a number like 12.5, with at most 6 decimals", "'x' does not fit format 12.5"
    )
    assert parse_price("x") == Fault(
        "value.not_a_price", "a price like 1234.56, with at most 6 decimals", "'x' does not fit format 1234.56"
    )


def test_the_longest_number_is_read_and_one_digit_more_is_not() -> None:
    assert parse_whole("9" * 15) == 999_999_999_999_999
    assert isinstance(parse_whole("9" * 16), Fault)
    zeros = "0." + "0" * 62
    assert (len(zeros), parse_amount(zeros)) == (64, Decimal(0))
    assert isinstance(parse_amount(zeros + "0"), Fault)


def test_whole_numbers_are_written_from_nought_to_fifteen_digits() -> None:
    assert [render_whole(value) for value in (0, 1, 151, 10**15 - 1)] == ["0", "1", "151", "9" * 15]
    for value in (-1, 10**15, 10**15 + 1):
        with pytest.raises(ValueError, match="is not a whole number of at most 15 digits"):
            render_whole(value)


def test_a_naive_time_is_told() -> None:
    with pytest.raises(ValueError, match="^an instant needs its time zone$"):
        render_instant(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.fixture
def machine_in_tokyo() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("machine_in_tokyo")
def test_an_instant_is_written_in_utc_whatever_the_zone_of_the_machine() -> None:
    assert render_instant(datetime(2026, 3, 6, 18, 21, 4, tzinfo=UTC)) == "2026-03-06T18:21:04Z"


def test_flags_are_written_as_they_are_read() -> None:
    assert (render_flag(True), render_flag(False)) == ("true", "false")


def test_a_quantity_is_written_with_as_few_decimals_as_it_needs() -> None:
    assert [render_quantity(Decimal(text)) for text in ("12", "12.50", "0.0")] == ["12", "12.5", "0"]
