"""What people may decide, and what a later version, a cancellation or a replay makes of a bill: whole answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.findings import finding_of
from ml_connector.domain.protocol.approvals import note_approval
from ml_connector.domain.protocol.comparison import Mismatch
from ml_connector.domain.protocol.look_up import findings_for_foreign, restarted_bills
from ml_connector.domain.protocol.people.acceptance import let_pass, refuse_accepting, refuse_closing
from ml_connector.domain.protocol.people.correcting import (
    AsCorrected,
    ChangeBill,
    finding_for_correction,
    judge_correction,
    note_corrected,
)
from ml_connector.domain.protocol.people.reversal import render_reversal, reverse_plan
from ml_connector.domain.protocol.replaying import (
    BookedVerdict,
    judge_booked,
    judge_replay,
    may_be_checked_again,
    resumed,
)
from ml_connector.domain.protocol.verdicts import Person
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.decision import Decision
from ml_connector.domain.values.posting import HOLD_IGNORED, OPEN_STATES, PostingState
from ml_connector.problems import Finding
from tests.builders import NOON, a_bill, a_plan, a_posting, a_record, an_invoice

REF = BillKey("Bill", "000123")
NEAR = finding_of("H03", "invoice_number", found="INV 1", message="It looks like INV 1.")
DOUBLE = finding_of("H02", "invoice_number", found="Bill/000900", message="Already booked.")
CLOSED_PERIOD = finding_of("H20", "post_period", message="The period is closed.")


def parked(*findings: Finding, state: PostingState = PostingState.REJECTED, **members: Any) -> Any:
    return replace(a_record(a_posting(state, **members)), findings=findings)


def test_a_finding_to_be_reviewed_can_be_accepted() -> None:
    assert refuse_accepting(parked(NEAR)) is None
    assert refuse_accepting(parked(NEAR, state=PostingState.PERSON)) is None


@pytest.mark.parametrize(
    ("state", "members", "words"),
    [
        (PostingState.CLOSED, {"reason": "before_cut_over"}, "closed (before cut over)"),
        (PostingState.CLOSED, {}, "closed (closed)"),
        (PostingState.LINKED, {"ref": REF}, "handled by hand as Bill/000123"),
        (PostingState.DONE, {"ref": REF}, "booked as Bill/000123"),
        (PostingState.WAITING, {}, "received and not checked yet"),
        (PostingState.RECEIVED, {}, "received and not checked yet"),
        (PostingState.READY, {}, "ready to be posted"),
        (PostingState.RECORDED, {"ref": REF}, "being posted"),
    ],
)
def test_where_nothing_waits_it_is_said_how_the_invoice_stands(
    state: PostingState, members: dict[str, Any], words: str
) -> None:
    record = parked(NEAR, state=state, **members)
    assert refuse_accepting(record) == (f"Nothing of this invoice waits to be accepted; it is {words}", "")


def test_without_a_finding_to_be_reviewed_there_is_nothing_to_accept() -> None:
    refused = "This invoice has no finding that can be accepted", "Run sync; it goes on by itself where it can."
    assert refuse_accepting(parked()) == refused
    assert refuse_accepting(parked(replace(NEAR, severity="note"))) == refused


def test_a_finding_that_stops_is_told_with_its_own_fix() -> None:
    stop = replace(CLOSED_PERIOD, severity="stop", fix="Open the period.")
    other = replace(stop, message="Another.", fix="Mend it.")
    assert refuse_accepting(parked(NEAR, stop, stop, other)) == (
        "A finding that stops cannot be accepted: H20 The period is closed.; H20 The period is closed.; H20 Another.",
        "Open the period. Mend it.",
    )
    assert refuse_accepting(parked(replace(DOUBLE, severity="stop"))) == (
        "A finding that stops cannot be accepted: H02 Already booked.",
        "If it is the same invoice, use invoice handled with that bill, or invoice reject. A duplicate that is another "
        "invoice after all passes in the console alone, with a reason and a second person.",
    )


@pytest.mark.parametrize("state", list(PostingState))
def test_an_invoice_is_closed_by_a_person_only_where_nothing_of_it_is_under_way(state: PostingState) -> None:
    refused = refuse_closing(a_posting(state, ref=REF))
    before = {"waiting", "received", "ready", "rejected", "person"}
    if state.value in before:
        assert refused is None
    elif state in (PostingState.INTENT, PostingState.UNCERTAIN):
        assert refused == (
            "It is not known yet whether the bill of this invoice was created",
            "Run sync until that is settled, then decide.",
        )
    else:
        assert refused is not None
        assert refused[0].startswith("This invoice is ")
        assert refused[1] == "To undo a booked invoice, cancel it in Stampli, or reverse its bill in Acumatica."


def test_an_accepted_finding_tells_the_reason_beside_the_name() -> None:
    made = Decision("i1", "accept", "anna", "checked by phone", NOON, "content", "payload", (NEAR,))
    (note,) = let_pass([NEAR], made, content_hash="content", payload_hash="payload")
    assert note.message == "It looks like INV 1. Accepted by anna: checked by phone"
    stop = replace(CLOSED_PERIOD, severity="stop")
    assert let_pass([stop, NEAR], made, content_hash="content", payload_hash="payload")[0] == stop


def test_a_bill_of_another_year_and_amount_may_be_a_number_begun_anew() -> None:
    plan = a_plan()
    last_year = a_bill(number="1", dated_on=date(2025, 10, 5), amount=Decimal("9.00"))
    same_amount = a_bill(number="2", dated_on=date(2025, 10, 5))
    same_year = a_bill(number="3", amount=Decimal("9.00"))
    undated = a_bill(number="4", dated_on=None, amount=Decimal("9.00"))
    bills = [last_year, same_amount, same_year, undated]
    assert restarted_bills(plan, bills) == (last_year.key,)
    assert [each.severity for each in findings_for_foreign(bills, plan)] == ["review", "stop", "stop", "stop"]
    assert [each.severity for each in findings_for_foreign(bills)] == ["stop"] * 4


TOLD = (finding_of("C04", "total", expected="1284.37", found="1300.00", message="The total is 1,300.00; it was less."),)
LATER = a_plan(dated_on=date(2026, 10, 6))
WAYS = finding_for_correction("x").fix


def test_a_bill_on_hold_and_untouched_is_changed() -> None:
    assert judge_correction(a_plan(), LATER, a_bill(), TOLD) == ChangeBill()


def test_a_bill_that_is_as_the_later_version_has_it_is_left() -> None:
    assert judge_correction(a_plan(), LATER, a_bill(LATER, status="Open"), TOLD) == AsCorrected()


@pytest.mark.parametrize("bill", [a_bill(status="Open"), replace(a_bill(), hold=False)])
def test_a_bill_off_hold_is_not_changed_any_more(bill: Any) -> None:
    why = finding_for_correction(f"Bill 000123 is {bill.status} and is not changed any more.")
    assert judge_correction(a_plan(), LATER, bill, TOLD) == Person("correction", (*TOLD, why))


def test_a_bill_somebody_edited_is_told_field_by_field() -> None:
    verdict = judge_correction(a_plan(), LATER, a_bill(branch="EAST"), TOLD)
    assert isinstance(verdict, Person)
    assert [(each.code, each.field, each.message) for each in verdict.findings] == [
        ("C04", "total", "The total is 1,300.00; it was less."),
        ("Z12", "branch", "On the bill the branch is EAST; MAIN was sent."),
        ("C04", "bill", "Bill 000123 was changed in Acumatica since it was sent."),
    ]
    assert verdict.findings[-1].fix == WAYS
    assert verdict.reason == "correction"
    taxed = judge_correction(a_plan(), LATER, a_bill(tax_total=Decimal("7.00"), balance=Decimal("1291.37")), TOLD)
    assert isinstance(taxed, Person)
    assert [(each.code, each.field, each.found) for each in taxed.findings[1:-1]] == [("X04", "tax_total", "7.00")]


@pytest.mark.parametrize(
    ("member", "value", "word"),
    [("type", "Debit Adj.", "kind"), ("vendor", "V10001", "vendor"), ("currency", "CAD", "currency")],
)
def test_kind_vendor_and_currency_of_a_bill_stay(member: str, value: str, word: str) -> None:
    other = a_plan(dated_on=LATER.dated_on, **{member: value})
    verdict = judge_correction(a_plan(), other, a_bill(), TOLD)
    why = finding_for_correction(f"The {word} of Bill 000123 cannot be changed on an existing bill.")
    assert verdict == Person("correction", (*TOLD, why))


def test_a_bill_that_was_changed_leaves_notes() -> None:
    told = replace(TOLD[0], message="The total is 1,300.00; it was less; decide.")
    other = finding_of("H03", "invoice_number")
    first, second = note_corrected([told, TOLD[0], other])
    assert (first.severity, first.fix) == ("note", "Nothing to do.")
    assert first.message == "The total is 1,300.00; it was less; the bill on hold was changed to it."
    assert second.message == "The total is 1,300.00; the bill on hold was changed to it."


def test_a_reversal_is_a_credit_of_its_own() -> None:
    invoice = an_invoice(due_date=date(2026, 11, 4), post_period="2026-10", terms="30D")
    today = date(2026, 10, 20)
    reversal = render_reversal(invoice, "i1", today=today, length_max=40)
    assert reversal == replace(
        invoice,
        kind="credit_memo",
        invoice_number="INV-8841-R",
        invoice_date=today,
        due_date=None,
        post_period=None,
        terms=None,
        external_id="ST-8841-R",
        status=None,
        attachments=(),
        applies_to="INV-8841",
        custom={"reverses": "i1"},
    )
    nameless = replace(invoice, external_id=None, invoice_number=None)
    bare = render_reversal(nameless, "i1", today=today, length_max=40)
    assert (bare.external_id, bare.invoice_number) == ("i1-R", "-R")
    long = render_reversal(replace(invoice, invoice_number="9" * 40), "i1", today=today, length_max=40)
    assert long.invoice_number == "9" * 38 + "-R"


def test_a_reversal_has_the_lines_of_the_bill_and_a_mark_of_its_own() -> None:
    plan = a_plan(due_on=date(2026, 11, 4), terms="30D", description_cut=True)
    own = a_plan(vendor_ref="INV-8841-R", dated_on=date(2026, 10, 20), post_period="2026-11", marker="SXAAAAAAAAAAAAA")
    assert reverse_plan(plan, own, REF) == replace(
        plan,
        type="Debit Adj.",
        vendor_ref="INV-8841-R",
        dated_on=date(2026, 10, 20),
        post_period="2026-11",
        due_on=None,
        terms=None,
        marker="SXAAAAAAAAAAAAA",
        description="SXAAAAAAAAAAAAA Reversal of Bill/000123",
        description_cut=False,
    )


@pytest.mark.parametrize("state", list(PostingState))
def test_a_replay_runs_again_what_is_neither_closed_nor_waiting(state: PostingState) -> None:
    expected = {PostingState.CLOSED: "closed", PostingState.WAITING: "waiting"}.get(state, "run_again")
    assert judge_replay(a_posting(state)) == expected
    assert may_be_checked_again(a_posting(PostingState.WAITING)) is False


DONE = a_posting(PostingState.DONE, plan=a_plan(), ref=REF, verified_ref=REF, bill_status="Open")


@pytest.mark.parametrize(
    ("own", "beside", "expected"),
    [
        (None, [], BookedVerdict("missing")),
        (a_bill(status="Open"), [], BookedVerdict("same")),
        (a_bill(status="Open"), [a_bill(number="9")], BookedVerdict("same")),
        (a_bill(status="Open"), [a_bill(number="9", status="Voided")], BookedVerdict("same")),
        (a_bill(status="Open"), [a_bill(number="9", status="Open")], BookedVerdict("twice")),
        (a_bill(status="Open"), [a_bill(number="9", status="Balanced")], BookedVerdict("twice")),
        (
            a_bill(status="Open", branch="EAST"),
            [],
            BookedVerdict("changed", (Mismatch("branch", "MAIN", "EAST"),)),
        ),
        (a_bill(status="Voided"), [], BookedVerdict("changed", (Mismatch("status", "Open", "Voided"),))),
    ],
)
def test_a_booked_invoice_is_the_same_changed_missing_or_twice(
    own: Any, beside: list[Any], expected: BookedVerdict
) -> None:
    assert judge_booked(DONE, own, beside) == expected


def test_a_bill_people_made_is_not_held_against_a_plan_of_ours() -> None:
    linked = replace(DONE, state=PostingState.LINKED)
    assert judge_booked(linked, a_bill(status="Open", branch="EAST"), []) == BookedVerdict("same")


def test_a_row_in_the_line_is_not_set_and_a_persons_question_is_asked_again() -> None:
    for state in OPEN_STATES:
        assert resumed(a_posting(state)) is None
    person = a_posting(PostingState.PERSON, reason="mismatch", ref=REF, verified_ref=REF, attempts=1)
    after = resumed(person)
    assert after == replace(person, state=PostingState.RECORDED, reason=None)
    assert resumed(replace(person, reason=HOLD_IGNORED)) is None
    uncertain = a_posting(PostingState.PERSON, reason="gave_up", attempts=2)
    assert resumed(uncertain) == replace(
        uncertain, state=PostingState.UNCERTAIN, reason=None, uncertain_cause="lost_answer"
    )
    ready = a_posting(PostingState.REJECTED, reason="x", uncertain_cause="crash")
    assert resumed(ready) == replace(ready, state=PostingState.READY, reason=None, uncertain_cause=None)


def a_finished(number: str, at: int, *findings: Finding, **members: Any) -> Any:
    ref = BillKey(members.pop("type", "Bill"), number)
    values = {"ref": ref, "bill_status": "Open", "updated_at": NOON.replace(minute=at), **members}
    posting = replace(a_posting(values.pop("state", PostingState.DONE)), id=f"i{number}", **values)
    return replace(a_record(posting), findings=findings)


def test_a_bill_held_for_approval_is_a_note_and_says_where_approvals_are_new() -> None:
    bill = a_bill(status="Pending Approval")
    words = "Bill 000123 was held for approval in Acumatica."
    (alone,) = note_approval(bill, [])
    assert (alone.code, alone.field, alone.severity, alone.found, alone.message, alone.fix) == (
        "C02",
        "status",
        "note",
        "Pending Approval",
        words,
        "Approve or reject it in Acumatica; it goes on by itself.",
    )
    newer, older = a_finished("000002", 2), a_finished("000001", 1)
    (new,) = note_approval(bill, [newer, older])
    assert new.message == f"{words} Bill/000002, the one before, was not: approvals were switched on there since."
    (later,) = note_approval(bill, [a_finished("000002", 1), a_finished("000001", 2)])
    assert later.message == f"{words} Bill/000001, the one before, was not: approvals were switched on there since."
    held = a_finished("000003", 3, alone)
    assert note_approval(bill, [newer, held])[0].message == words
    for other in (
        a_finished("000004", 1, type="Debit Adj."),
        a_finished("000005", 1, bill_status="On Hold"),
        a_finished("000006", 1, state=PostingState.VERIFIED),
        a_finished("000007", 1, ref=None),
    ):
        assert note_approval(bill, [other])[0].message == words
