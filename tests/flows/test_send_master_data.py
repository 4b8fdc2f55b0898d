"""Master data out: sent where it changed, held where too much would go, and never half of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ml_connector.domain.values.records import FeedRow
from ml_connector.errors import RejectedError, UncertainError
from ml_connector.flows.catalog import FeedReport, PassReport
from ml_connector.flows.master_data.send_master_data import send_master_data
from tests.builders import ORDERS, a_snapshot
from tests.flows.in_memory.erp import LOGGED_OUT, NOT_SENT
from tests.flows.in_memory.exchange import BROKEN
from tests.flows.in_memory.house import House, a_house

REFUSED = RejectedError("no access to the screen")


def some_rows(count: int, **cells: str) -> dict[str, FeedRow]:
    """That many usable rows."""
    return {f"A{number:03}": {"AccountID": f"A{number:03}", "Active": "true", **cells} for number in range(count)}


def a_sending_house(*feeds: str) -> House:
    """A house with these feeds on, twelve accounts to send."""
    house = a_house()
    house.exchange.switched_on = feeds or ("accounts",)
    house.exchange.rows = {"accounts": some_rows(12), "dimensions": some_rows(3), "purchase_orders": {}}
    return house


def send(house: House) -> PassReport:
    """One pass of master data."""
    house.clock.sleep(3600)
    return send_master_data(house.context())


def names(house: House) -> list[str]:
    """The files that landed."""
    return [name for name, _ in house.exchange.inbound]


def test_every_feed_that_is_on_is_sent_in_the_order_the_other_side_needs() -> None:
    house = a_sending_house("purchase_orders", "dimensions", "accounts", "vendors")
    report = send(house)
    feeds = ["vendors", "accounts", "dimensions", "purchase_orders"]
    assert names(house) == [f"{feed}_20261014T140000Z.csv" for feed in feeds]
    assert [(each.feed, each.sent, each.rows) for each in report.feeds] == [
        ("vendors", True, 11),
        ("accounts", True, 12),
        ("dimensions", True, 3),
        ("purchase_orders", True, 0),
    ]
    assert report.errors == ()


def test_a_feed_that_did_not_change_is_not_sent_again() -> None:
    house = a_sending_house()
    send(house)
    report = send(house)
    assert report.feeds == (FeedReport("accounts", None, 12, reason="unchanged since it was last sent"),)
    assert len(names(house)) == 1


def test_a_feed_that_changed_is_sent_whole_and_the_difference_told() -> None:
    house = a_sending_house()
    send(house)
    rows = some_rows(13)
    del rows["A011"]
    house.exchange.rows["accounts"] = {**rows, "A000": {**rows["A000"], "Description": "new"}}
    (report,) = send(house).feeds
    assert (report.sent, report.rows, report.added, report.changed, report.removed) == (True, 12, 1, 1, 1)
    assert len(house.exchange.inbound[-1][1]) == 12
    assert house.files.notes[-1].data["rows"] == "12"


def test_a_collection_that_could_not_be_read_holds_back_its_feeds_and_no_other() -> None:
    house = a_sending_house("vendors", "accounts", "dimensions")
    house.erp.fail("accounts", REFUSED)
    report = send(house)
    assert [each.feed for each in report.feeds if each.sent] == ["vendors", "dimensions"]
    held = next(each for each in report.feeds if each.feed == "accounts")
    assert held.reason == "not sent: accounts could not be read whole from Acumatica (no access to the screen)"
    assert report.errors == (REFUSED,)
    assert house.master_data.snapshot is not None
    assert house.master_data.snapshot.read_at < house.clock.now(), "the last whole snapshot stands"


@pytest.mark.parametrize("error", [NOT_SENT, LOGGED_OUT])
def test_a_system_out_of_reach_sends_nothing_at_all(error: Exception) -> None:
    house = a_sending_house("vendors", "accounts")
    house.erp.fail("projects", error)
    report = send(house)
    assert [(each.feed, each.sent, each.reason) for each in report.feeds] == [
        (feed, False, f"not sent: {error}") for feed in ("vendors", "accounts")
    ]
    assert (names(house), report.errors) == ([], (error,))


def test_a_feed_whose_collection_the_tenant_does_not_show_is_not_sent_and_says_why() -> None:
    house = a_sending_house("purchase_orders")
    house.erp.gaps["purchase orders"] = "the endpoint has no purchase orders"
    report = send(house)
    assert report.feeds == (
        FeedReport("purchase_orders", None, 0, reason="not sent: the endpoint has no purchase orders", overdue=True),
    )
    assert (names(house), report.errors) == ([], ())
    assert report.notices == ("purchase_orders is overdue: not sent: the endpoint has no purchase orders",)


def test_a_feed_of_which_a_part_cannot_be_read_is_sent_without_it() -> None:
    house = a_sending_house("dimensions")
    house.erp.gaps["cost codes"] = "cost codes are not in use"
    assert [each.sent for each in send(house).feeds] == [True]


def test_a_feed_that_would_lose_too_many_rows_is_held_and_a_person_is_needed() -> None:
    house = a_sending_house()
    send(house)
    gone = {key: {**row, "Active": "false"} for key, row in list(some_rows(12).items())[:3]}
    house.exchange.rows["accounts"] = {**some_rows(12), **gone}
    for _ in range(2):
        (report,) = send(house).feeds
        assert (report.sent, report.held, report.changed) == (False, True, 3)
        assert report.reason is not None and report.reason.startswith("held: 3 of 12 usable rows would disappear")
    house.terms = replace(house.terms, shrink_limit_percent=Decimal(25))
    assert [each.sent for each in send(house).feeds] == [True]


def test_a_feed_may_lose_as_many_rows_as_the_policy_says() -> None:
    house = a_sending_house()
    house.exchange.rows["accounts"] = some_rows(10)
    send(house)
    house.exchange.rows["accounts"] = some_rows(8)
    assert [each.sent for each in send(house).feeds] == [True]


@pytest.mark.parametrize(("reason", "sent"), [("completed", True), ("no longer in Acumatica", False)])
def test_of_a_small_feed_rows_may_turn_inactive_but_not_be_gone_all_at_once(reason: str, sent: bool) -> None:
    house = a_sending_house("dimensions")
    send(house)
    gone = {"Active": "false", "InactiveReason": reason}
    house.exchange.rows["dimensions"] = {key: {**row, **gone} for key, row in some_rows(3).items()}
    assert [each.sent for each in send(house).feeds] == [sent]


def test_a_file_whose_landing_is_unknown_leaves_the_other_feeds_alone_and_is_sent_again() -> None:
    house = a_sending_house("accounts", "dimensions")
    unknown = UncertainError("the answer to the rename was lost")
    house.exchange.faults["put_feed_file accounts"] = unknown
    report = send(house)
    assert [(each.feed, each.sent, each.reason) for each in report.feeds] == [
        ("accounts", False, "not sent: the answer to the rename was lost"),
        ("dimensions", True, None),
    ]
    assert report.errors == (unknown,)
    assert [each.sent for each in send(house).feeds] == [True, False]


def test_folders_out_of_reach_are_not_tried_for_every_feed() -> None:
    house = a_sending_house("vendors", "accounts", "dimensions")
    house.exchange.faults["put_feed_file accounts"] = BROKEN
    report = send(house)
    assert [(each.feed, each.sent) for each in report.feeds] == [
        ("vendors", True),
        ("accounts", False),
        ("dimensions", False),
    ]
    assert (house.exchange.faults, report.errors) == ({}, (BROKEN,))
    assert [each.sent for each in send(house).feeds] == [False, True, True]


def test_what_a_feed_is_poorer_for_is_named_where_it_is_sent_and_where_it_is_unchanged() -> None:
    house = a_sending_house("dimensions", "purchase_orders")
    house.erp.gaps = {
        "terms": "Payment terms cannot be read",
        "segments": "Segments cannot be read",
        "billed figures": "Billed figures cannot be read",
    }
    orders = (replace(order, lines=(replace(order.lines[0], billed_quantity=None),)) for order in ORDERS)
    house.erp.master = a_snapshot(purchase_orders={(order.order_type, order.order_number): order for order in orders})
    first, second = send(house), send(house)

    assert [(each.feed, each.reason) for each in first.feeds] == [
        ("dimensions", "Payment terms cannot be read; Segments cannot be read"),
        ("purchase_orders", "Billed figures cannot be read"),
    ]
    unchanged = "unchanged since it was last sent; "
    assert [each.reason for each in second.feeds] == [f"{unchanged}{each.reason}" for each in first.feeds]


def test_segments_are_no_matter_of_dimensions_where_whole_subaccounts_are_sent() -> None:
    house = a_sending_house("subaccounts", "dimensions")
    house.exchange.rows["subaccounts"] = {}
    house.erp.gaps = {"segments": "Segments cannot be read"}

    assert [(each.feed, each.reason) for each in send(house).feeds] == [
        ("subaccounts", "Segments cannot be read"),
        ("dimensions", None),
    ]


def test_two_files_of_one_feed_never_have_the_same_name() -> None:
    house = a_sending_house()
    send_master_data(house.context())
    house.exchange.rows["accounts"] = some_rows(13)
    send_master_data(house.context())
    assert names(house) == ["accounts_20261014T130000Z.csv", "accounts_20261014T130001Z.csv"]
