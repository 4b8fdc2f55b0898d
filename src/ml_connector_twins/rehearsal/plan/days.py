"""The plan of a rehearsal: its business days in order, each with the checks that hold on every evening added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from ml_connector_twins.rehearsal.judge.invoices import no_stray_bills
from ml_connector_twins.rehearsal.judge.payments import reconciled
from ml_connector_twins.rehearsal.judge.proof import exits_as_planted, proven
from ml_connector_twins.rehearsal.plan import invoices as plant
from ml_connector_twins.rehearsal.plan.day import DayPlan
from ml_connector_twins.rehearsal.plan.first_day import FIRST_DAY, first_day
from ml_connector_twins.rehearsal.plan.later_days import ordinary_day, second_day, third_day

# The sample firm has no open month after November 2026.
DAYS_MAX = 20
_BY_HAND = (plant.BOOKED_BY_HAND.vendor_id, plant.BOOKED_BY_HAND.invoice_number)
_SATURDAY = 5


def plan_days(count: int) -> tuple[DayPlan, ...]:
    """The first ``count`` business days, 1 to `DAYS_MAX`."""
    plain = [_plan(number, on) for number, on in enumerate(_business_days(count), start=1)]
    return tuple(_with_evening_checks(plain[: number + 1]) for number in range(len(plain)))


def _plan(number: int, on: date) -> DayPlan:
    special: dict[int, Callable[[date], DayPlan]] = {2: second_day, 3: third_day}
    if number == 1:
        return first_day()
    return special[number](on) if number in special else ordinary_day(number, on)


def _business_days(count: int) -> list[date]:
    days = [FIRST_DAY]
    while len(days) < count:
        after = days[-1] + timedelta(days=1)
        while after.weekday() >= _SATURDAY:
            after += timedelta(days=1)
        days.append(after)
    return days


def _with_evening_checks(so_far: Sequence[DayPlan]) -> DayPlan:
    """The last of these days; what came on the days before counts in its totals."""
    today = so_far[-1]
    invoices = [invoice for day in so_far for invoice in day.invoices]
    payments = [payment for day in so_far for payment in day.payments]
    evening = [no_stray_bills(invoices, by_hand=[_BY_HAND]), proven(), reconciled(payments)]
    if today.person_needed is not None:
        evening.append(exits_as_planted(person_needed=today.person_needed))
    return replace(today, expectations=(*today.expectations, *evening))
