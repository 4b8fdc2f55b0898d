"""One pace for all processes that call a tenant: requests in the minute, requests at one time, pauses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ml_connector.acumatica.wire.limiter import SharedBudget
from ml_connector.acumatica.wire.memory_book import MemoryBook
from ml_connector.clock import SimulatedClock
from ml_connector.engine.holder import holder_alive, process_holder
from ml_connector.errors import TransientError
from ml_connector.store.database import Database
from ml_connector.store.running.pace import PaceFile, pace_file_beside
from ml_connector.store.running.pace_book import pace_book
from ml_connector.store.running.pace_rows import PaceRows

ROOT = Path(__file__).parents[2]
ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


class Office:
    """Books of several holders over one database, on one clock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SimulatedClock(datetime(2026, 10, 14, 12, tzinfo=UTC))
        self.stack = ExitStack()

    @property
    def path(self) -> Path:
        """The file of its own beside a file of SQLite."""
        return pace_file_beside(Path(self.database.describe().path))

    def book(self, tenant: str = "tenant", *, holder: str = "") -> PaceFile | PaceRows:
        made = pace_book(self.database, tenant, holder or process_holder(), self.clock, holder_alive=holder_alive)
        self.stack.callback(made.close)
        return made


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    made = Office(database)
    with made.stack:
        yield made


def test_the_minute_is_shared_and_slides(office: Office) -> None:
    one, other = office.book(), office.book()
    assert [one.note_request(3), other.note_request(3)] == [0, 0]
    office.clock.sleep(20)
    assert other.note_request(3) == 0

    assert (one.note_request(3), other.note_request(3)) == (40, 40)
    office.clock.sleep(40)
    assert [one.note_request(3), other.note_request(3), one.note_request(3)] == [0, 0, 20]


def test_the_book_of_one_process_keeps_the_same_pace_as_the_file(office: Office) -> None:
    told: list[list[object]] = []
    for book in (MemoryBook(office.clock), office.book()):
        told.append([book.note_request(2), book.note_request(2), book.note_request(2)])
        office.clock.sleep(60)
        told[-1] += [book.note_request(2), book.take_place(1) is None, book.take_place(1) is None]
        book.pause(7)
        told[-1] += [book.note_request(2), book.load_usual_seconds("GET Bill")]
        book.save_usual_seconds("GET Bill", 0.5)
        told[-1] += [book.load_usual_seconds("GET Bill")]

    assert told[0] == told[1] == [0, 0, 60, 0, False, True, 7, None, 0.5]


def test_each_holds_the_joint_count_against_its_own_limit(office: Office) -> None:
    careful, bold = office.book(), office.book()
    assert [bold.note_request(4) for _ in range(3)] == [0, 0, 0]

    assert (careful.note_request(2), bold.note_request(4)) == (60, 0)


def test_another_tenant_has_a_minute_and_places_of_its_own(office: Office) -> None:
    one, other = office.book(), office.book("another")
    assert (one.note_request(1), one.take_place(1)) == (0, 1)
    one.pause(100)

    assert (other.note_request(1), other.take_place(1)) == (0, 2)


def test_a_pause_is_everybodys_and_the_longest_stays(office: Office) -> None:
    one, other = office.book(), office.book()
    one.pause(100)
    one.pause(10)
    assert other.note_request(1000) == 100
    office.clock.sleep(100)

    assert other.note_request(1000) == 0


def test_places_are_shared_and_freed(office: Office) -> None:
    one, other = office.book(), office.book()
    first, second = one.take_place(2), other.take_place(2)
    assert first is not None and second is not None
    assert one.take_place(2) is None
    other.give_place_back(second)

    assert one.take_place(2) is not None


def test_a_killed_process_holds_no_place(office: Office) -> None:
    host, boot, *_ = process_holder().split("/")
    assert office.book(holder=f"{host}/{boot}/99999999/1/killed").take_place(1) is not None

    assert office.book().take_place(1) is not None


def test_a_place_of_another_machine_ends_by_itself(office: Office) -> None:
    assert office.book(holder="elsewhere/boot/1/1/far").take_place(1) is not None
    assert office.book().take_place(1) is None
    office.clock.sleep(1000)

    assert office.book().take_place(1) is not None


def test_who_closes_leaves_no_place_behind(office: Office) -> None:
    leaving = office.book()
    assert leaving.take_place(1) is not None
    leaving.close()

    assert office.book().take_place(1) is not None


def test_a_clock_that_was_wrong_stops_nobody_for_long(office: Office) -> None:
    ahead = office.book()
    office.clock.sleep(1_000_000)
    ahead.note_request(1)
    ahead.pause(3600)
    assert ahead.take_place(1) is not None
    right = Office(office.database)
    with right.stack:
        book = right.book()

        assert (book.note_request(1), book.take_place(1) is not None) == (0, True)


@ON_SQLITE
def test_a_file_that_cannot_be_read_is_made_anew(office: Office) -> None:
    office.path.write_bytes(b"half a page" * 1000)
    book = office.book()
    with pytest.raises(TransientError) as raised:
        book.note_request(1)
    assert raised.value.code == "store.pace_unknown"

    assert (book.note_request(1), book.note_request(1)) == (0, 60)


@ON_SQLITE
def test_the_file_is_its_owners_alone(office: Office) -> None:
    office.book().note_request(1)

    assert office.path.stat().st_mode & 0o777 == 0o600


def test_a_pause_longer_than_anybody_waits_is_told(office: Office) -> None:
    book = office.book()
    book.pause(900)
    with pytest.raises(TransientError) as raised:
        SharedBudget(book, 10, 1, office.clock).reserve()

    assert (raised.value.code, raised.value.retry_after_seconds) == ("acumatica.limited", 900)


# Twenty thousand looks of a clock that does not really wait: a server would take a minute.
@ON_SQLITE
def test_a_budget_waits_for_the_minute_and_for_a_place(office: Office) -> None:
    theirs, ours = office.book(holder="elsewhere/boot/1/1/far"), SharedBudget(office.book(), 1, 1, office.clock)
    assert (ours.reserve(), ours.reserve(), office.clock.monotonic()) == (False, True, 60)
    theirs.take_place(1)
    with ours.running():
        # The place of another machine ended after its thousand seconds.
        assert office.clock.monotonic() >= 1060


def test_six_processes_fill_one_minute_exactly_and_keep_the_places(url: str) -> None:
    words = [sys.executable, "-m", "tests.store.pacer", url, "60", "3"]
    children = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    lines = [line.split() for child in children for line in child.communicate(timeout=50)[0].splitlines()]
    spans = [(float(began), float(ended)) for began, ended in lines]

    assert len(spans) == 60
    assert max(sum(1 for began, ended in spans if began <= at < ended) for at, _ in spans) <= 3
