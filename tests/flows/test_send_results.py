"""Results out: Stampli is told what became of each invoice, once for each thing there is to tell."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import FeedFile
from ml_connector.flows.catalog import PassReport
from ml_connector.flows.invoices.take_invoices import take_invoices
from ml_connector.flows.results.give_back import name_files
from ml_connector.flows.results.send_results import send_results
from ml_connector.problems import Problem
from tests.builders import NOON
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


def given_back(house: House) -> list[list[tuple[str, str]]]:
    """Record and reason of each row of the fix-it files."""
    files = [rows for name, rows in house.exchange.inbound if "_fix-it_" in name]
    return [[(row["Record"], row["Reason"]) for row in rows] for rows in files]


def a_problem(record: int, external_id: str) -> Problem:
    """A row that cannot be read, of that invoice."""
    return Problem("value.not_an_amount", f"Row {record + 1} is wrong", "a.csv", record, record + 1, value=external_id)


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


def test_rows_of_a_refused_invoice_are_given_back_once_with_all_their_reasons() -> None:
    house = a_house()
    house.ready()
    house.erp.fail("create", REFUSED)
    house.post()
    (report,) = send(house).feeds
    ((row,),) = given_back(house)
    assert row[0] == "1"
    assert row[1] == (
        "UNRECOGNISED: Acumatica refused the account of line 1: Account is inactive. "
        "Read Acumatica's own words, correct the cause, then run it again."
    )
    (name,) = report.fix_it
    assert (name, report.rows) == ("typed_fix-it_20261014T130100Z.csv", 1)
    house.ready(invoice_number="INV-2", external_id="ST-2")
    house.post()
    (again,) = send(house).feeds
    assert (again.fix_it, len(given_back(house))) == ((), 1)


def test_an_invoice_that_cannot_be_read_is_told_as_rejected_until_it_comes_again() -> None:
    house = a_house()
    house.exchange.modes["results"] = "snapshot"
    house.exchange.drop_invoices("a.csv", problems=[a_problem(1, "ST-1"), a_problem(2, "ST-2")])
    take_invoices(house.context())
    (report,) = send(house).feeds
    assert (report.added, report.fix_it) == (2, ("a_fix-it_20261014T130100Z.csv",))
    assert given_back(house) == [[("1", "Row 2 is wrong"), ("2", "Row 3 is wrong")]]
    rows = house.exchange.inbound[-1][1]
    assert [(row["ExternalID"], row["Result"], row["Code"]) for row in rows] == [
        ("ST-1", "REJECTED", "value.not_an_amount"),
        ("ST-2", "REJECTED", "value.not_an_amount"),
    ]
    assert send(house).feeds[0].reason == "nothing new to tell"
    house.ready(external_id="ST-1")
    house.post()
    send(house)
    rows = house.exchange.inbound[-1][1]
    assert [(row["ExternalID"], row["Result"]) for row in rows] == [("ST-2", "REJECTED"), ("ST-1", "POSTED")]


def test_a_fix_it_file_that_is_mended_in_part_keeps_one_name() -> None:
    house = a_house()
    house.exchange.drop_invoices("a_fix-it_20260101T000000Z.csv", problems=[a_problem(1, "ST-1")])
    take_invoices(house.context())
    (report,) = send(house).feeds
    assert report.fix_it == ("a_fix-it_20261014T130100Z.csv",)


def test_rows_are_given_back_before_their_result_counts_as_told() -> None:
    house = a_house()
    house.ready()
    house.erp.fail("create", REFUSED)
    house.post()
    house.exchange.faults["put_feed_file"] = BROKEN
    send(house)
    (report,) = send(house).feeds
    assert (report.sent, len(report.fix_it), len(given_back(house))) == (True, 1, 1)


def test_files_of_one_name_in_two_folders_are_given_back_under_two() -> None:
    files = [FeedFile(name, b"") for name in ("a.csv", "b/a.csv", "b/c_fix-it_20260101T000000Z-2.csv")]
    assert [each.name for each in name_files(files, NOON)] == [
        f"a_fix-it_{NOON:%Y%m%dT%H%M%SZ}.csv",
        f"a_fix-it_{NOON:%Y%m%dT%H%M%SZ}-2.csv",
        f"c_fix-it_{NOON:%Y%m%dT%H%M%SZ}.csv",
    ]
