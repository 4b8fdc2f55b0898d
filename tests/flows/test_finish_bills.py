"""From RECORDED to DONE: what is verified, what is sent by the verified number alone, where a person comes first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import RejectedError
from tests.builders import a_line, an_invoice, usd
from tests.flows.in_memory.erp import LOST, NOT_SENT
from tests.flows.in_memory.house import CrashAt, House, a_house

DONE = (PostingState.DONE, None)
NUMBER = BillKey("Bill", "000001")


def writes(house: House) -> list[str]:
    """The writes that were asked for, in order."""
    return [call for call, _ in house.erp.journal if call in ("create", "taxes", "off hold", "release")]


@pytest.mark.parametrize(
    ("finish", "status", "sent"),
    [
        ("hold", "On Hold", ["create"]),
        ("balance", "Balanced", ["create", "off hold"]),
        ("release", "Open", ["create", "off hold", "release"]),
    ],
)
def test_a_bill_goes_as_far_as_the_policy_says(finish: str, status: str, sent: list[str]) -> None:
    house = a_house(finish=finish)
    invoice_id = house.ready()
    posted = house.post()
    assert (house.standing(invoice_id), house.statuses(invoice_id), posted.waiting) == (DONE, [status], False)
    assert writes(house) == sent
    assert house.posting(invoice_id).bill_status == status


@pytest.mark.parametrize(
    ("lists_lines", "answers_lines", "read_back"),
    [
        (True, True, ["look", "off hold", "release", "look"]),
        (True, False, ["look", "off hold", "bill", "release", "look"]),
        (False, True, ["look", "bill", "off hold", "release", "look", "bill"]),
        (False, False, ["look", "bill", "off hold", "bill", "release", "look", "bill"]),
    ],
)
def test_a_released_bill_costs_these_requests(lists_lines: bool, answers_lines: bool, read_back: list[str]) -> None:
    """A bill is read by its key where neither the list nor the answer to off hold tells what was made of it."""
    house = a_house()
    house.erp.lists_lines, house.erp.answers_lines = lists_lines, answers_lines
    house.erp.type_bill("V10013", "OTHER")
    house.ready()
    house.post()
    created = ["any bill", "look", "prepare", "create"]
    assert [call for call, _ in house.erp.journal] == [*created, *read_back]


def test_a_bill_changed_between_its_last_read_and_the_final_list_is_read_again() -> None:
    house = a_house()
    invoice_id = house.ready()
    for _ in ("before the creation", "to verify"):
        house.erp.meanwhile("look", lambda: None)
    house.erp.meanwhile("look", lambda: house.erp.change(NUMBER, amount=Decimal("1284.38")))
    house.post()
    assert (house.standing(invoice_id), house.codes(invoice_id)) == ((PostingState.PERSON, "mismatch"), ["Z12"])


def test_nothing_is_ever_sent_for_an_invoice_that_is_done() -> None:
    house = a_house()
    house.ready()
    house.post()
    before = len(house.erp.journal)
    house.post()
    assert len(house.erp.journal) == before


def test_a_bill_that_is_not_as_sent_stays_on_hold_before_a_person() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("create", lambda: house.erp.change(NUMBER, amount=Decimal("1284.38")), side="after")
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "mismatch")
    assert (house.codes(invoice_id), house.statuses(invoice_id)) == (["Z12"], ["On Hold"])


def test_a_list_that_lags_behind_is_asked_again_for_a_moment() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("create", lambda: house.erp.hidden.add(NUMBER), side="after")
    house.erp.meanwhile("look", lambda: None)
    house.erp.meanwhile("look", house.erp.hidden.clear, side="after")
    posted = house.post()
    assert (house.standing(invoice_id), posted.waiting) == (DONE, False)


def test_a_list_that_keeps_lagging_makes_the_bill_wait_on_hold() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("create", lambda: house.erp.hidden.add(NUMBER), side="after")
    posted = house.post()
    assert house.standing(invoice_id) == (PostingState.RECORDED, None)
    assert (house.statuses(invoice_id), posted.waiting) == (["On Hold"], True)
    house.erp.hidden.clear()
    house.post()
    assert house.standing(invoice_id) == DONE


def test_a_bill_doubled_by_a_proxy_is_caught_before_either_is_payable() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("create", lambda: house.erp.copy_of(NUMBER), side="after")
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "double")
    assert house.statuses(invoice_id) == ["On Hold", "On Hold"]


def test_a_bill_typed_by_a_person_meanwhile_is_caught_before_ours_is_payable() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("create", lambda: house.erp.type_bill("V10005", "INV-8841"), side="after")
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "exists")
    assert house.statuses(invoice_id) == ["On Hold"]


def test_a_bill_that_was_deleted_is_told_and_never_made_again() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.crash(CrashAt("look up", nth=2))
    house.erp.delete(NUMBER)
    house.post()
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "gone")
    assert (house.codes(invoice_id), writes(house)) == (["R16"], ["create"])


def test_a_double_that_shows_only_after_the_release_is_never_called_done() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("release", lambda: house.erp.copy_of(NUMBER), side="after")
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "double")
    assert house.statuses(invoice_id) == ["Open", "On Hold"]


def test_a_bill_edited_between_verify_and_the_final_reading_is_never_called_done() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("off hold", lambda: recode(house), side="after")
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "mismatch")


def recode(house: House) -> None:
    """A person books the first line of the bill elsewhere."""
    lines = house.erp.bills[NUMBER].lines or ()
    house.erp.change(NUMBER, lines=(replace(lines[0], account="61500"), *lines[1:]))


# What a person was quicker with.


@pytest.mark.parametrize(
    ("status", "sent"),
    [("Balanced", ["create", "release"]), ("Open", ["create"]), ("Closed", ["create"])],
)
def test_what_a_person_did_first_is_not_done_again(status: str, sent: list[str]) -> None:
    house = a_house()
    invoice_id = house.ready()
    house.crash(CrashAt("verified"))
    house.erp.change(NUMBER, status=status)
    house.post()
    assert (house.standing(invoice_id), writes(house)) == (DONE, sent)


def test_a_bill_put_back_on_hold_by_a_person_is_left_to_him() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.crash(CrashAt("release"))
    house.erp.change(NUMBER, status="On Hold")
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "held_again")
    assert house.statuses(invoice_id) == ["On Hold"]


def test_a_voided_bill_is_told() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.crash(CrashAt("release"))
    house.erp.change(NUMBER, status="Voided")
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "gone")
    assert house.codes(invoice_id) == ["R19"]


# Approvals.


@pytest.mark.parametrize("finish", ["balance", "release"])
def test_an_approval_is_waited_for_and_then_the_bill_goes_on(finish: str) -> None:
    house = a_house(finish=finish)
    house.erp.approvals = True
    invoice_id = house.ready()
    posted = house.post()
    posting = house.posting(invoice_id)
    assert (posting.state, posting.bill_status) == (PostingState.OFF_HOLD, "Pending Approval")
    assert not posted.waiting, "nobody needs to run it again; the approver is asked in Acumatica"
    house.post()
    assert house.posting(invoice_id).state is PostingState.OFF_HOLD
    house.erp.change(NUMBER, status="Balanced")
    house.post()
    assert house.standing(invoice_id) == DONE
    assert house.statuses(invoice_id) == ["Open" if finish == "release" else "Balanced"]


def test_an_approval_that_was_refused_is_a_persons_matter() -> None:
    house = a_house()
    house.erp.approvals = True
    invoice_id = house.ready()
    house.post()
    house.erp.change(NUMBER, status="Rejected")
    house.post()
    assert (house.standing(invoice_id), house.codes(invoice_id)) == ((PostingState.PERSON, "not_approved"), ["C02"])


def test_a_bill_waits_for_approval_as_it_was_sent_while_master_data_changes() -> None:
    house = a_house()
    house.erp.approvals = True
    invoice_id = house.ready()
    house.post()
    periods = tuple(replace(each, status="Closed") for each in house.erp.master.periods or ())
    house.erp.master = replace(house.erp.master, periods=periods, vendors={})
    house.erp.change(NUMBER, status="Balanced")
    house.clock.sleep(86_400)
    house.post()
    assert house.standing(invoice_id) == DONE


# Answers that are lost on the way.


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("call", ["off hold", "release"])
def test_a_lost_answer_of_a_finishing_call_is_settled_by_reading(call: str, side: str) -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail(call, LOST, side="after" if side == "after" else "before")
    posted = house.post()
    assert (house.standing(invoice_id), house.statuses(invoice_id)) == (DONE, ["Open"])
    assert (posted.errors, posted.waiting) == ((), False)
    assert writes(house).count(call) == (1 if side == "after" else 2)


def test_a_finishing_call_that_never_answers_is_left_for_the_next_pass() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("off hold", LOST, times=9)
    assert house.post().waiting
    assert house.standing(invoice_id) == (PostingState.VERIFIED, None)
    assert writes(house).count("off hold") == 5


@pytest.mark.parametrize("call", ["off hold", "release", "bill"])
def test_a_server_that_is_down_leaves_the_verified_bill_where_it_is(call: str) -> None:
    house = a_house()
    house.erp.lists_lines = call != "bill"
    house.erp.type_bill("V10013", "OTHER")
    invoice_id = house.ready()
    house.erp.fail(call, NOT_SENT)
    posted = house.post()
    assert (posted.errors, posted.waiting) == ((NOT_SENT,), True)
    house.post()
    assert house.standing(invoice_id) == DONE


def test_a_bill_that_may_not_be_taken_off_hold_is_a_persons_matter() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("off hold", RejectedError("a required attribute is missing"))
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "hold_refused")
    assert house.statuses(invoice_id) == ["On Hold"]


def test_off_hold_refused_because_somebody_did_it_already_goes_on() -> None:
    house = a_house()
    invoice_id = house.ready()
    refused = RejectedError("the record was changed by another user")
    house.erp.meanwhile("off hold", lambda: house.erp.change(NUMBER, status="Balanced"), error=refused)
    house.post()
    assert house.standing(invoice_id) == DONE


def test_a_release_refused_because_it_is_released_already_is_done() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("release", lambda: house.erp.change(NUMBER, status="Open"))
    house.post()
    assert house.standing(invoice_id) == DONE


def test_a_release_refused_once_is_tried_once_more() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("release", RejectedError("the document is being changed"))
    house.post()
    assert (house.standing(invoice_id), writes(house).count("release")) == (DONE, 2)


def test_a_release_refused_twice_is_a_persons_matter() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("release", RejectedError("period 10-2026 is closed"), times=9)
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "release_refused")
    assert house.statuses(invoice_id) == ["Balanced"]
    assert writes(house).count("release") == 2


def test_a_release_refused_because_a_person_put_it_on_hold_is_left_to_him() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("release", lambda: house.erp.change(NUMBER, status="On Hold"))
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "held_again")


# Stated tax.


def a_taxed_house(computed: str) -> tuple[House, str]:
    """A house whose server computes that tax, and an invoice that states 7.25."""
    house = a_house()
    house.erp.tax = Decimal(computed)
    invoice = an_invoice("107.25", a_line("100.00"), tax_total=usd("7.25"))
    return house, house.ready(invoice)


def test_tax_within_the_tolerance_is_set_and_told() -> None:
    house, invoice_id = a_taxed_house("7.26")
    house.post()
    (bill,) = house.bills(invoice_id)
    assert (house.standing(invoice_id), house.codes(invoice_id)) == (DONE, ["X01"])
    assert (bill.status, bill.tax_total, bill.amount) == ("Open", Decimal("7.25"), Decimal("107.25"))
    assert writes(house) == ["create", "taxes", "off hold", "release"]


def test_tax_beyond_the_tolerance_stays_on_hold_before_a_person() -> None:
    house, invoice_id = a_taxed_house("8.00")
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "tax")
    assert (house.statuses(invoice_id), writes(house)) == (["On Hold"], ["create"])


def test_tax_that_cannot_be_set_here_stays_on_hold_before_a_person() -> None:
    house, invoice_id = a_taxed_house("7.26")
    house.erp.may_set_tax = False
    house.post()
    assert (house.standing(invoice_id), house.codes(invoice_id)) == ((PostingState.PERSON, "tax"), ["X12"])
    assert house.statuses(invoice_id) == ["On Hold"]


def test_tax_details_that_do_not_add_up_are_not_touched() -> None:
    house, invoice_id = a_taxed_house("7.26")
    house.erp.meanwhile("create", lambda: house.erp.change(NUMBER, taxes=()), side="after")
    house.post()
    assert (house.standing(invoice_id), house.codes(invoice_id)) == ((PostingState.PERSON, "tax"), ["X12"])


def test_a_lost_answer_of_the_tax_change_is_settled_by_reading() -> None:
    house, invoice_id = a_taxed_house("7.26")
    house.erp.fail("taxes", LOST, side="after")
    house.post()
    assert (house.standing(invoice_id), writes(house).count("taxes")) == (DONE, 1)


# The policy changes while a bill is on its way.


def test_a_policy_of_hold_closes_what_was_taken_off_hold_before() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.crash(CrashAt("release"))
    house.terms = replace(house.terms, finish="hold")
    posted = house.post()
    assert (house.standing(invoice_id), house.statuses(invoice_id)) == (DONE, ["Balanced"])
    assert not posted.waiting


@pytest.mark.parametrize("error", [LOST, RejectedError("no access to this record")])
def test_a_bill_that_cannot_be_read_leaves_the_others_alone(error: Exception) -> None:
    house = a_house()
    house.erp.lists_lines = False
    first, second = (house.ready(invoice_number=f"INV-{n}", external_id=f"ST-{n}") for n in (1, 2))
    house.erp.fail("bill", error)
    posted = house.post()
    assert posted.errors == (error,)
    assert (house.posting(first).state, house.posting(second).state) == (PostingState.RECORDED, PostingState.DONE)
    house.post()
    assert house.standing(first) == DONE


def test_a_fault_of_the_program_in_one_bill_leaves_the_others_alone() -> None:
    house = a_house()
    first, second = (house.ready(invoice_number=f"INV-{n}", external_id=f"ST-{n}") for n in (1, 2))
    house.erp.fail("off hold", ValueError("bug"))
    posted = house.post()
    assert [error.code for error in posted.errors] == ["program.fault"]
    assert first in posted.errors[0].message and "bug" not in posted.errors[0].message
    assert (house.posting(first).state, house.posting(second).state) == (PostingState.VERIFIED, PostingState.DONE)
    house.post()
    assert house.standing(first) == DONE
