"""Around a feed's hand-over: held until a person looked, overdue where it never went, and what inactivations strand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.values.feeds import CellChange, FeedState, RowChange
from ml_connector.domain.values.records import FeedRow
from ml_connector.errors import ConfigurationError, RejectedError
from ml_connector.flows.catalog import FeedReport, PassReport
from ml_connector.flows.master_data.guard_feeds import OVERDUE_AFTER
from ml_connector.flows.master_data.send_master_data import send_master_data
from ml_connector.operations.feeds import accept_feed, list_feeds
from tests.builders import a_line, an_invoice
from tests.flows.in_memory.erp import NOT_SENT
from tests.flows.in_memory.exchange import BROKEN
from tests.flows.in_memory.house import House, a_house

HOUR = 3600.0


def rows_of(count: int, **cells: str) -> dict[str, FeedRow]:
    """That many accounts that may be picked."""
    return {f"A{number:03}": {"AccountID": f"A{number:03}", "Active": "true", **cells} for number in range(count)}


def marked(rows: dict[str, FeedRow], count: int) -> dict[str, FeedRow]:
    """The rows, the first of them inactive."""
    off = {"Active": "false", "InactiveReason": "inactive"}
    return {key: {**row, **off} if place < count else row for place, (key, row) in enumerate(rows.items())}


def a_sending_house(*feeds: str) -> House:
    """A house with these feeds on, each sent once with twelve rows."""
    house = a_house()
    house.exchange.switched_on = feeds
    house.exchange.rows = {feed: rows_of(12) for feed in feeds}
    send(house)
    return house


def send(house: House, hours: float = 1) -> PassReport:
    """One pass, so much later."""
    house.clock.sleep(hours * HOUR)
    return send_master_data(house.context())


def accept(house: House, feed: str = "accounts", reason: str = "year end") -> None:
    """A person lets the held difference pass."""
    accept_feed(house.exchange.feeds(), feed, house.master_data, house.clock, actor="kim", reason=reason)


def state_of(house: House, feed: str = "accounts") -> object:
    """How ``feed list`` calls it."""
    now = house.clock.now()
    return {row["feed"]: row["state"] for row in list_feeds((feed,), house.master_data, now, OVERDUE_AFTER)}[feed]


def test_a_feed_is_held_with_its_difference_until_a_person_lets_it_pass() -> None:
    house = a_sending_house("accounts")
    house.exchange.rows["accounts"] = marked(rows_of(12), 3)
    first, second = send(house).feeds[0], send(house).feeds[0]
    assert (first.held, second.held, second.file, len(house.exchange.inbound)) == (True, True, None, 1)
    assert first.changes[0] == RowChange(
        "A000", "changed", (CellChange("Active", "true", "false"), CellChange("InactiveReason", "", "inactive"))
    )
    assert [note.event for note in house.files.notes].count("feed.held") == 1
    held = house.master_data.states["accounts"].held
    assert held is not None and held.held_at == house.clock.now() - timedelta(hours=1)
    assert (held.changed, len(held.changes), held.alarms[0].rows) == (3, 3, ("A000", "A001", "A002"))

    accept(house)
    assert (house.files.notes[-1].event, house.files.notes[-1].actor) == ("feed.accepted", "kim")
    assert [each.sent for each in send(house).feeds] == [True]
    assert house.master_data.states["accounts"] == FeedState(confirmed_at=house.clock.now())


def test_what_goes_beyond_what_a_person_saw_is_held_again_with_all_of_it() -> None:
    house = a_sending_house("accounts")
    house.exchange.rows["accounts"] = marked(rows_of(12), 3)
    send(house)
    accept(house)
    house.exchange.rows["accounts"] = marked(rows_of(12), 7)
    assert [each.held for each in send(house).feeds] == [True]
    held = house.master_data.states["accounts"].held
    assert held is not None and (held.accepted_by, len(held.alarms[0].rows)) == (None, 7)


def test_a_held_feed_that_reads_as_before_again_is_held_no_more() -> None:
    house = a_sending_house("accounts")
    house.exchange.rows["accounts"] = marked(rows_of(12), 12)
    send(house)
    assert state_of(house) == "held"
    house.exchange.rows["accounts"] = rows_of(12)
    assert send(house).feeds[0].reason == "unchanged since it was last sent"
    assert state_of(house) == "current"


def test_nothing_is_let_pass_that_is_not_held() -> None:
    house = a_sending_house("accounts")
    with pytest.raises(RejectedError, match="Nothing of accounts is held"):
        accept(house)
    with pytest.raises(ConfigurationError, match="sends no feed 'vendor'"):
        accept(house, "vendor")


def test_a_feed_that_was_never_sent_is_overdue_at_once_and_one_that_was_after_a_day() -> None:
    house = a_house()
    house.exchange.switched_on = ("accounts",)
    house.exchange.rows = {"accounts": rows_of(12)}
    house.exchange.faults["put_feed_file accounts"] = BROKEN
    report = send(house)
    assert [(each.sent, each.overdue) for each in report.feeds] == [(False, True)]
    assert report.notices == (f"accounts is overdue: not sent: {BROKEN.message}",)
    assert state_of(house) == "overdue"

    assert [(each.sent, each.overdue) for each in send(house).feeds] == [(True, False)]
    send(house, hours=20)
    house.erp.fail("accounts", NOT_SENT, times=2)
    assert [each.overdue for each in send(house, hours=24).feeds] == [False]
    assert [each.overdue for each in send(house, hours=0.1).feeds] == [True]
    assert [each.overdue for each in send(house).feeds] == [False]


def test_orders_wait_for_the_new_values_they_may_name() -> None:
    house = a_sending_house("dimensions", "purchase_orders")
    new = {"NEW": {"Active": "true"}}
    house.exchange.rows = {"dimensions": {**marked(rows_of(12), 6), **new}, "purchase_orders": rows_of(14)}
    dimensions, orders = send(house).feeds
    assert (dimensions.held, orders.sent) == (True, False)
    assert orders.reason == "not sent: dimensions has new rows that must reach Stampli first"
    accept(house, "dimensions")
    assert [each.sent for each in send(house).feeds] == [True, True]


def test_an_inactivation_lists_the_open_invoices_it_strands_and_no_others() -> None:
    house = a_sending_house("accounts")
    waiting = house.ready(invoice=an_invoice("10.00", a_line("10.00", account="A000")))
    house.ready(invoice=an_invoice("11.00", a_line("11.00", account="A005"), external_id="ST-2", invoice_number="2"))
    house.exchange.rows["accounts"] = marked(rows_of(12), 2)
    (report,) = send(house).feeds
    told = [(each.key, each.reason, [row.posting.id for row in each.invoices]) for each in report.inactivated]
    assert told == [("A000", "inactive", [waiting]), ("A001", "inactive", [])]
    assert report.sent


def test_a_feed_that_nobody_looked_at_is_listed_as_overdue() -> None:
    house = a_house()
    (row,) = list_feeds(("vendors",), house.master_data, house.clock.now(), OVERDUE_AFTER)
    assert row == {
        "feed": "vendors",
        "state": "overdue",
        "overdue": True,
        "rows": 0,
        "file": None,
        "sent_at": None,
        "confirmed_at": None,
        "held": None,
    }


def test_the_first_file_of_a_feed_lists_no_changes_since_all_of_it_is_new() -> None:
    house = a_house()
    house.exchange.switched_on = ("accounts",)
    house.exchange.rows = {"accounts": rows_of(12)}
    report: FeedReport = send(house).feeds[0]
    assert (report.added, report.changes, report.left_out) == (12, (), 12)
