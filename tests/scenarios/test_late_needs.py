"""What an invoice names and neither the last reading nor Stampli has yet: that one record is read and sent out of turn,
by the invoices pass or by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ml_connector_twins.stampli.incoming import list_received
from tests.firm import CONNECTION, Firm, Outcome, running_firm
from tests.papers import approved, on_rental_order, overhead
from tests.scenarios.reading import codes_of, fate_of

MONTHS = {
    "number": 1,
    "text": "Crane",
    "quantity": "3",
    "unit": "MO",
    "unit_cost": "6450.00",
    "account": "50300",
    "cost_code": "31-200",
    "task": "01",
}


def files_of(firm: Firm, feed: str) -> list[Mapping[str, Mapping[str, str]]]:
    """The rows of every file of a feed that Stampli received, in their order, by vendor or by order and line."""
    received = [each for each in list_received(firm.twins.stampli.folders.inbound) if each.feed == feed]
    assert [each.faults for each in received] == [()] * len(received)
    named = "VendorID" if feed == "vendors" else "OrderNumber"
    return [{row[named] + row.get("LineNumber", ""): row for row in each.rows} for each in received]


def sent_feeds(outcome: Outcome) -> list[tuple[str, bool, int, int]]:
    """Of each feed told: its name, whether it was sent, how many of its rows are new and changed."""
    return [(each["feed"], each["sent"], each["added"], each["changed"]) for each in outcome.document["feeds"]]


def add_order(firm: Firm, kind: str, number: str) -> None:
    """A buyer enters an order of Metro Rentals for a crane."""
    firm.people("add_order", kind=kind, number=number, vendor="V10004", project="J2401", lines=[MONTHS])


def record(firm: Firm, feed: str, key: str) -> Outcome:
    """``sync NAME master-data --feed F --record KEY --json``."""
    return firm.run("sync", CONNECTION, "master-data", "--feed", feed, "--record", key, "--json")


def test_an_invoice_of_a_vendor_that_is_new_is_booked_and_the_vendor_sent_in_the_same_pass(firm: Firm) -> None:
    firm.sync("master-data")
    firm.people("add_vendor", code="V10099", name="Late Crane Hire")
    firm.drop_invoices(approved("LC-1", overhead("100.00"), vendor="V10099"))

    outcome = firm.sync()

    assert (outcome.exit_code, fate_of(outcome, "LC-1")) == (0, ("posted", "Open"))
    assert sent_feeds(outcome) == [("vendors", True, 1, 0)]
    first, second = files_of(firm, "vendors")
    assert second == {**first, "V10099": second["V10099"]}
    assert (second["V10099"]["VendorName"], second["V10099"]["Status"]) == ("Late Crane Hire", "Active")
    assert [each for each in sent_feeds(firm.sync("master-data")) if each[0] == "vendors"] == [("vendors", False, 0, 0)]


def test_an_invoice_on_an_order_that_is_new_is_booked_and_the_order_sent_as_it_is_then(firm: Firm) -> None:
    firm.sync("master-data")
    add_order(firm, "Normal", "PO-009001")
    firm.drop_invoices(approved("MR-1", on_rental_order("6450.00", po_number="PO-009001"), vendor="V10004"))

    outcome = firm.sync()

    assert (outcome.exit_code, fate_of(outcome, "MR-1")) == (0, ("posted", "Open"))
    assert sent_feeds(outcome) == [("purchase_orders", True, 1, 0)]
    first, second = files_of(firm, "purchase_orders")
    late = second["PO-0090011"]
    assert second == {**first, "PO-0090011": late}
    assert (late["BilledAmount"], late["OpenQuantity"], late["OpenAmount"]) == ("6450.00", "2", "12900.00")


def test_a_subcontract_is_found_by_its_number_alone(firm: Firm) -> None:
    firm.sync("master-data")
    add_order(firm, "Subcontract", "SC-009001")
    line = on_rental_order("6450.00", po_type=None, po_number="SC-009001")
    firm.drop_invoices(approved("MR-1", line, vendor="V10004"))

    outcome = firm.sync()

    assert (fate_of(outcome, "MR-1"), sent_feeds(outcome)) == (
        ("posted", "Open"),
        [("purchase_orders", True, 1, 0)],
    )


def test_what_nobody_has_is_asked_for_once_and_told_as_ever(firm: Firm) -> None:
    firm.sync("master-data")
    firm.drop_invoices(
        approved("A-1", overhead("100.00"), vendor="V10999"),
        approved("A-2", on_rental_order("6450.00", po_number="PO-009999"), vendor="V10004"),
    )

    outcome = firm.sync()

    assert [codes_of(outcome, number) for number in ("A-1", "A-2")] == [["V01"], ["P01"]]
    assert (outcome.exit_code, outcome.document["feeds"]) == (1, [])
    asked = [each for each in firm.truth().requests if each["path"].endswith(("/V10999", "/PO-009999"))]
    firm.sync()
    again = [each for each in firm.truth().requests if each["path"].endswith(("/V10999", "/PO-009999"))]
    assert (len(asked), len(again)) == (2, 2)


def test_before_the_first_file_of_a_feed_nothing_is_sent_out_of_turn(firm: Firm) -> None:
    firm.drop_invoices(approved("A-1", overhead("100.00"), vendor="V10004"))

    outcome = firm.sync()

    assert (fate_of(outcome, "A-1"), outcome.document["feeds"]) == (("posted", "Open"), [])


@pytest.mark.parametrize(
    ("feed", "key", "added"),
    [("vendors", "V10099", 1), ("purchase_orders", "PO-009001", 1), ("purchase_orders", "Normal/PO-009001", 1)],
)
def test_one_record_is_sent_by_hand(firm: Firm, feed: str, key: str, added: int) -> None:
    firm.sync("master-data")
    firm.people("add_vendor", code="V10099", name="Late Crane Hire")
    add_order(firm, "Normal", "PO-009001")

    outcome = record(firm, feed, key)

    assert (outcome.exit_code, sent_feeds(outcome)) == (0, [(feed, True, added, 0)])
    first, second = files_of(firm, feed)
    (new,) = second.keys() - first.keys()
    assert (new, second) == ({"vendors": "V10099"}.get(feed, "PO-0090011"), {**first, new: second[new]})
    assert sent_feeds(record(firm, feed, key)) == [(feed, False, 0, 0)]


def test_a_changed_record_is_sent_by_hand_and_its_neighbours_wait(firm: Firm) -> None:
    firm.sync("master-data")
    for code in ("V10004", "V10005"):
        firm.people("put_record", entity="Vendor", fields={"VendorID": code, "VendorName": f"{code} renamed"})

    assert sent_feeds(record(firm, "vendors", "V10004")) == [("vendors", True, 0, 1)]

    first, second = files_of(firm, "vendors")
    assert {code for code in first if first[code] != second[code]} == {"V10004"}


def test_one_account_is_sent_by_hand(firm: Firm) -> None:
    firm.sync("master-data")
    fields: dict[str, Any] = {"AccountCD": "61500", "Active": True}
    firm.people("put_record", entity="Account", fields=fields)

    assert sent_feeds(record(firm, "accounts", "61500")) == [("accounts", True, 1, 0)]


def test_a_record_before_the_first_file_goes_alone(firm: Firm) -> None:
    assert sent_feeds(record(firm, "vendors", "V10004")) == [("vendors", True, 1, 0)]
    (rows,) = files_of(firm, "vendors")
    assert list(rows) == ["V10004"]


def test_what_is_not_there_or_not_meant_is_refused_in_words(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.sync("master-data")
        for feed, key, code in (("vendors", "V10999", 1), ("purchase_orders", "PO-009999", 1), ("results", "x", 2)):
            outcome = record(firm, feed, key)
            assert (outcome.exit_code, outcome.document["feeds"]) == (code, [])
        assert outcome.document["error"]["code"] == "feed.not_on"
        half = firm.run("sync", CONNECTION, "master-data", "--feed", "vendors", "--json")
        elsewhere = firm.run("sync", CONNECTION, "invoices", "--feed", "vendors", "--record", "V1", "--json")
        assert [half.exit_code, elsewhere.exit_code] == [2, 2]
        assert len(files_of(firm, "vendors")) == 1
