"""Rules about financial periods, and the period a bill posts to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ml_connector.domain.rules.lookups import PeriodChoice, choose_period
from ml_connector.domain.values.master_data import PostPeriod
from tests.builders import PERIODS, a_snapshot, an_invoice, facts
from tests.domain.rules.checking import rows

REFUSED = [
    (date(2026, 7, 20), "H10", "Month 07-2026 is locked."),
    (date(2026, 8, 28), "H08", "Month 08-2026 is closed."),
    (date(2026, 9, 30), "H09", "Month 09-2026 is closed in AP."),
    (date(2026, 10, 20), None, ""),
    (date(2026, 12, 1), "H07", "Month 12-2026 is not opened."),
    (date(2027, 1, 5), "H06", "2027-01-05 lies in no financial period of Acumatica."),
]


@pytest.mark.parametrize(("dated_on", "code", "message"), REFUSED)
def test_the_status_of_the_month_decides(dated_on: date, code: str | None, message: str) -> None:
    found = [row[:4] for row in rows(an_invoice(invoice_date=dated_on)) if row[0] != "H14"]
    assert found == ([] if code is None else [(code, "stop", "invoice_date", message)])


def test_with_next_open_a_closed_month_posts_to_the_next_open_one_and_says_so() -> None:
    invoice = an_invoice(invoice_date=date(2026, 8, 28))
    found = rows(invoice, closed_period="next_open")
    message = "08-2026 closed, 09-2026 closed in AP, posted to 10-2026."
    assert [row[:4] for row in found] == [("H08", "note", "invoice_date", message)]
    september = rows(an_invoice(invoice_date=date(2026, 9, 1)), closed_period="next_open")
    assert [row[:4] for row in september] == [
        ("H09", "note", "invoice_date", "09-2026 closed in AP, posted to 10-2026.")
    ]
    expected = PeriodChoice("2026-08", "closed", "2026-10", (("2026-08", "closed"), ("2026-09", "closed_in_ap")))
    assert choose_period(invoice, facts(closed_period="next_open")) == expected


@pytest.mark.parametrize(("dated_on", "code"), [(date(2026, 7, 20), "H10"), (date(2026, 12, 1), "H07")])
def test_a_locked_or_unopened_month_is_never_passed_over_by_itself(dated_on: date, code: str) -> None:
    found = rows(an_invoice(invoice_date=dated_on), closed_period="next_open")
    assert [row[:2] for row in found if row[0] != "H14"] == [(code, "stop")]


def test_where_no_later_month_is_open_nothing_is_posted() -> None:
    closed = tuple(replace(period, status="Closed") for period in PERIODS)
    found = rows(an_invoice(), snapshot=a_snapshot(periods=closed), closed_period="next_open")
    message = "10-2026 closed, 11-2026 closed, 12-2026 closed; no later month is open."
    assert [row[:4] for row in found] == [("H12", "stop", "invoice_date", message)]


def test_a_stated_period_is_the_one_that_counts() -> None:
    assert choose_period(an_invoice(post_period="2026-11"), facts()).target == "2026-11"
    found = rows(an_invoice(post_period="2026-08"))
    assert [row[:4] for row in found] == [("H08", "stop", "post_period", "Month 08-2026 is closed.")]
    absent = rows(an_invoice(post_period="2027-02"))
    message = "The period 02-2027 lies in no financial period of Acumatica."
    assert [row[:4] for row in absent] == [("H06", "stop", "post_period", message)]


@pytest.mark.parametrize("periods", [None, ()])
def test_periods_that_cannot_be_read_silence_the_rules(periods: tuple[PostPeriod, ...] | None) -> None:
    snapshot = a_snapshot(periods=periods)
    assert rows(an_invoice(), snapshot=snapshot) == []
    assert choose_period(an_invoice(), facts(snapshot)) == PeriodChoice(None, "unread", None)
    stated = an_invoice(post_period="2026-10")
    assert choose_period(stated, facts(snapshot)).target == "2026-10"


def test_the_period_is_that_of_the_bills_company() -> None:
    other = tuple(replace(period, company_id="HRE", status="Closed") for period in PERIODS)
    snapshot = a_snapshot(periods=(*PERIODS, *other))
    assert choose_period(an_invoice(), facts(snapshot)).status == "open"
    assert choose_period(an_invoice(branch="EQUIP"), facts(snapshot)).status == "closed"
    tenant = tuple(replace(period, company_id=None) for period in PERIODS)
    assert choose_period(an_invoice(), facts(a_snapshot(periods=tenant))).status == "open"


def test_a_fiscal_year_need_not_be_the_calendars() -> None:
    shifted = (
        PostPeriod("2027-01", "Open", False, date(2026, 10, 1), date(2026, 10, 31)),
        PostPeriod("2027-02", "Open", False, date(2026, 11, 1), date(2026, 11, 30)),
        # The adjustment period has no days of its own.
        PostPeriod("2026-13", "Open", False, date(2026, 10, 31), date(2026, 10, 31)),
    )
    snapshot = a_snapshot(periods=shifted)
    assert choose_period(an_invoice(), facts(snapshot)).target == "2027-01"
    assert choose_period(an_invoice(invoice_date=date(2026, 10, 31)), facts(snapshot)).target == "2027-01"
    assert choose_period(an_invoice(invoice_date=date(2026, 9, 30)), facts(snapshot)).status == "absent"


def test_periods_without_days_are_taken_by_their_name() -> None:
    bare = tuple(replace(period, start_on=None, end_on=None) for period in PERIODS)
    assert choose_period(an_invoice(), facts(a_snapshot(periods=bare))).target == "2026-10"
