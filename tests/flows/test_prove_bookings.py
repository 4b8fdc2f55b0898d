"""Proof: a fresh look for the bill of every approved invoice, to the cent, believed only where the list is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ml_connector.domain.reconciliation import BookingProof
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import TransientError
from ml_connector.flows.invoices.prove_bookings import prove_bookings
from tests.builders import an_invoice
from tests.flows.in_memory.erp import LOST, REFUSED
from tests.flows.in_memory.house import House, a_house

NUMBER = BillKey("Bill", "000001")
TOTAL, NOTHING = Decimal("1284.37"), Decimal(0)


def proof(house: House) -> BookingProof:
    """The one row there is."""
    (row,) = prove_bookings(house.context())
    return row


def test_a_booked_invoice_is_proven_by_its_bill() -> None:
    house = a_house()
    house.ready()
    house.post()
    row = proof(house)
    assert (row.currency, row.approved, row.booked_once, row.residual) == ("USD", 1, 1, NOTHING)
    assert (row.approved_total, row.booked_total) == (TOTAL, TOTAL)


def test_without_an_invoice_there_is_nothing_to_ask() -> None:
    house = a_house()
    assert prove_bookings(house.context()) == ()
    assert house.erp.journal == []


def test_an_invoice_whose_bill_is_gone_is_missing() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.post()
    house.erp.delete(NUMBER)
    row = proof(house)
    assert [entry.invoice_id for entry in row.missing] == [invoice_id]
    assert row.residual == TOTAL


def test_two_payable_bills_are_named_and_a_held_double_apart() -> None:
    house = a_house()
    house.ready()
    house.post()
    held = house.erp.copy_of(NUMBER)
    assert [entry.bills for entry in proof(house).held_doubles] == [(held,)]
    house.erp.change(held, status="Open")
    row = proof(house)
    assert [entry.bills for entry in row.twice] == [(NUMBER, held)]
    assert row.residual == -TOTAL


def test_a_bill_that_lost_its_mark_is_known_by_its_number() -> None:
    house = a_house()
    house.ready()
    house.post()
    house.ready(invoice_number="INV-2", external_id="ST-2")
    house.post()
    house.erp.change(NUMBER, description="cleaned up", vendor_ref="INV-8841-A")
    assert (proof(house).booked_once, proof(house).residual) == (2, NOTHING)


def test_what_waits_and_what_was_refused_is_accounted_for() -> None:
    house = a_house()
    for number in range(3):
        house.ready(an_invoice("10.00", invoice_number=f"INV-{number}", external_id=f"ST-{number}"))
    house.erp.fail("create", REFUSED)
    house.erp.fail("create", LOST)
    house.post()
    row = proof(house)
    assert (row.approved, row.booked_once, row.in_flight, len(row.not_posted), row.residual) == (3, 1, 1, 1, NOTHING)


def test_what_was_done_by_hand_counts_as_booked() -> None:
    house = a_house()
    typed = house.erp.type_bill("V10005", "INV-8841")
    invoice_id = house.ready()
    house.post()
    linked = replace(house.posting(invoice_id), state=PostingState.LINKED, ref=typed)
    house.invoices.rows[invoice_id] = replace(house.invoices.rows[invoice_id], posting=linked)
    assert (proof(house).booked_once, proof(house).residual) == (1, NOTHING)


def test_a_list_that_does_not_show_what_is_known_proves_nothing() -> None:
    house = a_house()
    house.ready()
    house.post()
    house.erp.hidden.add(NUMBER)
    with pytest.raises(TransientError) as raised:
        proof(house)
    assert raised.value.code == "flows.look_up_not_proven"


def test_many_invoices_are_looked_for_in_batches() -> None:
    house = a_house()
    for number in range(45):
        house.ready(an_invoice("10.00", invoice_number=f"INV-{number}", external_id=f"ST-{number}"))
    house.post()
    before = len(house.erp.calls("look"))
    assert (proof(house).booked_once, proof(house).booked_total) == (45, Decimal("450.00"))
    assert len(house.erp.calls("look")) - before == 6
