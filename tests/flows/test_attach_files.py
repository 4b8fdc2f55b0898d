"""Attachments go onto the verified bill, late ones too; what fails is a note and never touches the booking."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.invoice import Attachment
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.engine.windows import parse_window
from ml_connector.errors import ConfigurationError, ConnectorError, IntegrityError
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.attach_files import attach_files
from ml_connector.flows.invoices.post_invoices import post_invoices
from tests.flows.in_memory.erp import LOST, NOT_SENT, REFUSED
from tests.flows.in_memory.house import CrashAt, House, a_house, some_terms

PDF, PLAN = b"%PDF-1.7 invoice", b"%PDF-1.7 drawing"
NUMBER = BillKey("Bill", "000001")
DONE = (PostingState.DONE, None)


def come(house: House, name: str, content: bytes) -> Attachment:
    """An attachment whose bytes are in the archive."""
    digest = sha256(content).hexdigest()
    house.files.save_content(content, digest)
    return Attachment(name, "application/pdf", len(content), digest)


def a_pass(context: FlowContext) -> list[ConnectorError]:
    post_invoices(context)
    return attach_files(context)


def booked(*names: str, **terms: object) -> tuple[House, str]:
    """A house whose invoice is booked with these attachments, nothing attached yet."""
    house = a_house(**terms)
    attachments = tuple(come(house, name, PDF if number == 0 else PLAN) for number, name in enumerate(names))
    invoice_id = house.ready(attachments=attachments)
    house.post()
    return house, invoice_id


def told(house: House, invoice_id: str) -> list[str]:
    """What the invoice's notes say, attachments only."""
    return [each.message for each in house.invoices.rows[invoice_id].findings if each.code == "Z17"]


def calls(house: House) -> list[str]:
    return [f"{call} {about}" for call, about in house.erp.journal if call in ("files", "attach")]


def test_what_came_with_the_invoice_is_on_its_bill_once() -> None:
    house, invoice_id = booked("INV-8841.pdf", "drawing.pdf")
    assert told(house, invoice_id) == [
        "INV-8841.pdf is not attached to the bill yet.",
        "drawing.pdf is not attached to the bill yet.",
    ]
    assert attach_files(house.context()) == []
    attach_files(house.context())

    assert house.erp.attached[NUMBER] == [("INV-8841.pdf", PDF), ("drawing.pdf", PLAN)]
    assert (house.standing(invoice_id), house.codes(invoice_id)) == (DONE, [])
    assert calls(house) == ["files Bill/000001", "attach INV-8841.pdf", "attach drawing.pdf"]
    assert [note.note for note in house.invoices.notes if note.event == "invoice.attached"] == [
        "attached: INV-8841.pdf, drawing.pdf"
    ]


def test_an_invoice_without_attachments_costs_no_request_more() -> None:
    house, _ = booked()
    before = len(house.erp.journal)
    attach_files(house.context())

    assert len(house.erp.journal) == before


def test_one_that_has_not_come_is_waited_for_without_asking_and_attached_late() -> None:
    house = a_house()
    invoice_id = house.ready(attachments=(Attachment("late.pdf"),))
    a_pass(house.context())
    assert (house.standing(invoice_id), told(house, invoice_id), calls(house)) == (
        DONE,
        ["late.pdf is not attached to the bill yet."],
        [],
    )
    record = house.invoices.rows[invoice_id]
    arrived = replace(record.invoice, attachments=(come(house, "late.pdf", PDF),))
    house.invoices.rows[invoice_id] = replace(record, invoice=arrived)
    a_pass(house.context())

    assert house.erp.attached[NUMBER] == [("late.pdf", PDF)]
    assert (told(house, invoice_id), len(house.bills(invoice_id))) == ([], 1)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (REFUSED, "Account is inactive"),
        (LOST, "no answer came"),
        (NOT_SENT, "the server could not be reached"),
        (ConfigurationError("the user may not", code="acumatica.forbidden"), "the user may not"),
    ],
)
@pytest.mark.parametrize("call", ["files", "attach"])
def test_a_failure_is_told_and_the_next_pass_tries_again(call: str, error: ConnectorError, reason: str) -> None:
    house, invoice_id = booked("INV-8841.pdf")
    house.erp.fail(call, error)
    assert attach_files(house.context()) == []
    assert told(house, invoice_id) == [f"INV-8841.pdf is not attached to the bill yet: {reason}"]
    assert house.standing(invoice_id) == DONE

    attach_files(house.context())
    assert (house.erp.attached[NUMBER], told(house, invoice_id)) == ([("INV-8841.pdf", PDF)], [])
    assert len(house.bills(invoice_id)) == 1


