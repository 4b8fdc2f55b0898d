"""The processed-files log: every file is kept as seen, and the same bytes count once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.store.audit import AuditRepository
from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.files import FileRepository
from ml_connector.store.rows.ids import ALPHABET
from tests.store.records import a_file, a_note, hash_of


@pytest.fixture
def files(database: Database, clock: SimulatedClock, tmp_path: Path) -> FileRepository:
    return FileRepository(database, "harbor", clock, archive=Archive(tmp_path / "archive"))


def test_a_file_comes_back_as_it_was_saved_and_the_first_seen_comes_first(files: FileRepository) -> None:
    later = a_file("fbbbbbbbb", name="b.csv", content="b")
    earlier = replace(a_file("fcccccccc", name="a.csv", content=None), state="waiting", reason="still growing")
    earlier = replace(earlier, first_seen_at=later.first_seen_at - timedelta(seconds=1), problems=(), modified_at=None)
    of_other_feed = a_file("fdddddddd", name="p.csv", content="p", feed="payments")
    for record in (later, earlier, of_other_feed):
        files.save_file(record, None)
    assert files.load_files("approved_invoices") == (earlier, later)
    assert files.load_files() == (earlier, later, of_other_feed)
    assert (files.load_file("FBBBBBBBB"), files.load_file("fzzzzzzzz")) == (later, None)


def test_a_file_that_grew_keeps_its_row(files: FileRepository) -> None:
    waiting = replace(a_file(content=None), state="waiting")
    files.save_file(waiting, None)
    grown = replace(a_file(), size_bytes=5000)
    files.save_file(grown, None)
    assert files.load_files() == (grown,)


def test_a_look_that_is_worth_no_entry_adds_none(
    files: FileRepository, database: Database, clock: SimulatedClock
) -> None:
    trail = AuditRepository(database, "harbor", clock)
    files.save_file(a_file(), None)
    assert list(trail.load_entries()) == []
    files.save_file(a_file(), a_note("file.taken", "faaaaaaaa"))
    assert [entry.note for entry in trail.load_entries()] == [a_note("file.taken", "faaaaaaaa")]


def test_the_same_bytes_under_another_name_are_a_repeat(files: FileRepository) -> None:
    first, second = a_file("faaaaaaaa", name="a.csv"), a_file("fbbbbbbbb", name="b.csv")
    files.save_file(first, None)
    files.save_file(second, None)
    assert files.load_file("fbbbbbbbb") == replace(second, state="repeat", repeat_of="faaaaaaaa")
    files.save_file(replace(first, state="settled"), None)
    assert files.load_file("faaaaaaaa") == replace(first, state="settled")


def test_the_same_bytes_in_another_feed_or_connection_are_no_repeat(
    files: FileRepository, database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    other = FileRepository(database, "pier", clock, archive=Archive(tmp_path))
    files.save_file(a_file("faaaaaaaa"), None)
    files.save_file(a_file("fbbbbbbbb", feed="payments"), None)
    other.save_file(a_file("fcccccccc", connection="pier"), None)
    assert [record.state for record in (*files.load_files(), *other.load_files())] == ["taken", "taken", "taken"]


def test_a_file_that_only_waited_becomes_the_repeat_of_the_one_that_is_taken(files: FileRepository) -> None:
    waiting = replace(a_file("faaaaaaaa", name="a.tmp.csv"), state="waiting")
    taken = a_file("fbbbbbbbb", name="a.csv")
    files.save_file(waiting, None)
    files.save_file(taken, None)
    assert files.load_file("faaaaaaaa") == replace(waiting, state="repeat", repeat_of="fbbbbbbbb")
    assert files.load_file("fbbbbbbbb") == taken


def test_a_file_of_another_connection_is_neither_shown_nor_saved(
    files: FileRepository, database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    other = FileRepository(database, "pier", clock, archive=Archive(tmp_path))
    files.save_file(a_file(), None)
    assert (other.load_files(), other.load_file("faaaaaaaa")) == ((), None)
    with pytest.raises(ValueError, match="does not belong to pier"):
        other.save_file(a_file(), None)


def test_original_bytes_come_back_by_their_hash(files: FileRepository) -> None:
    files.save_content(b"bytes", sha256(b"bytes").hexdigest())
    assert files.load_content(hash_of("bytes")) == b"bytes"


@pytest.mark.parametrize("letter", ["f", "i", "p", "r"])
def test_an_id_is_its_letter_and_eight_characters_of_base_32(files: FileRepository, letter: str) -> None:
    drawn = {files.next_id(letter) for _ in range(50)}
    assert len(drawn) == 50
    assert all(one[0] == letter and len(one) == 9 and set(one[1:]) <= set(ALPHABET) for one in drawn)
    assert set(ALPHABET.upper()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") & set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_a_letter_that_stands_for_nothing_gives_no_id(files: FileRepository) -> None:
    with pytest.raises(ValueError, match="no kind of row"):
        files.next_id("x")
