"""Sections A and G of the fault catalogue, row by row: torn writes, lost power, clocks, and a machine without room."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.posting import PostingState
from ml_connector.engine.schedule import Schedule, next_due
from ml_connector.operations.digests import TrailKeeper
from ml_connector.store.audit import AuditRepository
from ml_connector.store.copies.digests import DigestFolder
from ml_connector.store.database import Database, open_database
from tests.crash.lanes import CREATION, INVOICES, KILLED, open_lane
from tests.databases import DATABASE_NAME, database_url, fresh_database
from tests.firm import CONNECTION, child_environment
from tests.flows.in_memory.house import CrashAt, a_house
from tests.office import Office, running_office
from tests.papers import approved
from tests.store.records import NAME, NOW, a_note

LOG = DATABASE_NAME + "-wal"
KIB = 1024
MIB = 1024 * 1024


class Secrets:
    """The sealed secrets of a connection, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def load_secret(self, key: str) -> str | None:
        return self.kept.get(key)

    def save_secret(self, key: str, value: str) -> None:
        self.kept[key] = value


def whole_entries(folder: Path) -> int:
    """How many entries a program finds that starts on what lies there; the chain of all of them holds."""
    with closing(open_database(database_url(folder))) as database:
        verdict = AuditRepository(database, NAME, SimulatedClock(NOW)).verify()
        assert (verdict.ok, database.check_pages()) == (True, ())
        return verdict.entries


def what_lies_there(source: Path, target: Path, log_bytes: int | None = None) -> Path:
    """The files as a machine without power leaves them, the log cut after so many bytes."""
    target.mkdir()
    shutil.copyfile(source / DATABASE_NAME, target / DATABASE_NAME)
    (target / LOG).write_bytes((source / LOG).read_bytes()[:log_bytes])
    return target


def test_row_4_a_commit_that_was_torn_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    with closing(fresh_database(tmp_path / "var")) as database:
        trail = AuditRepository(database, NAME, SimulatedClock(NOW))
        trail.record_note(a_note())
        before = (tmp_path / "var" / LOG).stat().st_size
        trail.record_note(a_note(note="intent " * 600))
        after = (tmp_path / "var" / LOG).stat().st_size
        cuts = [before, before + 1, before + 24, (before + after) // 2, after - 1, after]
        found = [
            whole_entries(what_lies_there(tmp_path / "var", tmp_path / f"torn-{number}", cut))
            for number, cut in enumerate(cuts)
        ]
    assert found == [1, 1, 1, 1, 1, 2]


def test_row_8_a_kill_while_the_answer_comes_in_finds_the_bill_by_its_mark(tmp_path: Path) -> None:
    with open_lane(tmp_path / "lane", finish="release") as lane:
        lane.begin(INVOICES[:1])
        # The head of the answer, and then its body for minutes.
        lane.firm.fault("drip", **CREATION, bytes_per_second=20.0)
        pid = lane.start_until(None)
        lane.await_fault()
        os.kill(pid, signal.SIGKILL)
        assert (lane.nursery.wait(pid).exit_code, [bill["Status"] for bill in lane.bills()]) == (KILLED, ["On Hold"])
        lane.calm()
        again = lane.sync()
        assert (again.exit_code, lane.audit("Open", INVOICES[:1])) == (0, [])


def test_row_18_what_was_committed_lies_on_the_disk_at_once(tmp_path: Path) -> None:
    with closing(fresh_database(tmp_path / "var")) as database:
        with database.transaction() as connection:
            # 2 is FULL: the system is asked to write through before a commit returns.
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        trail = AuditRepository(database, NAME, SimulatedClock(NOW))
        for number in range(1, 4):
            trail.record_note(a_note(note=f"note {number}"))
            assert whole_entries(what_lies_there(tmp_path / "var", tmp_path / f"dark-{number}")) == number


def test_row_22_a_record_that_stops_the_service_twice_is_set_aside_and_the_others_go_on() -> None:
    house = a_house()
    poison = house.ready()
    for _ in range(2):
        house.crash(CrashAt("put", "before"))
        house.clock.sleep(3600)
    other = house.ready(invoice_number="INV-2", external_id="ST-2")
    house.post()
    assert house.posting(poison).attempts == 2
    assert (house.standing(poison), house.statuses(poison)) == ((PostingState.PERSON, "gave_up"), [])
    assert (house.posting(other).state, house.statuses(other)) == (PostingState.DONE, ["Open"])


def test_row_23_a_fault_while_a_fault_is_recorded_leaves_a_bill_to_be_checked_not_repeated() -> None:
    house = a_house()
    invoice_id = house.ready()
    # Another process has the row by then, so that recording the fault fails too.
    house.erp.meanwhile(
        "create",
        lambda: house.invoices.claim(house.invoices.rows[invoice_id], "process-2"),
        side="after",
        error=KeyError("whatever"),
    )
    house.post()
    assert house.posting(invoice_id).state is PostingState.INTENT
    house.post()
    assert (house.posting(invoice_id).state, house.statuses(invoice_id)) == (PostingState.DONE, ["Open"])


def test_row_234_entries_lost_with_the_log_of_the_database_are_missed(tmp_path: Path) -> None:
    second_place, secrets, clock = DigestFolder(tmp_path / "digests", NAME), Secrets(), SimulatedClock(NOW)

    def keeper_of(database: Database) -> TrailKeeper:
        return TrailKeeper(NAME, AuditRepository(database, NAME, clock), secrets, second_place, clock)

    fresh_database(tmp_path / "var").close()
    with closing(open_database(database_url(tmp_path / "var"))) as database:
        keeper = keeper_of(database)
        for _ in range(3):
            keeper.audit.record_note(a_note())
        keeper.catch_up()
        left = what_lies_there(tmp_path / "var", tmp_path / "left")
    (left / LOG).unlink()
    with closing(open_database(database_url(left))) as database:
        told = keeper_of(database).verify()
    assert (told["ok"], told["entries"], told["broken_at"]) == (False, 0, 1)
    assert str(told["reason"]).startswith("the trail is shorter than the digest of ")


@pytest.mark.parametrize("hours", [24, -1, 0], ids=["a day ahead", "an hour back", "standing still"])
@pytest.mark.parametrize("step", ["put", "off hold", "release"])
def test_row_242_a_clock_that_jumps_between_two_passes_makes_no_second_bill(step: str, hours: int) -> None:
    house = a_house(finish="release")
    invoice_id = house.ready()
    house.crash(CrashAt(step, "after"))
    house.clock.sleep(hours * 3600)
    for _ in range(2):
        house.post()
    assert (house.posting(invoice_id).state, house.statuses(invoice_id)) == (PostingState.DONE, ["Open"])
    assert len(house.erp.calls("create")) == 1


@contextmanager
def zone_of_the_machine(name: str) -> Iterator[None]:
    """The machine keeps that zone until the block ends."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_row_244_a_schedule_keeps_the_zone_of_its_connection_wherever_the_machine_is(zone: str) -> None:
    schedule = Schedule(CONNECTION, "invoices", "30 6 * * *", "America/New_York")
    with zone_of_the_machine(zone):
        due = next_due(schedule, datetime(2026, 7, 14, 12, tzinfo=UTC))
    assert due == datetime(2026, 7, 15, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("at", ["2026-12-31T23:59:59", "2027-01-01T00:00:01", "2027-01-02T12:00:00"])
def test_row_245_at_the_end_of_a_year_the_date_of_the_invoice_decides(at: str) -> None:
    house = a_house()
    house.clock.sleep((datetime.fromisoformat(at).replace(tzinfo=UTC) - house.clock.now()).total_seconds())
    invoice_id = house.ready(invoice_date=date(2026, 12, 31))
    house.post()
    plan = house.posting(invoice_id).plan
    assert plan is not None
    (bill,) = house.bills(invoice_id)
    assert (plan.dated_on, bill.dated_on) == (date(2026, 12, 31), date(2026, 12, 31))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with master data."""
    with running_office(tmp_path_factory.mktemp("office")) as made:
        assert made.run("sync", CONNECTION, "master-data").exit_code == 0
        yield made


def pass_words(office: Office) -> list[str]:
    """The command line of a pass of invoices."""
    return [sys.executable, "-m", "ml_connector", "sync", CONNECTION, "invoices", "--config", str(office.settings)]


def test_rows_226_and_227_whatever_the_disk_refuses_no_bill_is_made_twice_and_none_is_lost(office: Office) -> None:
    """Any user may limit the size of his files: a disk that is full for the database and its log."""
    office.drop_invoices(approved("INV-2"), approved("INV-3"), name="approved_invoices_2.csv")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100 * KIB, 100 * KIB))

    refused = subprocess.run(
        pass_words(office), capture_output=True, text=True, env=child_environment(), preexec_fn=limited, check=False
    )
    assert (refused.returncode, "posting is off" in refused.stderr) == (3, True)
    assert office.pass_of("invoices").exit_code == 0
    assert sorted(office.bills())[-2:] == [("INV-2", "Open"), ("INV-3", "Open")]
    assert len(office.bills()) == len(set(office.bills()))
    proved = office.prove()
    assert (proved.exit_code, [row["residual"] for row in proved.document]) == (0, ["0.00"])
    assert office.verify_audit().exit_code == 0


