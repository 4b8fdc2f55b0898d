"""Results out: Stampli is told what became of each invoice, once for each thing there is to tell."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.values.posting import PostingState
from ml_connector.flows.catalog import PassReport
from ml_connector.flows.invoices.send_results import send_results
from tests.flows.in_memory.erp import LOST, REFUSED
from tests.flows.in_memory.exchange import BROKEN
from tests.flows.in_memory.house import House, a_house


def send(house: House) -> PassReport:
    """One pass of results."""
    house.clock.sleep(60)
    return send_results(house.context())


def told(house: House) -> list[tuple[str, str]]:
    """Number and result of each row of the last file."""
    return [(row["InvoiceNumber"], row["Result"]) for row in house.exchange.inbound[-1][1]]


def test_what_became_of_an_invoice_is_told_once() -> None:
    house = a_house()
    house.ready()
    house.post()
    (report,) = send(house).feeds
    assert (report.sent, report.rows, told(house)) == (True, 1, [("INV-8841", "POSTED")])
    (again,) = send(house).feeds
    assert (again.sent, again.reason, len(house.exchange.inbound)) == (False, "nothing new to tell", 1)


def test_nothing_is_told_before_anything_is_decided() -> None:
    house = a_house()
    house.ready()
    (report,) = send(house).feeds
    assert (report.sent, house.exchange.inbound) == (False, [])


def test_only_what_is_new_is_told() -> None:
    house = a_house()
    house.ready()
    house.post()
    send(house)
    house.ready(invoice_number="INV-2", external_id="ST-2")
    house.erp.fail("create", REFUSED)
    house.post()
    (report,) = send(house).feeds
    assert told(house) == [("INV-2", "REJECTED")]
    assert (report.rows, report.added, report.changed) == (1, 1, 0)


def test_a_customer_may_want_the_whole_list_each_time() -> None:
    house = a_house()
    house.exchange.modes["results"] = "snapshot"
    house.ready()
    house.post()
    send(house)
    house.ready(invoice_number="INV-2", external_id="ST-2")
    house.post()
    send(house)
    assert told(house) == [("INV-8841", "POSTED"), ("INV-2", "POSTED")]


def test_a_bill_that_only_waits_on_is_not_told_again() -> None:
    house = a_house()
    house.erp.approvals = True
    invoice_id = house.ready()
    house.post()
    send(house)
    before = house.posting(invoice_id).updated_at
    house.clock.sleep(900)
    house.post()
    assert house.posting(invoice_id).updated_at != before
    send(house)
    assert (len(house.exchange.inbound), told(house)) == (1, [("INV-8841", "HELD")])
    house.erp.change(house.bills(invoice_id)[0].key, status="Balanced")
    house.post()
    send(house)
    assert told(house) == [("INV-8841", "POSTED")]


def test_what_was_told_stays_told_while_it_is_decided_anew() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", REFUSED)
    house.post()
    send(house)
    ready = replace(house.posting(invoice_id), state=PostingState.READY, reason=None)
    house.invoices.rows[invoice_id] = replace(house.invoices.rows[invoice_id], posting=ready)
    (report,) = send(house).feeds
    assert (report.sent, report.removed) == (False, 0)
    house.erp.fail("create", LOST, side="after")
    house.post()
    send(house)
    assert told(house) == [("INV-8841", "POSTED")]


def test_a_vendor_whose_payments_are_on_hold_is_known_by_any_spelling_of_its_code() -> None:
    house = a_house()
    house.ready(vendor_id="v10007")
    house.post()
    send(house)
    (row,) = house.exchange.inbound[-1][1]
    assert (row["Result"], row["Code"]) == ("POSTED", "V05")


def test_folders_out_of_reach_are_told_and_tried_again() -> None:
    house = a_house()
    house.ready()
    house.post()
    house.exchange.faults["put_feed_file"] = BROKEN
    report = send(house)
    assert (report.feeds, report.errors) == ((), (BROKEN,))
    assert [each.sent for each in send(house).feeds] == [True]


def test_without_the_feed_nothing_is_told() -> None:
    house = a_house()
    house.exchange.switched_on = ("approved_invoices",)
    house.ready()
    house.post()
    assert (send(house).feeds, house.exchange.inbound) == ((), [])
