"""Money and the outside name of a posting's state."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ml_connector.domain.values.money import UNSTATED, Money, minor_digits, total_of
from ml_connector.domain.values.posting import Finish, InvoiceState, PostingState, invoice_state
from tests.builders import a_posting, usd


def test_moneys_of_one_currency_add_up_and_of_two_never_mix() -> None:
    assert usd("1.10") + usd("2.20") - usd("0.30") == usd("3")
    assert -usd("1") == usd("-1")
    assert abs(usd("-1")) == usd("1")
    assert total_of([usd("1"), usd("2")], "USD") == usd("3")
    assert total_of([], "USD") == usd("0")
    assert hash(usd("1.0")) == hash(usd("1.00"))
    assert usd("1") != Money(Decimal(1), "CAD")
    assert not usd("0.00")
    with pytest.raises(ValueError, match="do not mix"):
        _ = usd("1") + Money(Decimal(1), "CAD")
    with pytest.raises(ValueError, match="do not mix"):
        _ = usd("1") - Money(Decimal(1), UNSTATED)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_money_is_a_finite_number(amount: str) -> None:
    with pytest.raises(ValueError, match="^an amount of money must be a finite number$"):
        usd(amount)


@pytest.mark.parametrize(
    ("amount", "currency", "text", "rounded"),
    [
        ("1284.5", "USD", "1284.50", "1284.50"),
        ("425.9375", "USD", "425.9375", "425.94"),
        ("0.005", "USD", "0.005", "0.01"),
        ("-0.005", "USD", "-0.005", "-0.01"),
        ("100", "JPY", "100", "100"),
        ("100.5", "JPY", "100.5", "101"),
        ("1.5", "KWD", "1.500", "1.500"),
        ("1E+3", "USD", "1000.00", "1000.00"),
    ],
)
def test_money_is_written_and_rounded_by_its_currency(amount: str, currency: str, text: str, rounded: str) -> None:
    money = Money(Decimal(amount), currency)
    assert money.render() == text
    assert money.rounded().render() == rounded
    assert (minor_digits("JPY"), minor_digits("USD"), minor_digits("KWD")) == (0, 2, 3)


def test_an_unstated_currency_takes_the_one_it_is_given_and_a_stated_one_keeps_its_own() -> None:
    assert Money(Decimal(1), UNSTATED).stated_in("USD") == usd("1")
    assert usd("1").stated_in("USD") == usd("1")
    with pytest.raises(ValueError, match="is not"):
        usd("1").stated_in("CAD")


STATES: list[tuple[PostingState, str | None, Finish, str | None, InvoiceState]] = [
    (PostingState.WAITING, None, "hold", None, "received"),
    (PostingState.RECEIVED, None, "hold", None, "received"),
    (PostingState.READY, None, "hold", None, "ready"),
    (PostingState.INTENT, None, "hold", None, "posting"),
    (PostingState.UNCERTAIN, None, "hold", None, "posting"),
    (PostingState.RECORDED, None, "hold", None, "posting"),
    (PostingState.VERIFIED, None, "hold", "On Hold", "on_hold"),
    (PostingState.VERIFIED, None, "release", "On Hold", "posting"),
    (PostingState.OFF_HOLD, None, "release", "Pending Approval", "pending_approval"),
    (PostingState.OFF_HOLD, None, "release", "Balanced", "posting"),
    (PostingState.RELEASED, None, "release", "Open", "posted"),
    (PostingState.DONE, None, "release", "Open", "posted"),
    (PostingState.DONE, None, "balance", "Balanced", "posted"),
    (PostingState.DONE, None, "hold", "On Hold", "on_hold"),
    (PostingState.DONE, None, "release", "Closed", "paid"),
    (PostingState.DONE, None, "release", "Voided", "voided_in_acumatica"),
    (PostingState.REJECTED, None, "hold", None, "needs_attention"),
    (PostingState.PERSON, "exists", "hold", None, "needs_attention"),
    (PostingState.LINKED, None, "hold", None, "handled_by_hand"),
    (PostingState.CLOSED, "duplicate", "hold", None, "duplicate"),
    (PostingState.CLOSED, "refused", "hold", None, "rejected"),
    (PostingState.CLOSED, "voided", "hold", None, "ignored"),
    (PostingState.CLOSED, "before_cut_over", "hold", None, "ignored"),
]


@pytest.mark.parametrize(("state", "reason", "finish", "status", "outside"), STATES)
def test_every_state_has_its_name_outside(
    state: PostingState, reason: str | None, finish: Finish, status: str | None, outside: InvoiceState
) -> None:
    assert invoice_state(a_posting(state, reason=reason, bill_status=status), finish) == outside


def test_a_paid_bill_is_told_as_paid() -> None:
    assert invoice_state(a_posting(PostingState.DONE, bill_status="Open"), "release", paid=True) == "paid"
