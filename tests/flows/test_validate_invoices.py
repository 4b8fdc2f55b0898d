"""Resolution before anything is sent: ready, or parked with all its findings, and looked at again when it may pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.values.master_data import Snapshot
from ml_connector.domain.values.posting import PostingState
from ml_connector.errors import RejectedError
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from tests.builders import an_invoice
from tests.flows.in_memory.erp import NOT_SENT, REFUSED
from tests.flows.in_memory.house import House, a_house

UNKNOWN_VENDOR = an_invoice(vendor_id="V99999")


def with_vendor(master: Snapshot, vendor_id: str) -> Snapshot:
    """The same with one vendor more."""
    return replace(
        master,
        vendors={**master.vendors, vendor_id: replace(master.vendors["V10005"], vendor_id=vendor_id, record_id="new")},
    )


def only(house: House) -> str:
    """The id of the one invoice there is."""
    (invoice_id,) = house.invoices.rows
    return invoice_id


def test_what_our_rules_refuse_is_parked_with_its_findings_and_never_sent() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", UNKNOWN_VENDOR)
    report = carry_invoices(house.context())
    assert house.standing(only(house)) == (PostingState.REJECTED, None)
    assert house.codes(only(house)) == ["V01"]
    assert (report.waiting, house.erp.calls("create"), house.erp.calls("look")) == (False, [], [])


def test_a_refused_invoice_passes_when_newer_master_data_lets_it() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", UNKNOWN_VENDOR)
    carry_invoices(house.context())
    house.erp.master = with_vendor(house.erp.master, "V99999")
    house.clock.sleep(3600)
    house.exchange.drop_invoices("b.csv", an_invoice(invoice_number="INV-2", external_id="ST-2"))
    carry_invoices(house.context())
    assert [row.posting.state for row in house.invoices.rows.values()] == [PostingState.DONE, PostingState.DONE]


def test_a_refused_invoice_is_not_checked_again_without_newer_master_data() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", UNKNOWN_VENDOR)
    carry_invoices(house.context())
    notes = len(house.files.notes)
    house.clock.sleep(3600)
    carry_invoices(house.context())
    assert len(house.files.notes) == notes
    assert house.erp.calls("vendors") == []


def test_an_invoice_that_is_ready_is_held_against_newer_master_data_before_it_is_sent() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    house.erp.fail("look", NOT_SENT)
    carry_invoices(house.context())
    assert house.standing(only(house)) == (PostingState.READY, None)
    vendors = {key: each for key, each in house.erp.master.vendors.items() if key != "V10005"}
    house.erp.master = replace(house.erp.master, vendors=vendors)
    house.clock.sleep(3600)
    carry_invoices(house.context())
    assert house.standing(only(house)) == (PostingState.REJECTED, None)
    assert house.erp.calls("create") == []


def test_master_data_older_than_ten_minutes_is_read_anew() -> None:
    house = a_house()
    house.clock.sleep(601)
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry_invoices(house.context())
    assert house.erp.calls("vendors") == [""]
    assert house.master_data.snapshot is not None
    assert (house.clock.now() - house.master_data.snapshot.read_at).total_seconds() < 600


@pytest.mark.parametrize("collection", ["accounts", "vendors", "periods", "purchase orders"])
def test_half_of_the_master_data_finds_no_faults_and_sends_nothing(collection: str) -> None:
    house = a_house()
    house.clock.sleep(3600)
    house.exchange.drop_invoices("a.csv", an_invoice())
    refused = RejectedError("no access to the screen")
    house.erp.fail(collection, refused)
    report = carry_invoices(house.context())
    assert report.errors[0] is refused
    assert house.standing(only(house)) == (PostingState.RECEIVED, None)
    assert house.erp.calls("create") == []


def test_bills_on_their_way_are_finished_though_master_data_cannot_be_read() -> None:
    house = a_house()
    first = house.ready()
    house.erp.fail("off hold", NOT_SENT)
    house.post()
    assert house.posting(first).state is PostingState.VERIFIED
    second = house.ready(invoice_number="INV-2", external_id="ST-2")
    house.clock.sleep(3600)
    house.erp.fail("vendors", NOT_SENT)
    posted = house.post()
    assert posted.errors == (NOT_SENT,)
    assert (house.posting(first).state, house.posting(second).state) == (PostingState.DONE, PostingState.READY)


def test_what_acumatica_refused_is_left_to_a_person_whatever_master_data_says() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    house.erp.fail("create", REFUSED)
    carry_invoices(house.context())
    house.clock.sleep(3600)
    house.exchange.drop_invoices("b.csv", an_invoice(invoice_number="INV-2", external_id="ST-2"))
    carry_invoices(house.context())
    states = {row.invoice.invoice_number: row.posting.state for row in house.invoices.rows.values()}
    assert states == {"INV-8841": PostingState.REJECTED, "INV-2": PostingState.DONE}
    assert len(house.erp.calls("create")) == 2


def test_two_invoices_with_one_number_in_one_pass_leave_one_bill() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice(), an_invoice(external_id="ST-2"))
    carry_invoices(house.context())
    states = sorted(row.posting.state.value for row in house.invoices.rows.values())
    assert states == ["done", "rejected"]
    assert len(house.erp.bills) == 1


def test_a_newer_version_that_comes_while_an_invoice_is_checked_is_left_to_the_next_pass() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry_invoices(house.context())
    house.exchange.drop_invoices("b.csv", an_invoice("50.00", invoice_number="INV-2", external_id="ST-2"))
    house.clock.sleep(3600)
    later = an_invoice("60.00", invoice_number="INV-2", external_id="ST-2")
    house.erp.meanwhile("vendors", lambda: newer_version(house, later))
    report = carry_invoices(house.context())
    assert report.errors == ()
    assert [str(bill.amount) for bill in house.erp.bills.values()] == ["1284.37"]
    carry_invoices(house.context())
    assert [str(bill.amount) for bill in house.erp.bills.values()] == ["1284.37", "60.00"]


def newer_version(house: House, invoice: object) -> None:
    """Another process takes a newer version in."""
    for record in house.invoices.rows.values():
        if record.invoice.external_id == "ST-2":
            first = house.files.rows[record.source.file_id]
            row = replace(first, id="f99999999", name="c.csv", sha256="cd" * 32)
            source = replace(record.source, file_id=row.id, file_name=row.name)
            taken = replace(record, invoice=invoice, source=source)  # type: ignore[arg-type]
            house.invoices.save_taken(row, [taken], [])
            return


def test_a_fault_of_the_program_in_one_invoice_leaves_the_others_alone() -> None:
    house = a_house()
    broken = an_invoice(invoice_number="INV-2", external_id="ST-2", post_period=17)
    house.exchange.drop_invoices("a.csv", broken, an_invoice())
    report = carry_invoices(house.context())
    assert [error.family for error in report.errors] == ["program"]
    states = {row.invoice.invoice_number: row.posting.state for row in house.invoices.rows.values()}
    assert states == {"INV-2": PostingState.RECEIVED, "INV-8841": PostingState.DONE}
