"""Processes with their heartbeats, what of them frees a lease, and the states of schedules."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.engine.lives import Life
from ml_connector.engine.passes import Pass
from ml_connector.engine.ticker import ScheduleState
from ml_connector.store.database import Database
from ml_connector.store.running.leases import LeaseRepository
from ml_connector.store.running.processes import ProcessRecord, ProcessRepository
from ml_connector.store.running.schedules import ScheduleRepository
from tests.store.records import NOW

DUE_AT = NOW.replace(microsecond=0) + timedelta(minutes=15)
KEY = Pass("harbor", "invoices", DUE_AT).key
ONE, TWO = "alpha/boot/17/300/aaaa", "beta/boot/17/300/bbbb"


@pytest.fixture
def processes(database: Database, clock: SimulatedClock) -> ProcessRepository:
    return ProcessRepository(database, clock)


def test_a_process_is_on_record_with_its_last_sign_of_life(processes: ProcessRepository, clock: SimulatedClock) -> None:
    assert processes.record_start(ONE, "worker") is None
    clock.sleep(15)
    processes.record_beat(ONE)
    beat_at = NOW + timedelta(seconds=15)
    record = ProcessRecord(ONE, "worker", NOW, beat_at, beats=2, dead=False, ended_at=None)
    assert (processes.load_open(), record.life) == ((record,), Life(ONE, 2))


def test_one_that_is_dead_is_on_record_until_it_was_taken_over(processes: ProcessRepository) -> None:
    processes.record_start(ONE, "worker")
    processes.record_taken_over(ONE)
    assert len(processes.load_open()) == 1, "it lives"
    processes.record_dead(ONE)
    assert [record.life for record in processes.load_open()] == [Life(ONE, 1, dead=True)]
    processes.record_taken_over(ONE)
    assert processes.load_open() == ()


def test_one_that_was_thought_dead_and_beats_again_lives(processes: ProcessRepository) -> None:
    processes.record_start(ONE, "worker")
    processes.record_dead(ONE)
    processes.record_taken_over(ONE)
    processes.record_beat(ONE)
    assert [record.life for record in processes.load_open()] == [Life(ONE, 2)]


def test_one_that_must_be_alone_is_refused_while_another_counts(processes: ProcessRepository) -> None:
    processes.record_start(ONE, "worker")
    assert processes.record_start(TWO, "serve", alone_but_for=()) == ONE
    assert [record.name for record in processes.load_open()] == [ONE]
    assert processes.record_start(TWO, "serve", alone_but_for=(ONE,)) is None


def test_what_ended_long_ago_is_forgotten(processes: ProcessRepository, clock: SimulatedClock) -> None:
    processes.record_start(ONE, "worker")
    processes.record_dead(ONE)
    processes.record_taken_over(ONE)
    processes.forget_ended(clock.now())
    processes.record_beat(ONE)
    assert len(processes.load_open()) == 1, "not yet"
    processes.record_dead(ONE)
    processes.record_taken_over(ONE)
    processes.forget_ended(clock.now() + timedelta(seconds=1))
    processes.record_beat(ONE)
    assert processes.load_open() == ()


def test_the_leases_of_a_dead_process_are_free_and_those_of_another_are_not(
    database: Database, clock: SimulatedClock, processes: ProcessRepository
) -> None:
    leases = LeaseRepository(database, "harbor", clock, holder_alive=lambda name: None)
    for flow, name in (("invoices", ONE), ("payments", TWO)):
        processes.record_start(name, "worker")
        # Each opening of a connection has a holder's name of its own.
        assert leases.claim(flow, name[:-4] + "cccc", 1200)
    processes.record_dead(ONE)
    assert (leases.load_holder("invoices"), leases.load_holder("payments")) == (None, TWO[:-4] + "cccc")
    assert not leases.claim("payments", "three", 1200)
    assert leases.claim("invoices", "three", 1200)


def test_a_schedule_is_kept_by_whoever_is_first(database: Database) -> None:
    states = ScheduleRepository(database)
    states.record_first("harbor", "invoices", NOW)
    first = states.load_states()[("harbor", "invoices")]
    assert first == ScheduleState("harbor", "invoices", NOW)

    later = NOW + timedelta(minutes=15)
    assert states.record_enqueued(first, KEY, later)
    assert not states.record_enqueued(first, KEY, later), "another was faster"
    assert states.load_states()[("harbor", "invoices")] == ScheduleState("harbor", "invoices", later, KEY)

    rest_until = later + timedelta(minutes=1)
    states.record_ended("harbor", "invoices", Pass("harbor", "invoices", NOW).key, rest=(0, None))
    assert states.load_states()[("harbor", "invoices")].open_key == KEY
    states.record_ended("harbor", "invoices", KEY, rest=(1, rest_until))
    ended = ScheduleState("harbor", "invoices", later, None, 1, rest_until)
    assert states.load_states() == {("harbor", "invoices"): ended}


def test_a_schedule_that_counts_from_a_new_instant_keeps_its_pass(database: Database) -> None:
    states = ScheduleRepository(database)
    states.record_first("harbor", "invoices", NOW)
    states.record_enqueued(states.load_states()[("harbor", "invoices")], KEY, NOW)
    states.record_first("harbor", "invoices", NOW - timedelta(days=1))
    state = states.load_states()[("harbor", "invoices")]
    assert (state.last_at, state.open_key) == (NOW - timedelta(days=1), KEY)


def test_a_pass_that_ends_before_it_is_on_record_as_open_is_not_open_for_ever(database: Database) -> None:
    states = ScheduleRepository(database)
    states.record_first("harbor", "invoices", NOW)
    before = states.load_states()[("harbor", "invoices")]
    states.record_ended("harbor", "invoices", KEY, rest=(0, None))
    assert not states.record_enqueued(before, KEY, NOW + timedelta(minutes=15, seconds=1))
    assert states.load_states()[("harbor", "invoices")] == ScheduleState("harbor", "invoices", DUE_AT)