def test_row_246_without_file_descriptors_nothing_is_sent_and_nothing_lost(office: Office) -> None:
    office.drop_invoices(approved("INV-1"))

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))

    done = subprocess.run(
        pass_words(office), capture_output=True, text=True, env=child_environment(), preexec_fn=few, check=False
    )
    sent = [bill for bill in office.bills() if bill[0] == "INV-1"]
    assert (done.returncode != 0, sent, office.leases_held()) == (True, [], [])
    assert "error" in done.stderr
    assert office.verify_audit().exit_code == 0


def test_row_249_a_full_log_disk_changes_no_exit_code() -> None:
    variables = {key: value for key, value in child_environment().items() if key != "PYTHONUNBUFFERED"}
    with open("/dev/full", "w", encoding="utf-8") as full:
        words = [sys.executable, "-m", "ml_connector", "nonsense"]
        ended = subprocess.run(words, stderr=full, env=variables, check=False)
    assert ended.returncode == 2


def test_rows_247_and_249_a_pass_goes_on_without_room_for_its_log_and_within_256_mebibytes(office: Office) -> None:
    office.drop_invoices(approved("INV-4"), name="approved_invoices_4.csv")
    # A child counts what its parent held when it began (exec keeps the high-water mark), so a small one starts it.
    measuring = (
        "import resource, subprocess, sys\n"
        "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
        "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    with open("/dev/full", "w", encoding="utf-8") as full:
        words = [sys.executable, "-c", measuring, *map(str, pass_words(office))]
        told = subprocess.run(words, stdout=subprocess.PIPE, stderr=full, env=child_environment(), check=True)
    code, used = map(int, told.stdout.split())
    assert (code, [bill for bill in office.bills() if bill[0] == "INV-4"]) == (0, [("INV-4", "Open")])
    # Linux counts it in kibibytes.
    assert used * 1024 < 256 * MIB
    assert office.verify_audit().exit_code == 0
