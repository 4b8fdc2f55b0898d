"""What is kept of a connection: an identity written once, a canary, leases that dead processes do not keep, runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.records import Identity
from ml_connector.engine.holder import holder_alive, process_holder
from ml_connector.errors import IntegrityError
from ml_connector.store.audit import AuditRepository
from ml_connector.store.connections import IdentityRepository, RunRecord, RunRepository, WayRepository
from ml_connector.store.database import Database
from ml_connector.store.running.leases import LeaseRepository
from tests.store.records import NAME, NOW

IDENTITY = Identity("https://erp.example.com/AcumaticaERP", "HRB", "ACME01")


def unknown(_holder: str) -> None:
    """Of no holder it can be known whether it lives."""
    return


def test_an_identity_is_stored_once_and_fixed(database: Database, clock: SimulatedClock) -> None:
    identities = IdentityRepository(database, NAME, clock)
    assert identities.load_identity() is None
    identities.save_identity(IDENTITY)
    identities.save_identity(IDENTITY)
    assert identities.load_identity() == IDENTITY
    other = Identity(IDENTITY.url, "HRB-TEST", "ACME01")
    with pytest.raises(IntegrityError) as caught:
        identities.save_identity(other)
    assert caught.value.code == "store.identity_fixed"
    assert caught.value.facts[0] == "https://erp.example.com/AcumaticaERP / HRB / ACME01"
    assert identities.load_identity() == IDENTITY
    assert AuditRepository(database, NAME, clock).verify().entries == 1


def test_a_canary_may_come_before_the_identity_and_be_chosen_anew(database: Database, clock: SimulatedClock) -> None:
    identities = IdentityRepository(database, NAME, clock)
    assert identities.load_canary() is None
    identities.save_canary("V1", "guid-1")
    assert (identities.load_canary(), identities.load_identity()) == (("V1", "guid-1"), None)
    identities.save_identity(IDENTITY)
    identities.save_canary("V2", "guid-2", actor="jane")
    assert identities.load_canary() == ("V2", "guid-2")
    assert identities.load_identity() == Identity(IDENTITY.url, "HRB", "ACME01", "V2", "guid-2")
    entries = list(AuditRepository(database, NAME, clock).load_entries())
    assert [(entry.note.event, entry.note.actor) for entry in entries] == [
        ("connection.canary", "connector"),
        ("connection.identity", "connector"),
        ("connection.canary", "jane"),
    ]
    assert IdentityRepository(database, "pier", clock).load_canary() is None


def test_ways_are_kept_by_connection_and_touch_nothing_else(database: Database, clock: SimulatedClock) -> None:
    ways = WayRepository(database, NAME, clock)
    assert ways.load_ways() is None
    ways.save_ways("first")
    IdentityRepository(database, NAME, clock).save_identity(IDENTITY)
    ways.save_ways("second")

    assert ways.load_ways() == "second"
    assert IdentityRepository(database, NAME, clock).load_identity() == IDENTITY
    assert WayRepository(database, "pier", clock).load_ways() is None


def test_a_lease_is_held_by_one_until_it_is_let_go(database: Database, clock: SimulatedClock) -> None:
    leases = LeaseRepository(database, NAME, clock, holder_alive=unknown)
    assert leases.load_holder("invoices") is None
    assert leases.claim("invoices", "one", 60)
    assert not leases.claim("invoices", "two", 60)
    assert leases.claim("payments", "two", 60)
    assert LeaseRepository(database, "pier", clock, holder_alive=unknown).claim("invoices", "two", 60)
    assert leases.load_holder("invoices") == "one"
    leases.release("invoices", "two")
    assert not leases.claim("invoices", "two", 60)
    leases.release("invoices", "one")
    assert leases.load_holder("invoices") is None
    assert leases.claim("invoices", "two", 60)


def test_a_lease_that_ran_out_is_taken_over_and_one_that_was_extended_is_not(
    database: Database, clock: SimulatedClock
) -> None:
    leases = LeaseRepository(database, NAME, clock, holder_alive=unknown)
    assert leases.claim("invoices", "one", 60)
    clock.sleep(59)
    assert leases.claim("invoices", "one", 60)
    clock.sleep(59)
    assert not leases.claim("invoices", "two", 60)
    clock.sleep(1)
    assert leases.claim("invoices", "two", 60)
    leases.release("invoices", "one")
    assert leases.load_holder("invoices") == "two"


def test_the_lease_of_a_process_that_died_is_taken_over_at_once(database: Database, clock: SimulatedClock) -> None:
    leases = LeaseRepository(database, NAME, clock, holder_alive=holder_alive)
    program = "from ml_connector.engine.holder import process_holder; print(process_holder())"
    dead = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert leases.claim("invoices", dead, 3600)
    assert leases.load_holder("invoices") is None
    assert leases.claim("invoices", process_holder(), 3600)
    assert not leases.claim("invoices", "another machine/b/1/2/3", 3600)
    assert str(os.getpid()) in (leases.load_holder("invoices") or "")


def test_runs_are_told_newest_first(database: Database, clock: SimulatedClock) -> None:
    runs = RunRepository(database, NAME, clock)
    first = runs.record_start("invoices")
    second = runs.record_start("payments")
    third = runs.record_start("invoices")
    clock.sleep(5)
    runs.record_end(first, "done", {"counts": {"posted": 3}, "total": "1284.50"})
    ended = RunRecord(first, NAME, "invoices", NOW, clock.now(), "done", {"counts": {"posted": 3}, "total": "1284.50"})
    assert [run.id for run in runs.load_runs()] == [third, second, first]
    assert runs.load_runs("invoices") == (RunRecord(third, NAME, "invoices", NOW, None, None, {}), ended)
    assert [run.id for run in runs.load_runs("invoices", limit=1)] == [third]
    other = RunRepository(database, "pier", clock)
    other.record_end(first, "stolen", {})
    assert (other.load_runs(), runs.load_runs("invoices")[1]) == ((), ended)
