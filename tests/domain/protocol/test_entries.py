"""The entries a bill will make: both sides equal, to the cent, whatever the lines."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.protocol.entries import plan_entries
from ml_connector.domain.values.bill import BillLine
from ml_connector.domain.values.draft import LedgerEntry
from tests.builders import a_plan

NOTHING = Decimal(0)


def line(
    amount: str, account: str | None = "61000", subaccount: str | None = "01", branch: str | None = None
) -> BillLine:
    return BillLine(Decimal(amount), account=account, subaccount=subaccount, branch=branch)


def test_lines_and_tax_stand_against_the_payables_account() -> None:
    plan = a_plan(amount=Decimal("11.00"), lines=(line("6.00", branch="EAST"), line("4.00", None, None)))
    assert plan_entries(plan, "20000") == (
        LedgerEntry("61000", "01", "EAST", Decimal("6.00"), NOTHING),
        LedgerEntry(None, None, "MAIN", Decimal("4.00"), NOTHING),
        LedgerEntry(None, None, "MAIN", Decimal("1.00"), NOTHING),
        LedgerEntry("20000", None, "MAIN", NOTHING, Decimal("11.00")),
    )


def test_a_discount_stands_on_the_other_side_and_an_amount_of_nothing_nowhere() -> None:
    plan = a_plan(amount=Decimal("5.00"), lines=(line("6.00"), line("-1.00"), line("0.00")))
    assert plan_entries(plan, None) == (
        LedgerEntry("61000", "01", "MAIN", Decimal("6.00"), NOTHING),
        LedgerEntry("61000", "01", "MAIN", NOTHING, Decimal("1.00")),
        LedgerEntry(None, None, "MAIN", NOTHING, Decimal("5.00")),
    )


def test_a_debit_adjustment_goes_the_other_way_round() -> None:
    plan = a_plan(type="Debit Adj.", amount=Decimal("6.00"), lines=(line("6.00"),))
    assert plan_entries(plan, "20000") == (
        LedgerEntry("61000", "01", "MAIN", NOTHING, Decimal("6.00")),
        LedgerEntry("20000", None, "MAIN", Decimal("6.00"), NOTHING),
    )


@given(st.lists(st.integers(-999, 999), max_size=6), st.integers(-999, 999), st.sampled_from(["Bill", "Debit Adj."]))
def test_both_sides_are_always_equal(cents: list[int], total: int, kind: str) -> None:
    lines = tuple(BillLine(Decimal(each) / 100) for each in cents)
    entries = plan_entries(a_plan(type=kind, amount=Decimal(total) / 100, lines=lines), "20000")
    assert sum(each.debit for each in entries) == sum(each.credit for each in entries)
    assert all(each.debit >= 0 and each.credit >= 0 for each in entries)
