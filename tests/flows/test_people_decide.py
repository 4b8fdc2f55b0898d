"""What people decide about single invoices: accepted, refused for good, or handled by hand; and what they may not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.decision import Act
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import RejectedError, TransientError
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from ml_connector.flows.people.accept_invoice import accept_invoice
from ml_connector.flows.people.handle_invoice import handle_invoice
from ml_connector.flows.people.instruction import Decided, Instruction
from ml_connector.flows.people.reject_invoice import reject_invoice
from tests.builders import a_line, an_invoice, usd
from tests.flows.in_memory.erp import LOST
from tests.flows.in_memory.house import House, a_house

ANNA = Instruction("anna", "checked with the vendor")
SILENT = Instruction("anna")
# Its number looks like that of a bill of ours that is booked.
NEAR = an_invoice("50.00", a_line("50.00"), invoice_number="INV-884I", external_id="ST-2")


def decide(house: House, act: Act, invoice_id: str, by: Instruction = ANNA, bill: BillKey | None = None) -> Decided:
    """The act on the invoice as it stands."""
    record = house.invoices.rows[invoice_id]
    if act == "handled":
        return handle_invoice(house.context(), record, bill, by)
    return (accept_invoice if act == "accept" else reject_invoice)(house.context(), record, by)


def parked(house: House, invoice: ApprovedInvoice = NEAR) -> str:
    """An invoice that waits for a review, since one like it is booked; its id."""
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry_invoices(house.context())
    house.exchange.drop_invoices("b.csv", invoice)
    carry_invoices(house.context())
    invoice_id = list(house.invoices.rows)[-1]
    assert house.standing(invoice_id) == (PostingState.REJECTED, None)
    return invoice_id


def test_what_was_accepted_is_posted_by_the_next_pass_and_the_decision_is_kept() -> None:
    house = a_house()
    invoice_id = parked(house)

    decide(house, "accept", invoice_id)
    carry_invoices(house.context())

    row = house.invoices.rows[invoice_id]
    assert row.posting.state is PostingState.DONE
    assert [(each.code, each.severity) for each in row.findings] == [("H03", "note")]
    assert row.findings[0].message.endswith("Accepted by anna: checked with the vendor")
    (made,) = house.invoices.decisions
    assert (made.act, made.actor, made.reason, made.payload_hash) == (
        "accept",
        "anna",
        "checked with the vendor",
        row.posting.payload_hash,
    )
    assert [(each.code, each.severity) for each in made.findings] == [("H03", "review")]
    (note,) = [note for note in house.invoices.notes if note.event == "invoice.accept"]
    assert (note.actor, note.subject) == ("anna", invoice_id)


def test_an_acceptance_still_holds_after_newer_master_data() -> None:
    house = a_house()
    invoice_id = parked(house)
    decide(house, "accept", invoice_id)
    house.clock.sleep(3600)
    carry_invoices(house.context())
    assert house.standing(invoice_id) == (PostingState.DONE, None)


def test_a_change_of_the_document_voids_an_acceptance() -> None:
    house = a_house()
    invoice_id = parked(house)
    decide(house, "accept", invoice_id)
    later = an_invoice("51.00", a_line("51.00"), invoice_number="INV-884I", external_id="ST-2")
    house.exchange.drop_invoices("c.csv", later)
    carry_invoices(house.context())
    assert (house.standing(invoice_id), house.codes(invoice_id)) == ((PostingState.REJECTED, None), ["H03"])
    assert house.bills(invoice_id) == []


def test_a_change_of_what_would_be_posted_voids_an_acceptance() -> None:
    house = a_house()
    invoice_id = parked(house)
    decide(house, "accept", invoice_id)
    # The same document, but the subaccount it falls back on is another one by now.
    house.terms = replace(house.terms, rules=replace(house.terms.rules, branch="NORTH"))
    decided = house.invoices.rows[invoice_id]
    house.invoices.rows[invoice_id] = replace(decided, invoice=replace(decided.invoice, branch=None))
    house.clock.sleep(3600)
    carry_invoices(house.context())
    assert house.standing(invoice_id) == (PostingState.REJECTED, None)
    assert "accepted again" in house.invoices.notes[-1].note


def test_a_finding_that_stops_is_not_accepted_and_the_reason_is_told() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice(vendor_id="V99999"))
    carry_invoices(house.context())
    (invoice_id,) = house.invoices.rows
    with pytest.raises(RejectedError) as caught:
        decide(house, "accept", invoice_id)
    assert "V01" in caught.value.message
    assert house.standing(invoice_id) == (PostingState.REJECTED, None)
    assert house.invoices.decisions == []


def test_where_two_persons_are_asked_for_the_command_line_accepts_nothing() -> None:
    house = a_house(two_persons=True)
    invoice_id = parked(house)
    with pytest.raises(RejectedError) as caught:
        decide(house, "accept", invoice_id)
    assert "second person" in caught.value.message
    assert house.standing(invoice_id) == (PostingState.REJECTED, None)


def test_accepting_again_says_so_and_changes_nothing() -> None:
    house = a_house()
    invoice_id = parked(house)
    decide(house, "accept", invoice_id)
    assert decide(house, "accept", invoice_id).told.startswith("Accepted already by anna on 2026-10-14")
    assert len(house.invoices.decisions) == 1


def test_a_number_begun_anew_is_asked_once_and_then_known_of_that_vendor() -> None:
    house = a_house()
    for number, reference in enumerate(("R-1", "R-2"), start=1):
        key = house.erp.type_bill("V10005", reference, f"{number}00.00")
        house.erp.change(key, dated_on=an_invoice().invoice_date.replace(year=2025))
    first = house.ready(invoice_number="R-1", external_id="ST-11")
    house.post()
    assert (house.standing(first), house.codes(first)) == ((PostingState.PERSON, "exists"), ["H02"])

    decide(house, "accept", first)
    house.post()
    second = house.ready(invoice_number="R-2", external_id="ST-12")
    house.post()

    assert [house.standing(each)[0] for each in (first, second)] == [PostingState.DONE, PostingState.DONE]


def test_an_exact_duplicate_is_not_accepted() -> None:
    house = a_house()
    key = house.erp.type_bill("V10005", "INV-8841")
    house.erp.change(key, dated_on=an_invoice().invoice_date)
    invoice_id = house.ready()
    house.post()
    with pytest.raises(RejectedError) as caught:
        decide(house, "accept", invoice_id)
    assert "invoice handled" in caught.value.fix


def with_other_tax(house: House, tax: str) -> str:
    """An invoice that waits since Acumatica computes another tax than it states; its id."""
    bill = BillKey("Bill", "000001")
    house.erp.meanwhile("create", lambda: house.erp.change(bill, tax_total=Decimal(tax)), side="after")
    invoice_id = house.ready(an_invoice("1284.37", a_line("1284.35"), tax_total=usd("0.02")))
    house.post()
    assert (house.standing(invoice_id), house.codes(invoice_id)) == ((PostingState.PERSON, "tax"), ["X01"])
    return invoice_id


def test_a_tax_that_differs_is_accepted_as_acumatica_computes_it() -> None:
    house = a_house()
    invoice_id = with_other_tax(house, "0.12")
    decide(house, "accept", invoice_id)
    house.post()
    plan = house.posting(invoice_id).plan
    assert (house.standing(invoice_id), plan and plan.stated_tax) == ((PostingState.DONE, None), Decimal("0.12"))


def test_a_tax_that_is_another_by_now_is_not_the_one_accepted() -> None:
    house = a_house()
    invoice_id = with_other_tax(house, "0.12")
    house.erp.change(BillKey("Bill", "000001"), tax_total=Decimal("0.20"))
    with pytest.raises(RejectedError) as caught:
        decide(house, "accept", invoice_id)
    assert caught.value.message.startswith("Bill/000001 is no longer as it was when the finding was made.")


def test_refusing_for_good_closes_it_and_tells_of_the_bill_that_exists() -> None:
    house = a_house()
    invoice_id = parked(house)
    decided = decide(house, "reject", invoice_id, SILENT)
    assert house.standing(invoice_id) == (PostingState.CLOSED, "refused")
    assert decided.told == "it will not be posted; no bill was made."
    assert decide(house, "reject", invoice_id).told == "Refused already; nothing was changed."
    carry_invoices(house.context())
    assert house.bills(invoice_id) == []


def test_refusing_an_invoice_with_a_bill_leaves_the_bill_and_says_so() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.meanwhile("create", lambda: house.erp.type_bill("V10005", "INV-8841"), side="after")
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "exists")
    told = decide(house, "reject", invoice_id).told
    assert told.startswith("bill Bill/000001 stays in Acumatica as it is (On Hold)")
    assert house.statuses(invoice_id) == ["On Hold"]


def test_an_invoice_whose_bill_may_still_come_is_not_decided() -> None:
    house = a_house()
    house.foreground = False
    invoice_id = house.ready()
    house.erp.fail("create", LOST)
    house.post()
    for act in ("reject", "handled"):
        with pytest.raises(RejectedError) as caught:
            decide(house, act, invoice_id)
        assert caught.value.message.startswith("It is not known yet whether")


def test_a_booked_invoice_is_neither_refused_nor_handled() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.post()
    with pytest.raises(RejectedError) as caught:
        decide(house, "reject", invoice_id)
    assert caught.value.message == "This invoice is booked as Bill/000001."


def test_a_bill_typed_by_hand_stands_for_the_invoice() -> None:
    house = a_house()
    house.erp.type_bill("V10005", "INV-8841")
    invoice_id = house.ready()
    house.post()
    decided = decide(house, "handled", invoice_id, SILENT)
    posting = house.posting(invoice_id)
    assert (posting.state, posting.ref, posting.bill_status) == (
        PostingState.LINKED,
        BillKey("Bill", "000001"),
        "Open",
    )
    assert decided.told == "it is Bill/000001 (Open, 1,284.37)."
    assert decide(house, "handled", invoice_id).told.startswith("Handled already as Bill/000001")


@pytest.mark.parametrize(
    ("vendor", "reference", "amount", "told"),
    [
        ("V10004", "INV-8841", "1284.37", "its vendor is V10004, the invoice is of V10005"),
        ("V10005", "8841", "1284.37", "its reference is 8841, the invoice number INV-8841"),
        ("V10005", "INV-8841", "1284.00", "its amount is 1,284.00, the invoice's 1,284.37"),
    ],
)
def test_a_bill_that_differs_needs_a_reason(vendor: str, reference: str, amount: str, told: str) -> None:
    house = a_house()
    key = house.erp.type_bill(vendor, reference, amount)
    invoice_id = house.ready()
    with pytest.raises(RejectedError) as caught:
        decide(house, "handled", invoice_id, SILENT, key)
    assert caught.value.message == f"Bill {key.number} differs from the invoice: {told}."
    assert told in decide(house, "handled", invoice_id, ANNA, key).told
    assert house.standing(invoice_id) == (PostingState.LINKED, None)


def test_only_a_bill_that_is_there_and_free_can_stand_for_an_invoice() -> None:
    house = a_house()
    booked = house.ready()
    house.post()
    other = house.ready(invoice_number="INV-2", external_id="ST-2")
    for key, told in (
        (BillKey("Bill", "999999"), "Bill/999999 is not in Acumatica."),
        (house.posting(booked).ref, "Bill/000001 is the bill of another invoice, ST-8841 (i00000001)."),
        (None, "Acumatica has no bill of this vendor and number."),
    ):
        with pytest.raises(RejectedError) as caught:
            decide(house, "handled", other, ANNA, key)
        assert caught.value.message == told


def test_our_own_bill_must_be_gone_before_another_stands_for_the_invoice() -> None:
    house = a_house()
    invoice_id = house.ready()
    typed: list[BillKey] = []
    house.erp.meanwhile("create", lambda: typed.append(house.erp.type_bill("V10005", "INV-8841")), side="after")
    house.post()
    with pytest.raises(RejectedError) as caught:
        decide(house, "handled", invoice_id, ANNA, typed[0])
    assert caught.value.message == "For this invoice we made Bill/000001 (On Hold), which is still there."
    house.erp.delete(BillKey("Bill", "000001"))
    decide(house, "handled", invoice_id, ANNA, typed[0])
    assert house.standing(invoice_id) == (PostingState.LINKED, None)


def test_a_decision_on_an_invoice_that_moved_meanwhile_is_not_made() -> None:
    house = a_house()
    invoice_id = house.ready()
    seen = house.invoices.rows[invoice_id]
    house.post()
    with pytest.raises(TransientError) as caught:
        reject_invoice(house.context(), seen, ANNA)
    assert caught.value.code == "store.row_taken_over"