def test_one_file_that_is_refused_keeps_the_next_from_nothing() -> None:
    house, invoice_id = booked("virus.exe", "drawing.pdf")
    house.erp.fail("attach", REFUSED)
    attach_files(house.context())

    assert house.erp.attached[NUMBER] == [("drawing.pdf", PLAN)]
    assert told(house, invoice_id) == ["virus.exe is not attached to the bill yet: Account is inactive"]


def test_where_acumatica_cannot_be_reached_it_is_not_asked_for_every_bill() -> None:
    house, _ = booked("INV-8841.pdf")
    house.ready(invoice_number="INV-8842", external_id="ST-8842", attachments=(come(house, "other.pdf", PDF),))
    house.post()
    house.erp.fail("files", NOT_SENT)
    attach_files(house.context())

    assert calls(house) == ["files Bill/000001"]


def test_the_same_failure_is_kept_in_the_trail_once() -> None:
    house, _ = booked("INV-8841.pdf")
    house.erp.fail("attach", REFUSED, times=3)
    for _ in range(3):
        attach_files(house.context())

    assert len([note for note in house.invoices.notes if note.event == "invoice.not_attached"]) == 1


def test_a_file_whose_answer_was_lost_is_not_put_twice() -> None:
    house, invoice_id = booked("INV-8841.pdf")
    house.erp.fail("attach", LOST, side="after")
    attach_files(house.context())
    attach_files(house.context())

    assert (house.erp.attached[NUMBER], told(house, invoice_id)) == ([("INV-8841.pdf", PDF)], [])


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("step", ["verified", "done", "look at attachments", "attach", "attached"])
def test_a_process_that_dies_anywhere_forgets_none_and_attaches_none_twice(step: str, side: str) -> None:
    house = a_house()
    invoice_id = house.ready(attachments=(come(house, "INV-8841.pdf", PDF),))
    house.crash(CrashAt(step, side), a_pass)  # type: ignore[arg-type]
    house.clock.sleep(1000)
    a_pass(house.context())

    assert (house.standing(invoice_id), len(house.bills(invoice_id))) == (DONE, 1)
    assert (house.erp.attached[NUMBER], told(house, invoice_id)) == ([("INV-8841.pdf", PDF)], [])


def test_a_bill_that_is_gone_gets_nothing() -> None:
    house, invoice_id = booked("INV-8841.pdf")
    house.erp.delete(NUMBER)
    attach_files(house.context())

    assert told(house, invoice_id) == ["INV-8841.pdf is not attached to the bill yet: the bill is not there any more."]


def test_a_row_before_a_person_is_left_alone() -> None:
    house, invoice_id = booked("INV-8841.pdf")
    record = house.invoices.rows[invoice_id]
    person = replace(record.posting, state=PostingState.PERSON, reason="correction")
    house.invoices.rows[invoice_id] = replace(record, posting=person)
    attach_files(house.context())

    assert calls(house) == []


def test_in_a_blackout_nothing_is_attached() -> None:
    house, _ = booked("INV-8841.pdf")
    house.terms = some_terms(blackout=(parse_window("Mon-Sun 00:00-24:00"),))
    attach_files(house.context())

    assert calls(house) == []


def test_a_damaged_archive_is_told_and_stops_no_other_bill() -> None:
    house, _ = booked("INV-8841.pdf")
    house.ready(invoice_number="INV-8842", external_id="ST-8842", attachments=(come(house, "other.pdf", PLAN),))
    house.post()
    house.files.damaged.add(sha256(PDF).hexdigest())
    [error] = attach_files(house.context())

    assert isinstance(error, IntegrityError)
    assert [name for files in house.erp.attached.values() for name, _ in files] == ["other.pdf"]


def test_another_holder_that_took_the_row_over_is_no_error() -> None:
    house, _ = booked("INV-8841.pdf")
    house.erp.meanwhile("attach", lambda: house.invoices.rows.update(_one_epoch_later(house)))

    assert attach_files(house.context()) == []
    assert house.erp.attached[NUMBER] == [("INV-8841.pdf", PDF)]


def _one_epoch_later(house: House) -> dict[str, InvoiceRecord]:
    return {
        key: replace(row, posting=replace(row.posting, epoch=row.posting.epoch + 1))
        for key, row in house.invoices.rows.items()
    }
