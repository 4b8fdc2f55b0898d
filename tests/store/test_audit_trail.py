"""The trail in the database: it only grows, and whoever changes it behind our back is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError as ConstraintError

from ml_connector.audit.chain import AuditHead, ChainVerdict
from ml_connector.audit.entry import AuditNote
from ml_connector.clock import SimulatedClock
from ml_connector.store.audit import AuditRepository, record_notes
from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.files import FileRepository
from tests.store.records import NAME, a_file, a_note


@pytest.fixture
def trail(database: Database, clock: SimulatedClock) -> AuditRepository:
    """A trail of five entries, beside another connection's."""
    repository = AuditRepository(database, NAME, clock)
    other = AuditRepository(database, "pier", clock)
    for number in range(5):
        repository.record_note(a_note(note=f"step {number}"))
        other.record_note(a_note(note="elsewhere"))
        clock.sleep(1)
    return repository


def tamper(database: Database, *statements: str) -> None:
    """Change rows as somebody with the database in his hands would: the guards removed first."""
    with database.transaction() as connection:
        for guard in ("audit_entry_no_update", "audit_entry_no_delete"):
            on = " ON audit_entry" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER IF EXISTS {guard}{on}"))
        for statement in statements:
            connection.execute(text(statement))


def test_entries_come_back_as_they_were_written_and_hold(trail: AuditRepository) -> None:
    entries = list(trail.load_entries())
    assert [entry.note for entry in entries] == [a_note(note=f"step {number}") for number in range(5)]
    assert trail.load_head() == AuditHead(5, entries[-1].hash)
    assert trail.verify() == ChainVerdict(True, 5, entries[-1].hash, None)
    assert [entry.sequence for entry in trail.load_entries(after=3)] == [4, 5]


def test_an_empty_trail_holds(database: Database, clock: SimulatedClock) -> None:
    assert AuditRepository(database, NAME, clock).verify() == ChainVerdict(True, 0, None, None)


def test_a_trail_of_several_pages_holds(database: Database, clock: SimulatedClock) -> None:
    trail = AuditRepository(database, NAME, clock)
    with database.transaction() as connection:
        record_notes(connection, NAME, clock.now(), [AuditNote("e", "s", str(number)) for number in range(2500)])
    trail.record_note(AuditNote("e", "s"))
    verdict = trail.verify()
    assert (verdict.ok, verdict.entries) == (True, 2501)
    assert [entry.sequence for entry in trail.load_entries()] == list(range(1, 2502))


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET note = 'x'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_to_change_an_entry(
    trail: AuditRepository, database: Database, statement: str
) -> None:
    with pytest.raises(ConstraintError, match="only grows"), database.transaction() as connection:
        connection.execute(text(statement))
    assert trail.verify().ok


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit_entry SET note = 'nothing' WHERE sequence = 3", 3),
        ("UPDATE audit_entry SET data = '{}' WHERE sequence = 2", 2),
        ("UPDATE audit_entry SET data = 'no json' WHERE sequence = 2", 2),
        ("UPDATE audit_entry SET at = 'yesterday' WHERE sequence = 2", 2),
        ("UPDATE audit_entry SET note = x'ff' WHERE sequence = 2", 2),
        ("UPDATE audit_entry SET actor = 'jane' WHERE sequence = 5", 5),
        ("UPDATE audit_entry SET sequence = 17 WHERE sequence = 5", 5),
        ("DELETE FROM audit_entry WHERE sequence = 1 AND connection = 'harbor'", 1),
        ("DELETE FROM audit_entry WHERE sequence = 3", 3),
        ("DELETE FROM audit_entry WHERE sequence >= 4", 4),
        ("DELETE FROM audit_entry", 1),
        ("DELETE FROM audit_head", 1),
        ("UPDATE audit_head SET sequence = 4", 4),
        ("UPDATE audit_head SET hash = 'f'", 5),
        (
            "INSERT INTO audit_entry SELECT connection, 6, at, event, subject, actor, note, data, previous_hash, hash"
            " FROM audit_entry WHERE sequence = 5",
            6,
        ),
    ],
)
def test_any_change_behind_our_back_is_found(
    trail: AuditRepository, database: Database, statement: str, broken_at: int
) -> None:
    tamper(database, statement)
    verdict = trail.verify()
    assert (verdict.ok, verdict.broken_at) == (False, broken_at)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit_entry SET at = 17 WHERE sequence = 2", 2),
        ("UPDATE audit_entry SET sequence = 'six' WHERE sequence = 5", 5),
    ],
)
def test_a_value_of_another_type_is_found_where_the_database_takes_it(
    trail: AuditRepository, database: Database, statement: str, broken_at: int
) -> None:
    tamper(database, statement)
    verdict = trail.verify()
    assert (verdict.ok, verdict.broken_at) == (False, broken_at)


def test_a_trail_that_was_emptied_with_its_head_is_missed_by_the_records(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    files = FileRepository(database, NAME, clock, archive=Archive(tmp_path))
    files.save_file(a_file(), a_note("file.taken", "faaaaaaaa"))
    tamper(database, "DELETE FROM audit_entry", "DELETE FROM audit_head")
    assert AuditRepository(database, NAME, clock).verify() == ChainVerdict(False, 0, None, 1)


def test_other_words_for_the_same_facts_are_other_entries(trail: AuditRepository) -> None:
    before = trail.load_head()
    trail.record_note(a_note())
    trail.record_note(replace(a_note(), actor="jane"))
    one, two = trail.load_entries(after=5)
    assert before is not None and (one.previous_hash, two.previous_hash) == (before.hash, one.hash)
    assert (one.note.actor, two.note.actor) == ("connector", "jane")
