"""The ticker: what is due goes to the engine once, in its order, one pass a connection, and nobody starves."""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from ml_connector.engine.passes import Pass
from ml_connector.engine.schedule import Schedule
from ml_connector.engine.ticker import Ticker, rest_after
from tests.engine.stub_states import StatesInMemory

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)


class Queue:
    """An engine that only keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[Pass] = []
        self.keys: set[str] = set()
        self.ended: set[str] = set()

    def enqueue(self, each: Pass) -> None:
        if each.key not in self.keys:
            self.keys.add(each.key)
            self.given.append(each)

    def is_open(self, key: str) -> bool:
        return key in self.keys - self.ended

    def take_over(self, executor: str) -> int:
        return 0


class Desk:
    """A ticker, its queue and its states; passes end when the test says so."""

    def __init__(self) -> None:
        self.queue, self.states = Queue(), StatesInMemory()
        self.ticker = Ticker(self.states, self.queue)

    def end(self, each: Pass, rest: tuple[int, datetime | None] = (0, None)) -> None:
        self.queue.ended.add(each.key)
        self.states.record_ended(each.connection, each.flow, each.key, rest=rest)


def minutes(count: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=count)


def a_schedule(cron: str = "*/15 * * * *", *, connection: str = "harbor", flow: str = "invoices") -> Schedule:
    """A schedule in UTC."""
    return Schedule(connection, flow, cron, "UTC")


def test_a_schedule_is_due_once_for_each_time() -> None:
    desk, schedules = Desk(), (a_schedule(),)
    for minute in range(61):
        desk.ticker.tick(schedules, minutes(minute))
        for each in desk.queue.given:
            desk.end(each)
    assert desk.queue.given == [Pass("harbor", "invoices", minutes(at)) for at in (15, 30, 45, 60)]


def test_a_schedule_that_never_ran_counts_from_now() -> None:
    desk = Desk()
    assert desk.ticker.tick((a_schedule("* * * * *"),), NOON) == 0
    assert desk.ticker.next_due(a_schedule("* * * * *")) == minutes(1)


def test_times_missed_are_caught_up_once_also_by_another_process() -> None:
    desk, schedules = Desk(), (a_schedule(),)
    desk.ticker.tick(schedules, NOON)
    later = Ticker(desk.states, desk.queue)
    assert [later.tick(schedules, minutes(127)), later.tick(schedules, minutes(128))] == [1, 0]
    desk.end(desk.queue.given[0])
    assert later.tick(schedules, minutes(129)) == 0
    assert later.tick(schedules, minutes(135)) == 1
    assert [each.due_at for each in desk.queue.given] == [minutes(15), minutes(135)]


def test_two_processes_that_find_a_pass_due_start_it_once() -> None:
    desk, schedules = Desk(), (a_schedule(),)
    other = Ticker(desk.states, desk.queue)
    for ticker in (desk.ticker, other):
        ticker.tick(schedules, NOON)
    assert [ticker.tick(schedules, minutes(15)) for ticker in (desk.ticker, other)] == [1, 0]
    assert len(desk.queue.given) == 1


def test_a_pass_that_lasts_is_not_overlapped_and_what_became_due_meanwhile_follows_once() -> None:
    desk, schedules = Desk(), (a_schedule("* * * * *"),)
    for minute in range(10):
        desk.ticker.tick(schedules, minutes(minute))
    assert [each.due_at for each in desk.queue.given] == [minutes(1)]
    desk.end(desk.queue.given[0])
    desk.ticker.tick(schedules, minutes(10.5))
    desk.ticker.tick(schedules, minutes(10.6))
    assert [each.due_at for each in desk.queue.given] == [minutes(1), minutes(2)]


def test_flows_of_one_connection_go_one_after_the_other_in_the_order_they_became_due() -> None:
    desk = Desk()
    schedules = (a_schedule("0 * * * *", flow="master-data"), a_schedule(), a_schedule("45 * * * *", flow="payments"))
    desk.ticker.tick(schedules, NOON)
    for _ in range(4):
        desk.ticker.tick(schedules, minutes(60))
        desk.end(desk.queue.given[-1])
    assert [each.flow for each in desk.queue.given] == ["invoices", "payments", "master-data"]


def test_a_connection_whose_system_is_down_rests_and_the_others_do_not() -> None:
    desk = Desk()
    schedules = (a_schedule("* * * * *"), a_schedule("* * * * *", connection="pier"))
    desk.ticker.tick(schedules, NOON)
    desk.ticker.tick(schedules, minutes(1))
    harbor, pier = desk.queue.given
    desk.end(harbor, (3, rest_after(3, minutes(1))))
    desk.end(pier)
    started = defaultdict(list)
    for minute in range(2, 7):
        desk.ticker.tick(schedules, minutes(minute))
        for each in desk.queue.given[2:]:
            if each.key not in desk.queue.ended:
                started[each.connection].append(minute)
                desk.end(each)
    assert dict(started) == {"pier": [2, 3, 4, 5, 6], "harbor": [5, 6]}


@pytest.mark.parametrize(("failures", "seconds"), [(1, 60), (2, 120), (4, 480), (5, 900), (500, 900)])
def test_a_rest_grows_with_each_failure_to_a_quarter_of_an_hour(failures: int, seconds: float) -> None:
    assert rest_after(failures, NOON) == NOON + timedelta(seconds=seconds)
    assert rest_after(0, NOON) is None


def test_a_pass_the_engine_lost_holds_nobody_up() -> None:
    desk, schedules = Desk(), (a_schedule(),)
    desk.ticker.tick(schedules, NOON)
    desk.ticker.tick(schedules, minutes(15))
    desk.ticker.close_lost(minutes(29))
    assert desk.ticker.tick(schedules, minutes(30)) == 0, "it is open"
    desk.queue.ended.add(desk.queue.given[0].key)
    desk.ticker.close_lost(minutes(15) + timedelta(seconds=29))
    assert desk.ticker.tick(schedules, minutes(30)) == 0, "its end may be on its way"
    desk.ticker.close_lost(minutes(15) + timedelta(seconds=30))
    assert desk.ticker.tick(schedules, minutes(31)) == 1


def test_a_clock_that_was_a_day_ahead_silences_no_schedule() -> None:
    desk, schedules = Desk(), (a_schedule(),)
    desk.ticker.tick(schedules, NOON + timedelta(days=1))
    assert [desk.ticker.tick(schedules, minutes(at)) for at in (0, 14, 15)] == [0, 0, 1]


def test_a_changed_schedule_counts_at_once() -> None:
    desk = Desk()
    desk.ticker.tick((a_schedule("0 0 1 1 *"),), NOON)
    assert desk.ticker.tick((a_schedule("*/5 * * * *"),), minutes(5)) == 1


def test_nothing_is_asked_of_the_database_while_nothing_is_due() -> None:
    desk, schedules = Desk(), (a_schedule(),)
    desk.ticker.tick(schedules, NOON)
    before = desk.states.loads
    for second in range(1, 900):
        desk.ticker.tick(schedules, NOON + timedelta(seconds=second))
    assert desk.states.loads == before


def test_a_thousand_connections_share_the_workers_and_none_waits_more_than_twice_its_share() -> None:
    """Four workers, busy all the time: some connections are always due, some every quarter of an hour, each pass takes
    up to a second. Nobody waits for its turn longer than twice what one round of all takes."""
    desk, chance, workers = Desk(), random.Random(5), 4
    crons = ["* * * * *", "*/5 * * * *", "*/15 * * * *", "7 * * * *"]
    schedules = tuple(a_schedule(crons[number % 4], connection=f"c{number:03}") for number in range(1000))
    waits: dict[str, timedelta] = defaultdict(timedelta)
    starts: Counter[str] = Counter()
    running: list[tuple[datetime, str, Pass]] = []
    desk.ticker.tick(schedules, NOON)
    taken, now = 0, NOON
    while now < minutes(20):
        now += timedelta(seconds=15)
        desk.ticker.tick(schedules, now)
        waiting = desk.queue.given[taken:]
        until = now + timedelta(seconds=15)
        for each in waiting:
            free_at = now if len(running) < workers else heapq.heappop(running)[0]
            if free_at >= until:
                heapq.heappush(running, (free_at, each.key, each))
                break
            begins_at, taken = max(free_at, now), taken + 1
            starts[each.connection] += 1
            waits[each.connection] = max(waits[each.connection], begins_at - each.due_at)
            heapq.heappush(running, (begins_at + timedelta(seconds=chance.uniform(0.3, 1)), each.key, each))
            desk.end(each)
    # One round: each of the thousand once, four at a time, one second at most.
    share = timedelta(seconds=1000 / workers)
    assert len(starts) == 1000
    assert max(waits.values()) <= 2 * share
    busiest = [starts[each.connection] for each in schedules if each.cron == "* * * * *"]
    assert max(busiest) - min(busiest) <= 2, "and those that are always due have the same"
