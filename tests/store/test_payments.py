"""Payments are kept by Stampli's id for them; Acumatica's by type and number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import Check, CheckApplication
from ml_connector.store.audit import AuditRepository
from ml_connector.store.database import Database
from ml_connector.store.payments import PaymentRepository
from tests.store.records import NAME, NOW, a_file, a_note, a_payment

FILE = a_file("fpppppppp", name="payments_1.csv", content="payments", feed="payments")


@pytest.fixture
def payments(database: Database, clock: SimulatedClock) -> PaymentRepository:
    return PaymentRepository(database, NAME, clock)


def test_payments_come_back_as_they_were_taken(payments: PaymentRepository) -> None:
    one, two = a_payment(), a_payment("PAY-2", record_id="pbbbbbbbb", amount="0.10")
    payments.save_payments_taken(FILE, [one, two], [])
    assert payments.load_payments() == (one, two)


def test_a_newer_version_of_a_payment_takes_its_place_under_the_old_id(
    payments: PaymentRepository, database: Database, clock: SimulatedClock
) -> None:
    payments.save_payments_taken(FILE, [a_payment()], [])
    newer = a_payment(record_id="pcccccccc", amount="1284.51")
    payments.save_payments_taken(FILE, [newer], [a_note("payment.replaced", "pcccccccc")])
    assert payments.load_payments() == (replace(newer, id="paaaaaaaa"),)
    entries = list(AuditRepository(database, NAME, clock).load_entries())
    assert [(entry.note.event, entry.note.subject) for entry in entries] == [("payment.replaced", "paaaaaaaa")]


def test_results_are_saved_all_or_none(payments: PaymentRepository, database: Database, clock: SimulatedClock) -> None:
    payments.save_payments_taken(FILE, [a_payment()], [])
    matched = replace(a_payment(), result="break", code="R08")
    payments.save_results([matched], [a_note("payment.break", "paaaaaaaa")])
    assert payments.load_payments() == (matched,)
    with pytest.raises(ValueError, match="no payment"):
        payments.save_results([replace(matched, code="R01"), a_payment(record_id="pzzzzzzzz")], [a_note()])
    assert payments.load_payments() == (matched,)
    assert [entry.sequence for entry in AuditRepository(database, NAME, clock).load_entries()] == [1]


def test_payments_of_another_connection_are_not_there(
    payments: PaymentRepository, database: Database, clock: SimulatedClock
) -> None:
    payments.save_payments_taken(FILE, [a_payment()], [])
    payments.save_checks([a_check("000001")])
    other = PaymentRepository(database, "pier", clock)
    assert (other.load_payments(), other.load_checks()) == ((), ())
    with pytest.raises(ValueError, match="no payment"):
        other.save_results([a_payment()], [])


def a_check(number: str, amount: str = "1284.50") -> Check:
    """A check that paid one bill."""
    applied = CheckApplication(BillKey("Bill", "004711"), Decimal(amount), Decimal("0.00"), "INV-8841", released=True)
    return Check(
        type="Payment",
        number=number,
        status="Closed",
        vendor="V000000012",
        amount=Decimal(amount),
        currency="USD",
        applications=(applied,),
        dated_on=date(2026, 11, 20),
        modified_at=NOW,
    )


def test_checks_are_replaced_by_type_and_number(payments: PaymentRepository) -> None:
    one, two = a_check("000002"), a_check("000001")
    payments.save_checks([one, two])
    newer = a_check("000002", "99.999999")
    voided = replace(newer, type="Voided Payment")
    payments.save_checks([newer, voided, one, newer])
    assert payments.load_checks() == (two, newer, voided)
    payments.forget_check(newer.type, newer.number)
    payments.forget_check(newer.type, newer.number)
    assert payments.load_checks() == (two, voided)
