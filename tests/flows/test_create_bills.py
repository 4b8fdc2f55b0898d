"""From READY to RECORDED: what is sent, what an answer or its absence leads to, and what is never sent twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import ConfigurationError
from ml_connector.flows.invoices.posting_run import start_run
from tests.builders import facts
from tests.flows.in_memory.erp import LOGGED_OUT, LOST, NOT_SENT, REFUSED
from tests.flows.in_memory.house import CRASH_QUARANTINE, QUARANTINE, CrashAt, a_house

DONE = (PostingState.DONE, None)


def test_an_invoice_becomes_one_released_bill() -> None:
    house = a_house()
    invoice_id = house.ready()
    posted = house.post()
    assert house.standing(invoice_id) == DONE
    assert house.statuses(invoice_id) == ["Open"]
    assert (posted.errors, posted.waiting, posted.paused) == ((), False, None)
    assert house.posting(invoice_id).attempts == 1


def test_a_bill_is_created_on_hold_and_finished_only_by_its_verified_number() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.post()
    (bill,) = house.bills(invoice_id)
    wanted = [("create", house.posting(invoice_id).marker), ("off hold", str(bill.key)), ("release", str(bill.key))]
    assert [call for call in house.erp.journal if call[0] in ("create", "off hold", "release")] == wanted
    assert house.posting(invoice_id).verified_ref == bill.key


def test_the_intent_is_on_record_before_the_request() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.crash(CrashAt("put"))
    posting = house.posting(invoice_id)
    assert (posting.state, posting.attempts) == (PostingState.INTENT, 1)
    assert posting.payload_hash is not None
    assert posting.plan is not None and posting.plan.vendor_ref == "INV-8841"
    assert house.erp.calls("create") == []


def test_nothing_is_sent_where_a_write_cannot_be_prepared() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("prepare", NOT_SENT)
    posted = house.post()
    assert house.standing(invoice_id) == (PostingState.READY, None)
    assert house.posting(invoice_id).attempts == 0
    assert posted.errors == (NOT_SENT,)


def test_a_lost_answer_is_adopted_at_once() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", LOST, side="after")
    posted = house.post()
    assert house.standing(invoice_id) == DONE
    assert house.statuses(invoice_id) == ["Open"]
    assert (posted.errors, posted.waiting) == ((), False)


def test_a_bill_that_commits_seconds_after_its_answer_was_lost_is_adopted_in_the_same_pass() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.lose_late("create", 4)
    house.post()
    assert house.standing(invoice_id) == DONE
    assert house.statuses(invoice_id) == ["Open"]


def test_a_bill_that_commits_minutes_later_is_adopted_by_a_later_pass_and_never_made_twice() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.lose_late("create", 600)
    assert house.post().waiting
    assert house.standing(invoice_id) == (PostingState.UNCERTAIN, None)
    house.clock.sleep(900)
    assert not house.post().waiting
    assert house.standing(invoice_id) == DONE
    assert (house.statuses(invoice_id), house.posting(invoice_id).attempts) == (["Open"], 1)


def test_none_there_after_a_lost_answer_is_no_proof_before_the_long_quarantine_ends() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", LOST)
    house.post()
    house.clock.sleep(QUARANTINE - 30)
    assert house.post().waiting
    assert house.erp.calls("create") == [house.posting(invoice_id).marker]
    house.clock.sleep(60)
    assert not house.post().waiting
    assert house.standing(invoice_id) == DONE
    assert (house.statuses(invoice_id), house.posting(invoice_id).attempts) == (["Open"], 2)


def test_a_foreground_pass_never_waits_out_the_long_quarantine() -> None:
    house = a_house()
    house.ready()
    house.erp.fail("create", LOST)
    house.post()
    before = house.clock.now()
    house.post()
    assert (house.clock.now() - before).total_seconds() < CRASH_QUARANTINE


def test_a_foreground_pass_waits_out_the_short_quarantine_after_a_crash() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.crash(CrashAt("put"))
    before = house.clock.now()
    posted = house.post()
    assert CRASH_QUARANTINE <= (house.clock.now() - before).total_seconds() < CRASH_QUARANTINE + 5
    assert house.standing(invoice_id) == DONE
    assert (house.statuses(invoice_id), posted.waiting) == (["Open"], False)


def test_a_worker_never_waits_it_out_but_comes_back() -> None:
    house = a_house()
    house.foreground = False
    invoice_id = house.ready()
    house.crash(CrashAt("put"))
    before = house.clock.now()
    assert house.post().waiting
    assert (house.clock.now() - before).total_seconds() < 1
    house.clock.sleep(CRASH_QUARANTINE)
    assert not house.post().waiting
    assert house.statuses(invoice_id) == ["Open"]


def test_all_rows_of_one_crash_after_another_are_waited_out_together() -> None:
    house = a_house()
    ids = [house.ready(invoice_number=f"INV-{n}", external_id=f"ST-{n}") for n in (1, 2)]
    house.foreground = False
    house.crash(CrashAt("put"))
    house.clock.sleep(30)
    house.crash(CrashAt("put"))
    house.foreground = True
    assert not house.post().waiting
    assert [house.statuses(each) for each in ids] == [["Open"], ["Open"]]


def test_a_bill_found_after_a_crash_is_adopted_without_waiting() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.crash(CrashAt("put", "after"))
    before = house.clock.now()
    house.post()
    assert (house.clock.now() - before).total_seconds() < 1
    assert (house.standing(invoice_id), house.statuses(invoice_id)) == (DONE, ["Open"])


def test_a_refusal_without_a_bill_is_a_persons_matter() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", REFUSED)
    posted = house.post()
    assert house.standing(invoice_id) == (PostingState.REJECTED, "refused_by_acumatica")
    (finding,) = house.invoices.rows[invoice_id].findings
    assert finding.message == "Acumatica refused the account of line 1: Account is inactive"
    assert (posted.errors, posted.waiting) == ((), False)


def test_what_acumatica_refused_is_not_sent_again() -> None:
    house = a_house()
    house.ready()
    house.erp.fail("create", REFUSED)
    house.post()
    house.clock.sleep(QUARANTINE)
    house.post()
    assert len(house.erp.calls("create")) == 1


def test_refused_and_yet_there_is_adopted() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", REFUSED, side="after")
    house.post()
    assert (house.standing(invoice_id), house.statuses(invoice_id)) == (DONE, ["Open"])


def test_a_refusal_that_no_look_up_confirms_stays_uncertain() -> None:
    house = a_house()
    other = house.erp.type_bill("V10013", "OTHER")
    invoice_id = house.ready()
    house.erp.meanwhile("prepare", lambda: house.erp.hidden.add(other))
    house.erp.fail("create", REFUSED)
    assert house.post().waiting
    posting = house.posting(invoice_id)
    assert (posting.state, posting.uncertain_cause) == (PostingState.UNCERTAIN, "lost_answer")


def test_a_refusal_whose_look_up_fails_stays_uncertain() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("prepare", lambda: house.erp.fail("look", NOT_SENT))
    house.erp.fail("create", REFUSED)
    posted = house.post()
    assert posted.errors == (NOT_SENT,)
    assert house.standing(invoice_id) == (PostingState.UNCERTAIN, None)


def test_a_refusal_because_somebody_else_booked_it_names_the_bill() -> None:
    house = a_house()
    house.erp.refuse_duplicates = True
    invoice_id = house.ready()
    house.erp.meanwhile("create", lambda: house.erp.type_bill("V10005", "INV-8841"))
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "exists")
    assert house.codes(invoice_id) == ["H02"]


def test_what_was_not_sent_goes_back_to_ready_and_does_not_count() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", NOT_SENT)
    posted = house.post()
    assert posted.errors == (NOT_SENT,)
    posting = house.posting(invoice_id)
    assert (posting.state, posting.attempts, posting.sent_at) == (PostingState.READY, 0, None)
    house.post()
    assert (house.statuses(invoice_id), house.posting(invoice_id).attempts) == (["Open"], 1)


def test_a_second_attempt_that_was_not_sent_leaves_the_first_one_as_uncertain_as_it_was() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", LOST)
    house.post()
    first = house.posting(invoice_id)
    house.clock.sleep(QUARANTINE)
    house.erp.fail("create", NOT_SENT)
    house.post()
    again = house.posting(invoice_id)
    assert (again.state, again.attempts, again.uncertain_cause) == (PostingState.UNCERTAIN, 1, "lost_answer")
    assert again.sent_at == first.sent_at


def test_after_two_attempts_a_person_is_asked() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", LOST, times=2)
    for _ in range(4):
        house.post()
        house.clock.sleep(QUARANTINE)
    assert house.standing(invoice_id) == (PostingState.PERSON, "gave_up")
    assert (house.codes(invoice_id), len(house.erp.calls("create"))) == (["Z05"], 2)


def test_a_second_attempt_asks_for_the_same_bill_whatever_master_data_says_now() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", LOST)
    house.post()
    sent = house.posting(invoice_id)
    periods = tuple(replace(each, status="Closed") for each in house.erp.master.periods or ())
    house.erp.master = replace(house.erp.master, periods=periods)
    house.clock.sleep(QUARANTINE)
    house.post()
    again = house.posting(invoice_id)
    assert (again.state, again.plan, again.payload_hash) == (PostingState.DONE, sent.plan, sent.payload_hash)


@pytest.mark.parametrize("status", ["On Hold", "Balanced", "Open", "Closed", "Pending Approval"])
def test_a_bill_that_somebody_typed_is_shown_to_a_person_and_nothing_is_sent(status: str) -> None:
    house = a_house()
    house.erp.type_bill("v10005", "inv-8841", status=status)
    invoice_id = house.ready()
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "exists")
    assert (house.codes(invoice_id), house.erp.calls("create")) == (["H02"], [])


def test_a_voided_bill_of_that_reference_stands_in_nobodys_way() -> None:
    house = a_house()
    house.erp.type_bill("V10005", "INV-8841", status="Voided")
    invoice_id = house.ready()
    house.post()
    assert house.standing(invoice_id) == DONE


def test_two_bills_with_our_mark_are_shown_to_a_person() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("create", lambda: house.erp.copy_of(next(iter(house.erp.bills))), side="after", error=LOST)
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "double")
    assert (house.codes(invoice_id), house.statuses(invoice_id)) == (["R15"], ["On Hold", "On Hold"])


def test_a_list_without_the_witness_proves_nothing() -> None:
    house = a_house()
    house.erp.hidden.add(house.erp.type_bill("V10013", "OTHER"))
    invoice_id = house.ready()
    posted = house.post()
    assert (house.standing(invoice_id), posted.waiting) == ((PostingState.READY, None), True)
    assert house.erp.calls("create") == []
    house.erp.hidden.clear()
    assert not house.post().waiting
    assert house.standing(invoice_id) == DONE


def test_the_last_verified_bill_is_the_witness_and_any_other_where_it_is_gone() -> None:
    house = a_house()
    other = house.erp.type_bill("V10013", "OTHER")
    first = house.ready()
    house.post()
    ours = house.posting(first).verified_ref
    assert isinstance(ours, BillKey)
    house.erp.hidden.add(ours)
    second = house.ready(invoice_number="INV-2", external_id="ST-2")
    assert house.post().waiting, "our own last bill does not show: the list is stale"
    house.erp.delete(ours)
    house.erp.hidden.clear()
    assert not house.post().waiting
    assert other in house.erp.bills and house.standing(second) == DONE


def test_an_unexpected_fault_of_the_program_while_sending_is_uncertain() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", KeyError("whatever"), side="after")
    posted = house.post()
    assert [error.family for error in posted.errors] == ["program"]
    assert house.standing(invoice_id) == DONE, "it was looked for at once, and is there"
    assert house.statuses(invoice_id) == ["Open"]


def test_a_sign_in_that_fails_while_sending_is_uncertain_and_stops_the_pass() -> None:
    house = a_house()
    first, second = (house.ready(invoice_number=f"INV-{n}", external_id=f"ST-{n}") for n in (1, 2))
    house.erp.fail("create", LOGGED_OUT)
    posted = house.post()
    assert [type(error) for error in posted.errors] == [ConfigurationError]
    assert house.standing(first) == (PostingState.UNCERTAIN, None)
    assert house.standing(second) == (PostingState.READY, None)


def test_one_refusal_or_lost_answer_never_stops_the_others() -> None:
    house = a_house()
    ids = [house.ready(invoice_number=f"INV-{n}", external_id=f"ST-{n}") for n in range(4)]
    house.erp.fail("create", REFUSED)
    house.erp.fail("create", LOST)
    house.erp.fail("create", KeyError("bug"))
    posted = house.post()
    states = [house.posting(each).state for each in ids]
    assert states == [PostingState.REJECTED, PostingState.UNCERTAIN, PostingState.UNCERTAIN, PostingState.DONE]
    assert posted.waiting


def test_a_fault_of_the_program_that_comes_again_and_again_stops_the_pass() -> None:
    house = a_house()
    ids = [house.ready(invoice_number=f"INV-{n}", external_id=f"ST-{n}") for n in range(5)]
    house.erp.fail("create", KeyError("bug"), times=5)
    with pytest.raises(KeyError):
        house.post()
    assert [house.posting(each).state for each in ids[3:]] == [PostingState.READY, PostingState.READY]


def test_a_row_that_another_process_took_over_is_let_go() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("create", lambda: house.invoices.claim(house.invoices.rows[invoice_id], "process-2"))
    posted = house.post()
    assert (posted.errors, posted.records) == ((), ())
    assert house.posting(invoice_id).state is PostingState.INTENT


def test_a_row_that_was_taken_over_before_it_was_claimed_is_left_alone() -> None:
    house = a_house()
    invoice_id = house.ready()
    context = house.context()
    stale = house.invoices.rows[invoice_id]
    house.invoices.claim(stale, "process-2")
    assert start_run(context, [stale], facts()).items == []


def test_a_server_that_goes_away_stops_the_pass_and_what_was_done_is_told() -> None:
    house = a_house()
    ids = [house.ready(invoice_number=f"INV-{n}", external_id=f"ST-{n}") for n in range(3)]
    house.erp.meanwhile("create", lambda: house.erp.fail("create", NOT_SENT))
    posted = house.post()
    assert posted.errors == (NOT_SENT,)
    assert [record.posting.id for record in posted.records] == ids
    assert [house.posting(each).state for each in ids] == [
        PostingState.RECORDED,
        PostingState.READY,
        PostingState.READY,
    ]


def test_a_bill_that_no_read_shows_after_a_good_answer_is_asked_for_once_more() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("create", house.erp.bills.clear, side="after")
    assert house.post().waiting
    posting = house.posting(invoice_id)
    assert (posting.state, posting.ref, posting.uncertain_cause) == (PostingState.UNCERTAIN, None, "lost_answer")
    house.clock.sleep(QUARANTINE + 1)
    house.post()
    assert (house.standing(invoice_id), house.statuses(invoice_id)) == (DONE, ["Open"])
    assert house.posting(invoice_id).attempts == 2


def test_a_bill_that_does_not_stay_on_hold_is_a_persons_and_the_last_one_made() -> None:
    house = a_house()
    house.erp.honours_hold = False
    first, second = house.ready(), house.ready(invoice_number="INV-2", external_id="S2")
    for _ in range(2):
        posted = house.post()
        assert [error.code for error in posted.errors] == ["acumatica.hold_ignored"]
    assert sorted([house.standing(first), house.standing(second)]) == [
        (PostingState.PERSON, "hold_ignored"),
        (PostingState.READY, None),
    ]
    assert len(house.erp.bills) == 1
