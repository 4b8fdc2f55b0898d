"""What arrives: new, known, replaced, corrected, canceled, not final - and what comes while a bill is on its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ml_connector.domain.values.posting import PostingState
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from ml_connector.flows.invoices.take_invoices import take_invoices
from tests.builders import a_line, an_invoice, usd
from tests.flows.in_memory.erp import LOST
from tests.flows.in_memory.house import QUARANTINE, CrashAt, House, a_house

CORRECTED = an_invoice("1300.00")
CANCELED = an_invoice(status="Canceled Invoice")


def arrive(house: House, name: str, *invoices: object) -> None:
    """A file comes and is taken in."""
    house.exchange.drop_invoices(name, *invoices)  # type: ignore[arg-type]
    assert take_invoices(house.context()).errors == ()


def only(house: House) -> str:
    """The id of the one invoice there is."""
    (invoice_id,) = house.invoices.rows
    return invoice_id


def test_the_same_invoice_in_another_file_adds_nothing() -> None:
    house = a_house()
    arrive(house, "a.csv", an_invoice())
    other = an_invoice(invoice_number="INV-2", external_id="ST-2")
    arrive(house, "b.csv", an_invoice(), other)
    assert len(house.invoices.rows) == 2
    assert [note.event for note in house.files.notes if note.event.startswith("invoice")] == ["invoice.received"] * 2


def test_a_newer_version_replaces_one_of_which_nothing_was_sent() -> None:
    house = a_house()
    arrive(house, "a.csv", an_invoice())
    first = only(house)
    arrive(house, "b.csv", CORRECTED)
    record = house.invoices.rows[only(house)]
    assert (record.posting.id, record.invoice, record.posting.state) == (first, CORRECTED, PostingState.RECEIVED)
    assert house.invoices.versions[first] == {row.id for row in house.files.load_files()}


def test_two_versions_in_one_file_leave_the_later_one() -> None:
    house = a_house()
    arrive(house, "a.csv", an_invoice(), CORRECTED)
    assert [record.invoice for record in house.invoices.rows.values()] == [CORRECTED]


def test_what_is_not_final_waits_until_it_is() -> None:
    house = a_house()
    arrive(house, "a.csv", an_invoice(status="Pending Approval"))
    assert house.standing(only(house)) == (PostingState.WAITING, None)
    assert carry_invoices(house.context()).waiting is False
    arrive(house, "b.csv", an_invoice())
    assert house.standing(only(house)) == (PostingState.RECEIVED, None)


def test_what_is_dated_before_the_cut_over_is_closed() -> None:
    house = a_house(cut_over=date(2026, 10, 6))
    arrive(house, "a.csv", an_invoice())
    assert house.standing(only(house)) == (PostingState.CLOSED, "before_cut_over")


def test_what_is_canceled_before_anything_was_sent_is_closed_and_may_come_back() -> None:
    house = a_house()
    arrive(house, "a.csv", an_invoice())
    arrive(house, "b.csv", CANCELED)
    assert house.standing(only(house)) == (PostingState.CLOSED, "voided")
    arrive(house, "c.csv", an_invoice(description="approved after all"))
    assert house.standing(only(house)) == (PostingState.RECEIVED, None)


def test_what_acumatica_refused_is_replaced_by_the_mended_version() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.invoices.rows[invoice_id] = replace(
        house.invoices.rows[invoice_id],
        posting=replace(
            house.posting(invoice_id), state=PostingState.REJECTED, reason="refused_by_acumatica", attempts=1
        ),
    )
    arrive(house, "b.csv", CORRECTED)
    carry_invoices(house.context())
    posting = house.posting(invoice_id)
    assert (posting.state, posting.attempts) == (PostingState.DONE, 1)
    assert [str(bill.amount) for bill in house.bills(invoice_id)] == ["1300.00"]


def test_a_correction_of_a_booked_invoice_is_told_field_by_field_and_makes_no_second_bill() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.post()
    arrive(house, "b.csv", CORRECTED)
    carry_invoices(house.context())
    assert house.standing(invoice_id) == (PostingState.PERSON, "correction")
    fields = {finding.field for finding in house.invoices.rows[invoice_id].findings}
    assert {"total", "lines[1].amount"} <= fields
    assert house.invoices.rows[invoice_id].invoice == an_invoice(), "what was booked stays on record"
    assert (house.statuses(invoice_id), len(house.erp.calls("create"))) == (["Open"], 1)


def test_a_later_correction_takes_the_place_of_the_earlier_one_beside_what_was_found_before() -> None:
    house = a_house()
    house.erp.tax = Decimal("7.26")
    invoice_id = house.ready(an_invoice("107.25", a_line("100.00"), tax_total=usd("7.25")))
    house.post()
    assert house.codes(invoice_id) == ["X01"]
    arrive(house, "b.csv", CORRECTED)
    arrive(house, "c.csv", an_invoice("1400.00"))
    first, *others = house.codes(invoice_id)
    assert (first, set(others)) == ("X01", {"C04"})
    told = [finding.found for finding in house.invoices.rows[invoice_id].findings if finding.field == "total"]
    assert told == ["1400.00"]


def test_a_cancellation_of_a_booked_invoice_asks_a_person_and_deletes_nothing() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.post()
    arrive(house, "b.csv", CANCELED)
    assert (house.standing(invoice_id), house.codes(invoice_id)) == ((PostingState.PERSON, "voided"), ["R18"])
    assert house.statuses(invoice_id) == ["Open"]


def test_a_version_that_is_not_final_changes_nothing_of_a_booked_invoice() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.post()
    arrive(house, "b.csv", an_invoice("1300.00", status="Pending Approval"))
    assert house.standing(invoice_id) == (PostingState.DONE, None)
    assert house.files.notes[-1].event == "invoice.not_final"


def test_a_later_version_that_comes_while_the_bill_is_on_its_way_is_brought_to_it_before_it_goes_off_hold() -> None:
    house = a_house(finish="release")
    invoice_id = house.ready()
    house.erp.fail("create", LOST, side="after")
    house.crash(CrashAt("look up", nth=2))
    arrive(house, "b.csv", CORRECTED)
    assert house.posting(invoice_id).state is PostingState.UNCERTAIN, "its request may still be running"
    carry_invoices(house.context())
    (bill,) = house.bills(invoice_id)
    assert (house.standing(invoice_id), str(bill.amount), bill.status) == ((PostingState.DONE, None), "1300.00", "Open")
    calls = [call for call, _ in house.erp.journal if call in ("create", "change", "off hold", "release")]
    assert calls == ["create", "change", "off hold", "release"]


@pytest.mark.parametrize("finish", ["hold", "balance", "release"])
def test_a_cancellation_that_comes_while_the_bill_is_on_its_way_stops_it_on_hold(finish: str) -> None:
    house = a_house(finish=finish)
    invoice_id = house.ready()
    house.erp.fail("create", LOST, side="after")
    house.crash(CrashAt("look up", nth=2))
    assert house.posting(invoice_id).state is PostingState.UNCERTAIN
    arrive(house, "b.csv", CANCELED)
    carry_invoices(house.context())
    assert house.standing(invoice_id) == (PostingState.PERSON, "voided")
    assert (house.statuses(invoice_id), house.erp.calls("off hold")) == (["On Hold"], [])
    assert house.posting(invoice_id).verified_ref is not None


def test_no_second_attempt_is_made_for_what_was_canceled_meanwhile() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", LOST)
    house.post()
    arrive(house, "b.csv", CANCELED)
    house.clock.sleep(QUARANTINE)
    house.post()
    assert house.standing(invoice_id) == (PostingState.PERSON, "voided")
    assert len(house.erp.calls("create")) == 1


def test_an_invoice_without_an_id_is_known_by_vendor_number_kind_and_date() -> None:
    house = a_house()
    arrive(house, "a.csv", an_invoice(external_id=None))
    arrive(house, "b.csv", an_invoice("1300.00", external_id=None))
    assert len(house.invoices.rows) == 1
    arrive(house, "c.csv", an_invoice(external_id=None, invoice_date=date(2026, 10, 6)))
    assert len(house.invoices.rows) == 2


def test_lines_in_another_order_are_the_same_invoice() -> None:
    house = a_house()
    lines = (a_line("1000.00"), a_line("284.37", account="15000"))
    arrive(house, "a.csv", an_invoice("1284.37", *lines))
    arrive(house, "b.csv", an_invoice("1284.37", *reversed(lines)))
    assert [note.event for note in house.files.notes if note.event.startswith("invoice")] == ["invoice.received"]
