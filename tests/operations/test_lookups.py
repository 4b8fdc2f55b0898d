"""What people look up, over the real store: by state, by any name an invoice has, and what paid it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.payment import PaymentApplication
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import ConfigurationError
from ml_connector.operations.lookups import STATES, Records, list_files, list_invoices, show_invoice
from ml_connector.store.disk.archive import Archive
from ml_connector.store.files import FileRepository
from ml_connector.store.invoices.repository import InvoiceRepository
from ml_connector.store.payments import PaymentRepository
from tests.databases import fresh_database
from tests.store.records import NAME, NOW, a_file, a_note, a_payment, a_record


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Two invoices of one file, one of them closed, and a payment of the other."""
    database, clock = fresh_database(tmp_path), SimulatedClock(NOW)
    invoices = InvoiceRepository(database, NAME, clock)
    files = FileRepository(database, NAME, clock, archive=Archive(tmp_path / "archive"))
    payments = PaymentRepository(database, NAME, clock)
    closed = a_record("ibbbbbbbb", external_id="ST-2", state=PostingState.CLOSED)
    closed = replace(closed, posting=replace(closed.posting, reason="before_cut_over"))
    invoices.save_taken(a_file(), [a_record(), closed], [])
    file = a_file("fpppppppp", name="payments_1.csv", content="payments", feed="payments")
    payments.save_payments_taken(file, [a_payment()], [a_note("payment.received", "paaaaaaaa")])
    return Records(invoices, files, payments)


def numbers(rows: Any) -> list[Any]:
    """External ids of shown invoices."""
    return [row["external_id"] for row in rows]


def test_invoices_are_listed_all_or_by_a_state_of_the_contract(records: Records) -> None:
    assert numbers(list_invoices(records, "release", None)) == ["ST-1", "ST-2"]
    assert numbers(list_invoices(records, "release", "received")) == ["ST-1"]
    assert numbers(list_invoices(records, "release", "ignored")) == ["ST-2"]
    assert sum(len(list_invoices(records, "release", state)) for state in STATES) == 2


def test_a_word_that_is_no_state_is_refused_with_the_right_ones(records: Records) -> None:
    with pytest.raises(ConfigurationError) as raised:
        list_invoices(records, "release", "open")
    assert (raised.value.code, raised.value.at) == ("cli.unknown_state", "settings")
    assert "needs_attention" in raised.value.fix


@pytest.mark.parametrize("name", ["iaaaaaaaa", "IAAAAAAAA", "ST-1"])
def test_an_invoice_is_known_by_our_id_or_stamplis(records: Records, name: str) -> None:
    story = show_invoice(records, "release", name)
    assert (story["id"], story["external_id"]) == ("iaaaaaaaa", "ST-1")
    assert [payment["payment_id"] for payment in story["payments"]] == ["PAY-1"]  # type: ignore[attr-defined]


def test_an_invoice_nobody_knows_is_told(records: Records) -> None:
    with pytest.raises(ConfigurationError) as raised:
        show_invoice(records, "release", "ST-9")
    assert (raised.value.code, raised.value.at) == ("cli.unknown_invoice", "settings")


def test_a_payment_without_ids_is_known_by_vendor_and_number(records: Records) -> None:
    payment = a_payment("PAY-2", record_id="pbbbbbbbb")
    money = payment.payment.amount
    bare = PaymentApplication("INV-8841", None, "V000000012", money, None)
    other = PaymentApplication("INV-8841", None, "V000000099", money, None)
    for number, application in (("PAY-2", bare), ("PAY-3", other)):
        paid = replace(payment.payment, payment_id=number, applications=(application,))
        row = replace(payment, id=f"p{number[-1] * 8}", payment=paid)
        file = a_file(f"f{number[-1] * 8}", name=number, content=number, feed="payments")
        records.payments.save_payments_taken(file, [row], [])
    story = show_invoice(records, "release", "ST-1")
    assert [shown["payment_id"] for shown in story["payments"]] == ["PAY-1", "PAY-2"]  # type: ignore[attr-defined]


def test_every_file_is_listed(records: Records) -> None:
    assert [row["name"] for row in list_files(records)] == ["invoices_1.csv", "payments_1.csv"]
