"""A batch is verified, and read back at the end, in one list; what a list does not prove is read by its key."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import TransientError
from tests.flows.in_memory.erp import LOST
from tests.flows.in_memory.house import CrashAt, House, a_house

DONE = (PostingState.DONE, None)
NUMBER = BillKey("Bill", "000001")
BUSY = TransientError("the server went away", code="acumatica.unreachable")


def ready(house: House, count: int) -> list[str]:
    """So many invoices that may be posted."""
    return [house.ready(invoice_number=f"INV-{n}", external_id=f"ST-{n}") for n in range(count)]


def calls(house: House) -> dict[str, int]:
    """How often each kind of call was made, in the order of the first ones."""
    kinds = [call for call, _ in house.erp.journal]
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


def shown_as(house: House, after: str = "create", **members: Any) -> None:
    """After the next call of that kind lists show the first bill with these members, whatever it is."""

    def show() -> None:
        house.erp.seen_in_lists[NUMBER] = replace(house.erp.bills[NUMBER], **members)

    house.erp.meanwhile(after, show, side="after")


@pytest.mark.parametrize(
    ("finish", "each", "looks"),
    [
        ("hold", ["prepare", "create"], 2),
        ("balance", ["prepare", "create", "off hold"], 3),
        ("release", ["prepare", "create", "off hold", "release"], 3),
    ],
)
def test_a_batch_shares_every_read(finish: str, each: list[str], looks: int) -> None:
    house = a_house(finish=finish)
    house.erp.type_bill("V10013", "OTHER")
    invoices = ready(house, 20)
    house.post()
    assert {house.standing(invoice_id) for invoice_id in invoices} == {DONE}
    assert calls(house) == {"any bill": 1, "look": looks, **dict.fromkeys(each, 20)}


@pytest.mark.parametrize("finish", ["hold", "balance", "release"])
def test_later_batches_have_their_witness_from_the_one_before(finish: str) -> None:
    house = a_house(finish=finish)
    house.erp.type_bill("V10013", "OTHER")
    ready(house, 41)
    house.post()
    made = calls(house)
    assert (made["any bill"], made.get("bill", 0), made["look"]) == (1, 0, 6 if finish == "hold" else 9)


def test_a_witness_that_was_not_read_back_in_this_pass_is_read_by_its_key() -> None:
    house = a_house()
    ready(house, 1)
    house.post()
    house.erp.journal.clear()
    house.ready(invoice_number="INV-9", external_id="ST-9")
    house.post()
    assert house.erp.calls("bill") == [str(NUMBER)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": Decimal("1284.38")},
        {"vendor_ref": "INV-9"},
        {"description": "something else"},
        {"lines": ()},
        {"lines": None},
        {"balance": None},
        {"tax_total": None},
        {"tax_total": Decimal("0.01"), "balance": Decimal("1284.38")},
        {"status": "Balanced", "hold": False},
        {"status": "Rejected"},
    ],
)
def test_what_a_list_shows_otherwise_than_sent_is_read_by_its_key_and_judged_by_that(wrong: dict[str, Any]) -> None:
    house = a_house(finish="hold")
    shown_as(house, **wrong)
    [invoice_id] = ready(house, 1)
    house.post()
    assert (house.standing(invoice_id), house.codes(invoice_id)) == (DONE, [])
    assert house.erp.calls("bill") == [str(NUMBER)]


def test_only_the_bill_that_a_list_cuts_is_read_by_its_key() -> None:
    house = a_house()
    shown_as(house, lines=())
    invoices = ready(house, 3)
    house.post()
    assert {house.standing(invoice_id) for invoice_id in invoices} == {DONE}
    assert set(house.erp.calls("bill")) == {str(NUMBER)}


def test_a_bill_that_is_not_as_sent_is_not_verified_by_any_read() -> None:
    house = a_house()
    house.erp.meanwhile("create", lambda: house.erp.change(NUMBER, amount=Decimal("1284.38")), side="after")
    wrong, right = ready(house, 2)
    house.post()
    assert (house.standing(wrong), house.standing(right)) == ((PostingState.PERSON, "mismatch"), DONE)


def test_a_list_that_lags_behind_the_release_is_not_believed_and_nothing_is_released_twice() -> None:
    house = a_house()
    shown_as(house, "off hold", status="Balanced", hold=False)
    [invoice_id] = ready(house, 1)
    house.post()
    assert (house.standing(invoice_id), house.erp.calls("release")) == (DONE, [str(NUMBER)])
    assert house.posting(invoice_id).bill_status == "Open"


def test_a_release_that_did_nothing_is_called_once_more_and_read_back_once_more() -> None:
    house = a_house()
    house.erp.type_bill("V10013", "OTHER")
    house.erp.meanwhile("release", lambda: house.erp.change(BillKey("Bill", "000002"), status="Balanced"), side="after")
    first, second = ready(house, 2)
    house.post()
    assert (house.standing(first), house.standing(second)) == (DONE, DONE)
    assert calls(house) == {
        "any bill": 1,
        "look": 4,
        "prepare": 2,
        "create": 2,
        "off hold": 2,
        "release": 3,
        "bill": 1,
    }


def test_a_release_that_never_does_anything_is_left_for_the_next_pass() -> None:
    house = a_house()
    for _ in range(9):
        house.erp.meanwhile("release", lambda: house.erp.change(NUMBER, status="Balanced"), side="after")
    [invoice_id] = ready(house, 1)
    posted = house.post()
    assert (house.standing(invoice_id), posted.waiting) == ((PostingState.OFF_HOLD, None), True)
    assert len(house.erp.calls("release")) == 4


def test_a_bill_put_back_on_hold_after_its_release_was_called_is_a_persons_matter() -> None:
    house = a_house()
    house.erp.meanwhile("release", lambda: house.erp.change(NUMBER, status="On Hold"), side="after")
    [invoice_id] = ready(house, 1)
    house.post()
    assert (house.standing(invoice_id), house.codes(invoice_id)) == ((PostingState.PERSON, "held_again"), ["C03"])


def test_a_release_without_an_answer_is_settled_by_its_key() -> None:
    house = a_house()
    house.erp.fail("release", LOST, side="after")
    first, second = ready(house, 2)
    house.post()
    assert (house.standing(first), house.standing(second)) == (DONE, DONE)
    assert len(house.erp.calls("release")) == 2


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_batch_that_dies_between_its_reads_is_taken_up_where_each_bill_stands(nth: int) -> None:
    house = a_house()
    invoices = ready(house, 3)
    house.crash(CrashAt("look up", side="after", nth=nth))
    house.post()
    assert [house.standing(invoice_id) for invoice_id in invoices] == [DONE] * 3
    assert [house.statuses(invoice_id) for invoice_id in invoices] == [["Open"]] * 3
    assert len(house.erp.calls("release")) == 3


def test_a_server_that_goes_away_before_the_final_read_leaves_released_bills_to_the_next_pass() -> None:
    house = a_house()
    invoices = ready(house, 3)
    house.erp.meanwhile("look", lambda: None)
    house.erp.meanwhile("look", lambda: None)
    house.erp.fail("look", BUSY)
    posted = house.post()
    assert ({house.posting(each).state for each in invoices}, posted.waiting) == ({PostingState.OFF_HOLD}, True)
    house.post()
    assert [house.standing(invoice_id) for invoice_id in invoices] == [DONE] * 3
    assert len(house.erp.calls("release")) == 3


def test_a_due_date_that_a_list_does_not_show_is_read_by_the_key_where_one_is_stated() -> None:
    house = a_house(finish="hold")
    house.erp.meanwhile("create", lambda: house.erp.change(NUMBER, due_on=house.clock.now().date()), side="after")
    shown_as(house, due_on=None)
    invoice_id = house.ready(due_date=house.clock.now().date().replace(day=1))
    house.post()
    assert (house.standing(invoice_id), house.codes(invoice_id)) == (DONE, ["H27"])


def test_another_bill_under_the_same_reference_stops_one_that_the_list_proves_otherwise() -> None:
    house = a_house()
    house.erp.meanwhile("create", lambda: house.erp.type_bill("V10005", "INV-0"), side="after")
    stopped, other = ready(house, 2)
    house.post()
    assert (house.standing(stopped), house.standing(other)) == ((PostingState.PERSON, "exists"), DONE)
    assert _status(house.bills(stopped)) == ["On Hold"]


def _status(bills: list[Bill]) -> list[str]:
    return [bill.status for bill in bills]
