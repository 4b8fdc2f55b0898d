"""A freeze and blackout windows: nothing is written to Acumatica in them, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.posting import PostingState
from ml_connector.engine.windows import parse_window
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from tests.builders import a_line, an_invoice, usd
from tests.flows.in_memory.erp import LOST
from tests.flows.in_memory.house import CrashAt, House, a_house, some_terms

BLACKOUT = (parse_window("Mon-Fri 06:00-06:30"),)


def a_house_at(hour: int, minute: int) -> House:
    """A house in New York on Wednesday 2026-10-14 at that wall-clock time, with a blackout at six."""
    start = datetime(2026, 10, 14, hour + 4, minute, tzinfo=UTC)
    return House(some_terms(blackout=BLACKOUT), SimulatedClock(start))


def writes(house: House) -> list[str]:
    """The writes that were asked for, in order."""
    return [call for call, _ in house.erp.journal if call in ("create", "taxes", "off hold", "release")]


def test_nothing_is_posted_before_the_freeze_ends() -> None:
    house = a_house(freeze_until=date(2026, 10, 15))
    house.exchange.drop_invoices("a.csv", an_invoice())
    report = carry_invoices(house.context())
    assert (report.paused, report.waiting) == ("no posting before 2026-10-15 (policy.freeze_until)", False)
    assert [row.posting.state for row in house.invoices.rows.values()] == [PostingState.READY]
    house.clock.sleep(86_400)
    report = carry_invoices(house.context())
    assert (report.paused, writes(house)) == (None, ["create", "off hold", "release"])


def test_nothing_is_posted_in_a_blackout_window_and_everything_after_it() -> None:
    house = a_house_at(6, 10)
    invoice_id = house.ready()
    posted = house.post()
    assert (posted.paused, posted.waiting) == ("no posting Mon-Fri 06:00-06:30 (policy.blackout)", False)
    assert (house.posting(invoice_id).epoch, house.erp.journal) == (0, [])
    house.clock.sleep(1200)
    house.post()
    assert house.standing(invoice_id) == (PostingState.DONE, None)


def test_a_pause_without_anything_to_post_is_not_worth_telling() -> None:
    assert a_house_at(6, 10).post().paused is None


def test_what_was_begun_before_the_window_waits_in_it() -> None:
    house = a_house_at(5, 59)
    invoice_id = house.ready()
    house.crash(CrashAt("put"))
    house.clock.sleep(120)
    posted = house.post()
    assert (posted.waiting, house.posting(invoice_id).state) == (True, PostingState.INTENT)
    house.clock.sleep(3600)
    house.post()
    assert house.standing(invoice_id) == (PostingState.DONE, None)


def test_a_window_that_opens_during_a_pass_stops_the_next_write() -> None:
    house = a_house_at(5, 59)
    first, second = (house.ready(invoice_number=f"INV-{n}", external_id=f"ST-{n}") for n in (1, 2))
    house.erp.meanwhile("create", lambda: house.clock.sleep(120), side="after")
    posted = house.post()
    assert (writes(house), posted.paused is not None, posted.waiting) == (["create"], True, True)
    assert house.posting(second).state is PostingState.READY
    assert (house.posting(first).state, house.statuses(first)) == (PostingState.VERIFIED, ["On Hold"])
    house.clock.sleep(3600)
    house.post()
    assert [house.statuses(each) for each in (first, second)] == [["Open"], ["Open"]]


def test_a_window_that_opens_before_the_release_leaves_the_bill_balanced() -> None:
    house = a_house_at(5, 59)
    invoice_id = house.ready()
    house.erp.meanwhile("off hold", lambda: house.clock.sleep(120), side="after")
    house.post()
    assert (house.statuses(invoice_id), house.posting(invoice_id).state) == (["Balanced"], PostingState.OFF_HOLD)


def test_no_tax_is_set_in_a_window() -> None:
    house = a_house_at(5, 59)
    house.erp.tax = Decimal("7.26")
    invoice_id = house.ready(an_invoice("107.25", a_line("100.00"), tax_total=usd("7.25")))
    house.erp.meanwhile("create", lambda: house.clock.sleep(120), side="after")
    assert house.post().waiting
    assert (writes(house), house.posting(invoice_id).state) == (["create"], PostingState.RECORDED)


def test_no_second_attempt_is_made_in_a_window() -> None:
    house = a_house_at(5, 45)
    invoice_id = house.ready()
    house.erp.fail("create", LOST)
    house.post()
    house.clock.sleep(1230)
    assert house.post().waiting
    assert (writes(house), house.posting(invoice_id).attempts) == (["create"], 1)
