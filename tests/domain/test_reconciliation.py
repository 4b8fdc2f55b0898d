"""The proof: every approved invoice is booked once, on its way, or told with its reason; to the cent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.findings import finding_of
from ml_connector.domain.reconciliation import BookingProof, ProofEntry, prove_bookings
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from tests.builders import KEY, MARK, a_bill, a_posting, a_record, an_invoice

REF = BillKey("Bill", "000123")
AMOUNT = Decimal("1284.37")
NONE = Decimal(0)


def booked(state: PostingState = PostingState.DONE, **members: Any) -> InvoiceRecord:
    """An invoice whose bill is on record."""
    return a_record(a_posting(state, ref=REF, verified_ref=REF, **members))


def prove(record: InvoiceRecord, *bills: Bill) -> BookingProof:
    """The one row of one invoice in dollars, its figures alone."""
    (row,) = prove_bookings([record], {record.posting.key: bills})
    assert (row.files, row.documents, row.left_out) == (1, 1, 0)
    return replace(row, files=0, documents=0, differences=())


def differences(record: InvoiceRecord, *bills: Bill) -> list[tuple[str, Decimal, Decimal, str]]:
    """Code, approved, booked and message of what is not one for one."""
    (row,) = prove_bookings([record], {record.posting.key: bills})
    assert all(each.fix and each.who for each in row.differences)
    return [(each.code, each.expected, each.found, each.message) for each in row.differences]


def entry(*bills: BillKey, reason: str = "done") -> ProofEntry:
    """S01 as the proof names it."""
    return ProofEntry("i00000001", "V10005", "INV-8841", AMOUNT, bills, reason)


ONCE = BookingProof("USD", approved=1, booked_once=1, approved_total=AMOUNT, booked_total=AMOUNT)


@pytest.mark.parametrize(
    "state",
    [
        PostingState.RECORDED,
        PostingState.VERIFIED,
        PostingState.OFF_HOLD,
        PostingState.RELEASED,
        PostingState.DONE,
        PostingState.PERSON,
        PostingState.LINKED,
    ],
)
@pytest.mark.parametrize("status", ["On Hold", "Open"])
def test_one_live_bill_is_booked_once(state: PostingState, status: str) -> None:
    assert prove(booked(state), a_bill(status=status)) == ONCE
    assert prove(booked(state), a_bill(status=status)).residual == 0


def test_done_by_hand_counts_as_booked() -> None:
    handled = a_record(a_posting(PostingState.LINKED, ref=BillKey("Bill", "7")))
    assert prove(handled) == ONCE


@pytest.mark.parametrize("state", [PostingState.READY, PostingState.INTENT, PostingState.UNCERTAIN])
def test_ready_to_uncertain_is_in_flight_whatever_lies_there(state: PostingState) -> None:
    expected = BookingProof("USD", approved=1, in_flight=1, approved_total=AMOUNT, in_flight_total=AMOUNT)
    assert prove(a_record(a_posting(state))) == expected
    assert prove(a_record(a_posting(state)), a_bill()) == expected


@pytest.mark.parametrize("state", [PostingState.RECEIVED, PostingState.REJECTED, PostingState.PERSON])
def test_the_rest_without_a_bill_is_not_posted_with_its_reason(state: PostingState) -> None:
    findings = (finding_of("H26", "description"), finding_of("V04", "vendor_id", message="The vendor is on hold."))
    row = prove(a_record(a_posting(state), findings=findings))
    assert row == BookingProof(
        "USD",
        approved=1,
        not_posted=(entry(reason="The vendor is on hold."),),
        approved_total=AMOUNT,
        not_posted_total=AMOUNT,
    )
    bare = prove(a_record(a_posting(state, reason="exists")))
    assert [each.reason for each in bare.not_posted] == ["exists"]


def test_what_a_person_refused_is_not_posted_for_good() -> None:
    row = prove(a_record(a_posting(PostingState.CLOSED, reason="refused")))
    assert (row.refused, row.not_posted) == ((entry(reason="refused"),), ())
    assert row.residual == 0


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (PostingState.WAITING, None),
        (PostingState.CLOSED, "voided"),
        (PostingState.CLOSED, "before_cut_over"),
        (PostingState.CLOSED, "duplicate"),
    ],
)
def test_what_was_never_approved_or_is_a_repeat_is_left_out(state: PostingState, reason: str | None) -> None:
    assert prove_bookings([a_record(a_posting(state, reason=reason))], {}) == ()


def test_a_booked_invoice_whose_bill_is_gone_is_missing_and_leaves_a_residual() -> None:
    row = prove(booked())
    assert row == BookingProof("USD", approved=1, missing=(entry(REF),), approved_total=AMOUNT)
    assert row.residual == AMOUNT
    assert prove(booked(), a_bill(status="Voided")) == row
    assert prove(booked(PostingState.VERIFIED)).missing == (entry(REF, reason="verified"),)


def test_two_payable_bills_are_twice_and_show_as_money() -> None:
    double = a_bill(number="000124", status="Open")
    row = prove(booked(), double, a_bill(status="Open"))
    assert row.twice == (entry(REF, double.key),)
    assert (row.booked_once, row.residual) == (0, -AMOUNT)


def test_a_second_bill_on_hold_is_no_money_but_is_named() -> None:
    held = a_bill(number="000124", status="On Hold")
    row = prove(booked(), a_bill(status="Open"), held)
    assert row.held_doubles == (entry(held.key),)
    assert (row.booked_once, len(row.twice), row.residual) == (1, 0, NONE)
    on_hold_too = prove(booked(PostingState.VERIFIED), a_bill(status="On Hold"), held)
    assert [each.bills for each in on_hold_too.held_doubles] == [(held.key,)]


def test_a_payable_double_beside_ours_on_hold_is_twice() -> None:
    row = prove(booked(PostingState.VERIFIED), a_bill(status="On Hold"), a_bill(number="000124", status="Balanced"))
    assert len(row.twice) == 1


def test_a_double_without_a_number_on_record_is_seen_too() -> None:
    asked = a_record(a_posting(PostingState.PERSON, reason="double"))
    row = prove(asked, a_bill(number="1", status="Open"), a_bill(number="2", status="Open"))
    assert [each.bills for each in row.twice] == [(BillKey("Bill", "1"), BillKey("Bill", "2"))]


def test_bills_of_others_and_reversals_are_not_ours() -> None:
    foreign = a_bill(number="9", description="typed by hand", status="Open")
    reversal = a_bill(number="8", status="Open", key=BillKey("Debit Adj.", "8"))
    assert prove(booked(), a_bill(status="Open"), foreign, reversal) == ONCE


def test_a_bill_that_lost_its_mark_is_known_by_its_number() -> None:
    assert prove(booked(), a_bill(description="cleaned up", status="Open")) == ONCE


def test_an_amount_changed_in_acumatica_shows_to_the_cent() -> None:
    assert prove(booked(), a_bill(amount=AMOUNT + Decimal("0.01"))).residual == Decimal("-0.01")


def test_credits_count_negative_on_both_sides() -> None:
    key = BillKey("Debit Adj.", "5")
    record = a_record(a_posting(PostingState.DONE, ref=key, verified_ref=key), an_invoice(kind="credit_memo"))
    row = prove(record, a_bill(key=key, status="Open"))
    assert (row.approved_total, row.booked_total, row.residual) == (-AMOUNT, -AMOUNT, NONE)
    assert prove(a_record(invoice=an_invoice(kind="credit_memo"))).not_posted_total == -AMOUNT


def test_each_currency_has_a_row_and_an_unstated_one_is_the_bills() -> None:
    canadian = a_record(a_posting(key="7:cad", marker=MARK, id="i2"), an_invoice(currency=None))
    dollars = booked()
    unstated = a_record(a_posting(PostingState.DONE, key="7:usd", ref=REF, verified_ref=REF), an_invoice(currency=None))
    live = {KEY: (a_bill(),), "7:usd": (a_bill(),)}
    rows = prove_bookings([canadian, dollars, unstated], live, base_currency="CAD")
    assert [(row.currency, row.approved, row.residual) for row in rows] == [("CAD", 1, NONE), ("USD", 2, NONE)]
    (row,) = prove_bookings([canadian], {})
    assert row.currency == "XXX"


def test_approved_is_the_sum_of_its_parts() -> None:
    states = [PostingState.READY, PostingState.REJECTED, PostingState.DONE, PostingState.LINKED, PostingState.PERSON]
    records = [a_record(replace(a_posting(state), key=f"7:{state}", id=f"i{n}")) for n, state in enumerate(states)]
    (row,) = prove_bookings(records, {"7:done": (a_bill(),)})
    assert (row.approved, row.booked_once, row.in_flight, len(row.not_posted)) == (5, 2, 1, 2)
    assert row.residual == 0


def test_what_is_booked_once_with_its_amount_is_no_difference() -> None:
    assert differences(booked(), a_bill(status="Open")) == []


def test_each_difference_is_typed_with_its_amounts_and_told_in_words() -> None:
    double, held = a_bill(number="000124", status="Open"), a_bill(number="000125", status="On Hold")
    other = replace(a_bill(status="Open"), amount=Decimal("1200.00"))
    refused = a_record(a_posting(PostingState.CLOSED, reason="refused"))
    assert differences(booked()) == [
        ("missing", AMOUNT, NONE, "It was booked as Bill 000123, which is not in Acumatica any more."),
    ]
    assert differences(booked(), a_bill(status="Open"), double) == [
        ("twice", AMOUNT, 2 * AMOUNT, "It stands in Acumatica as Bill 000123 and Bill 000124, and both can be paid."),
    ]
    assert differences(booked(), a_bill(status="Open"), held) == [
        ("held_double", NONE, AMOUNT, "Beside its bill there is Bill 000125 on hold."),
    ]
    assert differences(booked(), other) == [
        (
            "amount_differs",
            AMOUNT,
            Decimal("1200.00"),
            "It is booked as Bill 000123 with another amount than was approved.",
        ),
    ]
    assert differences(booked(PostingState.LINKED), other)[0][0] == "amount_differs"
    assert differences(a_record(a_posting(PostingState.REJECTED, reason="exists"))) == [
        ("not_posted", AMOUNT, NONE, "It has no bill: exists."),
    ]
    assert differences(refused) == [("refused", AMOUNT, NONE, "It has no bill, since a person refused it: refused.")]
    assert differences(a_record(a_posting(PostingState.READY))) == [
        ("in_flight", AMOUNT, NONE, "It is on its way into Acumatica."),
    ]


def test_files_and_documents_lead_to_what_is_approved() -> None:
    voided = replace(a_record(a_posting(PostingState.CLOSED, reason="voided")), received_at=booked().received_at)

    (row,) = prove_bookings([booked(), voided], {KEY: (a_bill(status="Open"),)})

    assert (row.files, row.documents, row.left_out, row.left_out_total, row.approved) == (1, 2, 1, AMOUNT, 1)
