"""The look-up: what counts, what it proves, and when "none there" is no proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.protocol import (
    Foreign,
    NoneThere,
    NotProven,
    Ours,
    Person,
    Several,
    counted_bills,
    judge_attempts,
    judge_look_up,
    judge_quarantine,
)
from ml_connector.domain.values.bill import Bill, BillKey, BillQuery, BillsFound
from ml_connector.domain.values.posting import Posting, PostingState
from tests.builders import MARK, NOON, a_bill, a_plan, a_posting

QUERY = BillQuery("V10005", "INV-8841", MARK)
TYPED = a_bill(number="000900", status="Open", description="typed by hand")
OURS = a_bill(number="000123")
WITNESS = a_bill(number="000001", vendor="V10001", vendor_ref="OTHER", description="SXWITNESS")


def found(*bills: Bill, witness_seen: bool = True) -> BillsFound:
    """A read of all pages."""
    return BillsFound(bills, witness_seen)


def test_nothing_but_the_witness_means_none_there() -> None:
    assert judge_look_up(found(WITNESS), QUERY) == NoneThere()


@pytest.mark.parametrize("bills", [(), (OURS,), (TYPED,)])
def test_without_the_witness_a_read_proves_nothing_at_all(bills: tuple[Bill, ...]) -> None:
    verdict = judge_look_up(found(*bills, witness_seen=False), QUERY)
    assert verdict == NotProven("the list did not show a bill that is known to be there; it proves nothing")


def test_one_bill_with_our_mark_is_adopted() -> None:
    assert judge_look_up(found(WITNESS, OURS), QUERY) == Ours(OURS)


def test_our_mark_counts_even_where_somebody_changed_the_reference() -> None:
    changed = replace(OURS, vendor="V10001", vendor_ref="X")
    assert judge_look_up(found(changed), QUERY) == Ours(changed)


@pytest.mark.parametrize("vendor_ref", ["INV-8841", "inv-8841", "INV-8841  "])
@pytest.mark.parametrize("bill_type", ["Bill", "Debit Adj.", "Credit Adj.", "Prepayment"])
def test_anybody_elses_document_with_the_reference_asks_a_person(vendor_ref: str, bill_type: str) -> None:
    typed = replace(TYPED, vendor_ref=vendor_ref, key=BillKey(bill_type, "000900"))
    verdict = judge_look_up(found(typed, OURS), QUERY)
    assert isinstance(verdict, Foreign)
    assert verdict.bills == (typed,)
    assert [(each.code, each.severity, each.message) for each in verdict.findings] == [
        ("H02", "stop", f"Already booked as {bill_type} 000900 on 2026-10-05, 1,284.37, Open.")
    ]


def test_a_bill_that_a_person_said_is_another_invoice_no_longer_counts() -> None:
    assert judge_look_up(found(TYPED), QUERY, accepted={TYPED.key}) == NoneThere()
    assert judge_look_up(found(TYPED, OURS), QUERY, accepted={TYPED.key}) == Ours(OURS)


def test_several_bills_with_our_mark_ask_a_person() -> None:
    double = replace(OURS, key=BillKey("Bill", "000124"))
    verdict = judge_look_up(found(OURS, double), QUERY)
    assert isinstance(verdict, Several)
    assert verdict.bills == (OURS, double)
    assert [(each.code, each.message) for each in verdict.findings] == [
        ("R15", "Several bills carry our mark: Bill 000123 (On Hold), Bill 000124 (On Hold).")
    ]


def test_the_same_bill_on_two_pages_is_one_bill() -> None:
    assert judge_look_up(found(OURS, OURS), QUERY) == Ours(OURS)


@pytest.mark.parametrize("status", ["Voided", "Scheduled"])
def test_a_voided_document_is_shown_and_not_counted(status: str) -> None:
    voided = replace(TYPED, status=status)
    assert judge_look_up(found(voided), QUERY) == NoneThere((voided,))


@pytest.mark.parametrize("status", ["Open", "Closed"])
def test_the_reversal_of_a_released_bill_is_shown_and_not_counted(status: str) -> None:
    ours = replace(OURS, status=status)
    reversal = replace(ours, key=BillKey("Debit Adj.", "000200"), status="On Hold")
    for order in permutations((ours, reversal)):
        # The reversal has copied our description, mark and all.
        assert counted_bills(order, MARK) == ((ours,), (reversal,))
        assert judge_look_up(found(*order), QUERY) == Ours(ours)


def test_a_draft_is_not_reversed_so_a_credit_beside_it_counts() -> None:
    credit = replace(TYPED, key=BillKey("Debit Adj.", "000200"))
    assert counted_bills((OURS, credit), MARK) == ((OURS, credit), ())


def test_one_bill_is_reversed_by_one_adjustment_only() -> None:
    reversal = replace(TYPED, key=BillKey("Debit Adj.", "000200"))
    second = replace(TYPED, key=BillKey("Debit Adj.", "000201"))
    counted, shown = counted_bills((TYPED, reversal, second), MARK)
    assert [bill.key.number for bill in counted] == ["000900", "000201"]
    assert shown == (reversal,)


def test_our_own_credit_is_never_taken_for_the_reversal_of_somebody_elses_bill() -> None:
    credit = a_bill(a_plan(type="Debit Adj."), number="000300")
    verdict = judge_look_up(found(TYPED, credit), QUERY)
    assert isinstance(verdict, Foreign)
    assert counted_bills((TYPED, credit), MARK)[0] == (TYPED, credit)


def test_a_credit_with_another_amount_is_no_reversal() -> None:
    credit = replace(TYPED, key=BillKey("Debit Adj.", "000200"), amount=Decimal("1.00"))
    assert counted_bills((TYPED, credit), MARK) == ((TYPED, credit), ())


@given(st.permutations([OURS, TYPED, WITNESS, replace(TYPED, key=BillKey("Debit Adj.", "1"))]))
def test_the_order_of_rows_decides_nothing(bills: list[Bill]) -> None:
    verdict = judge_look_up(found(*bills), QUERY)
    assert isinstance(verdict, Foreign)
    assert verdict.bills == (TYPED,)


def uncertain(cause: str | None, state: PostingState = PostingState.UNCERTAIN) -> Posting:
    """A row whose PUT began at noon."""
    return a_posting(state, uncertain_cause=cause, sent_at=NOON)


def until(posting: Posting, now: datetime) -> datetime | None:
    """Quarantine as the defaults of the contract have it."""
    return judge_quarantine(posting, now, 1200, 60)


def test_a_lost_answer_is_no_proof_for_the_long_time_counted_from_the_send() -> None:
    end = NOON + timedelta(seconds=1200)
    assert until(uncertain("lost_answer"), NOON) == end
    assert until(uncertain("lost_answer"), end - timedelta(microseconds=1)) == end
    assert until(uncertain("lost_answer"), end) is None


@pytest.mark.parametrize(
    "posting", [uncertain("crash"), uncertain(None, PostingState.INTENT), uncertain("lost_answer", PostingState.INTENT)]
)
def test_a_crash_of_our_own_waits_the_short_time(posting: Posting) -> None:
    end = NOON + timedelta(seconds=60)
    assert until(posting, NOON + timedelta(seconds=59)) == end
    assert until(posting, end) is None


def test_a_row_that_never_said_when_it_was_sent_waits_from_its_last_change() -> None:
    silent = replace(uncertain("lost_answer"), sent_at=None, updated_at=NOON)
    assert until(silent, NOON) == NOON + timedelta(seconds=1200)
    assert until(replace(silent, updated_at=None), NOON) == NOON + timedelta(seconds=1200)


@pytest.mark.parametrize("state", [PostingState.READY, PostingState.RECORDED, PostingState.DONE])
def test_other_states_have_nothing_to_wait_for(state: PostingState) -> None:
    assert until(uncertain("lost_answer", state), NOON) is None


def test_after_two_attempts_a_person_takes_over() -> None:
    assert judge_attempts(a_posting(PostingState.UNCERTAIN, attempts=1)) is None
    verdict = judge_attempts(a_posting(PostingState.UNCERTAIN, attempts=2))
    assert isinstance(verdict, Person)
    assert (verdict.reason, [each.code for each in verdict.findings]) == ("gave_up", ["Z05"])


def test_a_number_begun_anew_is_for_a_person_to_review() -> None:
    last_year = replace(TYPED, dated_on=date(2025, 10, 5), amount=Decimal("9.00"))
    verdict = judge_look_up(found(last_year), QUERY, plan=a_plan())
    assert isinstance(verdict, Foreign)
    assert [(each.code, each.severity) for each in verdict.findings] == [("H02", "review")]
